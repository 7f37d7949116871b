"""Titles of chapters that nobody says, as they stand in the contents or in a picture only: we say them. Pure."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Literal

from pipeline.book import Block, Book, Chapter, Kind
from pipeline.recording import Boundary
from pipeline.script.additions import Cut
from pipeline.script.chunks import Script, ScriptChapter
from pipeline.script.numerals import digits_for_roman, heading_figures, roman_value
from pipeline.script.phrases import Phrases

Announce = Literal["auto", "always", "never"]

_WORD = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]|[^\W_\u2e80-\u9fff\uf900-\ufaff]+")
"""A word, or one of the characters that are written without spaces between words."""

_SENTENCE_END = re.compile(r"[.!?…。！？:;,\"”’»]$")
_LONGEST_HEADING_WORDS = 8
"""A first paragraph that is no longer, and ends no sentence, is a heading in all but its markup."""

_MOST_CHAPTERS = 999
"""A larger number is a year, and no chapter's."""

_OPENING_BLOCKS = 4
"""Where a title is looked for: number, name, a line below it, and the text."""

_HEARD_UNDER = ("", "repeated-heading")
"""Rules of headings that are heard: none, or the one for what was said just before. A hidden one is not heard."""


def with_announcements(script: Script, book: Book, announce: Announce, *, phrases: Phrases, cut: Cut) -> Script:
    """The script with a chunk of its own before each chapter whose title would not be heard."""
    figures = heading_figures(chapter.title for chapter in book.chapters)
    return Script(
        tuple(
            _announced(chapter, announcement_of(book.chapters[chapter.number - 1], announce, figures, phrases), cut)
            for chapter in script.chapters
        )
    )


def announcement_of(chapter: Chapter, announce: Announce, figures: Collection[int], phrases: Phrases) -> str:
    """What is said before a chapter, or "".

    `auto` announces titles that the book itself gives, where the chapter begins with no heading of its own; `always`
    also those that are made up (a file's number) or unlike the heading that is there. None is said twice.
    """
    is_wanted = announce == "always" or (announce == "auto" and chapter.is_titled and not _has_heading(chapter))
    return _spoken_title(chapter.title, figures, phrases) if is_wanted and not _is_said(chapter) else ""


def _announced(chapter: ScriptChapter, text: str, cut: Cut) -> ScriptChapter:
    if not text:
        return chapter
    return replace(chapter, chunks=(*cut([Block(Kind.HEADING, text)], Boundary.HEADING), *chapter.chunks))


def _spoken_title(title: str, figures: Collection[int], phrases: Phrases) -> str:
    """The title; with the language's word for a chapter where it is but a number."""
    number = digits_for_roman(title, figures, language="").strip(" .:—–-()[]")
    is_number = number.isdecimal() and int(number) <= _MOST_CHAPTERS
    return phrases.chapter.format(number=int(number)) if is_number else title


def _has_heading(chapter: Chapter) -> bool:
    """Whether what is heard first is a heading, by its markup or by its look."""
    first = next(_spoken(chapter.blocks), None)
    if first is None or first.kind is Kind.HEADING:
        return True
    return first.kind is Kind.PARAGRAPH and _is_short(first) and not _SENTENCE_END.search(first.text)


def _is_said(chapter: Chapter) -> bool:
    """Whether the title is heard anyway: first, in a line of its own soon after, in a heading, or just before."""
    title = _words(chapter.title)
    name = [word for word in title if not word.isdecimal()] or title
    opening = list(islice(_spoken(chapter.blocks), _OPENING_BLOCKS))
    words = [word for block in opening for word in _words(block.text)]
    headings = (block for block in chapter.blocks if block.kind is Kind.HEADING and block.rule in _HEARD_UNDER)
    return (
        words[: len(title)] == title
        or any(_holds(_words(block.text), name) for block in opening if _is_short(block))
        or any(_holds(_words(heading.text), title) for heading in headings)
    )


def _is_short(block: Block) -> bool:
    return len(_words(block.text)) <= _LONGEST_HEADING_WORDS


def _spoken(blocks: Sequence[Block]) -> Iterator[Block]:
    return (block for block in blocks if not block.rule and block.kind is not Kind.SCENE_BREAK)


def _holds(words: Sequence[str], sought: Sequence[str]) -> bool:
    return any(words[at : at + len(sought)] == sought for at in range(len(words) - len(sought) + 1))


def _words(text: str) -> list[str]:
    """Words in small letters, roman figures as numbers: "Chapter IV" and "CHAPTER 4." say the same."""
    return [str(roman_value(word.upper()) or word.casefold()) for word in _WORD.findall(text)]
