"""How fast requests may leave, on a clock that only moves while all sleep."""

import asyncio
from itertools import pairwise

import pytest

from pipeline.config import flag_layer, settings_of
from pipeline.errors import ConnectionTrouble, Passing, RateLimited, StoppedOnPurpose, TimedOut
from pipeline.events import PaceChanged, ServiceBack, ServiceDown
from pipeline.speech.pace import Pace, PaceMemory, PaceRules
from pipeline.speech.tempo import Tempo
from tests.fakes.clock import ManualClock, until
from tests.fakes.events import Recorded


class Traffic:
    """Requests of `seconds` each through a pace; `left` is when each went out."""

    def __init__(self, *, at_once: int, per_minute: int = 0) -> None:
        self.clock = ManualClock()
        self.pace = Pace(PaceRules(at_once, per_minute), clock=self.clock, sleep=self.clock.sleep)
        self.left: list[tuple[int, float]] = []
        self.in_flight = 0
        self.most = 0

    async def request(self, number: int, seconds: float) -> None:
        async with self.pace.slot():
            self.left.append((number, self.clock()))
            self.in_flight += 1
            self.most = max(self.most, self.in_flight)
            await self.clock.sleep(seconds)
            self.in_flight -= 1

    def run(self, *durations: float) -> list[float]:
        async def all_of_them() -> None:
            await asyncio.gather(*(self.request(n, seconds) for n, seconds in enumerate(durations)))

        asyncio.run(all_of_them())
        return [at for _, at in self.left]


def test_never_more_at_once_than_allowed_and_never_idle():
    traffic = Traffic(at_once=3)
    assert traffic.run(*[10.0] * 9) == pytest.approx([0, 0, 0, 10, 10, 10, 20, 20, 20])
    assert traffic.most == 3


def test_slots_go_out_in_the_order_of_asking():
    traffic = Traffic(at_once=2)
    traffic.run(5, 1, 1, 1, 1, 9, 1)
    assert [number for number, _ in traffic.left] == list(range(7))


def test_so_many_a_minute_leave_evenly_spaced():
    departures = Traffic(at_once=100, per_minute=30).run(*[1.0] * 10)
    assert departures == pytest.approx([2 * n for n in range(10)])


def test_time_not_used_is_not_saved_up():
    traffic = Traffic(at_once=1, per_minute=60)
    departures = traffic.run(30, 0, 0, 0)
    assert departures == pytest.approx([0, 30, 31, 32]), "no burst after a slow answer"


def test_with_both_limits_each_holds():
    traffic = Traffic(at_once=2, per_minute=60)
    departures = traffic.run(*[5.0] * 8)
    assert traffic.most <= 2
    assert all(later - sooner >= 0.999 for sooner, later in pairwise(departures))


def test_everybody_honours_the_rest_one_was_told_to_take():
    traffic = Traffic(at_once=4)

    async def scene() -> None:
        first = asyncio.create_task(traffic.request(0, 3))
        await asyncio.sleep(0)
        traffic.pace.rest(60)
        await asyncio.gather(first, *(traffic.request(n, 1) for n in range(1, 6)))

    asyncio.run(scene())
    assert traffic.left[0] == (0, 0)
    assert [at for _, at in traffic.left[1:4]] == pytest.approx([60, 60, 60])
    assert min(at for _, at in traffic.left[1:]) >= 60


def test_a_shorter_rest_does_not_end_a_longer_one():
    traffic = Traffic(at_once=1)
    traffic.pace.rest(60)
    traffic.pace.rest(5)
    assert traffic.run(1.0) == [60]


def test_a_rest_asked_for_while_others_wait_counts_for_them():
    traffic = Traffic(at_once=4, per_minute=60)

    async def scene() -> None:
        waiting = [asyncio.create_task(traffic.request(n, 0)) for n in range(3)]
        await asyncio.sleep(0)
        traffic.pace.rest(100)
        await asyncio.gather(*waiting)

    asyncio.run(scene())
    assert [at for _, at in traffic.left] == pytest.approx([0, 100, 101])


def test_a_slot_is_given_back_whatever_happens_in_it():
    traffic = Traffic(at_once=1)

    async def scene() -> None:
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                async with traffic.pace.slot():
                    raise ZeroDivisionError
        await traffic.request(1, 0)

    asyncio.run(scene())
    assert traffic.left == [(1, 0)]


def test_time_outs_grow_with_the_sound_that_is_expected():
    pace = settings_of([]).pace
    assert pace.timeout_s(audio_s=0, wait_per_audio_s=0.57) == pace.timeout_base_s
    ninety = pace.timeout_s(audio_s=90, wait_per_audio_s=0.57)
    assert ninety == pytest.approx(pace.timeout_base_s + pace.timeout_factor * 0.57 * 90)


