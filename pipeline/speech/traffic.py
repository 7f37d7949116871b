"""Which requests are on their way and which left in the last minute: what the service can count, as we see it."""

import itertools
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass

WINDOW_S = 60.0
"""Services count by the minute."""

_SETTLED_S = 1.0
_LONGEST_SETTLED_S = 10.0
"""A refusal comes at once: what has not been refused in a second, or in twice the longest refusal seen, was let in."""

_WIRE_S = 0.5
"""Two requests may take so much longer or shorter to arrive: the minute is taken so much longer."""


@dataclass(slots=True, eq=False)
class Request:
    """One that left: how many were in flight then and had left in the minute before, itself not counted."""

    number: int
    left_at_s: float
    in_flight: int
    in_window: int
    about: str = ""
    is_settled: bool = False


@dataclass(frozen=True, slots=True)
class _Refused:
    request: Request
    ended_at_s: float


class Traffic:
    """Counts. Every request that `left` has to be given to `ended`."""

    def __init__(self) -> None:
        self.settled_s = _SETTLED_S
        self._numbers = itertools.count()
        self._in_flight: set[Request] = set()
        self._window: deque[Request] = deque()
        self._unsettled: deque[Request] = deque()
        self._refused: deque[_Refused] = deque()

    @property
    def in_flight(self) -> int:
        return len(self._in_flight)

    def is_under_way(self, request: Request) -> bool:
        return request in self._in_flight

    def in_window(self, *, now_s: float) -> int:
        """Requests that may still stand in the service's minute: ours is a little longer."""
        self._forget(now_s)
        return len(self._window) - self._index_after(now_s - self._window_s)

    def place_free_at_s(self, level: float) -> float:
        """When fewer than `level` stand in the window, if nothing leaves before."""
        return self._window[len(self._window) - int(level)].left_at_s + self._window_s

    def left(self, now_s: float, *, about: str = "") -> Request:
        request = Request(next(self._numbers), now_s, self.in_flight, self._within_a_minute_before(now_s), about)
        self._in_flight.add(request)
        self._window.append(request)
        self._unsettled.append(request)
        return request

    def ended(self, request: Request) -> None:
        self._in_flight.discard(request)

    def refused(self, request: Request, *, now_s: float) -> None:
        """It ended, and had never been let in."""
        self.ended(request)
        self._uncounted(request)
        self._refused.append(_Refused(request, now_s))
        took_s = now_s - request.left_at_s
        self.settled_s = min(_LONGEST_SETTLED_S, max(self.settled_s, 2 * took_s))

    def never_left(self, request: Request) -> None:
        self.ended(request)
        self._uncounted(request)

    def newly_settled(self, *, now_s: float) -> list[Request]:
        """Those that have been on their way for so long now that they must have been let in."""
        settled = []
        while self._unsettled and self._unsettled[0].left_at_s + self.settled_s <= now_s:
            request = self._unsettled.popleft()
            if request in self._in_flight and not request.is_settled:
                settled.append(request)
        return settled

    def has_outlasted(self, request: Request, *, since_s: float, now_s: float) -> bool:
        """Whether one that left after `since_s` has been on its way for twice as long as `request` was until now, when
        it is refused: then that one was let in.
        """
        before_s = now_s - 2 * (now_s - request.left_at_s)
        return any(since_s < one.left_at_s <= before_s for one in self._unsettled if one in self._in_flight)

    def next_settled_at_s(self) -> float | None:
        """When the next request on its way counts as let in."""
        while self._unsettled and self._unsettled[0] not in self._in_flight:
            self._unsettled.popleft()
        return self._unsettled[0].left_at_s + self.settled_s if self._unsettled else None

    def unsettled(self) -> int:
        """Requests on their way of which nothing is known yet."""
        return sum(1 for request in self._unsettled if request in self._in_flight)

    def others_in_flight(self, request: Request) -> int:
        """Those that shared its way at its departure and, as far as is known by now, were let in."""
        at_s = request.left_at_s
        before = (one for one in self._refused if one.request.number < request.number)
        return request.in_flight - sum(1 for one in before if at_s < one.ended_at_s)

    def others_in_window(self, request: Request) -> int:
        """Those let in during the minute before its departure."""
        return self._within_a_minute_before(request.left_at_s)

    @property
    def _window_s(self) -> float:
        return WINDOW_S + max(_WIRE_S, self.settled_s / 2)

    def _within_a_minute_before(self, at_s: float) -> int:
        return self._index_after(at_s) - self._index_after(at_s - WINDOW_S)

    def _index_after(self, at_s: float) -> int:
        return bisect_right(self._window, at_s, key=lambda request: request.left_at_s)

    def _uncounted(self, request: Request) -> None:
        if request in self._window:
            self._window.remove(request)

    def _forget(self, now_s: float) -> None:
        while self._window and self._window[0].left_at_s <= now_s - WINDOW_S - 2 * _LONGEST_SETTLED_S:
            self._window.popleft()
        while self._refused and self._refused[0].ended_at_s <= now_s - WINDOW_S:
            self._refused.popleft()
