"""Takes on the move, and takes thrown away."""

import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from pipeline.errors import UsageError
from pipeline.speech.engine import Speech
from pipeline.speech.request import Key, key_of
from pipeline.takes.chain import Rejection
from pipeline.takes.custody import bring_in, export, prunable, prune
from pipeline.takes.store import TakeStore
from tests.fakes.engine import tone_of
from tests.fakes.studio import request_of

TEXTS = ["One is here.", "Two is here.", "Three is here."]
KEYS = [key_of(request_of(text)) for text in TEXTS]
FACTS = {"stored_at": 1}


@pytest.fixture
def store(tmp_path: Path) -> TakeStore:
    """Three takes, the first the oldest."""
    store = TakeStore(tmp_path / "store")
    for age, text in enumerate(TEXTS):
        key = key_of(request_of(text))
        store.put(request_of(text), tone_of(text), Speech(Path("unused")), FACTS)
        for suffix in (".wav", ".json"):
            os.utime(store.path(key, suffix), (1_000 + age, 1_000 + age))
    return store


def holdings(store: TakeStore) -> dict[str, bytes]:
    files = (path for path in store.root.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(store.root).as_posix(): path.read_bytes() for path in files}


def test_what_was_exported_comes_in_as_it_was(store, tmp_path):
    store.reject(request_of("Cursed."), Rejection("it hums"), FACTS, sound=tone_of("Cursed."))
    count = export(store, [*store.all_keys(), *store.rejected_keys()], tmp_path / "takes.tar")
    other = TakeStore(tmp_path / "other")
    imported = bring_in(other, tmp_path / "takes.tar")
    assert (count, imported.added, imported.present, imported.refused) == (3, 3, 0, ())
    assert {key: other.find(key) for key in KEYS} == {key: store.find(key) for key in KEYS}
    assert [list(other.samples(other.find(key))) for key in KEYS] == [list(tone_of(text)) for text in TEXTS]
    assert other.rejection(key_of(request_of("Cursed."))) == Rejection("it hums")


def test_the_same_takes_make_the_same_file(store, tmp_path):
    for name in ("one.tar", "two.tar"):
        export(store, KEYS if name == "one.tar" else reversed(KEYS), tmp_path / name)
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()


def test_only_what_is_asked_for_is_exported(store, tmp_path):
    assert export(store, KEYS[:1], tmp_path / "one.tar") == 1
    with tarfile.open(tmp_path / "one.tar") as tar:
        assert {Path(name).stem for name in tar.getnames()} == {KEYS[0]}


def test_what_is_there_already_stays(store, tmp_path):
    export(store, KEYS, tmp_path / "takes.tar")
    before = holdings(store)
    assert bring_in(store, tmp_path / "takes.tar").present == 3
    assert holdings(store) == before


def retold(archive: Path, changed: dict[str, bytes]) -> Path:
    """The archive with other contents for some of its members, by the end of their names."""
    other = archive.with_name("retold.tar")
    with tarfile.open(archive) as tar, tarfile.open(other, "w") as out:
        for member in tar:
            data = tar.extractfile(member).read()
            data = next((new for end, new in changed.items() if member.name.endswith(end)), data)
            info = tarfile.TarInfo(member.name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
    return other


@pytest.mark.parametrize(
    ("suffix", "spoil", "reason"),
    [
        (".wav", lambda data: data[:-2] + b"\1\1", "sound"),
        (".wav", lambda data: b"", "sound"),
        (".json", lambda data: data.replace(b"One is here", b"Another"), "request"),
        (".json", lambda data: b"{}", "record"),
        (".json", lambda data: b"\xff", "record"),
    ],
)
def test_what_is_not_what_it_says_does_not_come_in(store, tmp_path, suffix, spoil, reason):
    export(store, KEYS, tmp_path / "takes.tar")
    spoilt = retold(tmp_path / "takes.tar", {KEYS[0] + suffix: spoil(store.path(KEYS[0], suffix).read_bytes())})
    other = TakeStore(tmp_path / "other")
    imported = bring_in(other, spoilt)
    assert imported.added == 2
    assert len(imported.refused) == 1
    assert reason in imported.refused[0]
    assert other.find(KEYS[0]) is None


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "takes/../../evil", "takes/ab/cd.wav", "evil.json"])
def test_nothing_leaves_the_store(tmp_path, name):
    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        info = tarfile.TarInfo(name)
        info.size = 4
        tar.addfile(info, io.BytesIO(b"evil"))
        link = tarfile.TarInfo("takes/aa/" + "a" * 64 + ".wav")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    store = TakeStore(tmp_path / "deep" / "store")
    assert len(bring_in(store, tmp_path / "evil.tar").refused) == 2
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["evil.tar"]


def test_what_is_no_archive_is_a_wrong_argument(store, tmp_path):
    (tmp_path / "book.tar").write_bytes(b"no tar at all" * 100)
    for name in ("book.tar", "missing.tar"):
        with pytest.raises(UsageError):
            bring_in(store, tmp_path / name)


def test_what_no_book_uses_goes_oldest_first_and_no_further_than_asked(store):
    size = sum(len(data) for data in holdings(store).values())
    one = sum(store.path(KEYS[0], suffix).stat().st_size for suffix in (".wav", ".json"))
    pruning = prunable(store.root, set(), to_bytes=size - 1)
    assert {path.stem for path in pruning.files} == {KEYS[0]}
    assert (pruning.takes, pruning.freed_bytes, pruning.left_bytes) == (1, one, size - one)
    prune(pruning)
    assert list(store.all_keys()) == sorted(KEYS[1:])


def test_what_a_book_uses_stays_whatever_the_size(store):
    prune(prunable(store.root, {KEYS[0]}, to_bytes=0))
    assert list(store.all_keys()) == [KEYS[0]]
    assert store.samples(store.find(KEYS[0])) is not None


def test_the_reason_why_a_take_was_none_stays_when_its_sound_goes(store):
    request = request_of("Cursed.")
    store.reject(request, Rejection("it hums"), FACTS, sound=tone_of("Cursed."))
    prune(prunable(store.root, set(KEYS), to_bytes=0))
    assert store.rejected_sound(key_of(request)) is None
    assert store.rejection(key_of(request)) == Rejection("it hums")


def test_a_store_that_is_small_enough_is_left_alone(store):
    assert prunable(store.root, set(), to_bytes=10**9).files == ()


def test_a_take_half_deleted_is_never_found(store):
    pruning = prunable(store.root, set(), to_bytes=0)
    of_first = [path.suffix for path in pruning.files if path.stem == KEYS[0]]
    assert of_first == [".json", ".wav"]


def test_a_record_says_what_it_is(store):
    assert json.loads(store.path(Key(KEYS[0]), ".json").read_bytes())["key"] == KEYS[0]