class Service:
    """Takes `at_once` requests of `seconds` each, refuses the others, is down while `is_down`."""

    def __init__(self, rules: PaceRules, *, at_once: int = 1_000, seconds: float = 10.0, **pace: object) -> None:
        self.clock, self.events = ManualClock(), Recorded()
        self.pace = Pace(rules, clock=self.clock, sleep=self.clock.sleep, emit=self.events, **pace)
        self.at_once, self.seconds = at_once, seconds
        self.is_down = False
        self.in_flight = self.refused = 0
        self.asked_at_s: list[float] = []
        self.asked_about: list[str] = []

    async def ask(self, about: str = "", *, priority: tuple[int, ...] = ()) -> None:
        async with self.pace.slot(about=about, priority=priority):
            self.asked_at_s.append(self.clock())
            self.asked_about.append(about)
            await self._answer()

    async def _answer(self) -> None:
        if self.is_down:
            raise ConnectionTrouble("nobody there")
        if self.in_flight >= self.at_once:
            self.refused += 1
            raise RateLimited("429")
        self.in_flight += 1
        await self.clock.sleep(self.seconds)
        self.in_flight -= 1

    async def ask_until_answered(self, about: str) -> None:
        while True:
            try:
                return await self.ask(about)
            except Passing:
                await self.clock.sleep(2)

    def answer_all(self, count: int) -> None:
        async def scene() -> None:
            await asyncio.gather(*(self.ask_until_answered(f"chunk {n}") for n in range(count)))

        asyncio.run(scene())


def test_what_the_service_takes_is_found_out_and_remembered():
    service = Service(PaceRules(64, service="here"), at_once=9)
    service.answer_all(400)
    assert service.pace.memory == PaceMemory(concurrency=9, concurrency_limit=9)
    assert service.refused <= 8
    assert service.clock() < 400 / 9 * 10 * 1.05 + 20
    assert service.events.of(PaceChanged)[0].concurrency == 9


def test_the_next_run_begins_where_this_one_ended():
    service = Service(PaceRules(64), at_once=9, start=PaceMemory(concurrency=9, concurrency_limit=9))
    service.answer_all(60)
    assert service.refused == 0
    assert service.clock() == pytest.approx(60 / 9 * 10, abs=10)


def test_a_learned_rate_is_kept_to_from_the_beginning():
    service = Service(PaceRules(64), seconds=1.0, start=PaceMemory(concurrency=8, requests_per_minute=30))
    service.answer_all(90)
    for n, at_s in enumerate(service.asked_at_s[:-30]):
        assert service.asked_at_s[n + 30] >= at_s + 60
    assert service.asked_at_s[-1] <= 2 * 60.5 + 30, "no burst: at twice the rate when a window is free"


def test_never_more_than_the_user_allows():
    service = Service(PaceRules(5), seconds=3.0)
    service.answer_all(50)
    assert service.clock() == pytest.approx(30, abs=3)


def test_the_lower_priority_goes_first_and_then_who_came_first():
    service = Service(PaceRules(1))

    async def scene() -> None:
        first = asyncio.create_task(service.ask("first", priority=(9,)))
        await asyncio.sleep(0)
        later = [((2, 0), "c"), ((1, 7), "a"), ((1, 7), "b"), ((2, 1), "d")]
        await asyncio.gather(first, *(service.ask(about, priority=at) for at, about in later))

    asyncio.run(scene())
    assert service.asked_about == ["first", "a", "b", "c", "d"]


def test_one_that_is_cancelled_while_it_waits_lets_the_next_one_go():
    service = Service(PaceRules(1))

    async def scene() -> None:
        tasks = [asyncio.create_task(service.ask(str(n))) for n in range(4)]
        await until(lambda: service.in_flight == 1)
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(scene())
    assert service.asked_about == ["0", "2", "3"]


def outage(service: Service, *, from_s: float, until_s: float, chunks: int) -> None:
    async def scene() -> None:
        asking = [asyncio.create_task(service.ask_until_answered(f"chunk {n}")) for n in range(chunks)]
        await service.clock.sleep(from_s)
        service.is_down = True
        await service.clock.sleep(until_s - from_s)
        service.is_down = False
        await asyncio.gather(*asking)

    asyncio.run(scene())


def test_a_service_that_is_down_is_asked_rarely_and_found_back():
    service = Service(PaceRules(8, service="here"))
    outage(service, from_s=100, until_s=700, chunks=300)
    assert [type(event) for event in service.events if not isinstance(event, PaceChanged)] == [
        *[ServiceDown] * len(service.events.of(ServiceDown)),
        ServiceBack,
    ]
    during = [at_s for at_s in service.asked_at_s if 120 < at_s < 700]
    assert 8 <= len(during) <= 15
    assert all(later - sooner >= 9.9 for sooner, later in pairwise(during))
    assert len(service.asked_at_s) - 300 < 40
    assert service.clock() < 600 + 300 / 8 * 10 + 120


def test_no_two_probes_in_a_row_are_about_the_same_chunk():
    service = Service(PaceRules(8))
    outage(service, from_s=100, until_s=700, chunks=300)
    probes = [about for about, at_s in zip(service.asked_about, service.asked_at_s, strict=True) if 120 < at_s < 700]
    assert all(sooner != later for sooner, later in pairwise(probes))


