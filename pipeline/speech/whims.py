"""Requests refused where more had been let in just before: they say nothing about a limit. Pure.

A service that is short of room for a moment refuses one here and there, whatever it is asked. To go slower then helps
nobody, and to go slower each time ends at a crawl: with one refusal in twenty the ceilings alone came down to a request
in several seconds.
"""

import math
from collections import deque
from dataclasses import dataclass

from pipeline.speech.blame import Refusal

_RECENT_S = 60.0
_REMEMBERED = 100
_ENOUGH = 3
"""Requests let in at the same height or above, of the last ones and within a minute, make a refusal a whim; and so many
whims, apart from each other, a service that has them."""

_FORGOTTEN_AFTER = 300
"""Requests without a whim, after which a refusal is taken at its word again."""

_MOST_SHARE = 0.15
"""More refusals than one in seven are no whims: the service has too much to do, and to go slower is what it asks."""


@dataclass(frozen=True, slots=True)
class _LetIn:
    left_at_s: float
    at_once: int
    in_window: int


class Whims:
    """Remembers what was let in lately, and what was refused all the same."""

    def __init__(self) -> None:
        self._let_in: deque[_LetIn] = deque(maxlen=_REMEMBERED)
        self._refused: deque[bool] = deque(maxlen=_REMEMBERED)
        self._seen = 0
        self._since = 0
        self._last_refused_s = -math.inf
        self._is_row = False

    @property
    def are_common(self) -> bool:
        """Whether the service is known to refuse at a whim."""
        return self._seen >= _ENOUGH and sum(self._refused) <= _MOST_SHARE * len(self._refused)

    def let_in(self, at_once: int, in_window: int, *, left_at_s: float) -> None:
        """One was let in that was the `at_once`-th on its way and the `in_window`-th within a minute."""
        self._let_in.append(_LetIn(left_at_s, at_once, in_window))
        self._refused.append(False)
        self._is_row = self._is_row and left_at_s <= self._last_refused_s
        self._since += 1
        if self._since >= _FORGOTTEN_AFTER:
            self._seen = 0

    def refused(self, refusal: Refusal, *, now_s: float) -> bool:
        """One was refused; whether that makes whims common that were not."""
        were_common = self.are_common
        self._refused.append(True)
        if not self._is_row and self._is_one(refusal, now_s):
            self._seen, self._since = self._seen + 1, 0
        self._is_row, self._last_refused_s = True, now_s
        return self.are_common and not were_common

    def _is_one(self, refusal: Refusal, now_s: float) -> bool:
        as_high = (
            one.at_once > refusal.in_flight and one.in_window > refusal.in_window and one.left_at_s >= now_s - _RECENT_S
            for one in self._let_in
        )
        return sum(as_high) >= _ENOUGH
