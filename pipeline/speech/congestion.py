"""A service that takes in more than it can serve, and says so to nobody: what waits too long is bought for nothing.

It shows in time-outs alone, and not in one: a request that hangs now and then is an accident. Where a third of what
ends is a time-out, half as many are sent; the way back is one more for each round of answers, and slow where it failed
before. (Additive increase, multiplicative decrease: Chiu and Jain 1989.)
"""

import math
from collections import deque

_WINDOW = 48
_MANY = 4
_SHARE = 3
"""Of the last 48 that ended one in three, four at least. In a shorter window hangs of one in a hundred look like many:
under a rate they leave together, and are given up together while nothing else ends."""

_SAFE = 0.8
_CAREFUL = 12
"""Above four fifths of where it failed the way up is a twelfth as steep: a time-out costs a take, slowness nothing."""


class Congestion:
    """Counts what is answered in time and what is not."""

    def __init__(self) -> None:
        self._limit = math.inf
        self._failed_at = math.inf
        self._lowered_at_s = -math.inf
        self._timed_out: deque[bool] = deque(maxlen=_WINDOW)

    @property
    def at_once(self) -> float:
        """How many at once are answered in time, a whole number; infinite while nothing says otherwise."""
        return math.floor(self._limit) if math.isfinite(self._limit) else math.inf

    def answered(self) -> None:
        """One more was answered in time."""
        self._timed_out.append(False)
        if math.isfinite(self._limit):
            step = 1.0 if self._limit < _SAFE * self._failed_at else 1.0 / _CAREFUL
            self._limit += step / self._limit

    def timed_out(self, *, left_at_s: float, now_s: float, in_flight: int) -> None:
        """One was given up, with `in_flight` under way, itself among them. What left before the last lowering says
        nothing of the lower limit."""
        if left_at_s <= self._lowered_at_s:
            return
        self._timed_out.append(True)
        late = sum(self._timed_out)
        if late >= _MANY and late * _SHARE >= len(self._timed_out):
            self._failed_at = min(self._limit, float(in_flight))
            self._limit = max(1.0, self._failed_at / 2)
            self._lowered_at_s = now_s
            self._timed_out.clear()
