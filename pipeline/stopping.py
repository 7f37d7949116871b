"""Whether, when and why a run ends before it is done."""

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pipeline.errors import Interrupted, PipelineError, SettingsError, StoppedOnPurpose

T = TypeVar("T")


class Stop:
    """Told once, with the reason; from then on nothing new is begun, and what is under way is let arrive."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self.reason: PipelineError | None = None
        self.is_cut_off = False
        self._tasks: set[asyncio.Task[object]] = set()

    def watch(self, task: "asyncio.Task[object]") -> None:
        """Have a task cancelled when the run is cut off."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def until_cut_off(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` comes to. Raises the reason of the stop where the run is cut off first."""
        task = asyncio.create_task(work)
        self.watch(task)
        try:
            return await task
        except asyncio.CancelledError:
            if self.is_cut_off and self.reason is not None:
                raise self.reason from None
            raise

    def cut_off(self) -> None:
        """Do not even wait for what is under way."""
        self.is_cut_off = True
        for task in self._tasks:
            task.cancel()

    def because(self, reason: PipelineError) -> None:
        """Stop, for the first reason that is given."""
        if self.reason is None:
            self.reason = reason
        self.event.set()

    async def sleep(self, seconds: float) -> None:
        """Wait, but no longer than until the run is told to stop. Raises the reason then."""
        try:
            await asyncio.wait_for(self.event.wait(), seconds)
        except TimeoutError:
            return
        self.check()

    def check(self) -> None:
        """Raises the reason if the run has been told to stop."""
        if self.reason is not None:
            raise self.reason


def curfew(stop_at: str, now: datetime) -> datetime | None:
    """The moment a run that begins `now` is to end: the next "07:00", or "2026-11-26T07:00"; None for "".

    Both are what the clock on the wall shows (naive), so that 07:00 is 07:00 in a night that has an hour more or less.
    Raises `SettingsError` for what is neither, and for a moment that has passed.
    """
    if not stop_at:
        return None
    has_day = len(stop_at) > len("07:00:00")
    try:
        moment = datetime.fromisoformat(stop_at if has_day else f"{now:%Y-%m-%d}T{stop_at}")
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None:
        raise SettingsError(f"not a time: {stop_at!r}", where="pace.stop_at", remedy="write 07:00 or 2026-11-26T07:00")
    if moment > now:
        return moment
    if has_day:
        raise SettingsError(f"{stop_at} has passed", where="pace.stop_at", remedy="name a later time")
    return moment + timedelta(days=1)


@contextmanager
def stopping_at(stop: Stop, stop_at: str, *, now: datetime, grace_s: float) -> Iterator[None]:
    """Tell `stop` when the curfew comes, if the block has not ended by then, and cut the run off `grace_s` later."""
    moment = curfew(stop_at, now)
    if moment is None:
        yield
        return
    reason = StoppedOnPurpose(
        f"stopped at {moment:%H:%M} as asked", where="pace.stop_at", remedy="run the same command again to go on"
    )
    loop = asyncio.get_running_loop()

    def on_curfew() -> None:
        stop.because(reason)
        timers.append(loop.call_later(grace_s, stop.cut_off))  # now, not before: a machine may have slept until here

    timers = [loop.call_later(moment.timestamp() - now.timestamp(), on_curfew)]
    try:
        yield
    finally:
        for timer in timers:
            timer.cancel()


@contextmanager
def stopping_on_signals(stop: Stop, *, grace_s: float) -> Iterator[None]:
    """SIGINT or SIGTERM tells `stop`; a second one, or `grace_s` after the first, cuts the run off.

    The first is the first even where a curfew or a budget has stopped the run before: who presses once wants no paid
    answer thrown away.
    """
    loop = asyncio.get_running_loop()
    waiting: list[asyncio.TimerHandle] = []

    def on_signal() -> None:
        if waiting:
            stop.cut_off()
        else:
            stop.because(Interrupted("interrupted"))
            waiting.append(loop.call_later(grace_s, stop.cut_off))

    signals = (signal.SIGINT, signal.SIGTERM)
    try:
        for number in signals:
            loop.add_signal_handler(number, on_signal)
    except (NotImplementedError, RuntimeError):  # Windows, or not the main thread: Ctrl-C stops at once there
        yield
        return
    try:
        yield
    finally:
        for handle in waiting:
            handle.cancel()
        for number in signals:
            loop.remove_signal_handler(number)
