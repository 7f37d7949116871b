"""A clock that moves only while everybody sleeps."""

import asyncio
import heapq
import itertools
from collections.abc import Callable

_TURNS = 20
"""Turns of the event loop after which whoever could go on has."""


class ManualClock:
    """`clock()` is the time; `await clock.sleep(s)` returns when it has come, at once for the wall clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._driver: asyncio.Task[None] | None = None

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._numbers), woken))
        if self._driver is None or self._driver.done():
            self._driver = asyncio.create_task(self._drive())
        await woken

    async def _drive(self) -> None:
        while self._sleepers:
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            at, _, woken = heapq.heappop(self._sleepers)
            if woken.done():  # whoever slept was cancelled: for that no time passes
                continue
            self.now = max(self.now, at)
            woken.set_result(None)
            await asyncio.sleep(0)
            await asyncio.sleep(0)


_PATIENCE_S = 20.0


async def until(condition: Callable[[], bool]) -> None:
    """Let everybody else run until `condition` holds."""
    loop = asyncio.get_running_loop()
    for _ in itertools.takewhile(lambda start: loop.time() - start < _PATIENCE_S, itertools.repeat(loop.time())):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")
