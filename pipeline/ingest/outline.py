"""Contents for a page that has none: its headings as entries, by a setting or where its shape shows parts. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from pipeline.book import Block, Kind, count_chars
from pipeline.ingest.contents import Entry
from pipeline.ingest.document import Document

LEAST_CHAPTER_CHARS = 4_000  # about five minutes of speech; what is shorter on average is a section of a chapter
LEAST_CHAPTERS_A_PART = 2
_LOWEST_LEVEL = 6


class Outline(NamedTuple):
    """The document with a place for each entry to point at, the entries, and what deserves a word."""

    document: Document
    entries: tuple[Entry, ...] = ()
    notes: tuple[str, ...] = ()


def outlined(document: Document, chapter_level: int) -> Outline:
    """Entries for headings of `chapter_level`, nested in those above it that come more than once (one is the title).

    Level 0 gives entries only where the headings show parts that hold chapters; else there are none, and the chapters
    are found as in any book without contents.
    """
    levels = {block.level for block in document.blocks if block.kind is Kind.HEADING}
    if chapter_level and chapter_level not in levels:
        note = f"there is no heading of level {chapter_level}; chapters were taken from the text's own shape"
        return Outline(document, notes=(note,))
    chapter_level = chapter_level or _level_below_parts(document.blocks)
    return _with_entries(document, chapter_level) if chapter_level else Outline(document)


def _with_entries(document: Document, chapter_level: int) -> Outline:
    places = _openings(document.blocks, chapter_level)
    levels = sorted({document.blocks[place].level for place in places})
    entries = tuple(
        Entry(
            title=document.blocks[place].text,
            href=document.file,
            file=document.file,
            fragment=_fragment(place),
            depth=levels.index(document.blocks[place].level) + 1,
        )
        for place in places
    )
    ids = {**document.ids, **{_fragment(place): place for place in places}}
    return Outline(replace(document, ids=ids), entries)


def _fragment(place: int) -> str:
    """A name no element has: ids hold no spaces."""
    return f"block {place}"


def _openings(blocks: Sequence[Block], chapter_level: int) -> list[int]:
    headings = [index for index, block in enumerate(blocks) if _is_heading(block, chapter_level)]
    levels = [blocks[index].level for index in headings]
    return [
        index
        for index, level in zip(headings, levels, strict=True)
        if level == chapter_level or levels.count(level) > 1
    ]


def _level_below_parts(blocks: Sequence[Block]) -> int:
    """The level of chapters that lie in parts: parts have no text of their own, and several long chapters each."""
    for level in range(1, _LOWEST_LEVEL):
        borders = [index for index, block in enumerate(blocks) if _is_heading(block, level)]
        sections = [
            blocks[start:end] for start, end in pairwise([*borders, len(blocks)]) if blocks[start].level == level
        ]
        if len(sections) > 1 and any(map(_has_text, sections)):
            return _chapter_level_in(sections)
    return 0


def _chapter_level_in(parts: Sequence[Sequence[Block]]) -> int:
    """The level of the headings that stand first in most `parts`, if those are chapters; else 0."""
    firsts = [_first_heading_before_text(part[1:]) for part in parts]
    level = max(set(firsts), key=firsts.count)
    if not level or 2 * firsts.count(level) <= len(parts):
        return 0
    chapters = sum(block.kind is Kind.HEADING and block.level == level for part in parts for block in part)
    chars = sum(count_chars(block.text) for part in parts for block in part)
    are_chapters = chapters >= LEAST_CHAPTERS_A_PART * len(parts) and chars >= LEAST_CHAPTER_CHARS * chapters
    return level if are_chapters else 0


def _first_heading_before_text(blocks: Sequence[Block]) -> int:
    """The level of the heading directly below the part's own; 0 if text comes first."""
    first = next((block for block in blocks if block.kind is not Kind.SCENE_BREAK), None)
    return first.level if first is not None and first.kind is Kind.HEADING else 0


def _has_text(blocks: Sequence[Block]) -> bool:
    return any(block.kind not in (Kind.HEADING, Kind.SCENE_BREAK) for block in blocks)


def _is_heading(block: Block, lowest_level: int) -> bool:
    return block.kind is Kind.HEADING and block.level <= lowest_level
