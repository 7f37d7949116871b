"""Numbers put onto a page as SVG paths. Pure arithmetic: a template sets the result between its tags."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.report.page import clock
from pipeline.report.schema import BookReport, ChapterReport

WIDTH, HEIGHT = 960.0, 240.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 12.0, 14.0, 26.0

_MOST_BARS = 36_000
"""Bars of outlines on one page, of some eight bytes: a third of a megabyte."""

_FEWEST, _FINEST = 60, 360


@dataclass(frozen=True, slots=True)
class Tick:
    """A value on an axis: where its line is, and what it says."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point with a name of its own."""

    x: float
    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Dots over an axis each. `path` are those without a name, as one path of strokes that are as long as nothing."""

    rows: tuple[Tick, ...]
    columns: tuple[Tick, ...]
    path: str
    dots: tuple[Dot, ...]
    line: Tick | None
    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    bottom: float = HEIGHT - _BOTTOM


@dataclass(frozen=True, slots=True)
class Flag:
    """A flagged place in a chapter's outline, in hundredths of its length."""

    at: float
    width: float
    is_bad: bool


@dataclass(frozen=True, slots=True)
class Pace:
    """Characters a second: of the middle chunk, of the slow and the fast quarter's edge, and all of them drawn."""

    middle: float
    slow: float
    fast: float
    plot: Plot


def bars_for(chapters: int) -> int:
    """How many bars each chapter's outline may have, so that the page stays a page."""
    return max(_FEWEST, min(_FINEST, _MOST_BARS // max(1, chapters)))


def outline(waveform: str, *, bars: int) -> str:
    """A path in a box of `bars` by 100: for every bar a stroke around the middle, as high as the sound was."""
    levels = bytes.fromhex(waveform)
    if not levels:
        return ""
    count = min(bars, len(levels))
    edges = [i * len(levels) // count for i in range(count + 1)]
    highest = (max(levels[start:end]) for start, end in pairwise(edges))
    heights = (max(1, round(level * 98 / 255 / 2)) for level in highest)
    return "".join(f"M{i}.5 {50 - height}v{2 * height}" for i, height in enumerate(heights))


def flags_in(chapter: ChapterReport, book: BookReport) -> list[Flag]:
    """The flagged places of a chapter, or of the file of it that a chapter report is of."""
    length_s = chapter.end_s - chapter.start_s
    flags = []
    for chunk in book.evidence.flagged:
        if chunk.start_s is None or not chapter.start_s <= chunk.start_s < chapter.end_s:
            continue
        seconds = sum(take.seconds for take in chunk.takes if take.is_used)
        at = 100 * (chunk.start_s - chapter.start_s) / length_s
        width = min(max(0.4, 100 * seconds / length_s), 100 - at)
        flags.append(Flag(round(at, 2), round(width, 2), chunk.kind == "suspect"))
    return flags


def loudness_plot(book: BookReport) -> Plot | None:
    """Every chapter's loudness over the book, and the target's; None where nothing was measured."""
    heard = [(chapter, chapter.loudness_lufs) for chapter in book.chapters if chapter.loudness_lufs is not None]
    if not heard:
        return None
    levels = [lufs for _, lufs in heard] + ([] if book.target_lufs is None else [book.target_lufs])
    scale = _Scale.around(levels, least=4.0)
    dots = tuple(
        Dot(
            _x((chapter.start_s + chapter.end_s) / 2, book.seconds),
            scale.y(lufs),
            f"{chapter.number}. {chapter.title}: {signed(lufs)} LUFS",
        )
        for chapter, lufs in heard
    )
    line = None if book.target_lufs is None else Tick(scale.y(book.target_lufs), f"target {signed(book.target_lufs)}")
    return Plot(scale.ticks(), _times(book.seconds), "", dots, line)


def pace_of(book: BookReport) -> Pace | None:
    """How fast each chunk was read; None where nothing was."""
    chunks = [chunk for chunk in book.evidence.spoken if chunk.seconds > 0 and chunk.chars]
    if not chunks:
        return None
    rates = [chunk.chars / chunk.seconds for chunk in chunks]
    scale = _Scale.around(rates, least=4.0)
    whole_s = book.seconds or sum(chunk.seconds for chunk in chunks)
    flagged = {chunk.id for chunk in book.evidence.flagged}
    plain, dots, spoken_s = [], [], 0.0
    for chunk, rate in zip(chunks, rates, strict=True):
        x, y = _x(spoken_s if chunk.start_s is None else chunk.start_s, whole_s), scale.y(rate)
        spoken_s += chunk.seconds
        if chunk.id in flagged:
            dots.append(Dot(x, y, f"chapter {chunk.chapter}, chunk {chunk.number}: {rate:.1f} characters a second"))
        else:
            plain.append(f"M{x:g} {y:g}h0")
    quarters = statistics.quantiles(rates, n=4) if len(rates) > 1 else rates * 3
    line = Tick(scale.y(quarters[1]), "the middle")
    plot = Plot(scale.ticks(), _times(whole_s), "".join(plain), tuple(dots), line)
    return Pace(quarters[1], quarters[0], quarters[2], plot)


def takes_needed(book: BookReport) -> dict[int, int]:
    """For every number of takes how many chunks took as many."""
    counts: dict[int, int] = {}
    for chunk in book.evidence.spoken:
        counts[chunk.takes] = counts.get(chunk.takes, 0) + 1
    return dict(sorted(counts.items()))


def signed(value: float) -> str:
    """A level with a real minus sign."""
    return f"{value:.1f}".replace("-", "−")


@dataclass(frozen=True, slots=True)
class _Scale:
    """The vertical axis: from `low` at the bottom to `high`, in steps."""

    low: float
    high: float
    step: float

    @classmethod
    def around(cls, values: Sequence[float], *, least: float) -> "_Scale":
        """Round values that hold all of `values`, and are at least `least` apart: noise is not to look like trouble."""
        low, high = min(values), max(values)
        missing = max(0.0, least - (high - low)) / 2
        step = _step((high - low + 2 * missing) / 4)
        return cls(math.floor((low - missing) / step) * step, math.ceil((high + missing) / step) * step, step)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)

    def ticks(self) -> tuple[Tick, ...]:
        count = round((self.high - self.low) / self.step)
        values = [self.low + i * self.step for i in range(count + 1)]
        return tuple(Tick(self.y(value), f"{value:g}".replace("-", "−")) for value in values)


def _step(rough: float) -> float:
    """The next of 1, 2, 5, 10 … that is no smaller."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))


_TIME_STEPS_S = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 36_000)


def _times(seconds: float) -> tuple[Tick, ...]:
    """Seven times at most, at round ones."""
    step = next((step for step in _TIME_STEPS_S if seconds / step <= 7), _TIME_STEPS_S[-1] * 4)
    return tuple(Tick(_x(at, seconds), clock(at)) for at in range(0, int(seconds) + 1, step))


def _x(at_s: float, whole_s: float) -> float:
    return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * min(1.0, at_s / max(whole_s, 1e-9)), 1)