async def came_to(service: Service, error: Passing, *, about: str) -> None:
    """A request that takes two seconds to come to nothing."""
    with pytest.raises(type(error)):
        async with service.pace.slot(about=about):
            await service.clock.sleep(2)
            raise error


def test_probes_that_hang_say_nothing_of_how_many_at_once_are_answered():
    service = Service(PaceRules(64), start=PaceMemory(concurrency=80))

    async def scene() -> None:
        for n in range(5):
            await came_to(service, ConnectionTrouble("nobody there"), about=f"chunk {n}")
        assert service.pace.is_down
        for n in range(4):
            await came_to(service, TimedOut("no answer"), about=f"chunk {n}")
        assert service.pace.memory.concurrency == 40
        await service.ask("after")

    asyncio.run(scene())
    assert service.pace.memory.concurrency == 40 // 2.5, "so far that the level is half"


def test_a_pace_lowered_by_time_outs_is_told_once():
    service = Service(PaceRules(64, service="here"), start=PaceMemory(concurrency=40))

    async def scene() -> None:
        asking = [came_to(service, TimedOut("no answer"), about="chunk") for _ in range(12)]
        await asyncio.gather(*asking)

    asyncio.run(scene())
    [told] = service.events.of(PaceChanged)
    assert 1 <= told.concurrency < 20


def test_a_time_out_of_what_was_never_sent_says_nothing_of_the_service():
    service = Service(PaceRules(64), start=PaceMemory(concurrency=80))

    async def scene() -> None:
        for _ in range(8):
            await came_to(service, TimedOut("no connection", was_sent=False), about="chunk")

    asyncio.run(scene())
    assert service.pace.memory.concurrency == 40


def test_a_service_that_stays_down_is_given_up_by_everybody():
    service = Service(PaceRules(8, outage_s=600, service="here"))
    service.is_down = True

    async def scene() -> list[object]:
        asking = (service.ask_until_answered(f"chunk {n}") for n in range(30))
        return await asyncio.gather(*asking, return_exceptions=True)

    assert {type(outcome) for outcome in asyncio.run(scene())} == {StoppedOnPurpose}
    assert 600 <= service.clock() < 670
    assert service.pace.is_down


def test_a_service_that_is_out_for_hours_is_not_asked_before():
    service = Service(PaceRules(8, service="here"))

    async def scene() -> None:
        with pytest.raises(RateLimited):
            async with service.pace.slot():
                raise RateLimited("the day's quota is spent", retry_after_s=3_600)
        assert service.pace.is_down
        await service.ask("after")

    asyncio.run(scene())
    assert service.asked_at_s == [3_600]
    assert [type(event) for event in service.events] == [ServiceDown, ServiceBack]


def test_a_service_that_is_out_for_longer_than_is_waited_for_is_given_up_with_its_own_words():
    service = Service(PaceRules(8, outage_s=7_200, service="here"))

    async def scene() -> str:
        with pytest.raises(RateLimited):
            async with service.pace.slot():
                raise RateLimited("the day's quota is spent", retry_after_s=86_400)
        with pytest.raises(StoppedOnPurpose) as stopped:
            await service.ask("after")
        return stopped.value.what

    assert asyncio.run(scene()) == "the day's quota is spent (to be asked again in 24.0 h; `pace.outage_min` is 120)"
    assert service.clock() == 0


def test_a_service_that_was_out_and_then_silent_is_given_up_for_its_silence():
    service = Service(PaceRules(8, outage_s=7_200, service="here"))

    async def scene() -> str:
        with pytest.raises(RateLimited):
            async with service.pace.slot():
                raise RateLimited("the hour's quota is spent", retry_after_s=3_600)
        service.is_down = True
        with pytest.raises(StoppedOnPurpose) as stopped:
            await service.ask_until_answered("after")
        return stopped.value.what

    assert asyncio.run(scene()) == "no answer for 120 minutes"
    assert service.clock() == 7_200


def test_what_never_left_is_not_counted():
    service = Service(PaceRules(4, outage_s=10))

    async def scene() -> None:
        for _ in range(20):
            with pytest.raises(StoppedOnPurpose):
                async with service.pace.slot():
                    raise StoppedOnPurpose("the budget is spent")
        await service.ask()

    asyncio.run(scene())
    assert service.pace.memory.concurrency == 4
    assert not service.pace.is_down


def test_a_rehearsal_waits_so_many_times_less():
    pace = settings_of([flag_layer("--set", "pace.speedup", 10)]).pace
    assert pace.timeout_s(audio_s=0, wait_per_audio_s=1) == pace.timeout_base_s / 10


def test_a_faster_tempo_is_a_faster_clock_and_shorter_sleeps():
    clock = ManualClock()
    tempo = Tempo(clock.sleep, 10, clock)

    async def scene() -> float:
        await tempo.sleep(30)
        return tempo.now_s()

    assert asyncio.run(scene()) == 30
    assert clock() == 3
