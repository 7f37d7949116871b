"""The shelf of encoded chapters: what is there and whole is not made again, and nothing is there by halves."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.assemble.formats import Encoding
from pipeline.assemble.tracks import ChapterOrder, TrackShelf
from pipeline.recording import Boundary, Samples, Take
from tests.assemble.sounds import Takes, decoded, sound, tone

AAC, MP3 = Encoding("aac", 64_000), Encoding("mp3", 64_000)
AFTER = [Boundary.PARAGRAPH, Boundary.CHAPTER]


@pytest.fixture
def takes() -> Takes:
    return Takes([tone(300, 0.2), tone(700, 0.3)])


def shelf_of(root: Path, takes: Takes, *encodings: Encoding, **changes: float) -> TrackShelf:
    return TrackShelf(root, sound=sound(**changes), encodings=encodings or (AAC,), samples=takes.read)


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_chapter_is_mixed_once(tmp_path: Path, takes: Takes) -> None:
    order = takes.order(AFTER)
    first = shelf_of(tmp_path, takes).chapter(order)
    again = shelf_of(tmp_path, takes).chapter(order)
    assert (first.reused, again.reused) == (False, True)
    assert again.track == first.track
    assert again.files == first.files
    assert takes.reads == ["key1", "key2"]
    assert len(decoded(first.files["aac"])) == first.track.frames


def test_both_encodings_come_of_one_mix(tmp_path: Path, takes: Takes) -> None:
    made = shelf_of(tmp_path, takes, AAC, MP3).chapter(takes.order(AFTER))
    assert set(made.files) == {"aac", "mp3"}
    assert takes.reads == ["key1", "key2"]
    assert [len(decoded(path)) for path in made.files.values()] == [made.track.frames] * 2


def test_a_second_format_leaves_the_first_as_it_is(tmp_path: Path, takes: Takes) -> None:
    first = shelf_of(tmp_path, takes, AAC).chapter(takes.order(AFTER))
    before = first.files["aac"].stat().st_mtime_ns
    both = shelf_of(tmp_path, takes, AAC, MP3).chapter(takes.order(AFTER))
    assert not both.reused
    assert both.files["aac"].stat().st_mtime_ns == before
    assert both.track == first.track


@pytest.mark.parametrize("damage", ["flip", "shorten", "remove", "record", "no record"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, takes: Takes, damage: str) -> None:
    order = takes.order(AFTER)
    path = shelf_of(tmp_path, takes).chapter(order).files["aac"]
    good = files(tmp_path)
    whole = path.read_bytes()
    record = path.with_suffix(".json")
    if damage == "flip":
        path.write_bytes(whole[:2_000] + bytes([whole[2_000] ^ 1]) + whole[2_001:])
    elif damage == "shorten":
        path.write_bytes(whole[:-1])
    elif damage == "remove":
        path.unlink()
    elif damage == "record":
        record.write_text(json.dumps({"schema": 1}))
    else:
        record.unlink()
    again = shelf_of(tmp_path, takes).chapter(order)
    assert not again.reused
    assert files(tmp_path) == good


def test_a_moved_and_renamed_chapter_is_found(tmp_path: Path, takes: Takes) -> None:
    """The file knows sound only, so a chapter put in front of it costs nothing."""
    first = shelf_of(tmp_path, takes).chapter(takes.order(AFTER))
    moved = shelf_of(tmp_path, takes).chapter(takes.order(AFTER, number=7, title="Seven"))
    assert moved.reused
    assert (moved.track.chapter, moved.track.title) == (7, "Seven")
    assert moved.files == first.files


def test_another_take_pause_or_setting_is_another_chapter(tmp_path: Path, takes: Takes) -> None:
    order = takes.order(AFTER)
    on_the_shelf = set(shelf_of(tmp_path, takes).keys(order))
    other_pause = takes.order([Boundary.SCENE, Boundary.CHAPTER])
    first, second = order.spoken
    other_take = replace(order, spoken=(first, replace(second, take=replace(second.take, digest="0" * 64))))
    for shelf, changed in (
        (shelf_of(tmp_path, takes), other_pause),
        (shelf_of(tmp_path, takes), other_take),
        (shelf_of(tmp_path, takes, fade_ms=10), order),
        (shelf_of(tmp_path, takes, Encoding("aac", 48_000)), order),
    ):
        assert on_the_shelf.isdisjoint(shelf.keys(changed))


def test_an_edited_chapter_is_encoded_and_no_other(tmp_path: Path, takes: Takes) -> None:
    shelf = shelf_of(tmp_path, takes)
    orders = [takes.order(AFTER), takes.order([Boundary.SENTENCE, Boundary.CHAPTER], number=2)]
    for order in orders:
        shelf.chapter(order)
    edited = takes.order([Boundary.VERSE, Boundary.CHAPTER], number=2)
    edited = ChapterOrder(2, "Two", edited.spoken[1:])
    assert [shelf.chapter(order).reused for order in (orders[0], edited)] == [True, False]


def test_a_take_that_cannot_be_read_leaves_nothing_half_made(tmp_path: Path, takes: Takes) -> None:
    class Damaged(Exception):
        """What the store raises."""

    def samples(take: Take) -> Samples:
        if take.key == "key2":
            raise Damaged(take.key)
        return takes.read(take)

    shelf = TrackShelf(tmp_path, sound=sound(), encodings=(AAC, MP3), samples=samples)
    with pytest.raises(Damaged, match="key2"):
        shelf.chapter(takes.order(AFTER))
    assert files(tmp_path) == {}
