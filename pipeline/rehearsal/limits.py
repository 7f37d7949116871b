"""How much the service takes at once and in a minute, and how long it lets wait; some of it changes in the night."""

import dataclasses
import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.rehearsal.clock import Clock
from pipeline.rehearsal.contract import Refusal
from pipeline.rehearsal.faults import LimitsFrom

_WINDOW_S = 60.0
_CONCURRENCY_RETRY_AFTER_S = 1


@dataclass(frozen=True, slots=True)
class Limits:
    """What the service allows and how fast it is. 0 is no limit; the wait is seconds for each second of audio."""

    requests_per_minute: int = 0
    max_concurrency: int = 0
    latency_per_audio_s: float = 0.0


def limits_at(base: Limits, changes: Iterable[LimitsFrom], at_s: float) -> Limits:
    """The limits in force: `base` with every change laid over it that has begun, the latest last."""
    for change in sorted(changes, key=lambda change: change.from_s):
        if change.from_s <= at_s:
            base = dataclasses.replace(base, **change.model_dump(exclude={"from_s"}, exclude_none=True))
    return base


class Gate:
    """Lets requests in, up to the limits of the moment. One that is refused takes no place."""

    def __init__(self, base: Limits, changes: Iterable[LimitsFrom], clock: Clock) -> None:
        self._base, self._changes = base, tuple(changes)
        self._clock = clock
        self._inside: set[int] = set()
        self._admissions: deque[float] = deque()

    @property
    def limits(self) -> Limits:
        """Those in force now."""
        return limits_at(self._base, self._changes, self._clock.elapsed_s())

    def let_in(self, seq: int) -> None:
        """Give attempt `seq` a place. Raises `Refusal` 429 that says how long to wait if there is none."""
        limits = self.limits
        self._check_concurrency(limits.max_concurrency)
        self._check_rate(limits.requests_per_minute)
        self._inside.add(seq)

    def let_go(self, seq: int) -> None:
        self._inside.discard(seq)

    def _check_concurrency(self, limit: int) -> None:
        if limit and len(self._inside) >= limit:
            raise self._over_limit(limit, wait_s=_CONCURRENCY_RETRY_AFTER_S, what=f"{limit} requests at once")

    def _check_rate(self, limit: int) -> None:
        """A sliding minute over the requests that were let in."""
        at_s = self._clock.elapsed_s()
        while self._admissions and self._admissions[0] <= at_s - _WINDOW_S:
            self._admissions.popleft()
        if limit and len(self._admissions) >= limit:
            frees_at_s = self._admissions[len(self._admissions) - limit] + _WINDOW_S
            raise self._over_limit(limit, wait_s=math.ceil(frees_at_s - at_s), what=f"{limit} requests per minute")
        self._admissions.append(at_s)

    def _over_limit(self, limit: int, *, wait_s: int, what: str) -> Refusal:
        headers = {
            "Retry-After": str(wait_s),
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": str(round(1000 * (self._clock.now_s() + wait_s))),
        }
        return Refusal(429, f"Rate limit exceeded: {what}", headers=headers)
