"""The shelf of encoded chapters: what is there and whole is not made again, and nothing is there by halves."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.assemble.formats import Encoding
from pipeline.assemble.loudness import block_energies, integrated_lufs
from pipeline.assemble.order import ChapterOrder
from pipeline.assemble.peaks import true_peak
from pipeline.assemble.targets import Target, targets
from pipeline.assemble.tracks import EncodedChapter, Finish, TrackShelf
from pipeline.recording import Boundary, Samples, Take
from tests.assemble.sounds import RATE, Takes, as_float, decoded, joined, noise, silence, sound, tone

AAC, MP3 = Encoding("aac", 64_000), Encoding("mp3", 64_000)
AFTER = [Boundary.PARAGRAPH, Boundary.CHAPTER]
PERSONAL = targets()["personal"]


@pytest.fixture
def takes() -> Takes:
    return Takes([tone(300, 0.2), tone(700, 0.3)])


def shelf_of(root: Path, takes: Takes, *encodings: Encoding, target: Target = PERSONAL, **changes: float) -> TrackShelf:
    finish = Finish(sound(**changes), target, encodings or (AAC,), packet_frames=1_024)
    return TrackShelf(root, finish, samples=takes.read)


def made(shelf: TrackShelf, order: ChapterOrder) -> EncodedChapter:
    """The chapter as it is in a book of its own."""
    survey = shelf.survey(order)
    return shelf.chapter(order, survey, gain_db=shelf.gains_db([survey])[0])


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_chapter_is_surveyed_and_mixed_once(tmp_path: Path, takes: Takes) -> None:
    order = takes.order(AFTER)
    first = made(shelf_of(tmp_path, takes), order)
    again = made(shelf_of(tmp_path, takes), order)
    assert (first.reused, again.reused) == (False, True)
    assert replace(again, reused=False) == first
    assert takes.reads == ["key1", "key2"] * 2  # once to look at, once to mix
    assert len(decoded(first.files["aac"])) == first.track.frames


def test_both_encodings_come_of_one_mix(tmp_path: Path, takes: Takes) -> None:
    both = made(shelf_of(tmp_path, takes, AAC, MP3), takes.order(AFTER))
    assert set(both.files) == {"aac", "mp3"}
    assert takes.reads == ["key1", "key2"] * 2
    assert [len(decoded(path)) for path in both.files.values()] == [both.track.frames] * 2


def test_a_second_format_leaves_the_first_as_it_is(tmp_path: Path, takes: Takes) -> None:
    first = made(shelf_of(tmp_path, takes, AAC), takes.order(AFTER))
    before = first.files["aac"].stat().st_mtime_ns
    both = made(shelf_of(tmp_path, takes, AAC, MP3), takes.order(AFTER))
    assert not both.reused
    assert both.files["aac"].stat().st_mtime_ns == before
    assert both.track == first.track


@pytest.mark.parametrize("damage", ["flip", "shorten", "remove", "record", "no record"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, takes: Takes, damage: str) -> None:
    order = takes.order(AFTER)
    path = made(shelf_of(tmp_path, takes), order).files["aac"]
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
    again = made(shelf_of(tmp_path, takes), order)
    assert not again.reused
    assert files(tmp_path) == good


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cuts": [[1, 2]], "gains_db": [], "loudness": {}}'])
def test_a_damaged_survey_is_made_anew(tmp_path: Path, takes: Takes, text: str) -> None:
    order, shelf = takes.order(AFTER), shelf_of(tmp_path, takes)
    survey = shelf.survey(order)
    [path] = list(tmp_path.rglob("*.json"))
    path.write_text(text)
    assert shelf.survey(order) == survey
    assert takes.reads == ["key1", "key2"] * 2


def test_a_moved_and_renamed_chapter_is_found(tmp_path: Path, takes: Takes) -> None:
    """The file knows sound only, so a chapter put in front of it costs nothing."""
    first = made(shelf_of(tmp_path, takes), takes.order(AFTER))
    moved = made(shelf_of(tmp_path, takes), takes.order(AFTER, number=7, title="Seven"))
    assert moved.reused
    assert (moved.track.chapter, moved.track.title) == (7, "Seven")
    assert moved.files == first.files


def test_another_take_pause_setting_target_or_gain_is_another_chapter(tmp_path: Path, takes: Takes) -> None:
    order, shelf = takes.order(AFTER), shelf_of(tmp_path, takes)
    first = made(shelf, order)
    survey = shelf.survey(order)
    one, two = order.spoken
    other_take = replace(order, spoken=(one, replace(two, take=replace(two.take, digest="0" * 64))))
    others = [
        shelf.chapter(takes.order([Boundary.SCENE, Boundary.CHAPTER]), survey, gain_db=first.gain_db),
        shelf.chapter(other_take, survey, gain_db=first.gain_db),
        shelf.chapter(order, survey, gain_db=first.gain_db + 0.5),
        made(shelf_of(tmp_path, takes, fade_ms=10), order),
        made(shelf_of(tmp_path, takes, Encoding("aac", 48_000)), order),
        made(shelf_of(tmp_path, takes, target=targets()["acx"]), order),
    ]
    assert len({first.files["aac"], *(other.files["aac"] for other in others)}) == 7


def test_what_is_kept_of_a_book_is_what_it_is_made_of(tmp_path: Path, takes: Takes) -> None:
    shelf, orders = shelf_of(tmp_path, takes, AAC, MP3), [takes.order(AFTER), takes.order([*AFTER[:1], Boundary.PART])]
    assert shelf.kept(orders) == set()
    surveys = [shelf.survey(order) for order in orders]
    for order, survey, gain_db in zip(orders, surveys, shelf.gains_db(surveys), strict=True):
        shelf.chapter(order, survey, gain_db=gain_db)
    assert shelf.kept(orders) == {
        path.stem for path in tmp_path.rglob("*.*") if path.is_file() and path.name != ".lock"
    }


def test_a_take_that_cannot_be_read_leaves_nothing_half_made(tmp_path: Path, takes: Takes) -> None:
    class Damaged(Exception):
        """What the store raises."""

    def samples(take: Take) -> Samples:
        if takes.reads.count("key2") == 1:
            raise Damaged(take.key)
        return takes.read(take)

    shelf = TrackShelf(tmp_path, Finish(sound(), PERSONAL, (AAC, MP3), packet_frames=1_024), samples=samples)
    survey = shelf.survey(takes.order(AFTER))
    before = files(tmp_path)
    with pytest.raises(Damaged, match="key1"):
        shelf.chapter(takes.order(AFTER), survey, gain_db=0)
    assert files(tmp_path) == before


@pytest.mark.parametrize("target", ["personal", "acx", "librivox", "podcast"])
def test_a_chapter_comes_out_as_loud_as_its_target_wants_it(tmp_path: Path, target: str) -> None:
    """Takes of several levels, peaks far over the ceiling: loudness and true peaks of what a player decodes."""
    goal = targets()[target]
    syllables = np.maximum(0, np.sin(2 * np.pi * 3 * np.arange(8 * RATE) / RATE)) ** 3
    takes = Takes(
        [
            joined(silence(0.2), (noise(8, seed=seed, peak=peak) * syllables).astype(np.int16), silence(0.3))
            for seed, peak in enumerate([9_000, 3_000, 20_000])
        ]
    )
    mp3 = Encoding("mp3", 192_000, 44_100) if goal.rate_hz else MP3
    chapter = made(shelf_of(tmp_path, takes, AAC, mp3, target=goal), takes.order([*AFTER[:1], *AFTER]))
    for codec, path in chapter.files.items():
        rate = RATE if codec == "aac" else mp3.rate
        heard = as_float(decoded(path))
        lufs = integrated_lufs(block_energies(heard, rate=rate))
        assert lufs == pytest.approx(goal.loudness_lufs, abs=0.5 if goal.rms_db is None else goal.tolerance_lu)
        if goal.rms_db:
            assert goal.rms_db[0] < 10 * np.log10(np.mean(heard**2)) < goal.rms_db[1]
        assert 20 * np.log10(true_peak(heard)) <= goal.ceiling_dbtp
        assert chapter.proofs[codec].measured.lufs == pytest.approx(lufs, abs=0.05)
