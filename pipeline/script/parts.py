"""Where a part of the book ends: the pause there is longer than that of a chapter. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest

from pipeline.book import Book
from pipeline.recording import Boundary
from pipeline.script.chunks import Script, ScriptChapter


def with_parts(script: Script, book: Book) -> Script:
    """The script with the last chunk before each new part ending in PART; no chunk and no key is another for it."""
    return Script(tuple(_chapters(script, book)))


def _chapters(script: Script, book: Book) -> Iterator[ScriptChapter]:
    for chapter, following in zip_longest(script.chapters, script.chapters[1:]):
        # counted from 1: those after this chapter to the following; a part's page may be left out
        between = book.chapters[chapter.number : following.number] if following else ()
        begins_part = any(one.begins_part for one in between)
        yield ending_with(chapter, Boundary.PART) if begins_part else chapter


def ending_with(chapter: ScriptChapter, after: Boundary) -> ScriptChapter:
    """The chapter with `after` as what follows its last chunk."""
    *chunks, last = chapter.chunks
    return replace(chapter, chunks=(*chunks, replace(last, after=after)))
