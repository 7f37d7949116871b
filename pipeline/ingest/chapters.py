"""Where chapters begin: at the contents' targets, else at headings, else at files. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, zip_longest
from typing import NamedTuple

from pipeline.book import Block, Chapter, Kind, count_chars
from pipeline.ingest.contents import NO_PART, Entry
from pipeline.ingest.document import Document

MAX_FRONT_CHARS = 20_000  # a title page, imprint and dedication stay below; a whole foreword does not
MIN_CHAPTERS = 2  # a heading level makes chapters once two headings of it have text of their own


class Opening(NamedTuple):
    """A chapter begins before the block at `position` of the whole book; `is_titled` unless the title is a stand-in."""

    position: int
    title: str
    depth: int = 1
    is_titled: bool = True
    part_depth: int = NO_PART


class Division(NamedTuple):
    """The book cut into chapters, and what deserves a word."""

    chapters: tuple[Chapter, ...]
    notes: tuple[str, ...] = ()


def divide(
    documents: Sequence[Document], entries: Sequence[Entry], book_title: str, *, notes_at: str = "skip"
) -> Division:
    """Every block of the documents in exactly one chapter, in reading order; scene breaks at a chapter's ends go.

    Notes that are spoken move to where they are referred to: behind that block, or to its chapter's end.
    """
    blocks = [block for document in documents for block in document.blocks]
    openings, notes = contents_openings(documents, entries)
    if not openings:
        openings = heading_openings(blocks) or numeral_openings(blocks) or file_openings(documents, book_title)
    elif len({opening.position for opening in openings}) == 1 and len(documents) > 1:
        openings, notes = _past_one_entry(openings, heading_openings(blocks), notes)
    openings = with_front(openings, blocks, book_title)
    chapters = cut(blocks, openings, _Placement(documents, notes_at))
    return Division(tuple(_with_parts(chapters, openings)), (*notes, *_empty_notes(chapters)))


def contents_openings(documents: Sequence[Document], entries: Sequence[Entry]) -> tuple[list[Opening], tuple[str, ...]]:
    """Openings in reading order, whatever order the contents have, and the targets that do not exist."""
    starts = _starts(documents)
    by_file = {document.file: document for document in documents}
    openings: list[Opening] = []
    notes: list[str] = []
    told: set[tuple[str, str, str]] = set()
    for entry in entries:
        if (entry.title, entry.file, entry.fragment) in told:
            continue  # contents that name a place twice, or lead round in a circle
        told.add((entry.title, entry.file, entry.fragment))
        if entry.file not in by_file:
            notes.append(f"contents entry “{entry.title}” leads to {entry.href}, which is not in the reading order")
            continue
        ids = by_file[entry.file].ids
        if entry.fragment and entry.fragment not in ids:
            notes.append(
                f"contents entry “{entry.title}” names a missing place, {entry.href}; its file's start was taken"
            )
        position = starts[entry.file] + ids.get(entry.fragment, 0)
        openings.append(Opening(position, entry.title, entry.depth, entry.is_titled, entry.part_depth))
    return sorted(openings, key=lambda opening: opening.position), tuple(notes)


def _past_one_entry(
    openings: list[Opening], by_heading: list[Opening], notes: tuple[str, ...]
) -> tuple[list[Opening], tuple[str, ...]]:
    """Contents that name nothing but the start of a book of many files are no contents, where its headings are."""
    if len(by_heading) < MIN_CHAPTERS:
        return openings, notes
    told = f"the contents name one place only, “{openings[0].title}”; chapters were taken from the headings"
    return by_heading, (*notes, told)


def heading_openings(blocks: Sequence[Block]) -> list[Opening]:
    """The highest heading level of which at least two have text under them: "Author" and "Year" lines do not count."""
    for level in sorted({block.level for block in blocks if _is_heading(block, block.level)}):
        if _sections_with_text(blocks, level) >= MIN_CHAPTERS:
            return [Opening(index, block.text) for index, block in enumerate(blocks) if _is_heading(block, level)]
    return []


def numeral_openings(blocks: Sequence[Block]) -> list[Opening]:
    """Paragraphs that are nothing but I, II, III … one after the other, as plain texts number their chapters."""
    openings: list[Opening] = []
    for index, block in enumerate(blocks):
        if block.kind is Kind.PARAGRAPH and not block.rule and block.text.rstrip(".") == roman(len(openings) + 1):
            openings.append(Opening(index, block.text))
    return openings if len(openings) >= MIN_CHAPTERS else []


def roman(number: int) -> str:
    """A number from 1 to 399 in Roman figures."""
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    return "C" * hundreds + _roman_digit(tens, "X", "L", "C") + _roman_digit(ones, "I", "V", "X")


def _roman_digit(digit: int, one: str, five: str, ten: str) -> str:
    if digit in (4, 9):
        return one + (five if digit == 4 else ten)
    return five * (digit >= 5) + one * (digit % 5)


def file_openings(documents: Sequence[Document], book_title: str) -> list[Opening]:
    """One chapter a file, titled by its first heading, else by a title no other file has, else by its number."""
    starts = _starts(documents)
    with_text = [document for document in documents if document.coverage.spoken_chars]
    if len(with_text) < MIN_CHAPTERS:
        return [Opening(0, book_title or _first_heading(with_text), is_titled=False)]
    uses = Counter(document.title for document in with_text)
    return [
        Opening(
            starts[document.file],
            _first_heading([document]) or _own_title(document, uses) or str(number),
            is_titled=False,
        )
        for number, document in enumerate(with_text, 1)
    ]


def with_front(openings: list[Opening], blocks: Sequence[Block], book_title: str) -> list[Opening]:
    """Text before the first opening goes to the first chapter; if it is long, it is a chapter of its own."""
    first, *others = openings
    front = blocks[: first.position]
    if sum(count_chars(block.text) for block in front if is_spoken(block)) <= MAX_FRONT_CHARS:
        return [first._replace(position=0), *others]
    title = next((block.text for block in front if _is_heading(block, block.level)), book_title)
    return [Opening(0, title, is_titled=False), *openings]


class _Placement:
    """Where each block is read: in its place, or if it is of a note, where that is first referred to."""

    def __init__(self, documents: Sequence[Document], notes_at: str) -> None:
        self._is_inline = notes_at == "inline"
        self._notes: dict[str, list[int]] = {}
        self._referred: dict[int, list[str]] = {}
        self._moved: set[int] = set()
        starts = _starts(documents)
        if notes_at == "skip":
            return
        for document in documents:
            for index, key in document.notes.items():
                self._notes.setdefault(key, []).append(starts[document.file] + index)
        known = {index for indexes in self._notes.values() for index in indexes}
        seen: set[str] = set()
        for document in documents:
            for reference in document.references:
                block = starts[document.file] + reference.block
                if reference.key in self._notes and reference.key not in seen and block not in known:
                    seen.add(reference.key)
                    self._referred.setdefault(block, []).append(reference.key)
                    self._moved.update(self._notes[reference.key])

    def of(self, start: int, end: int) -> Sequence[int]:
        """The blocks read between two places of the book, in order."""
        if not self._moved:
            return range(start, end)
        order: list[int] = []
        waiting: list[int] = []
        for index in range(start, end):
            if index not in self._moved:
                order.append(index)
            notes = [note for key in self._referred.get(index, ()) for note in self._notes[key]]
            (order if self._is_inline else waiting).extend(notes)
        return order + waiting


def cut(blocks: Sequence[Block], openings: Sequence[Opening], placement: _Placement) -> list[Chapter]:
    """One chapter an opening; one may have no blocks."""
    ends = [opening.position for opening in openings[1:]] + [len(blocks)]
    return [
        _chapter(opening, [blocks[index] for index in placement.of(opening.position, end)], number)
        for number, (opening, end) in enumerate(zip(openings, ends, strict=True), 1)
    ]


def _chapter(opening: Opening, blocks: Sequence[Block], number: int) -> Chapter:
    """A chapter the contents leave without a title takes its first heading, or its number."""
    heading = next((block.text for block in blocks if _is_heading(block, block.level)), "")
    is_titled = opening.is_titled and bool(opening.title or heading)
    return Chapter(opening.title or heading or str(number), _trimmed(blocks), opening.depth, is_titled)


def _with_parts(chapters: Sequence[Chapter], openings: Sequence[Opening]) -> Iterator[Chapter]:
    """Those that have blocks. Where a part has no page of its own, it begins with the first chapter below it."""
    depth_before, part_depth = 0, NO_PART
    for chapter, opening, following in zip_longest(chapters, openings, openings[1:]):
        is_part = following is not None and following.depth > opening.depth
        part_depth = min(part_depth, opening.part_depth, opening.depth if is_part else NO_PART)
        if chapter.blocks:
            yield replace(chapter, begins_part=part_depth < depth_before)
            depth_before, part_depth = chapter.depth, NO_PART


def _trimmed(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Without scene breaks at either end."""
    end = len(blocks)
    first = next((index for index in range(end) if is_spoken(blocks[index])), end)
    last = next((index for index in reversed(range(first, end)) if is_spoken(blocks[index])), end)
    return (*_silent(blocks[:first]), *blocks[first : last + 1], *_silent(blocks[last + 1 :]))


