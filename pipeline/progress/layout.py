"""A line about how far it has come, for any width: what matters less gives way first. Pure."""

from typing import NamedTuple

from pipeline.progress.headway import Headway
from pipeline.report.page import clock
from pipeline.report.typeset import columns_of, left, shortened

_LONGEST_NAME, _SHORTEST_NAME = 40, 16
_LONGEST_BAR, _SHORTEST_BAR = 30, 8
_BETWEEN = "  "

_WHOLE_MINUTES_S = 600.0
"""From here on minutes are told whole."""


class Fact(NamedTuple):
    """What is told, and how soon it may be left out: the highest rank goes first."""

    text: str
    rank: int


class Row(NamedTuple):
    """A line in three parts: whose it is, a bar of so many columns (0: none) filled to `share`, and facts."""

    name: str
    bar_columns: int
    share: float
    facts: str


def facts_of(headway: Headway, now_s: float) -> list[Fact]:
    """All there is to tell, in the order it is read."""
    facts = [
        Fact(f"{headway.spoken}/{headway.chunks}", 0),
        Fact(f"{_minutes(headway.audio_s)} of {_minutes(max(headway.planned_s, headway.audio_s))} min", 4),
        Fact(_money(headway), 3),
        Fact(f"{headway.encoded}/{headway.chapters} ch" if headway.chapters else "", 5),
        Fact(f"{headway.books_done}/{headway.books} books" if headway.books else "", 5),
        Fact(_count(headway.failed, "failed"), 1),
        Fact(_count(headway.rejected, "rejected"), 6),
        Fact(_count(headway.suspect, "suspect"), 8),
        Fact(_count(headway.retries, "retries" if headway.retries > 1 else "retry"), 9),
        Fact(_count(headway.at_once, "at once"), 7),
    ]
    left_s = headway.left_s(now_s)
    facts += [Fact(f"{clock(left_s)} left", 2)] if left_s is not None else []
    return [fact for fact in facts if fact.text]


def row_of(name: str, facts: list[Fact], *, columns: int, share: float) -> Row:
    """What of it fits into `columns`; the first fact stays, and the name is cut as short as that takes."""
    kept = facts
    while len(kept) > 1 and _width(kept) + len(_BETWEEN) + min(columns_of(name), _SHORTEST_NAME) > columns:
        last = max(fact.rank for fact in kept)
        kept = [fact for fact in kept if fact.rank != last]
    text = shortened(_BETWEEN.join(fact.text for fact in kept), columns)
    free = columns - columns_of(text) - len(_BETWEEN)
    shown = shortened(name, min(free, _LONGEST_NAME)) if free > 0 else ""
    bar = min(_LONGEST_BAR, free - columns_of(shown) - len(_BETWEEN))
    return Row(shown, bar if bar >= _SHORTEST_BAR else 0, share, text)


def line_of(row: Row, *, is_ascii: bool) -> str:
    """The line, its bar in eighths of a column or, where the terminal has no such characters, in signs of ASCII."""
    steps = " #" if is_ascii else " ▏▎▍▌▋▊▉█"
    filled, rest = divmod(int(row.share * row.bar_columns * (len(steps) - 1)), len(steps) - 1)
    bar = left((steps[-1] * filled + steps[rest]).rstrip(), row.bar_columns)
    return _BETWEEN.join(part for part in (row.name, bar, row.facts) if part)


def _width(facts: list[Fact]) -> int:
    return sum(columns_of(fact.text) for fact in facts) + len(_BETWEEN) * (len(facts) - 1)


def _money(headway: Headway) -> str:
    if headway.budget_usd:
        return f"${max(0.0, headway.cost_usd):.2f} of ${headway.budget_usd:.2f}"
    return f"${headway.cost_usd:.2f}" if headway.cost_usd > 0 else ""


def _count(count: int, what: str) -> str:
    return f"{count} {what}" if count > 0 else ""


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f}" if seconds >= _WHOLE_MINUTES_S else f"{seconds / 60:.1f}"
