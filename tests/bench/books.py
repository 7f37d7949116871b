"""A book of as many hours as wanted: a sample's text again and again, every paragraph of every round another one."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from pipeline.book import Book, Chapter, Kind
from pipeline.ingest import read_book

SAMPLE = Path(__file__).parents[2] / "samples" / "alice.epub"

_CHARS_PER_S = 15.6
"""Of finished sound, pauses included: what the embedded voice made of the sample."""


def book_of_hours(path: Path, hours: float, *, sample: Path = SAMPLE) -> Path:
    """A Markdown book that the embedded voice reads for about `hours`."""
    wanted = hours * 3600 * _CHARS_PER_S
    texts: list[str] = []
    chars = 0
    for title, paragraphs in _rounds(read_book(sample)):
        texts += [f"# {title}", *paragraphs]
        chars += sum(map(len, paragraphs))
        if chars >= wanted:
            break
    front = "---\ntitle: A Long Book\nauthor: Ann Author\nlanguage: en\n---"
    path.write_text("\n\n".join([front, *texts]) + "\n", "utf-8")
    return path


def _rounds(book: Book) -> Iterator[tuple[str, list[str]]]:
    chapters = [chapter for chapter in book.chapters if _length(chapter) > 2_000]
    for number in count(1):
        for chapter in chapters:
            yield f"{chapter.title} (round {number})", _paragraphs(chapter, number)


def _paragraphs(chapter: Chapter, number: int) -> list[str]:
    """Every text with the round's number in it, so that no take is shared between rounds."""
    texts = (block.text for block in chapter.blocks if block.kind is not Kind.HEADING and block.text.strip())
    return [f"{text} {number}." for text in texts]


def _length(chapter: Chapter) -> int:
    return sum(len(block.text) for block in chapter.blocks)
