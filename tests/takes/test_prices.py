"""Actual prices: written down when the records tell them, never waited for, and asked for again when they do not."""

import asyncio
import contextlib
import itertools

import pytest

from pipeline.errors import ServiceTrouble
from pipeline.events import PricesArrived
from pipeline.takes.entries import Sending, State
from pipeline.takes.leases import Leases
from pipeline.takes.ledger import Ledger
from pipeline.takes.prices import PriceWatch
from pipeline.takes.spool import Spool
from pipeline.takes.store import TakeStore
from pipeline.takes.studio import Archive
from tests.fakes.clock import ManualClock, until
from tests.fakes.events import Recorded

SERVICE = "openrouter a-model"
NIGHT_S = 1_800_000_000.0


class TellingRecords:
    """Knows the prices it is given; `asked` are the ids it was asked for. It has no record of others, or `fails`."""

    def __init__(self, prices=(), *, fails=False):
        self.prices = dict(prices)
        self.asked = []
        self._fails = fails

    async def key(self):
        return None

    async def models(self):
        return None

    async def generation_usd(self, generation_id):
        self.asked.append(generation_id)
        await asyncio.sleep(0)
        if self._fails:
            raise ServiceTrouble("the books are closed")
        return self.prices.get(generation_id)


class Scene:
    """A ledger with some attempts, and a watch over it."""

    def __init__(self, root, records):
        self.clock = ManualClock()
        self.ledger = Ledger(root)
        self.ledger.open()
        self.events = Recorded()
        self.corrections = []
        store = TakeStore(root)
        archive = Archive(store, Spool(root / "spool"), self.ledger, Leases(root / "leases"), "this", lambda: NIGHT_S)
        self.watch = PriceWatch(
            records, archive, SERVICE, self.corrections.append, self.events, clock=self.clock, sleep=self.clock.sleep
        )

    async def bought(self, generation_id, usd, *, run="this", state=State.STORED, service=SERVICE, sent_at=NIGHT_S):
        sending = Sending("k" * 64, run, "me", service, "a-model", "en", 24_000, "", "body", usd, sent_at)
        attempt = await self.ledger.sent(sending)
        await self.ledger.arrived(attempt, at=sent_at, bytes=9, content_type="", generation_id=generation_id)
        if state is not State.ARRIVED:
            await self.ledger.ended(attempt, state, at=sent_at)


@contextlib.asynccontextmanager
async def scene_of(root, records):
    scene = Scene(root, records)
    try:
        yield scene
    finally:
        scene.ledger.close()


def test_prices_are_written_down_and_the_purse_is_told_the_difference(tmp_path):
    records = TellingRecords({"one": 0.08, "two": 0.03, "old": 0.5})

    async def run():
        async with scene_of(tmp_path, records) as scene:
            await scene.bought("one", 0.10)
            await scene.bought("two", 0.02, state=State.REJECTED)
            await scene.bought("old", 0.10, run="an earlier one")
            await scene.bought("late", 0.10)
            await scene.watch.round()
            return scene, scene.ledger.account(run="this"), scene.ledger.account()

    scene, mine, everybodys = asyncio.run(run())
    assert sum(scene.corrections) == pytest.approx(-0.02 + 0.01), "the earlier run's money is in no purse of this one"
    assert (mine.actual_usd, mine.estimated_usd, mine.unpriced) == (pytest.approx(0.11), pytest.approx(0.10), 1)
    assert everybodys.actual_usd == pytest.approx(0.61)
    [event] = scene.events.of(PricesArrived)
    assert (event.generations, event.cost_usd, event.difference_usd, event.pending) == (3, 0.61, -0.01, 1)


