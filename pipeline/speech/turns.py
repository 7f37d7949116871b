"""Who waits, in which order, and how the first of them learns that something has changed."""

import asyncio
import heapq
import itertools
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Priority = tuple[int, ...]


@dataclass(slots=True, eq=False)
class Waiter:
    """Someone who waits; the lower `priority` goes first, then who came first. `nudge` is set while it sleeps."""

    priority: Priority
    number: int
    about: str
    nudge: "asyncio.Future[None] | None" = None

    def __lt__(self, other: "Waiter") -> bool:
        return (self.priority, self.number) < (other.priority, other.number)


class Turns:
    """Only the first waits for time to pass; everybody else waits to be the first."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._sleep = sleep
        self._waiters: list[Waiter] = []
        self._numbers = itertools.count()

    def join(self, priority: Priority, about: str) -> Waiter:
        number = next(self._numbers)
        waiter = Waiter(priority, number, about or f"request {number}")
        first = self._waiters[0] if self._waiters else None
        heapq.heappush(self._waiters, waiter)
        if first is not None and self._waiters[0] is waiter:
            _nudge(first)  # overtaken: it must not go on its own time any more
        return waiter

    def leave(self, waiter: Waiter) -> None:
        if self._waiters[0] is waiter:
            heapq.heappop(self._waiters)
        else:
            self._waiters.remove(waiter)
            heapq.heapify(self._waiters)

    @property
    def first(self) -> Waiter:
        return self._waiters[0]

    def first_not_about(self, about: str | None) -> Waiter:
        """The first that is about something else, or the first if none is."""
        return min((one for one in self._waiters if one.about != about), default=self.first)

    def stir(self) -> None:
        """Something has changed: whoever is first looks again."""
        if self._waiters:
            _nudge(self._waiters[0])

    def stir_all(self) -> None:
        for waiter in self._waiters:
            _nudge(waiter)

    async def wait(self, waiter: Waiter, seconds: float) -> None:
        """Until something changes, or `seconds` have passed. Raises what the sleep raises."""
        waiter.nudge = asyncio.get_running_loop().create_future()
        if math.isinf(seconds):
            await waiter.nudge
            return
        sleeping = asyncio.ensure_future(self._sleep(seconds))
        try:
            await asyncio.wait({waiter.nudge, sleeping}, return_when=asyncio.FIRST_COMPLETED)
            if sleeping.done():
                sleeping.result()
        finally:
            if not sleeping.cancel():  # it was over in the very moment we were told to leave: nobody is left to tell
                sleeping.exception()


def _nudge(waiter: Waiter) -> None:
    if waiter.nudge is not None and not waiter.nudge.done():
        waiter.nudge.set_result(None)
