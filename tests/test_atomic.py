"""A file is there whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from pipeline.atomic import ensure_writable, machine_errors, replacing, write_atomic
from pipeline.errors import MachineError


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_writes_bytes_and_text_and_makes_the_folders(tmp_path):
    write_atomic(tmp_path / "a" / "b" / "c.bin", b"\0\1")
    write_atomic(tmp_path / "a" / "ü.txt", "Grüße\n")
    assert (tmp_path / "a" / "b" / "c.bin").read_bytes() == b"\0\1"
    assert (tmp_path / "a" / "ü.txt").read_bytes() == "Grüße\n".encode()
    assert _names(tmp_path) == ["c.bin", "ü.txt"]


def test_a_reader_sees_the_old_file_until_the_new_one_is_whole(tmp_path):
    file = tmp_path / "file"
    write_atomic(file, "old")
    with replacing(file) as part:
        part.write_text("ne")
        assert file.read_text() == "old"
        assert part.parent == file.parent, "a rename across file systems is no rename"
        part.write_text("new")
    assert file.read_text() == "new"


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    file = tmp_path / "file"
    write_atomic(file, "old")
    with pytest.raises(ZeroDivisionError), replacing(file) as part:
        part.write_text("half of the n")
        raise ZeroDivisionError
    assert file.read_text() == "old"
    assert _names(tmp_path) == ["file"]


def test_synced_before_it_takes_its_name_and_its_folder_after(tmp_path, monkeypatch):
    done: list[str] = []
    sync, replace = os.fsync, os.replace

    def noted_sync(handle: int) -> None:
        done.append("sync folder" if Path(f"/proc/self/fd/{handle}").is_dir() else "sync file")
        sync(handle)

    def noted_replace(source: Path, target: Path) -> None:
        done.append("rename")
        replace(source, target)

    monkeypatch.setattr("pipeline.atomic.os.fsync", noted_sync)
    monkeypatch.setattr("pipeline.atomic.os.replace", noted_replace)
    write_atomic(tmp_path / "file", "x")
    if Path("/proc/self/fd").exists():
        assert done == ["sync file", "rename", "sync folder"]
    else:
        assert [step.split()[0] for step in done] == ["sync", "rename", "sync"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES])
def test_what_the_disk_refuses_is_the_machines_error(tmp_path, monkeypatch, number):
    def full(handle: int) -> None:
        raise OSError(number, os.strerror(number), "/somewhere/full")

    monkeypatch.setattr("pipeline.atomic.os.fsync", full)
    with pytest.raises(MachineError) as caught:
        write_atomic(tmp_path / "file", "x")
    assert str(caught.value).startswith(f"/somewhere/full: cannot write: {os.strerror(number)}")
    assert _names(tmp_path) == []


def test_a_file_in_the_place_of_a_folder_is_the_machines_error(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(MachineError, match="taken"):
        write_atomic(tmp_path / "taken" / "file", "x")
    with pytest.raises(MachineError, match="taken"):
        ensure_writable(tmp_path / "taken")


def test_other_errors_stay_what_they_are():
    with pytest.raises(OSError, match="argument") as caught, machine_errors(Path("file")):
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    assert not isinstance(caught.value, MachineError)


def test_the_proof_that_a_folder_is_writable_leaves_it_empty(tmp_path):
    ensure_writable(tmp_path / "new" / "folder")
    assert (tmp_path / "new" / "folder").is_dir()
    assert _names(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="whose they are cannot be told there")
def test_what_a_killed_writer_left_goes_with_the_next_one(tmp_path):
    file = tmp_path / "fi[le"
    left = tmp_path / ".fi[le.0123abcd.part"
    others = tmp_path / ".file.0123abcd.part"
    for path in (left, others):
        path.write_text("half")
    with replacing(file) as ours, replacing(file) as theirs:
        assert not left.exists()
        ours.write_text("ours")
        theirs.write_text("theirs")
    assert file.read_text() == "ours", "the outer one ended last; neither took the other for dead"
    assert _names(tmp_path) == [others.name, file.name]
