"""When the next request may leave, learned from what became of those before it. No clock, no waiting: plain calls."""

import math
from collections import deque
from dataclasses import dataclass, replace

from pipeline.speech.blame import Refusal, is_about_rate
from pipeline.speech.ceiling import Ceiling
from pipeline.speech.congestion import Congestion
from pipeline.speech.traffic import WINDOW_S, Request, Traffic
from pipeline.speech.whims import Whims

FIRST_CONCURRENCY = 4
"""Requests at once before anything is known: what the smallest services take."""

_UNHEARD = 4
"""Until answers come in, no more than four times what was begun with: a service that lets everybody in and serves one
after another would else be found out by time-outs only."""

_CATCH_UP = 2
"""Under a learned rate nothing leaves faster than at twice that rate: no burst when a window becomes free at once."""


_TICK_S = 0.001
"""No wait is shorter: differences of floating point would else be waited for in no time, for ever."""

_PATIENT_STRIKES = 3
_LONGEST_UNASKED_REST_S = 30.0
"""From the third refusal in a row on nothing leaves for a second, then two, up to half a minute: a service may say no
without saying until when."""


@dataclass(frozen=True, slots=True)
class PaceMemory:
    """What was learned of a service, for the next run: requests at once, and in a minute (0: no limit was met).

    `concurrency_limit` is what was refused (0: never). Plain numbers, so that it can be kept anywhere.
    """

    concurrency: int = 0
    concurrency_limit: int = 0
    requests_per_minute: int = 0


@dataclass(frozen=True, slots=True)
class PaceRules:
    """What the user allows with a service: requests at once, in a minute (0: no limit), seconds it may be down."""

    max_concurrency: int
    requests_per_minute: int = 0
    outage_s: float = 7200.0
    service: str = ""

    @property
    def interval_s(self) -> float:
        return WINDOW_S / self.requests_per_minute if self.requests_per_minute else 0.0


