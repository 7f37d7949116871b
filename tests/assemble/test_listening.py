"""Finished chapters to hear early: files that play, gone before the delivery, never in its way."""

import errno
import shutil
from pathlib import Path

import pytest

from pipeline.assemble import listening
from pipeline.assemble.formats import Codec
from pipeline.assemble.tracks import EncodedChapter
from pipeline.errors import MachineError
from pipeline.recording import Track


def encoded(folder: Path, *codecs: Codec, title: str = "One") -> EncodedChapter:
    files = {codec: folder / f"{codec}-{title[:3]}" for codec in codecs}
    for codec, file in files.items():
        file.write_bytes(codec.encode() * 3)
    return EncodedChapter(Track(1, title, 24_000), 0.0, False, dict(files), {}, reused=False)


def test_the_smallest_sound_is_copied_under_a_name_people_can_read(tmp_path: Path) -> None:
    chapter = encoded(tmp_path, "mp3", "aac", "flac")
    [file] = listening.put_out(tmp_path / "Book", 7, "Who/What:\nWhy?", [chapter])
    assert file == tmp_path / "Book" / "listen" / "007 - Who_What_ Why_.m4a"
    assert file.read_bytes() == b"aacaacaac"
    assert (file.parent / ".ignore").exists(), "a library server would take it for a book"
    assert not file.samefile(chapter.files["aac"]), "whoever tags it would change the chapter that is kept"


def test_a_chapter_in_portions_is_as_many_files(tmp_path: Path) -> None:
    portions = [encoded(tmp_path, "mp3", title="One"), encoded(tmp_path, "mp3", title="Two")]
    files = listening.put_out(tmp_path / "Book", 0, "", portions)
    assert [file.name for file in files] == ["000 - 0 (1 of 2).mp3", "000 - 0 (2 of 2).mp3"]


def test_what_is_lossless_is_heard_where_it_lies(tmp_path: Path) -> None:
    chapter = encoded(tmp_path, "flac", "pcm")
    assert listening.put_out(tmp_path / "Book", 1, "One", [chapter]) == (tmp_path / "flac-One",)
    assert not (tmp_path / "Book").exists()


def test_taken_in_nothing_is_left_and_twice_is_as_good(tmp_path: Path) -> None:
    listening.put_out(tmp_path / "Book", 1, "One", [encoded(tmp_path, "aac")])
    (tmp_path / "Book" / "Book.m4b").touch()
    listening.take_in(tmp_path / "Book")
    listening.take_in(tmp_path / "Book")
    assert [path.name for path in (tmp_path / "Book").iterdir()] == ["Book.m4b"]


def test_a_full_disk_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(MachineError, match="No space left"):
        listening.put_out(tmp_path / "Book", 1, "One", [encoded(tmp_path, "aac")])
    assert [path.name for path in (tmp_path / "Book" / "listen").iterdir()] == [".ignore"]
