"""Why and when a run ends before it is done."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Interrupted, SettingsError, StoppedOnPurpose
from pipeline.stopping import Stop, curfew, stopping_at, stopping_on_signals
from tests.fakes.clock import until

EVENING = datetime(2026, 11, 25, 23, 30)


@pytest.mark.parametrize(
    ("stop_at", "moment"),
    [
        ("07:00", datetime(2026, 11, 26, 7, 0)),
        ("23:45", datetime(2026, 11, 25, 23, 45)),
        ("23:30", datetime(2026, 11, 26, 23, 30)),
        ("00:00", datetime(2026, 11, 26, 0, 0)),
        ("07:00:30", datetime(2026, 11, 26, 7, 0, 30)),
        ("2026-11-27T06:00", datetime(2026, 11, 27, 6, 0)),
        ("2026-11-25 23:31", datetime(2026, 11, 25, 23, 31)),
    ],
)
def test_a_time_is_the_next_one_and_a_day_is_that_day(stop_at, moment):
    assert curfew(stop_at, EVENING) == moment


def test_no_time_is_no_curfew():
    assert curfew("", EVENING) is None


@pytest.mark.parametrize("stop_at", ["2026-11-25T23:30", "2026-11-25T07:00", "2025-11-26 07:00"])
def test_a_moment_that_has_passed_is_refused(stop_at):
    with pytest.raises(SettingsError, match="has passed"):
        curfew(stop_at, EVENING)


@pytest.mark.parametrize("stop_at", ["7", "7 am", "25:00", "07:60", "tomorrow", "2026-13-01T07:00", "07:00Z", "T07:00"])
def test_what_is_no_time_is_refused(stop_at):
    with pytest.raises(SettingsError, match="not a time") as caught:
        curfew(stop_at, EVENING)
    assert caught.value.where == "pace.stop_at"


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)), st.times())
def test_the_next_time_is_within_a_day_and_at_that_time(now, at):
    at = at.replace(microsecond=0, second=0)
    moment = curfew(f"{at:%H:%M}", now)
    assert now < moment <= now + timedelta(days=1)
    assert (moment.hour, moment.minute, moment.second) == (at.hour, at.minute, 0)


class Loop:
    """Takes note of what is to be called, and when; a test says when it is."""

    def __init__(self) -> None:
        self.timers: list[Timer] = []
        self.handlers: dict[int, Callable[[], None]] = {}

    def call_later(self, delay_s, call):
        self.timers.append(Timer(delay_s, call))
        return self.timers[-1]

    def add_signal_handler(self, number, call):
        self.handlers[number] = call

    def remove_signal_handler(self, number):
        del self.handlers[number]


@dataclass
class Timer:
    delay_s: float
    call: Callable[[], None]
    was_cancelled: bool = False

    def cancel(self) -> None:
        self.was_cancelled = True


@pytest.fixture
def loop(monkeypatch):
    loop = Loop()
    with monkeypatch.context() as patched:
        patched.setattr("pipeline.stopping.asyncio.get_running_loop", lambda: loop)
        yield loop


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process can be set on Unix only")
@pytest.mark.parametrize(
    ("evening", "hours"), [(datetime(2026, 10, 24, 22), 10), (datetime(2026, 3, 28, 22), 8), (EVENING, 7.5)]
)
def test_in_a_night_with_an_hour_more_or_less_seven_is_seven(monkeypatch, loop, evening, hours):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        with stopping_at(Stop(), "07:00", now=evening, grace_s=180):
            assert [timer.delay_s for timer in loop.timers] == [hours * 3_600]
        assert loop.timers[0].was_cancelled
    finally:
        monkeypatch.undo()
        time.tzset()


def test_at_the_curfew_the_run_is_told_why_and_cut_off_when_the_grace_is_over(loop):
    stop = Stop()
    with stopping_at(stop, "07:00", now=EVENING, grace_s=180):
        loop.timers[0].call()
        assert isinstance(stop.reason, StoppedOnPurpose)
        assert stop.reason.exit_code == 5
        assert not stop.is_cut_off
        assert loop.timers[1].delay_s == 180
        loop.timers[1].call()
    assert stop.is_cut_off


def test_a_run_that_ends_within_the_grace_is_not_cut_off_afterwards(loop):
    with stopping_at(Stop(), "07:00", now=EVENING, grace_s=180):
        loop.timers[0].call()
    assert [timer.was_cancelled for timer in loop.timers] == [True, True]


def test_the_first_reason_counts():
    stop = Stop()
    stop.check()
    first = StoppedOnPurpose("enough")
    stop.because(first)
    stop.because(Interrupted("interrupted"))
    with pytest.raises(StoppedOnPurpose) as caught:
        stop.check()
    assert caught.value is first


def test_who_sleeps_wakes_up_to_be_told():
    async def scene() -> None:
        stop = Stop()
        await stop.sleep(0)
        sleeping = [asyncio.create_task(stop.sleep(3_600)) for _ in range(2)]
        await asyncio.sleep(0)
        stop.because(Interrupted("interrupted"))
        results = await asyncio.gather(*sleeping, stop.sleep(3_600), return_exceptions=True)
        assert [type(result) for result in results] == [Interrupted] * 3

    asyncio.run(scene())


def test_cut_off_means_that_nobody_is_waited_for():
    async def scene() -> tuple[bool, list[bool]]:
        stop = Stop()
        done = asyncio.create_task(asyncio.sleep(0))
        endless = [asyncio.create_task(asyncio.sleep(3_600)) for _ in range(2)]
        for task in (done, *endless):
            stop.watch(task)
        await done
        stop.cut_off()
        await asyncio.gather(*endless, return_exceptions=True)
        return stop.is_cut_off, [task.cancelled() for task in (done, *endless)]

    assert asyncio.run(scene()) == (True, [False, True, True])


@pytest.mark.skipif(os.name == "nt", reason="there Ctrl-C stops at once")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_is_a_word_and_two_are_an_end(number):
    async def scene() -> Stop:
        stop = Stop()
        with stopping_on_signals(stop, grace_s=3_600):
            os.kill(os.getpid(), number)
            await until(stop.event.is_set)
            assert not stop.is_cut_off
            os.kill(os.getpid(), number)
            await until(lambda: stop.is_cut_off)
        assert signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler)
        return stop

    reason = asyncio.run(scene()).reason
    assert isinstance(reason, Interrupted)
    assert reason.exit_code == 130


@pytest.mark.skipif(os.name == "nt", reason="there Ctrl-C stops at once")
def test_when_the_grace_is_over_the_run_is_cut_off():
    async def scene() -> None:
        stop = Stop()
        with stopping_on_signals(stop, grace_s=0.01):
            os.kill(os.getpid(), signal.SIGTERM)
            await until(lambda: stop.is_cut_off)

    asyncio.run(scene())


def test_the_first_signal_after_a_curfew_is_no_second_one(loop):
    stop = Stop()
    with stopping_on_signals(stop, grace_s=3_600):
        stop.because(StoppedOnPurpose("stopped at 07:00 as asked"))
        loop.handlers[signal.SIGINT]()
        assert not stop.is_cut_off
        loop.handlers[signal.SIGINT]()
        assert stop.is_cut_off
    assert isinstance(stop.reason, StoppedOnPurpose)
