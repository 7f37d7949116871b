"""Stretches of a block without a break in them, and where in each something was left out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from pipeline.book import Omission, count_chars

_HYPHENATED = re.compile(r"[^\W\d_]-$")


class LeftOut(NamedTuple):
    """What was excluded after `length` characters of a run, and where in the body it stood."""

    length: int
    text: str
    rule: str
    start: int
    end: int


@dataclass(slots=True)
class Run:
    """A stretch without a break in it: a line of verse, a cell of a row, or a whole paragraph.

    `lead` is said before it and not of the source (a cell's header); `added` counts the characters of `parts` that
    are not either. While it `is_printable`, its only white space is the space. `staged` are the stretches of `parts`,
    as characters from and to, that are stage directions.
    """

    parts: list[str] = field(default_factory=list)
    start: int = -1
    end: int = -1
    lead: str = ""
    added: int = 0
    length: int = 0
    is_printable: bool = True
    left_out: list[LeftOut] = field(default_factory=list)
    staged: list[tuple[int, int]] = field(default_factory=list)

    @property
    def text(self) -> str:
        text = "".join(self.parts).strip()
        return text if self.is_printable and "  " not in text else " ".join(text.split())

    def omissions(self, base: int) -> Iterator[Omission]:
        """What was left out of the run, placed in a text in which the run's own begins at `base`."""
        if not self.left_out:
            return
        raw, total = "".join(self.parts), len(self.text)
        at, read, is_spaced = 0, 0, False
        for one in self.left_out:
            passed, read = raw[read : one.length], max(read, one.length)
            words = " ".join(passed.split())
            if words:
                at += len(words) + bool(at and (is_spaced or passed[0].isspace()))
            is_spaced = passed[-1].isspace() if words else is_spaced or bool(passed)
            yield Omission(base + at + bool(at and is_spaced and at < total), one.text, one.rule)

    def asides(self, base: int) -> Iterator[tuple[int, int]]:
        """The stage directions of the run, placed as `omissions` are; those that only white space parts are one."""
        if not self.staged:
            return
        raw = "".join(self.parts)
        places = [base + i for i, character in enumerate(self.text) if not character.isspace()]
        read = chars = 0
        found: list[tuple[int, int]] = []  # characters that are not white space, from and to
        for start, end in self.staged:
            first = chars + count_chars(raw[read:start])
            read, chars = end, first + count_chars(raw[start:end])
            if found and found[-1][1] == first:
                found[-1] = (found[-1][0], chars)
            elif first < chars:
                found.append((first, chars))
        yield from ((places[first], places[last - 1] + 1) for first, last in found)

    def hyphen_goes(self) -> bool:
        """Takes back a hyphen at the end of what was said so far; false if there is none after a letter."""
        last = self.parts[-1] if self.parts else ""
        if not _HYPHENATED.search("".join(self.parts[-2:])) or not last.endswith("-"):
            return False
        self.parts[-1] = last[:-1]
        self.length -= 1
        return True


def with_text(runs: list[Run]) -> list[Run]:
    """The runs that have text; what was left out of the others is left out at the end of the one before, or after."""
    kept: list[Run] = []
    waiting: list[LeftOut] = []
    for run in runs:
        if run.start >= 0:
            if waiting:
                run.left_out[:0] = [one._replace(length=0) for one in waiting]
                waiting = []
            kept.append(run)
        elif kept:
            kept[-1].left_out += [one._replace(length=kept[-1].length) for one in run.left_out]
        else:
            waiting += run.left_out
    return kept
