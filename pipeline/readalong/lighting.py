"""Which span is lit when: the times of sentences given to the pieces of the page that hold them. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from pipeline.book import Block, Book
from pipeline.readalong.edition import Edition
from pipeline.readalong.passages import Passage, passages_of
from pipeline.readalong.smil import Par
from pipeline.readalong.spans import Segment


@dataclass(frozen=True, slots=True)
class Placed:
    """A passage, the number of its chapter in the delivery, counted from 0, and the block it is of."""

    chapter: int
    passage: Passage
    block: Block


class _Lit(NamedTuple):
    """A span that is lit from a millisecond of its chapter on."""

    file: str
    fragment: str
    start_ms: int


def placed_passages(edition: Edition, book: Book) -> list[Placed]:
    """All that is said, in order. A sentence of no block of the book (a credit that is spoken) is in none."""
    placed = []
    for number, chapter in enumerate(edition.timeline.chapters):
        blocks = book.chapters[chapter.number - 1].blocks if 0 < chapter.number <= len(book.chapters) else ()
        for passage in passages_of(edition, chapter):
            if 0 <= passage.sentence.block < len(blocks):
                placed.append(Placed(number, passage, blocks[passage.sentence.block]))
    return placed


def pars_of(
    edition: Edition, placed: Sequence[Placed], segments: Mapping[int, Sequence[tuple[str, Segment]]]
) -> Iterator[tuple[str, Par]]:
    """Every segment with its file and its time; those of a chapter tile it.

    `segments` are those of each passage, by its place in `placed`, with their files. What is said of no page belongs to
    what follows it in its block, as the number of a list item does, else to what was said before it.
    """
    by_chapter: dict[int, list[_Lit]] = defaultdict(list)
    waiting: Placed | None = None
    for number, each in enumerate(placed):
        lit = list(_shared(each.passage, segments.get(number, ())))
        if not lit:
            waiting = waiting or each
            continue
        if waiting is not None and waiting.block is each.block:
            lit[0] = lit[0]._replace(start_ms=waiting.passage.start_ms)
        by_chapter[each.chapter] += lit
        waiting = None
    for chapter, lit in by_chapter.items():
        times = edition.timeline.chapters[chapter]
        end_ms = edition.ms_of(times.end_frame - times.start_frame)
        starts = [0, *(one.start_ms for one in lit[1:]), end_ms]
        for one, (start, end) in zip(lit, pairwise(starts), strict=True):
            if start < end:
                yield one.file, Par(one.fragment, chapter, start, end)


def _shared(passage: Passage, segments: Sequence[tuple[str, Segment]]) -> Iterator[_Lit]:
    """The segments of a sentence; its time is shared by their characters."""
    total, passed = sum(segment.chars for _, segment in segments), 0
    for file, segment in segments:
        yield _Lit(file, segment.id, passage.start_ms + (passage.end_ms - passage.start_ms) * passed // total)
        passed += segment.chars
