"""How well an attribution agrees with the labels: pure counting, whoever made it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from tests.attribution.labels import Label, plain
from tests.attribution.quotations import carried

_IS_FOUND = 0.5
"""Of a quotation's characters: less than half of it is not this quotation, found."""


class Attributed(Protocol):
    """What is asked of a quote: characters `start` to `end` are said by `speaker` ("": unknown), with `confidence`."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def speaker(self) -> str: ...
    @property
    def confidence(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of one quotation, or (without `label`) of text on `line` that is no quotation."""

    line: int
    speaker: str
    confidence: float
    label: Label | None = None
    is_found: bool = True

    def is_given(self, confidence: float) -> bool:
        return bool(self.speaker) and self.confidence >= confidence

    @property
    def is_right(self) -> bool:
        return self.is_named or self._is_among(self.label.descriptions if self.label else frozenset())

    @property
    def is_named(self) -> bool:
        """Right, and under a name: a description that is right still makes two of one person."""
        return self._is_among(self.label.names if self.label else frozenset())

    def _is_among(self, right: frozenset[str]) -> bool:
        return self.label is not None and self.label.is_said and bool(plain([self.speaker]) & right)


@dataclass(frozen=True, slots=True)
class Score:
    """Counts at one confidence: quotations said, quotes given a speaker, how many of those are right, and named."""

    confidence: float
    said: int
    given: int
    right: int
    named: int

    @property
    def precision(self) -> float:
        """Right ones among the given; 1.0 where none is given."""
        return self.right / self.given if self.given else 1.0

    @property
    def recall(self) -> float:
        """Right ones among all that are said."""
        return self.right / self.said if self.said else 1.0


def answers(lines: Sequence[str], labels: Iterable[Label], quotes: Sequence[Sequence[Attributed]]) -> list[Answer]:
    """One answer to each label, then one for each quote that touches none. `quotes` is parallel to `lines`.

    Lines that only carry on a quotation, as those of a poem do, have no label and are not judged.
    """
    labelled = list(labels)
    met = [_answer(label, quotes[label.line - 1]) for label in labelled]
    touched = {
        (label.line, quote.start) for label in labelled for quote in quotes[label.line - 1] if _shared(label, quote)
    }
    unjudged = carried(lines)
    return met + [
        Answer(line, quote.speaker, quote.confidence)
        for line, found in enumerate(quotes, start=1)
        for quote in found
        if line not in unjudged and (line, quote.start) not in touched
    ]


def score(given: Sequence[Answer], *, confidence: float) -> Score:
    """The counts when only answers of at least `confidence` are believed."""
    believed = [answer for answer in given if answer.is_given(confidence)]
    return Score(
        confidence=confidence,
        said=sum(answer.label is not None and answer.label.is_said for answer in given),
        given=len(believed),
        right=sum(answer.is_right for answer in believed),
        named=sum(answer.is_named for answer in believed),
    )


def wrong(given: Iterable[Answer], *, confidence: float) -> Iterator[Answer]:
    """The answers that cost precision at `confidence`."""
    return (answer for answer in given if answer.is_given(confidence) and not answer.is_right)


def _answer(label: Label, quotes: Sequence[Attributed]) -> Answer:
    """The quote that shares most with the label, the first of equals; unfound where none shares enough."""
    best = max(quotes, key=lambda quote: _shared(label, quote), default=None)
    if best is None or _shared(label, best) < _IS_FOUND * (label.end - label.start):
        return Answer(label.line, "", 0.0, label, is_found=False)
    return Answer(label.line, best.speaker, best.confidence, label)


def _shared(label: Label, quote: Attributed) -> int:
    """Characters that both cover."""
    return max(0, min(label.end, quote.end) - max(label.start, quote.start))
