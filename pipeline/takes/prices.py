"""What was paid, as the service's own records say: asked for beside the run, which never waits for it.

Records lag behind the answers, so a price may be pending for a while, even beyond the run. What is pending then stands
in the ledger, and the next run over the store asks again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from pipeline.errors import SpeechError
from pipeline.events import Emit, PricesArrived
from pipeline.speech.records import Records
from pipeline.takes.studio import Archive

_ROUND_S = 15.0
"""Between two looks at what is unpriced: a chunk takes longer, and a budget moves by cents in it."""

_FIRST_WAIT_S, _LONGEST_WAIT_S = 10.0, 600.0
"""Back-off for one generation: records were there within seconds to minutes, where somebody looked."""

_AT_ONCE = 4
"""Questions under way together; they cost the service little and must not crowd out speech."""

_ASKED_FOR_S = 7 * 24 * 3600.0
"""A record that is not there after a week will not come: the estimate stays."""


@dataclass(slots=True)
class _Wait:
    """When a generation is asked about next, and how long it waits then."""

    due_s: float
    wait_s: float = _FIRST_WAIT_S


@dataclass(slots=True)
class _News:
    """What came in during a round."""

    generations: int = 0
    cost_usd: float = 0.0
    difference_usd: float = 0.0

    def told(self, service: str, *, pending: int) -> PricesArrived:
        return PricesArrived(service, self.generations, round(self.cost_usd, 6), round(self.difference_usd, 6), pending)


@dataclass
class PriceWatch:
    """Asks one service about the generations in one archive. `correct` is told USD by which a run spent more or less.

    `clock` and `sleep` are the run's own seconds.
    """

    records: Records
    archive: Archive
    service: str
    correct: Callable[[float], None]
    emit: Emit
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    _waits: dict[str, _Wait] = field(default_factory=dict)

    async def keep_asking(self) -> None:
        """Round after round, until cancelled."""
        while True:
            await self.round()
            await self.sleep(_ROUND_S)

    async def last_round(self, *, within_s: float) -> None:
        """Ask once about everything that is pending, however short ago, for at most `within_s`."""
        self._waits.clear()
        asking = asyncio.create_task(self.round())
        timer = asyncio.ensure_future(self.sleep(within_s))
        await asyncio.wait({asking, timer}, return_when=asyncio.FIRST_COMPLETED)
        for task in (asking, timer):
            task.cancel()
        await asyncio.gather(asking, timer, return_exceptions=True)

    async def round(self) -> None:
        """Ask about whatever is due, and write down the prices that are known."""
        pending = await self._unpriced()
        due = [one for one in pending if one not in self._waits or self._waits[one].due_s <= self.clock()]
        places, news = asyncio.Semaphore(_AT_ONCE), _News()
        try:
            async with asyncio.TaskGroup() as group:
                for one in due:
                    group.create_task(self._asked(one, places, news))
        finally:
            if news.generations:
                self.emit(news.told(self.service, pending=len(pending) - news.generations))

    async def _unpriced(self) -> list[str]:
        since = self.archive.now() - _ASKED_FOR_S
        return await asyncio.to_thread(self.archive.ledger.unpriced, self.service, since=since)

    async def _asked(self, generation_id: str, places: asyncio.Semaphore, news: "_News") -> None:
        try:
            async with places:
                cost_usd = await self.records.generation_usd(generation_id)
        except SpeechError:
            cost_usd = None  # whatever it was, the price is as unknown as before, and the run does not need it
        if cost_usd is None:
            self._put_off(generation_id)
        else:
            await self._noted(generation_id, cost_usd, news)

    async def _noted(self, generation_id: str, cost_usd: float, news: "_News") -> None:
        ledger, run = self.archive.ledger, self.archive.run
        difference_usd = await ledger.priced(generation_id, cost_usd, run=run)
        self._waits.pop(generation_id, None)
        self.correct(difference_usd)
        news.generations += 1
        news.cost_usd += cost_usd
        news.difference_usd += difference_usd

    def _put_off(self, generation_id: str) -> None:
        wait = self._waits.get(generation_id, _Wait(0.0, _FIRST_WAIT_S / 2))
        wait_s = min(_LONGEST_WAIT_S, 2 * wait.wait_s)
        self._waits[generation_id] = _Wait(self.clock() + wait_s, wait_s)
