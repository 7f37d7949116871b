"""Sentences as subtitles: a cue each, and several where a sentence is too long for two lines. Pure."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from pipeline.readalong.edition import Edition
from pipeline.times import ChapterTimeline, SentenceTime

LINE_COLUMNS, CUE_LINES = 42, 2
"""What broadcasters and streaming services show at once; a Chinese or Japanese character takes two columns."""

_WIDE = ("W", "F")
_OPENING, _CLOSING = "「『（［｛〈《【〔“‘", "、。，．！？：；」』）］｝〉》】〕”’…ー々"
"""Between characters of scripts without spaces a line may break, but not after the former nor before the latter."""


@dataclass(frozen=True, slots=True)
class Cue:
    """At most two lines, and the time they are shown, from the beginning of the file they belong to."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    speaker: str = ""


def cues_of(edition: Edition, chapters: Sequence[ChapterTimeline]) -> Iterator[Cue]:
    """The cues of a file that begins with the first of `chapters`, in order; none overlaps the next."""
    sentences = [sentence for chapter in chapters for clip in chapter.clips for sentence in clip.sentences]
    offset = chapters[0].start_frame if chapters else 0
    next_starts = [sentence.start_frame for sentence in sentences[1:]]
    for sentence, next_start in zip(sentences, [*next_starts, *(s.end_frame for s in sentences[-1:])], strict=True):
        start_ms = edition.ms_of(sentence.start_frame - offset)
        end_ms = edition.ms_of(min(sentence.end_frame, next_start) - offset)
        yield from _cues(sentence, start_ms, end_ms)


def _cues(sentence: SentenceTime, start_ms: int, end_ms: int) -> Iterator[Cue]:
    lines = balanced_lines(sentence.text)
    shown = [lines[i : i + CUE_LINES] for i in range(0, len(lines), CUE_LINES)]
    passed = list(accumulate((sum(map(_columns, each)) for each in shown), initial=0))
    edges = [start_ms + (end_ms - start_ms) * each // max(1, passed[-1]) for each in passed]
    for each, (start, end) in zip(shown, pairwise(edges), strict=True):
        if start < end:
            yield Cue(start, end, tuple(each), sentence.speaker)


def balanced_lines(text: str, columns: int = LINE_COLUMNS) -> list[str]:
    """The text in as few lines as hold it, and these as even as can be."""
    pieces = list(_pieces(text))
    fewest = len(_filled(pieces, columns))
    low, high = min(columns, max(map(_columns, pieces), default=0)), columns
    while low < high:
        middle = (low + high) // 2
        if len(_filled(pieces, middle)) <= fewest:
            high = middle
        else:
            low = middle + 1
    return _filled(pieces, high)


def _filled(pieces: Sequence[str], columns: int) -> list[str]:
    lines: list[str] = []
    for piece in pieces:
        if lines and _columns(lines[-1] + piece.rstrip()) <= columns:
            lines[-1] += piece
        else:
            lines.append(piece)
    return [line.rstrip() for line in lines]


def _pieces(text: str) -> Iterator[str]:
    """What no line breaks inside of, each with the space after it: a word, or one wide character with its marks."""
    start = 0
    for i in range(1, len(text)):
        if text[i - 1].isspace() or _may_part(text[i - 1], text[i]):
            yield text[start:i]
            start = i
    if text:
        yield text[start:]


def _may_part(left: str, right: str) -> bool:
    is_wide = unicodedata.east_asian_width(left) in _WIDE or unicodedata.east_asian_width(right) in _WIDE
    return is_wide and not right.isspace() and left not in _OPENING and right not in _CLOSING


def _columns(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(_columns_of(character) for character in text)


def _columns_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1
