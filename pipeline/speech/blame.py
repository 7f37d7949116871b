"""A request was refused for going too fast: was it one too many at once, or one too many in the minute?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.speech.ceiling import Ceiling

_NEAR = 0.02
"""The service's count and ours differ by what is on the wire: by two in a hundred, or one."""

_REPEATED = 3
_STILL = 0.1
_WANDERING = 0.3
"""Three refusals at one number within a tenth, while the other wandered by a third, are about the one that stood."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was on its way when a request was refused: others `in_flight`, others let in `in_window`; what was said."""

    in_flight: int
    in_window: int
    stated_limit: int | None = None


def is_about_rate(refusal: Refusal, *, concurrency: Ceiling, rate: Ceiling, before: Sequence[Refusal] = ()) -> bool:
    """Whether a refusal is due to the rate rather than to what is in flight.

    The number the service names decides, if it is one of the two. Alone, a request can only be refused for the rate.
    Then what was refused `before` (after something had been let in) and stood at the same number. Else it is the one
    that is further above what was good; with both at their highest yet what is in flight, and when half of that is
    refused as well, it was the rate.
    """
    names_rate = _is_near(refusal.stated_limit, refusal.in_window)
    if names_rate != _is_near(refusal.stated_limit, refusal.in_flight):
        return names_rate
    if refusal.in_flight == 0 or (concurrency.is_new and concurrency.strikes > 1 and rate.strikes == 0):
        return True
    repeated = _is_repeatedly_rate([*before, refusal][-_REPEATED:])
    return _is_rate_higher(refusal, concurrency, rate) if repeated is None else repeated


def _is_rate_higher(refusal: Refusal, concurrency: Ceiling, rate: Ceiling) -> bool:
    in_flight, in_window = refusal.in_flight + 1, refusal.in_window + 1
    if not rate.is_bound and (in_window <= rate.good or math.isinf(concurrency.limit)):
        return False  # more than this was let in, or neither was ever refused anything
    if math.isinf(concurrency.limit) and in_flight <= concurrency.good:
        return True
    by_rate = in_window / max(1.0, rate.good, 0 if rate.is_bound else refusal.in_window)
    return by_rate > in_flight / max(1.0, concurrency.good)


def _is_repeatedly_rate(refusals: Sequence[Refusal]) -> bool | None:
    if len(refusals) < _REPEATED:
        return None
    by_concurrency = _spread([refusal.in_flight for refusal in refusals])
    by_rate = _spread([refusal.in_window for refusal in refusals])
    if by_rate <= _STILL and by_concurrency >= _WANDERING:
        return True
    return False if by_concurrency <= _STILL and by_rate >= _WANDERING else None


def _spread(counts: Sequence[int]) -> float:
    """How far apart they are, as a share of the highest."""
    return (max(counts) - min(counts)) / max(1, *counts)


def _is_near(stated: int | None, seen: int) -> bool:
    return stated is not None and abs(stated - seen) <= max(1.0, _NEAR * seen)