class Throttle:
    """Two ceilings, one on what is in flight and one on what leaves in a minute, under the user's own limits."""

    def __init__(self, rules: PaceRules, *, start: PaceMemory | None = None) -> None:
        self._rules = rules
        self._traffic = Traffic()
        self.concurrency, self.rate = _remembered(start or PaceMemory())
        self._begun_with = self.concurrency.good
        self._answered = 0
        self._next_departure_s = -math.inf
        self._left_at_s = self._ventured_at_s = -math.inf
        self._doubtful: Ceiling | None = None
        self._refusals: deque[Refusal] = deque(maxlen=2)
        self._burst = float(FIRST_CONCURRENCY)
        self._whims = Whims()
        self._congestion = Congestion()

    @property
    def memory(self) -> PaceMemory:
        limit = self.concurrency.limit
        rate = math.inf if self.rate.is_doubted or not self.rate.is_bound else self.rate.limit
        return PaceMemory(
            concurrency=int(min(self.concurrency.good, self._congestion.at_once)),
            concurrency_limit=int(limit) if math.isfinite(limit) else 0,
            requests_per_minute=int(rate) if math.isfinite(rate) else 0,
        )

    @property
    def in_flight(self) -> int:
        return self._traffic.in_flight

    @property
    def requests_at_once(self) -> int:
        return int(min(self.concurrency.level, self._rules.max_concurrency, self._congestion.at_once))

    def is_under_way(self, request: Request) -> bool:
        return self._traffic.is_under_way(request)

    def rest_until(self, at_s: float) -> None:
        self._next_departure_s = max(self._next_departure_s, at_s)

    def hold_s(self, now_s: float) -> float:
        """Seconds until it is worth asking again; 0: one may leave now; inf: not before something comes back."""
        self._take_note(now_s)
        rest_s = max(self._next_departure_s, self._next_venture_s(), self._next_by_rate_s()) - now_s
        if rest_s > 0:
            return max(_TICK_S, rest_s)
        if self.in_flight >= self._allowed_at_once(now_s) or self._traffic.unsettled() >= int(self._burst):
            return self._until_known_better(now_s)
        allowed = self.rate.allowed(now_s=now_s)
        is_trying = self._is_trying_rate() and not self._traffic.unsettled()
        if is_trying or self._traffic.in_window(now_s=now_s) < allowed:
            return 0.0
        free_at_s = self._traffic.place_free_at_s(allowed)
        return max(_TICK_S, min(free_at_s - now_s, self._until_known_better(now_s)))

    def depart(self, now_s: float, *, about: str = "") -> Request:
        self._left_at_s = now_s
        if self.in_flight >= self.concurrency.good:
            self._ventured_at_s = now_s
        self._next_departure_s = max(self._next_departure_s, now_s + self._rules.interval_s)
        return self._traffic.left(now_s, about=about)

    def answered(self, request: Request) -> None:
        """Any answer that is no refusal shows that the request was let in."""
        self._traffic.ended(request)
        self._answered += 1
        self._congestion.answered()
        self._let_in(request)

    def failed(self, request: Request) -> None:
        """It came to nothing, for no fault of the pace."""
        self._traffic.ended(request)

    def never_left(self, request: Request) -> None:
        self._traffic.never_left(request)

    def timed_out(self, request: Request, now_s: float) -> None:
        in_use = self.in_flight
        self._traffic.ended(request)
        self._congestion.timed_out(left_at_s=request.left_at_s, now_s=now_s, in_flight=in_use)

    def refused(self, request: Request, now_s: float, *, rest_s: float = 0.0, stated_limit: int | None = None) -> None:
        """One that left before the last lowering says nothing new."""
        self._take_note(now_s)
        self._traffic.refused(request, now_s=now_s)
        if request.left_at_s <= max(self.concurrency.lowered_at_s, self.rate.lowered_at_s):
            return
        refusal = Refusal(
            self._traffic.others_in_flight(request), self._traffic.others_in_window(request), stated_limit
        )
        if self._whims.refused(refusal, now_s=now_s):
            self.concurrency, self.rate = self.concurrency.freed(), replace(self.rate.freed(), is_bound=False)
        if self._whims.are_common:
            self._bear(request, refusal, now_s)
        else:
            self._burst = max(1.0, self._burst * 0.5 ** (1 + rest_s / self._traffic.settled_s))
            self._lower(refusal, now_s, rest_s)
        self.rest_until(now_s + unasked_rest_s(max(self.concurrency.strikes, self.rate.strikes)))

    def _bear(self, request: Request, refusal: Refusal, now_s: float) -> None:
        """Take a refusal of a service that has whims: only what is repeated lowers anything."""
        since_s = max(self.concurrency.lowered_at_s, self.rate.lowered_at_s)
        was_let_in = self._traffic.has_outlasted(request, since_s=since_s, now_s=now_s)
        strikes = 0 if was_let_in else max(self.concurrency.strikes, self.rate.strikes)
        concurrency, rate = replace(self.concurrency, strikes=strikes), replace(self.rate, strikes=strikes)
        if is_about_rate(refusal, concurrency=concurrency, rate=rate, before=self._refusals):
            self.concurrency, self.rate = concurrency, rate.spared(refusal.in_window, now_s=now_s)
        else:
            self.concurrency, self.rate = concurrency.spared(refusal.in_flight, now_s=now_s), rate

    def _lower(self, refusal: Refusal, now_s: float, rest_s: float) -> None:
        if is_about_rate(refusal, concurrency=self.concurrency, rate=self.rate, before=self._refusals):
            self.rate = self.rate.refused(refusal.in_window, now_s=now_s)
            self.concurrency = self.concurrency.unprobed()
            if self._doubtful is not None:  # what came just before was the rate as well
                self.concurrency, self._doubtful = replace(self._doubtful, lowered_at_s=now_s), None
        else:
            if self.concurrency.strikes == 0:
                self._doubtful = self.concurrency
            self.concurrency = self.concurrency.refused(refusal.in_flight, now_s=now_s, rest_s=rest_s)
            self.rate = self.rate.unprobed()
        if self.concurrency.strikes + self.rate.strikes == 1:
            self._refusals.append(refusal)

    def resume(self) -> None:
        """After an outage: from half of what was good."""
        self.concurrency = self.concurrency.resumed()
        self._burst = float(FIRST_CONCURRENCY)

    def _take_note(self, now_s: float) -> None:
        for request in self._traffic.newly_settled(now_s=now_s):
            self._let_in(request)

    def _let_in(self, request: Request) -> None:
        if request.is_settled:
            return
        request.is_settled = True
        at_once = self._traffic.others_in_flight(request) + 1
        self._whims.let_in(at_once, request.in_window + 1, left_at_s=request.left_at_s)
        if request.left_at_s > max(self.concurrency.lowered_at_s, self.rate.lowered_at_s):
            self._burst = min(self._burst + 1, max(self.concurrency.level, self._burst))
        if self._doubtful is not None and request.left_at_s > self.concurrency.lowered_at_s:
            self._doubtful = None
        self.concurrency = self.concurrency.let_in(at_once, left_at_s=request.left_at_s)
        self.rate = self.rate.let_in(request.in_window + 1, left_at_s=request.left_at_s)

    def _allowed_at_once(self, now_s: float) -> float:
        unheard = _UNHEARD * (self._begun_with + self._answered)
        most = min(self._rules.max_concurrency, self._congestion.at_once)
        return min(self.concurrency.allowed(now_s=now_s), most, unheard)

    def _next_venture_s(self) -> float:
        """Above what is known to be good they leave one by one, a quarter more in the time it takes to know."""
        if self.in_flight < self.concurrency.good:
            return -math.inf
        return self._ventured_at_s + self._traffic.settled_s / (self.concurrency.good / 4 + 1)

    def _next_by_rate_s(self) -> float:
        level = self.rate.level
        if math.isinf(level) or self._is_trying_rate():
            return -math.inf
        return self._left_at_s + WINDOW_S / (_CATCH_UP * level)

    def _is_trying_rate(self) -> bool:
        """A doubted rate is tried again at once, one request after the other."""
        return self.rate.is_doubted and self.rate.strikes <= 1

    def _until_known_better(self, now_s: float) -> float:
        moments = [self._traffic.next_settled_at_s()]
        moments += [each.probe_at_s for each in (self.concurrency, self.rate) if math.isfinite(each.limit)]
        coming = [at_s - now_s for at_s in moments if at_s is not None and at_s > now_s]
        return max(_TICK_S, min(coming, default=math.inf))


def unasked_rest_s(strikes: int) -> float:
    """Seconds in which nothing leaves after so many refusals with nothing let in between."""
    if strikes < _PATIENT_STRIKES:
        return 0.0
    return min(_LONGEST_UNASKED_REST_S, 2.0 ** min(strikes - _PATIENT_STRIKES, 10))


def _remembered(start: PaceMemory) -> tuple[Ceiling, Ceiling]:
    """The ceilings a run begins with: on from half of what was good last time."""
    good = max(float(FIRST_CONCURRENCY), start.concurrency / 2)
    limit = float(start.concurrency_limit) if start.concurrency_limit else math.inf
    concurrency = Ceiling(min(good, limit), limit)
    per_minute = start.requests_per_minute
    rate = Ceiling(float(per_minute), float(per_minute)) if per_minute else Ceiling(0.0, is_bound=False)
    return concurrency, rate
