"""The joined book: as long as its chapters together, each of them where its mark says, and the same bytes each time."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from pipeline.assemble.encode import encode_track
from pipeline.assemble.formats import AAC_PACKET_FRAMES, Encoding
from pipeline.assemble.m4b import write_m4b
from pipeline.assemble.tags import Credits
from pipeline.book import Metadata
from pipeline.recording import Mark, Samples, Track, marks_of
from tests.assemble.pictures import jpeg
from tests.assemble.sounds import RATE, as_float, decoded, joined, lag_of, noise, silence, tags_of

AAC = Encoding("aac", 64_000)
TITLES = ["I", "The Lamp", "I", "Дама & <собачка> “№ 4”"]
CREDITS = Credits(
    Metadata("A Test: Book", ("Ann Author", "Ben"), "en-GB", "urn:x", "1999-05-01", "About a lamp.", "P."),
    narrator="Charon (test)",
    comment="Synthetic narration.",
)


@dataclass(frozen=True)
class Joined:
    path: Path
    chapters: list[Path]
    sounds: list[Samples]
    marks: tuple[Mark, ...]
    cover: bytes


def chapter_of(seed: int) -> Samples:
    """Half a second of silence, sound without a period, and the pause a chapter ends with: whole packets of it."""
    whole = joined(silence(0.5), noise(0.9 + seed / 7, seed=seed), silence(2.5))
    return joined(whole, np.zeros(-len(whole) % AAC_PACKET_FRAMES, np.int16))


def written(path: Path, book: Joined, *, cover: bytes | None = None) -> Path:
    write_m4b(path, book.chapters, book.marks, credits=CREDITS, cover=cover, encoding=AAC)
    return path


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Joined:
    folder = tmp_path_factory.mktemp("m4b")
    sounds = [chapter_of(seed) for seed in range(len(TITLES))]
    chapters = [folder / f"{number}.m4a" for number in range(len(sounds))]
    for path, sound in zip(chapters, sounds, strict=True):
        encode_track([as_float(sound)], {AAC: path})
    marks = marks_of(tuple(Track(i, title, len(sounds[i])) for i, title in enumerate(TITLES)))
    made = Joined(folder / "book.m4b", chapters, sounds, marks, jpeg(64, 96))
    written(made.path, made, cover=made.cover)
    return made


def atoms(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """The boxes of an MP4 file: name, first byte of the content, byte after the last."""
    end = len(data) if end is None else end
    while start < end:
        size, name = struct.unpack(">I4s", data[start : start + 8])
        yield name, start + 8, start + size
        start += size


def test_the_book_is_as_long_as_its_chapters(book: Joined) -> None:
    assert len(decoded(book.path)) == sum(map(len, book.sounds)) == book.marks[-1].end_frame


def test_each_chapter_stands_where_its_mark_says(book: Joined) -> None:
    heard = decoded(book.path)
    for mark, path in zip(book.marks, book.chapters, strict=True):
        alone = decoded(path)
        in_book = heard[mark.start_frame : mark.end_frame]
        assert lag_of(in_book, alone) == 0
        assert np.abs(in_book[AAC_PACKET_FRAMES:].astype(int) - alone[AAC_PACKET_FRAMES:]).max() <= 1


def test_joins_are_silent(book: Joined) -> None:
    heard = decoded(book.path)
    for mark in book.marks[1:]:
        assert np.abs(heard[mark.start_frame - RATE // 10 : mark.start_frame + RATE // 10]).max() <= 1


def test_marks_tile_the_file_and_keep_their_titles(book: Joined) -> None:
    with av.open(str(book.path)) as container:
        chapters = container.chapters()
        length_s = container.duration / av.time_base
    assert [chapter["metadata"]["title"] for chapter in chapters] == TITLES
    assert all(chapter["end"] == following["start"] for chapter, following in pairwise(chapters))
    assert chapters[0]["start"] == 0
    assert float(chapters[-1]["end"] * chapters[-1]["time_base"]) == pytest.approx(length_s, abs=0.001)
    for chapter, mark in zip(chapters, book.marks, strict=True):
        assert chapter["start"] * chapter["time_base"] == Fraction(mark.start_frame, RATE)


def test_both_chapter_forms_are_there(book: Joined) -> None:
    """Nero's `chpl` list for some players, a QuickTime text track for Apple's."""
    data = book.path.read_bytes()
    assert data.count(b"chpl") == 1
    assert b"chap" in data
    with av.open(str(book.path)) as container:
        assert len(container.streams.data) == 1


def test_tags(book: Joined) -> None:
    tags = tags_of(book.path)
    assert tags["title"] == tags["album"] == "A Test: Book"
    assert tags["artist"] == tags["album_artist"] == "Ann Author, Ben"
    assert tags["composer"] == "Charon (test)"
    assert (tags["date"], tags["genre"]) == ("1999", "Audiobook")
    assert tags["description"] == "About a lamp. Synthetic narration."
    assert (tags["media_type"], tags["gapless_playback"]) == ("2", "1")
    with av.open(str(book.path)) as container:
        assert container.streams.audio[0].language == "eng"


def test_the_cover_is_attached_as_it_is(book: Joined) -> None:
    with av.open(str(book.path)) as container:
        [picture] = container.streams.video
        assert av.stream.Disposition.attached_pic in picture.disposition
        packet = next(packet for packet in container.demux(picture) if packet.size)
        assert bytes(packet) == book.cover


def test_the_brand_says_audiobook_and_the_index_comes_first(book: Joined) -> None:
    data = book.path.read_bytes()
    places = {name: start for name, start, _ in atoms(data)}
    assert data[places[b"ftyp"] : places[b"ftyp"] + 4] == b"M4B "
    assert places[b"moov"] < places[b"mdat"]


def test_the_same_chapters_give_the_same_bytes(book: Joined, tmp_path: Path) -> None:
    again = written(tmp_path / "another name.m4b", book, cover=book.cover)
    assert again.read_bytes() == book.path.read_bytes()


def test_a_book_without_a_cover_has_no_picture(book: Joined, tmp_path: Path) -> None:
    path = written(tmp_path / "plain.m4b", book)
    with av.open(str(path)) as container:
        assert not container.streams.video
    assert len(decoded(path)) == book.marks[-1].end_frame


def test_one_chapter_is_a_book_too(book: Joined, tmp_path: Path) -> None:
    path = tmp_path / "one.m4b"
    marks = marks_of((Track(1, "All of it", len(book.sounds[1])),))
    write_m4b(path, book.chapters[1:2], marks, credits=CREDITS, cover=None, encoding=AAC)
    assert len(decoded(path)) == len(book.sounds[1])


def test_a_book_that_cannot_be_written_leaves_nothing(book: Joined, tmp_path: Path) -> None:
    gone = [*book.chapters[:1], tmp_path / "gone.m4a"]
    with pytest.raises(FileNotFoundError):
        write_m4b(tmp_path / "x.m4b", gone, book.marks, credits=CREDITS, cover=None, encoding=AAC)
    assert not list(tmp_path.iterdir())
