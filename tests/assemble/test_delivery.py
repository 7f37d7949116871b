"""The delivered folder: names, formats, cover, the library's metadata."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.assemble.delivery import deliver, folder_of
from pipeline.assemble.formats import DeliverySettings
from pipeline.assemble.tracks import EncodedChapter
from pipeline.book import Image
from pipeline.config import settings_of
from pipeline.errors import MachineError
from pipeline.recording import Boundary
from tests.assemble.pictures import png
from tests.assemble.sounds import Takes, decoded, tags_of, tone
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
    assert {path.name for path in handed.folder.iterdir()} == {path.name for path in handed.audio} | {
        "cover.jpg",
        "metadata.json",
    }
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


def test_names_of_nobody(tmp_path: Path) -> None:
    anonymous = replace(CREDITS, book=replace(CREDITS.book, title="", creators=()))
    assert folder_of(tmp_path, anonymous) == tmp_path / "Unknown author" / "Untitled"
