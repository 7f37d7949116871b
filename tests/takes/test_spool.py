"""Bodies while they arrive: whole ones are known by their name."""

import errno
import os
import threading

import pytest

from pipeline.errors import MachineError
from pipeline.speech.engine import Speech
from pipeline.speech.request import Key
from pipeline.takes.spool import Spool

KEY = Key("ab" * 32)


@pytest.fixture
def spool(tmp_path) -> Spool:
    one = Spool(tmp_path / "spool")
    one.prepare()
    return one


def files(spool: Spool) -> list[str]:
    return sorted(path.name for path in spool._root.iterdir() if path.name != ".lock")


def test_a_body_that_never_became_whole_goes_with_its_block(spool):
    name = spool.new_name(KEY)
    with pytest.raises(ZeroDivisionError), spool.arriving(name) as part:
        part.write_bytes(b"half of th")
        assert files(spool) == [f"{name}.part"]
        assert spool.find(name) is None
        raise ZeroDivisionError
    assert files(spool) == []


def test_a_whole_body_stays_and_is_found(spool):
    name = spool.new_name(KEY)
    with spool.arriving(name) as part:
        part.write_bytes(b"whole")
        speech = spool.arrived(Speech(part))
        spool.keep(speech.body)
    assert files(spool) == [f"{name}.5...body"]
    assert spool.find(name) == speech
    assert speech.body.read_bytes() == b"whole"
    spool.forget(name)
    assert (spool.find(name), files(spool)) == (None, [])


def test_an_empty_body_is_a_whole_one(spool):
    name = spool.new_name(KEY)
    with spool.arriving(name) as part:
        part.touch()
        speech = spool.arrived(Speech(part))
    assert spool.find(name) == speech


def test_a_body_is_found_by_what_it_answers(spool):
    assert spool.left_for(KEY) is None
    name = spool.new_name(KEY)
    with spool.arriving(name) as part:
        part.write_bytes(b"whole")
        assert spool.left_for(KEY) is None
        speech = spool.arrived(Speech(part))
    assert spool.left_for(KEY) == speech
    assert spool.name_of(speech.body) == name
    assert spool.left_for(Key("cd" * 32)) is None


SAID = [
    ("audio/pcm;rate=16000;channels=2", "gen-1752.a/b c"),
    ("audio/mpeg", ""),
    ("", "gen-1"),
    ('audio/L16; rate="8000.0"', "..\n%2E"),
]


@pytest.mark.parametrize(("content_type", "generation_id"), SAID)
def test_what_was_said_of_a_body_goes_with_its_name(spool, content_type, generation_id):
    """Killed before the ledger has it, the next run reads the samples at the rate they have."""
    name = spool.new_name(KEY)
    with spool.arriving(name) as part:
        part.write_bytes(b"whole")
        speech = spool.arrived(Speech(part, content_type, generation_id))
    assert spool.find(name) == spool.left_for(KEY) == Speech(speech.body, content_type, generation_id)
    assert spool.name_of(speech.body) == name
    assert list(spool.names()) == [name]
    spool.forget(name)
    assert files(spool) == []


def test_what_is_too_long_for_a_name_is_left_out(spool):
    name = spool.new_name(KEY)
    with spool.arriving(name) as part:
        part.write_bytes(b"whole")
        speech = spool.arrived(Speech(part, "audio/pcm" * 1_000, "é" * 1_000))
    assert spool.find(name) == Speech(speech.body)


@pytest.mark.parametrize("said", ["", ".audio%2Fpcm.gen-1"])
@pytest.mark.parametrize("kept", [b"", b"who", b"whole and more"])
def test_a_body_the_disk_kept_only_in_part_is_none(spool, kept, said):
    name = spool.new_name(KEY)
    (spool._root / f"{name}.5{said}.body").write_bytes(kept)
    assert spool.find(name) is spool.left_for(KEY) is None
    spool.forget(name)
    assert files(spool) == []


def test_names_tell_attempts_at_one_key_apart(spool):
    names = {spool.new_name(KEY) for _ in range(100)}
    assert len(names) == 100
    assert {name[:16] for name in names} == {KEY[:16]}


def test_all_names_are_told_once_and_nothing_that_is_not_ours(spool):
    one, other = f"{'ab' * 8}.00000001", f"{'ab' * 8}.00000002"
    for name in (f"{one}.part", f"{one}.5.body", f"{other}.part", ".lock", "notes.txt", "ab.part"):
        (spool._root / name).touch()
    assert list(spool.names()) == [one, other]
    spool.forget(one)
    assert list(spool.names()) == [other]


def test_one_run_at_a_time_looks_after_what_is_left(spool):
    order: list[str] = []
    begun = threading.Event()

    def other() -> None:
        begun.set()
        with Spool(spool._root).clearing():
            order.append("other")

    thread = threading.Thread(target=other)
    with spool.clearing():
        thread.start()
        begun.wait(20)
        order.append("one")
    thread.join(20)
    assert order == ["one", "other"]


def test_a_full_disk_is_the_machines_error(spool):
    with pytest.raises(MachineError), spool.arriving(spool.new_name(KEY)) as part:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(part))
