"""Why and when a run ends before it is done."""

import asyncio
import os
import signal
import time
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
    """Takes note of what is to be called, and when."""

    def __init__(self) -> None:
        self.delay_s = 0.0
        self.was_cancelled = False

    def call_later(self, delay_s, call):
        self.delay_s, self.call = delay_s, call
        return self

    def cancel(self) -> None:
        self.was_cancelled = True


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process can be set on Unix only")
@pytest.mark.parametrize(
    ("evening", "hours"), [(datetime(2026, 10, 24, 22), 10), (datetime(2026, 3, 28, 22), 8), (EVENING, 7.5)]
)
def test_in_a_night_with_an_hour_more_or_less_seven_is_seven(monkeypatch, evening, hours):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    loop = Loop()
    monkeypatch.setattr("pipeline.stopping.asyncio.get_running_loop", lambda: loop)
    try:
        with stopping_at(Stop(), "07:00", now=evening, grace_s=180):
            assert loop.delay_s == hours * 3_600
        assert loop.was_cancelled
    finally:
        monkeypatch.undo()
        time.tzset()


def test_when_the_curfew_comes_the_run_is_told_why():
    async def scene() -> Stop:
        stop = Stop()
        now = datetime.now()
        with stopping_at(stop, (now + timedelta(seconds=0.01)).isoformat(), now=now, grace_s=3_600):
            await asyncio.wait_for(stop.event.wait(), 20)
        assert not stop.is_cut_off
        return stop

    reason = asyncio.run(scene()).reason
    assert isinstance(reason, StoppedOnPurpose)
    assert reason.exit_code == 5


def test_what_is_under_way_at_the_curfew_is_cut_off_when_the_grace_is_over():
    async def scene() -> tuple[Stop, bool]:
        stop = Stop()
        under_way = asyncio.create_task(asyncio.sleep(3_600))
        stop.watch(under_way)
        now = datetime.now()
        with stopping_at(stop, (now + timedelta(seconds=0.01)).isoformat(), now=now, grace_s=0.05):
            await asyncio.wait_for(stop.event.wait(), 20)
            assert not stop.is_cut_off
            await asyncio.wait([under_way], timeout=20)
        return stop, under_way.cancelled()

    stop, was_cancelled = asyncio.run(scene())
    assert stop.is_cut_off
    assert was_cancelled
    assert isinstance(stop.reason, StoppedOnPurpose)


def test_a_run_that_ends_within_the_grace_is_not_cut_off_afterwards():
    async def scene() -> bool:
        stop = Stop()
        now = datetime.now()
        with stopping_at(stop, (now + timedelta(seconds=0.01)).isoformat(), now=now, grace_s=0.05):
            await asyncio.wait_for(stop.event.wait(), 20)
        await asyncio.sleep(0.1)
        return stop.is_cut_off

    assert asyncio.run(scene()) is False


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


@pytest.mark.skipif(os.name == "nt", reason="there Ctrl-C stops at once")
def test_the_first_signal_after_a_curfew_is_no_second_one():
    async def scene() -> Stop:
        stop = Stop()
        with stopping_on_signals(stop, grace_s=3_600):
            stop.because(StoppedOnPurpose("stopped at 07:00 as asked"))
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(0.05)
            assert not stop.is_cut_off
            os.kill(os.getpid(), signal.SIGINT)
            await until(lambda: stop.is_cut_off)
        return stop

    assert isinstance(asyncio.run(scene()).reason, StoppedOnPurpose)
