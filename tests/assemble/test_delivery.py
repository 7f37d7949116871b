"""The delivered folder: names, formats, cover, the library's metadata."""

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from pipeline.assemble.delivery import deliver
from pipeline.assemble.encode import SUFFIX, encode_track
from pipeline.assemble.formats import DeliverySettings
from pipeline.assemble.tags import folder_of
from pipeline.assemble.tracks import EncodedChapter
from pipeline.book import Image
from pipeline.config import settings_of
from pipeline.errors import MachineError
from pipeline.recording import Boundary, Track
from tests.assemble.pictures import png
from tests.assemble.sounds import RATE, Takes, as_float, decoded, encoded_chapter, tags_of, tone
from tests.assemble.test_m4b import CREDITS
from tests.assemble.test_tracks import AAC, MP3, made, shelf_of

TITLES = ["I", "I", "A/B: what?"]


def settings(*formats: str) -> DeliverySettings:
    return settings_of([]).delivery.model_copy(update={"formats": formats})


@pytest.fixture(scope="module")
def chapters(tmp_path_factory: pytest.TempPathFactory) -> list[EncodedChapter]:
    takes = Takes([tone(300, 0.2)])
    shelf = shelf_of(tmp_path_factory.mktemp("shelf"), takes, AAC, MP3)
    return [
        made(shelf, takes.order([Boundary.CHAPTER], number=number, title=title))
        for number, title in enumerate(TITLES, start=1)
    ]


def test_one_file_a_book_and_one_a_chapter(tmp_path: Path, chapters: list[EncodedChapter]) -> None:
    cover = Image("image/png", png(64, 96))
    handed = deliver(tmp_path, chapters, credits=CREDITS, cover=cover, settings=settings("mp3", "m4b"))
    assert handed.folder == tmp_path / "Ann Author, Ben" / "A Test_ Book" == folder_of(tmp_path, CREDITS)
    assert [path.name for path in handed.audio] == [
        "A Test_ Book.m4b",
        "001 - I.mp3",
        "002 - I.mp3",
        "003 - A_B_ what_.mp3",
    ]
    beside = {"cover.jpg", "metadata.json", "A Test_ Book.m3u8"}
    assert {path.name for path in handed.folder.iterdir()} == {path.name for path in handed.audio} | beside
    assert (handed.folder / "cover.jpg").read_bytes().startswith(b"\xff\xd8\xff")
    assert [tags_of(path)["track"] for path in handed.audio[1:]] == ["1/3", "2/3", "3/3"]
    assert len(decoded(handed.audio[0])) == handed.marks[-1].end_frame


def test_the_marks_are_those_of_the_library_metadata(tmp_path: Path, chapters: list[EncodedChapter]) -> None:
    handed = deliver(tmp_path, chapters, credits=CREDITS, cover=None, settings=settings("m4b"))
    metadata = json.loads((handed.folder / "metadata.json").read_text("utf-8"))
    assert [chapter["title"] for chapter in metadata["chapters"]] == TITLES
    assert metadata["chapters"][-1]["end"] == handed.marks[-1].end_frame / 24_000
    assert not (handed.folder / "cover.jpg").exists()


def test_a_cover_that_is_no_picture_is_refused_before_anything_is_written(
    tmp_path: Path, chapters: list[EncodedChapter]
) -> None:
    with pytest.raises(ValueError, match="cover"):
        deliver(tmp_path, chapters, credits=CREDITS, cover=Image("image/png", b"no"), settings=settings("m4b"))
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_this_machines_trouble(
    tmp_path: Path, chapters: list[EncodedChapter]
) -> None:
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(MachineError):
        deliver(tmp_path / "out", chapters, credits=CREDITS, cover=None, settings=settings("m4b"))


def test_a_series_has_a_folder(tmp_path: Path) -> None:
    volume = replace(CREDITS, book=replace(CREDITS.book, series="Lamps: all", series_index="2.5"))
    assert folder_of(tmp_path, volume) == tmp_path / "Ann Author, Ben" / "Lamps_ all" / "Vol. 2.5 - A Test_ Book"
    unnumbered = replace(CREDITS, book=replace(CREDITS.book, series="Lamps"))
    assert folder_of(tmp_path, unnumbered) == tmp_path / "Ann Author, Ben" / "Lamps" / "A Test_ Book"


def encoded(folder: Path, wanted: DeliverySettings, titles: Sequence[str]) -> list[EncodedChapter]:
    """Chapters of one tone, whole packets long, in every encoding asked for."""
    frames = 2 * wanted.packet_frames
    chapters = []
    for number, title in enumerate(titles, start=1):
        files = {each.codec: folder / f"{number}{SUFFIX[each.codec]}" for each in wanted.encodings}
        targets = {each: files[each.codec] for each in wanted.encodings}
        encode_track([as_float(tone(100 * number, frames / RATE))], targets)
        chapters.append(encoded_chapter(Track(number, title, frames), files))
    return chapters


def test_every_format_tells_the_same_of_the_same_book(tmp_path: Path) -> None:
    wanted = settings("wav", "m4b", "opus", "mp3", "flac").model_copy(update={"mp3": "one"})
    chapters = encoded(tmp_path, wanted, ["I", "Line\none"])
    cover = Image("image/png", png(64, 96))
    handed = deliver(tmp_path / "out", chapters, credits=CREDITS, cover=cover, settings=wanted)
    names = [path.name for path in handed.audio]
    assert names[:3] == ["A Test_ Book.m4b", "A Test_ Book.mp3", "A Test_ Book.opus"]
    assert names[3:] == ["001 - I.flac", "002 - Line one.flac", "001 - I.wav", "002 - Line one.wav"]
    for path in handed.audio:
        with av.open(str(path)) as container:
            tags = {name.lower(): value for name, value in container.metadata.items()}
            for stream in container.streams:  # Ogg keeps them with the stream
                tags |= {name.lower(): value for name, value in stream.metadata.items()}
            assert (tags["artist"], tags["composer"]) == ("Ann Author, Ben", "Charon (test)"), path
            pictures = [*container.streams.video]
            assert [(picture.width, picture.height) for picture in pictures] == [(96, 96)], path
    for path in handed.audio[:3]:
        with av.open(str(path)) as container:
            found = container.chapters()
        assert [chapter["metadata"]["title"] for chapter in found] == ["I", "Line one"]
        starts = [chapter["start"] * chapter["time_base"] for chapter in found]
        assert starts == [Fraction(mark.start_frame, RATE) for mark in handed.marks]
    assert sorted(path.name for path in handed.folder.glob("*.m3u8")) == [
        "A Test_ Book (flac).m3u8",
        "A Test_ Book (wav).m3u8",
    ]


def test_a_sample_stands_beside_the_chapters(tmp_path: Path) -> None:
    wanted = settings("mp3")
    *chapters, sample = encoded(tmp_path, wanted, ["I", "II", "The beginning of I"])
    handed = deliver(tmp_path / "out", chapters, credits=CREDITS, cover=None, settings=wanted, sample=sample)
    assert [path.name for path in handed.audio] == ["001 - I.mp3", "002 - II.mp3", "Retail Sample.mp3"]
    assert len(handed.marks) == 2
    assert len(decoded(handed.audio[-1])) == sample.track.frames


def test_names_of_nobody(tmp_path: Path) -> None:
    anonymous = replace(CREDITS, book=replace(CREDITS.book, title="", creators=()))
    assert folder_of(tmp_path, anonymous) == tmp_path / "Unknown author" / "Untitled"
