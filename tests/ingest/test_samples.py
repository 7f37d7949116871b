"""The samples that are shipped: their chapters, their sizes, what must not be in them."""

import zipfile
from pathlib import Path

import pytest

from pipeline.book import Kind
from pipeline.ingest import read_book

SAMPLES = Path(__file__).parents[2] / "samples"
MAX_BYTES = 1_500_000


def test_alice() -> None:
    book = read_book(SAMPLES / "alice.epub")
    assert (book.metadata.title, book.metadata.creators) == ("Alice’s Adventures in Wonderland", ("Lewis Carroll",))
    assert (book.metadata.language, book.metadata.date) == ("en-GB", "1865")
    assert [chapter.title for chapter in book.chapters][::11] == [
        "Chapter I. Down the Rabbit-Hole",
        "Chapter XII. Alice’s Evidence",
    ]
    assert len(book.chapters) == 12
    assert book.cover is not None
    assert book.cover.media_type == "image/jpeg"
    assert sum(block.kind is Kind.VERSE for block in book.blocks()) > 100
    assert book.notes == ()


def test_alice_is_the_public_domain_text_alone() -> None:
    with zipfile.ZipFile(SAMPLES / "alice.epub") as archive:
        assert not any(b"gutenberg" in archive.read(name).lower() for name in archive.namelist())


@pytest.mark.parametrize(
    ("name", "language", "creators", "titles"),
    [
        (
            "three-tales.md",
            "en",
            ("Oscar Wilde", "Jean Ingelow", "Frank R. Stockton"),
            ["The Happy Prince", "The Prince’s Dream", "Old Pipes and the Dryad"],
        ),
        ("chekhov-dama.md", "ru", ("Антон Чехов",), ["I", "II", "III", "IV"]),
    ],
)
def test_markdown_samples(name: str, language: str, creators: tuple[str, ...], titles: list[str]) -> None:
    book = read_book(SAMPLES / name)
    assert [chapter.title for chapter in book.chapters] == titles
    assert (book.metadata.language, book.metadata.creators) == (language, creators)
    assert book.metadata.title
    assert book.metadata.date
    assert book.metadata.description
    assert book.notes == ()
    assert not book.coverage.excluded_chars


def test_they_are_small_and_each_has_its_origin_told() -> None:
    origin = (SAMPLES / "README.md").read_text(encoding="utf-8")
    files = [path for path in SAMPLES.iterdir() if path.suffix in (".epub", ".md") and path.name != "README.md"]
    assert sum(path.stat().st_size for path in files) < MAX_BYTES
    assert all(f"`{path.name}`" in origin for path in files)
