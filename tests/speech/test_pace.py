"""How fast requests may leave, on a clock that only moves while all sleep."""

import asyncio
from itertools import pairwise

import pytest

from pipeline.config import settings_of
from pipeline.speech.pace import Pace, PaceRules
from tests.fakes.clock import ManualClock


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
