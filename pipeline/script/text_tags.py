"""Audio tags that an author has written into the text, where a job says that there are some. Pure."""

import re
from collections.abc import Iterator
from dataclasses import replace

from pipeline.book import Block, Book, Coverage, Kind
from pipeline.script.direction import Cue, Place, Tag
from pipeline.script.omissions import Cut, Shortened
from pipeline.speech.tags import is_known, merged, nearest_tag

RULE = "audio-tag"

_BRACKETS = re.compile(r"\[([A-Za-z][A-Za-z ,'’-]{0,78})\]")
_SHOWN = 10
"""Of the brackets that are no known tag: a note for each of so many different ones."""


def with_text_tags(book: Book) -> tuple[Book, dict[Place, tuple[Cue, ...]], tuple[str, ...]]:
    """The book without the tags in its text, cues of the narrator's that hold these, and notes on what looks like some.

    Known tags alone are taken; everything else in brackets is the book's own and stays. Code is left as it is.
    """
    cues: dict[Place, tuple[Cue, ...]] = {}
    unknown: dict[str, None] = {}
    chapters, coverage = [], book.coverage
    for number, chapter in enumerate(book.chapters, start=1):
        blocks = list(chapter.blocks)
        for index, block in enumerate(blocks):
            if block.rule or "[" not in block.text or block.kind is Kind.CODE:
                continue
            unknown.update(dict.fromkeys(match[1] for match in _BRACKETS.finditer(block.text) if not _is_tag(match[1])))
            marks = list(_marks(block))
            if not marks:
                continue
            shorter = Shortened(block, tuple(Cut(match.start(), match.end(), RULE) for match in marks))
            blocks[index] = shorter.block
            coverage += Coverage(0, -sum(shorter.chars.values()), shorter.chars)
            tags = tuple(Tag(match.start(), merged([match[1].lower()])) for match in marks)
            if said := tuple(shorter.cues([Cue(0, len(block.text), tags=tags)])):
                cues[number, index] = said
        chapters.append(replace(chapter, blocks=tuple(blocks)))
    return replace(book, chapters=tuple(chapters), coverage=coverage), cues, tuple(_notes(list(unknown)))


def _marks(block: Block) -> Iterator[re.Match[str]]:
    return (match for match in _BRACKETS.finditer(block.text) if _is_tag(match[1]))


def _is_tag(words: str) -> bool:
    return all(is_known(part) for part in words.split(","))


def _notes(unknown: list[str]) -> Iterator[str]:
    for words in unknown[:_SHOWN]:
        nearest = nearest_tag(words)
        yield f"[{words}] is no known audio tag and is read as text" + (
            f"; did you mean [{nearest}]?" if nearest else ""
        )
    if len(unknown) > _SHOWN:
        yield f"and {len(unknown) - _SHOWN} more in brackets that are no known audio tags"
