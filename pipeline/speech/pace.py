"""How fast requests leave: as fast as the service takes them, never faster than allowed, not at all while it is down.

One pace for all that ask the same service. What it knows it learns from how each request ends (`throttle`); when
nothing but failures come back the `breaker` opens.
"""

import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import (
    ConnectionTrouble,
    Passing,
    RateLimited,
    ServiceTrouble,
    SpeechError,
    StoppedOnPurpose,
    TimedOut,
)
from pipeline.events import Emit, PaceChanged, ServiceBack, ServiceDown
from pipeline.speech.breaker import SUSPECT_REST_S, Breaker
from pipeline.speech.retry import LONGEST_RETRY_AFTER_S
from pipeline.speech.throttle import PaceMemory, PaceRules, Throttle
from pipeline.speech.traffic import Request
from pipeline.speech.turns import Priority, Turns, Waiter

__all__ = ["Pace", "PaceMemory", "PaceRules", "PaceSettings"]


class PaceSettings(BaseModel):
    """The `[pace]` section.

    At most `max_concurrency` requests at once and `requests_per_minute` leaving in a minute (0: no limit), however
    fast the service is; `budget_usd` for the run and `book_budget_usd` for a book of it (0: none given). `stop_at` is
    when the run ends whatever is left, `grace_s` what requests under way are then given to arrive. Time-outs:
    `timeout_base_s` plus `timeout_factor` times the wait the model profile expects. A service that is down is given up
    after `outage_min` minutes. `speedup` makes the clock, all waits and time-outs so many times as fast.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_concurrency: int = Field(ge=1, le=512)
    requests_per_minute: int = Field(ge=0)
    budget_usd: float = Field(ge=0)
    book_budget_usd: float = Field(ge=0)
    stop_at: str
    grace_s: float = Field(ge=0, le=3_600)
    timeout_base_s: float = Field(gt=0)
    timeout_factor: float = Field(ge=1)
    outage_min: float = Field(gt=0)
    speedup: float = Field(gt=0, le=10_000)

    def rules_for(self, service: str) -> PaceRules:
        return PaceRules(self.max_concurrency, self.requests_per_minute, 60 * self.outage_min, service)

    def timeout_s(self, *, audio_s: float, wait_per_audio_s: float) -> float:
        """Seconds to wait, on the clock on the wall, for `audio_s` seconds of audio before giving up on them."""
        return (self.timeout_base_s + self.timeout_factor * wait_per_audio_s * audio_s) / self.speedup


class Pace:
    """Hands out slots in order of priority, then of asking.

    `clock` gives seconds, `sleep` waits them; tests bring their own. `start` is what was learned of the service before,
    `memory` what is known now.
    """

    def __init__(
        self,
        rules: PaceRules,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        start: PaceMemory | None = None,
        emit: Emit = lambda _: None,
    ) -> None:
        self._rules = rules
        self._clock = clock
        self._emit = emit
        self._throttle = Throttle(rules, start=start)
        self._breaker = Breaker(outage_s=rules.outage_s)
        self._turns = Turns(sleep)
        self._sent_away_with = ""
        self._told = (self.memory.concurrency_limit, self.memory.requests_per_minute)

    @property
    def memory(self) -> PaceMemory:
        """What was learned of the service so far, to begin the next run with."""
        return self._throttle.memory

    @property
    def is_down(self) -> bool:
        """Whether the service counts as down: what fails now is not the chunk's fault."""
        return self._breaker.is_open

    def rest(self, seconds: float) -> None:
        """Let nothing leave for `seconds`: one worker was told to wait, and all of them honour it."""
        self._throttle.rest_until(self._clock() + seconds)
        self._stir()

    @asynccontextmanager
    async def slot(self, *, priority: Priority = (), about: str = "") -> AsyncIterator[None]:
        """Wait for a free slot and a departure time; hold the slot for the block, and learn from how it ends.

        `about` names the chunk. Raises `StoppedOnPurpose` when the service has been down for too long.
        """
        request = await self._departure(self._turns.join(priority, about))
        try:
            yield
            self._answered(request)
        except SpeechError as error:
            self._failed(request, error)
            raise
        finally:
            self._never_left(request)
            self._stir()

    async def _departure(self, waiter: Waiter) -> Request:
        try:
            while (hold_s := self._hold_s(waiter)) > 0:
                await self._turns.wait(waiter, hold_s)
            self._breaker.left(waiter.about)
            return self._throttle.depart(self._clock(), about=waiter.about)
        finally:
            self._turns.leave(waiter)
            self._stir()

    def _hold_s(self, waiter: Waiter) -> float:
        now_s = self._clock()
        if self._breaker.is_given_up(now_s=now_s):
            raise StoppedOnPurpose(self._why_given_up(), where=self._rules.service, remedy=ServiceTrouble.remedy)
        if not self.is_down:
            return self._throttle.hold_s(now_s) if waiter is self._turns.first else math.inf
        is_next = waiter is self._turns.first_not_about(self._breaker.last_probe)
        return self._breaker.hold_s(now_s=now_s) if is_next else math.inf

    def _why_given_up(self) -> str:
        minutes = self._rules.outage_s / 60
        if not self._breaker.is_sent_away:
            return f"no answer for {minutes:.0f} minutes"
        hours = self._breaker.wait_s / 3_600
        return f"{self._sent_away_with} (to be asked again in {hours:.1f} h; `pace.outage_min` is {minutes:.0f})"

    def _answered(self, request: Request) -> None:
        self._throttle.answered(request)
        if self._breaker.answered():
            self._throttle.resume()
            self._turns.stir_all()
            self._emit(ServiceBack(self._rules.service))
        self._tell_change()

    def _failed(self, request: Request, error: SpeechError) -> None:
        match error:
            case RateLimited():
                self._refused(request, error)
            case TimedOut() if error.may_be_paid and not self.is_down:
                self._timed_out(request)
                self._came_to_nothing(request, error)
            case TimedOut() | ServiceTrouble() | ConnectionTrouble():  # a probe, alone on its way, shows no congestion
                self._throttle.failed(request)
                self._came_to_nothing(request, error)
            case _:
                self._answered(request)

    def _timed_out(self, request: Request) -> None:
        """Told where it lowers the pace, which is once for many; the way back is a step for every few answers."""
        before = self._throttle.requests_at_once
        self._throttle.timed_out(request, self._clock())
        if self._throttle.requests_at_once < before:
            self._tell_pace()

    def _never_left(self, request: Request) -> None:
        """Of a request that has not ended by now, because it was cancelled or held back on our side."""
        if self._throttle.is_under_way(request):
            self._throttle.never_left(request)
            self._breaker.never_left(request.about)

    def _refused(self, request: Request, error: RateLimited) -> None:
        now_s, rest_s = self._clock(), error.retry_after_s or 0.0
        if rest_s <= LONGEST_RETRY_AFTER_S:
            self._throttle.refused(request, now_s, rest_s=rest_s, stated_limit=error.limit)
            self._throttle.rest_until(now_s + rest_s)
            self._came_to_nothing(request, error)
        else:  # a quota of the day: it says nothing about the pace
            self._throttle.never_left(request)
            self._breaker.sent_away(request.about, now_s=now_s, rest_s=rest_s)
            self._sent_away_with = error.what
            self._tell_down(error.what)
        self._tell_change()

    def _came_to_nothing(self, request: Request, error: Passing) -> None:
        is_refusal = isinstance(error, RateLimited)
        if self._breaker.failed(request.about, now_s=self._clock(), is_refusal=is_refusal):
            self._tell_down(error.what)
        elif self._breaker.is_suspect:
            self._throttle.rest_until(self._clock() + SUSPECT_REST_S)

    def _tell_down(self, reason: str) -> None:
        self._turns.stir_all()
        self._emit(ServiceDown(self._rules.service, reason, self._breaker.wait_s))

    def _tell_change(self) -> None:
        memory = self.memory
        known = (memory.concurrency_limit, memory.requests_per_minute)
        if known != self._told:
            self._told = known
            self._tell_pace()

    def _tell_pace(self) -> None:
        at_once, per_minute = self._throttle.requests_at_once, self.memory.requests_per_minute
        self._emit(PaceChanged(self._rules.service, at_once, per_minute))

    def _stir(self) -> None:
        """Whoever may be next looks again; while the service is down that need not be the first."""
        if self.is_down:
            self._turns.stir_all()
        else:
            self._turns.stir()
