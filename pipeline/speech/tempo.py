"""The clock of a run: the one on the wall, or for a rehearsal one that is so many times as fast."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tempo:
    """`now_s` and `sleep` in the run's own seconds, of which `speedup` pass in one second on the wall."""

    wall_sleep: Callable[[float], Awaitable[None]]
    speedup: float = 1.0
    wall_clock: Callable[[], float] = time.monotonic

    def now_s(self) -> float:
        return self.wall_clock() * self.speedup

    async def sleep(self, seconds: float) -> None:
        await self.wall_sleep(seconds / self.speedup)
