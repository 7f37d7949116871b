"""Where a text may be cut: after a sentence, else a clause, else a word, else (scripts without spaces) a character."""

import re
import unicodedata
from collections.abc import Iterable
from enum import IntEnum

import sentencex

from pipeline.languages import primary_subtag
from pipeline.script.abbreviations import BEFORE_NAMES, BEFORE_NUMBERS, POINT_MAKES_ORDINAL

Span = tuple[int, int]
"""Start and end (exclusive) character offsets, without the white space around."""


class Tier(IntEnum):
    """How good a place for a cut is; a better one is always preferred."""

    CHARACTER = 0
    WORD = 1
    CLAUSE = 2
    SENTENCE = 3
    BLOCK = 4


_CLAUSE_END = re.compile(r"[,;:،؛][”’»\"')\]]*\s+|\s*[—–]+\s*|…\s+|[、，；：]")
_WORD_END = re.compile(r"\s+")


def spans(text: str, tier: Tier, *, language: str) -> list[Span]:
    """`text` as consecutive spans that end at places of `tier`; together they hold every non-space character."""
    if tier is Tier.SENTENCE:
        return sentence_spans(text, language=language)
    if tier is Tier.CHARACTER:
        return _trimmed(text, _character_ends(text))
    pattern = _CLAUSE_END if tier is Tier.CLAUSE else _WORD_END
    return _trimmed(text, (match.end() for match in pattern.finditer(text)))


def sentence_spans(text: str, *, language: str) -> list[Span]:
    """Sentences by sentencex (Wikimedia's rules for 240 languages), the language's primary tag deciding the rules.

    Abbreviations it does not know end no sentence; nor does what goes on in small letters.
    """
    tag = primary_subtag(language) or "en"
    ends = (int(found["end_index"]) for found in sentencex.get_sentence_boundaries(tag, text))
    return _trimmed(text, (end for end in ends if not _is_inside(text, end, tag)))


_LAST_WORD = re.compile(r"(?:^|[^\w-])([\w-]+)\.\s*$")
_HYPHENATED = re.compile(r"\w\.-\w\.\s*$")  # J.-J. Rousseau
_FIGURE = re.compile(r"\d|[IVXLC]+\b")
_LOOK_CHARS = 24  # on both sides of a boundary: longer than any abbreviation


def _is_inside(text: str, end: int, language: str) -> bool:
    """Whether a sentence goes on after the point before `end`."""
    before, after = text[max(0, end - _LOOK_CHARS) : end], text[end : end + _LOOK_CHARS]
    following = after.lstrip()
    if not before.rstrip().endswith(".") or not following:
        return False
    if following[0].islower() or after[0] == "-" or _HYPHENATED.search(before):
        return True
    found = _LAST_WORD.search(before)
    word = found[1] if found else ""
    if word in BEFORE_NAMES.get(language, ()) and following[0].isupper():
        return True
    if word.lower() in BEFORE_NUMBERS and _FIGURE.match(following):
        return True
    return language in POINT_MAKES_ORDINAL and word.isdecimal() and len(word) < 3


def _trimmed(text: str, ends: Iterable[int]) -> list[Span]:
    found: list[Span] = []
    start = 0
    for end in [*ends, len(text)]:
        piece = text[start:end]
        if piece.strip():
            left = start + len(piece) - len(piece.lstrip())
            found.append((left, start + len(piece.rstrip())))
            start = end
    return found


def _character_ends(text: str) -> list[int]:
    """Between what is seen as characters: not before marks (a Thai or Indic vowel among them), not within an emoji."""
    return [
        i
        for i in range(1, len(text))
        if unicodedata.category(text[i])[0] != "M"
        and "\u200d" not in text[i - 1 : i + 1]
        and not "\U0001f3fb" <= text[i] <= "\U0001f3ff"
    ]
