"""Whether two texts are the same words, and where they are not. Pure.

White space does not count but where it parts two words: "can not" is not "cannot". Time is linear in the texts but for
stretches of some hundred words that have nothing in common.
"""

import difflib
import functools
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

_ANCHOR_WORDS = 3
"""So many words in a row that stand once in each text are the same place in both."""

_MOST_PAIRS = 40_000
"""Of words that a comparison may look at, which is quadratic: two stretches of 200 with no anchor between them."""


class Difference(NamedTuple):
    """Words `start` to `end` of the old text are words `new_start` to `new_end` of the new one."""

    start: int
    end: int
    new_start: int
    new_end: int


@dataclass(frozen=True, slots=True)
class Wording:
    """A text as its words, each with the characters where it starts and ends; a mark is a word of its own."""

    text: str
    words: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def gap(self, left: int, right: int) -> tuple[int, int]:
        """The characters between the words before number `left` and from number `right` on, white space and all."""
        start = self.ends[left - 1] if left else 0
        return start, self.starts[right] if right < len(self.starts) else len(self.text)


def wording_of(text: str) -> Wording:
    found = list(_word().finditer(text))
    return Wording(
        text,
        tuple(match.group() for match in found),
        tuple(match.start() for match in found),
        tuple(match.end() for match in found),
    )


def count_words(words: Sequence[str]) -> int:
    """Those that are more than a mark."""
    return sum(word[0].isalnum() for word in words)


@functools.cache
def _word() -> re.Pattern[str]:
    """Letters, figures and the signs that stand on them; else any one character."""
    signs = "".join(chr(code) for code in range(0x300, 0x10000) if unicodedata.category(chr(code)).startswith("M"))
    return re.compile(rf"[\w{signs}]+|\S")


def differences(old: Sequence[str], new: Sequence[str]) -> Iterator[Difference]:
    """Where two rows of words differ, in order; between two differences at least one word is the same."""
    if old == new:
        return
    anchors = [(-1, -1), *_anchors(old, new), (len(old), len(new))]
    for (i, j), (next_i, next_j) in pairwise(anchors):
        yield from _within(old, new, Difference(i + 1, next_i, j + 1, next_j))


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Places of the same words in both, in the order of both: the longest such row."""
    places, others = _unique(old), _unique(new)
    pairs = [(i, others[words]) for words, i in places.items() if words in others]
    smallest: list[int] = []  # the place in `new` that a row of each length may end with
    rows: list[tuple[int, int, int]] = []  # old place, new place, and the pair before it in its row
    ends: list[int] = []
    for i, j in pairs:
        at = bisect_left(smallest, j)
        rows.append((i, j, ends[at - 1] if at else -1))
        smallest[at : at + 1] = [j]
        ends[at : at + 1] = [len(rows) - 1]
    return _row_to(ends[-1] if ends else -1, rows)


def _row_to(last: int, rows: Sequence[tuple[int, int, int]]) -> list[tuple[int, int]]:
    row = []
    while last >= 0:
        i, j, last = rows[last]
        row.append((i, j))
    return row[::-1]


def _unique(words: Sequence[str]) -> dict[tuple[str, ...], int]:
    places: dict[tuple[str, ...], int] = {}
    for i in range(len(words) - _ANCHOR_WORDS + 1):
        run = tuple(words[i : i + _ANCHOR_WORDS])
        places[run] = -1 if run in places else i
    return {run: i for run, i in places.items() if i >= 0}


def _within(old: Sequence[str], new: Sequence[str], span: Difference) -> Iterator[Difference]:
    start, end, new_start, new_end = span
    while start < end and new_start < new_end and old[start] == new[new_start]:
        start, new_start = start + 1, new_start + 1
    while start < end and new_start < new_end and old[end - 1] == new[new_end - 1]:
        end, new_end = end - 1, new_end - 1
    if start == end and new_start == new_end:
        return
    if start == end or new_start == new_end or (end - start) * (new_end - new_start) > _MOST_PAIRS:
        yield Difference(start, end, new_start, new_end)
        return
    matcher = difflib.SequenceMatcher(None, old[start:end], new[new_start:new_end], autojunk=False)
    for what, i, next_i, j, next_j in matcher.get_opcodes():
        if what != "equal":
            yield Difference(start + i, start + next_i, new_start + j, new_start + next_j)


_CONTEXT_CHARS = 30
"""Of what stands before and after a change when it is shown."""

_SHOWN_CHARS = 120
"""Of the old words and of the new ones."""


@dataclass(frozen=True, slots=True)
class WordChange:
    """Words of a chapter that a text has otherwise, at its line number `line`; with what stands around them.

    `count` is how many words are concerned, in the text that has more of them; a mark alone is none.
    """

    chapter: int
    line: int
    before: str
    old: str
    new: str
    after: str
    count: int

    def __str__(self) -> str:
        old, new = (_shortened(text) or "nothing" for text in (self.old, self.new))
        return f"chapter {self.chapter}, line {self.line}: …{self.before}[{old} → {new}]{self.after}…"


def change_between(old: Wording, new: Wording, found: Difference, *, chapter: int, line: int) -> WordChange:
    start, end = old.gap(found.start, found.end)
    new_start, new_end = new.gap(found.new_start, found.new_end)
    was, becomes = old.text[start:end], new.text[new_start:new_end]
    lead = was[: len(was) - len(was.lstrip())] or becomes[: len(becomes) - len(becomes.lstrip())]
    trail = was[len(was.rstrip()) :] or becomes[len(becomes.rstrip()) :]
    return WordChange(
        chapter,
        line,
        _line(old.text[max(0, start - _CONTEXT_CHARS) : start] + lead),
        _line(was.strip()),
        _line(becomes.strip()),
        _line(trail + old.text[end : end + _CONTEXT_CHARS]),
        max(
            count_words(old.words[found.start : found.end]),
            count_words(new.words[found.new_start : found.new_end]),
        ),
    )


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"
