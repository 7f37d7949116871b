"""A page of HTML: the walk of an EPUB's texts, metadata from the head, chapters from headings."""

from pathlib import Path

import pytest

from pipeline.book import Book, Metadata
from pipeline.errors import DamagedBook, EmptyBook
from pipeline.ingest import read_book
from pipeline.ingest.settings import DEFAULT_READING


def read(folder: Path, text: str | bytes, *, name: str = "book.html", chapter_level: int = 0) -> Book:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_book(path, DEFAULT_READING.model_copy(update={"chapter_level": chapter_level}))


def page(body: str, head: str = "", attributes: str = "") -> str:
    return f"<!DOCTYPE html><html{attributes}><head>{head}</head><body>{body}</body></html>"


CHAPTERS = "<h1>Book</h1><h2>One</h2><p>a</p><h3>x</h3><p>b</p><h2>Two</h2><p>c<br>d"


@pytest.mark.parametrize("name", ["book.html", "book.HTM", "book.xhtml"])
def test_headings_make_chapters(tmp_path: Path, name: str) -> None:
    book = read(tmp_path, page(CHAPTERS), name=name)
    assert [chapter.title for chapter in book.chapters] == ["One", "Two"]
    assert book.coverage.missing_chars == 0


def test_the_chapter_level_may_be_set(tmp_path: Path) -> None:
    book = read(tmp_path, page(CHAPTERS), chapter_level=1)
    assert [chapter.title for chapter in book.chapters] == ["Book"]


def test_metadata_of_the_head(tmp_path: Path) -> None:
    head = (
        '<title>The page</title><meta name="DC.Title" content="The Lamp"><meta name="author" content="Ann Author">'
        '<meta name="dcterms.creator" content="Ann Author"><meta name="author" content="Bob Writer">'
        '<meta name="description" content="A  lamp."><meta property="og:title" content="Lamp | Site">'
    )
    book = read(tmp_path, page("<p>a</p>", head, ' lang="fr"'))
    assert book.metadata == Metadata(
        title="The Lamp", creators=("Ann Author", "Bob Writer"), language="fr", description="A lamp."
    )


def test_the_title_of_the_page_not_of_a_drawing(tmp_path: Path) -> None:
    book = read(tmp_path, page("<svg><title>Drawing</title></svg><p>a</p>", "<title>The\n Lamp</title>"))
    assert book.metadata.title == "The Lamp"


def test_an_old_page_in_an_old_encoding(tmp_path: Path) -> None:
    text = '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1"><P>caf\xe9 &amp; <B>bar'
    book = read(tmp_path, text.encode("latin-1"))
    assert [block.text for block in book.blocks()] == ["café & bar"]


def test_an_empty_page(tmp_path: Path) -> None:
    with pytest.raises(EmptyBook):
        read(tmp_path, page("<script>a</script>"))


def test_no_page_at_all(tmp_path: Path) -> None:
    with pytest.raises((DamagedBook, EmptyBook)):
        read(tmp_path, b"")