def test_only_what_was_paid_for_at_this_service_lately_is_asked_about(tmp_path):
    records = TellingRecords()

    async def run():
        async with scene_of(tmp_path, records) as scene:
            await scene.bought("mine", 0.1)
            await scene.bought("", 0.1)
            await scene.bought("under-way", 0.1, state=State.ARRIVED)
            await scene.bought("elsewhere", 0.1, service="openrouter a-model at 127.0.0.1")
            await scene.bought("long-ago", 0.1, sent_at=NIGHT_S - 8 * 24 * 3600)
            await scene.watch.round()
            return scene.events

    events = asyncio.run(run())
    assert records.asked == ["mine"]
    assert events == []


@pytest.mark.parametrize("fails", [False, True])
def test_what_is_not_known_yet_is_asked_again_ever_more_rarely(tmp_path, fails):
    records = TellingRecords(fails=fails)

    async def run():
        async with scene_of(tmp_path, records) as scene:
            await scene.bought("late", 0.1)
            asked_at = []
            for _ in range(400):
                before = len(records.asked)
                await scene.watch.round()
                asked_at += [scene.clock.now] * (len(records.asked) - before)
                scene.clock.now += 10
            return asked_at

    asked_at = asyncio.run(run())
    waits = [later - earlier for earlier, later in itertools.pairwise(asked_at)]
    assert waits == [10, 20, 40, 80, 160, 320, *[600] * len(waits[6:])]
    assert len(waits) > 8


def test_beside_a_run_it_asks_until_the_price_is_there(tmp_path):
    records = TellingRecords()

    async def run():
        async with scene_of(tmp_path, records) as scene:
            await scene.bought("late", 0.1)
            asking = asyncio.create_task(scene.watch.keep_asking())
            await until(lambda: len(records.asked) == 3)
            records.prices["late"] = 0.07
            await until(lambda: bool(scene.corrections))
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            return scene

    scene = asyncio.run(run())
    assert scene.corrections == [pytest.approx(-0.03)]


def test_the_last_round_asks_for_everything_at_once(tmp_path):
    records = TellingRecords()

    async def run():
        async with scene_of(tmp_path, records) as scene:
            await scene.bought("late", 0.1)
            await scene.watch.round()
            records.prices["late"] = 0.1
            scene.watch.sleep = lambda _seconds: asyncio.Event().wait()  # the answer is quicker than any time-out
            await scene.watch.last_round(within_s=3)
            return scene

    scene = asyncio.run(run())
    assert records.asked == ["late", "late"]
    assert scene.corrections == [0.0]


def test_the_last_round_is_short_whatever_the_service_does(tmp_path):
    class Silent(TellingRecords):
        async def generation_usd(self, generation_id):
            self.asked.append(generation_id)
            await asyncio.Event().wait()

    records = Silent()

    async def run():
        async with scene_of(tmp_path, records) as scene:
            for number in range(9):
                await scene.bought(f"g{number}", 0.1)
            await scene.watch.last_round(within_s=3)
            return scene, asyncio.all_tasks() - {asyncio.current_task()}

    scene, left = asyncio.run(run())
    assert (scene.clock.slept, scene.corrections) == ([3], [])
    assert not [task for task in left if "asked" in repr(task)]


def test_a_plan_looks_back_on_prices_that_both_are_known_of(tmp_path):
    records = TellingRecords({"one": 0.08, "free": 0.0})

    async def run():
        async with scene_of(tmp_path, records) as scene:
            for generation_id in ("one", "free", "late"):
                await scene.bought(generation_id, 0.1)
            await scene.watch.round()
            return scene.ledger.prices(SERVICE), scene.ledger.prices("another")

    assert asyncio.run(run()) == ([(0.08, 0.1)], [])


def test_where_there_is_no_ledger_there_are_no_prices_and_none_is_made(tmp_path):
    assert Ledger(tmp_path).prices(SERVICE) == []
    assert list(tmp_path.iterdir()) == []
    Ledger(tmp_path).path.write_bytes(b"no database, this" * 400)
    assert Ledger(tmp_path).prices(SERVICE) == []
