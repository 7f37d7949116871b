"""Chunks that are not of the book: what we say around its text, cut as the text is. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from pipeline.book import Block, Book, Chapter, Metadata
from pipeline.recording import Boundary
from pipeline.script.chunks import OURS, Chunk, Limits, Line, ScriptSettings
from pipeline.script.cuts import script_of

Cut = Callable[[Sequence[Block], Boundary], tuple[Chunk, ...]]
"""Blocks of ours into chunks, and what follows the last of these."""


def is_ours(line: Line) -> bool:
    return line.block == OURS


def cutter(settings: ScriptSettings, limits: Limits, *, language: str) -> Cut:
    """What cuts words of ours within the same limits as the book's."""

    def cut(blocks: Sequence[Block], after: Boundary) -> tuple[Chunk, ...]:
        book = Book(Metadata(), (Chapter("", tuple(blocks)),))
        *chunks, last = (_ours(chunk) for chunk in script_of(book, settings, limits, language=language).chunks())
        return (*chunks, replace(last, after=after))

    return cut


def _ours(chunk: Chunk) -> Chunk:
    return replace(chunk, lines=tuple(replace(line, block=OURS) for line in chunk.lines))