def _silent(blocks: Sequence[Block]) -> Iterator[Block]:
    """Blocks that speak nothing, scene breaks among them parting nothing: what was left out there is all that stays."""
    for block in blocks:
        if block.rule:
            yield replace(block, omissions=())
        for omission in block.omissions:
            yield replace(block, text=" ".join(omission.text.split()), rule=omission.rule, omissions=())


def _empty_notes(chapters: Sequence[Chapter]) -> tuple[str, ...]:
    return tuple(
        f"contents entry “{chapter.title}” has no text of its own to speak, so it is no chapter"
        for chapter in chapters
        if not chapter.blocks
    )


def _starts(documents: Sequence[Document]) -> dict[str, int]:
    """The index in the whole book of each file's first block."""
    starts: dict[str, int] = {}
    position = 0
    for document in documents:
        starts[document.file] = position
        position += len(document.blocks)
    return starts


def _is_heading(block: Block, level: int) -> bool:
    return block.kind is Kind.HEADING and block.level == level and not block.rule


def is_spoken(block: Block) -> bool:
    """Whether a block has words to speak."""
    return bool(block.text) and not block.rule


def _sections_with_text(blocks: Sequence[Block], level: int) -> int:
    """How many headings of `level` have anything but headings before the next one of their level or above."""
    borders = [index for index, block in enumerate(blocks) if _is_heading(block, block.level) and block.level <= level]
    return sum(
        _is_heading(blocks[start], level) and _has_text(blocks[start:end])
        for start, end in pairwise([*borders, len(blocks)])
    )


def _has_text(blocks: Sequence[Block]) -> bool:
    return any(block.kind is not Kind.HEADING and is_spoken(block) for block in blocks)


def _first_heading(documents: Sequence[Document]) -> str:
    blocks = (block for document in documents for block in document.blocks)
    return next((block.text for block in blocks if _is_heading(block, block.level)), "")


def _own_title(document: Document, uses: Counter[str]) -> str:
    return document.title if uses[document.title] == 1 else ""
