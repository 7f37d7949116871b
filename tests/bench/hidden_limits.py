"""A service with limits it does not tell, in virtual time; and the schedule of somebody who knows them."""

import asyncio
import heapq
import math
import random
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.errors import ConnectionTrouble, RateLimited, TimedOut

WINDOW_S = 60.0
_AUDIO_S = (10.0, 75.0, 50.0)
"""Seconds of audio of a chunk: least, most, most often; 45 on average."""

_WIRE_S = (0.02, 0.08)
"""Seconds one way."""

_TIMEOUT_S = 60.0
_TIMEOUT_FACTOR = 4.0
"""As in `configs/default.toml`."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """What the service takes at once and in a sliding minute; 0: no limit."""

    concurrency: int = 0
    per_minute: int = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """A service and a book. `hints`: what a refusal says, `retry-after`, `x-ratelimit` or `nothing`.

    `changes` are limits from a second on; `outage_s` from and to; `hung` is the share of requests nobody answers,
    `whims` that of requests refused although there was room.
    """

    name: str
    changes: tuple[tuple[float, Hidden], ...]
    latency: float
    hints: str = "retry-after"
    outage_s: tuple[float, float] = (math.inf, math.inf)
    hung: float = 0.0
    whims: float = 0.0
    at_least: int = 1000
    minutes: float = 15.0
    seed: int = 1

    @property
    def chunks(self) -> int:
        """At least `at_least`, and enough for `minutes` at the limits the scene begins and ends with."""
        per_s = max(self._throughput(limits) for _, limits in self.changes)
        return max(self.at_least, math.ceil(per_s * 60 * self.minutes))

    def _throughput(self, limits: Hidden) -> float:
        by_concurrency = limits.concurrency / (self.latency * 45) if limits.concurrency else math.inf
        by_rate = limits.per_minute / 60 if limits.per_minute else math.inf
        return min(by_concurrency, by_rate)

    def audio_s(self, chunk: int) -> float:
        low, high, mode = _AUDIO_S
        return random.Random(f"{self.seed}/{chunk}").triangular(low, high, mode)

    def service_s(self, chunk: int) -> float:
        return self.latency * self.audio_s(chunk) * random.Random(f"{self.seed}/{chunk}/l").uniform(0.8, 1.2)

    def timeout_s(self, chunk: int) -> float:
        return _TIMEOUT_S + _TIMEOUT_FACTOR * self.latency * self.audio_s(chunk)

    def hangs(self, chunk: int, attempt: int) -> bool:
        return random.Random(f"{self.seed}/{chunk}/{attempt}").random() < self.hung

    def limits_at(self, now_s: float) -> Hidden:
        return next(limits for at_s, limits in reversed(self.changes) if at_s <= now_s)

    def is_out(self, now_s: float) -> bool:
        return self.outage_s[0] <= now_s < self.outage_s[1]

    def turning_points(self) -> Iterable[float]:
        yield from (at_s for at_s, _ in self.changes)
        yield from self.outage_s

    def end_of(self, chunk: int, attempt: int, *, begun_s: float) -> tuple[float, bool]:
        """When a request that was let in ends, and whether it is answered then."""
        is_hung = self.hangs(chunk, attempt)
        end_s = begun_s + (self.timeout_s(chunk) if is_hung else self.service_s(chunk))
        if begun_s < self.outage_s[0] < end_s:
            return self.outage_s[0], False
        return end_s, not is_hung


@dataclass(slots=True)
class State:
    """Where a service stands: chunks in flight with their end, what was let in in the last minute, what is to do."""

    now_s: float
    in_flight: list[tuple[float, int, bool]]
    window: deque[float]
    to_do: deque[int]
    attempts: Counter[int] = field(default_factory=Counter)


class HiddenService:
    """Answers, refuses and counts. The caller learns only what a caller of a real one would."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.asked = self.refused = self.whims = 0
        self.let_in_at_s: list[float] = []
        self.refused_at_s: list[float] = []
        self.done: set[int] = set()
        self.most_in_flight = 0
        self._in_flight: dict[int, tuple[float, bool]] = {}
        self._window: deque[float] = deque()
        self._attempts: Counter[int] = Counter()
        self._wire = random.Random(scene.seed)
        self._whim = random.Random(f"{scene.seed}/whims")

    async def speak(self, chunk: int) -> None:
        self.asked += 1
        await self._over_the_wire()
        now_s = _now_s()
        if self.scene.is_out(now_s):
            raise ConnectionTrouble("nobody there")
        await self._let_in(now_s)
        self._attempts[chunk] += 1
        end_s, is_answered = self.scene.end_of(chunk, self._attempts[chunk], begun_s=now_s)
        self._in_flight[chunk] = (end_s, is_answered)
        self.most_in_flight = max(self.most_in_flight, len(self._in_flight))
        await asyncio.sleep(end_s - now_s)
        del self._in_flight[chunk]
        if not is_answered and self.scene.is_out(end_s):
            raise ConnectionTrouble("cut")
        if not is_answered:
            raise TimedOut("no answer")
        self.done.add(chunk)
        await self._over_the_wire()

    def state(self) -> State:
        now_s = _now_s()
        in_flight = [(end_s, chunk, is_ok) for chunk, (end_s, is_ok) in self._in_flight.items()]
        to_do = deque(n for n in range(self.scene.chunks) if n not in self.done and n not in self._in_flight)
        window = deque(at_s for at_s in self._window if at_s > now_s - WINDOW_S)
        return State(now_s, in_flight, window, to_do, Counter(self._attempts))

    async def _let_in(self, now_s: float) -> None:
        limits = self.scene.limits_at(now_s)
        while self._window and self._window[0] <= now_s - WINDOW_S:
            self._window.popleft()
        if limits.concurrency and len(self._in_flight) >= limits.concurrency:
            await self._refuse(1.0, limits.concurrency)
        if limits.per_minute and len(self._window) >= limits.per_minute:
            free_at_s = self._window[len(self._window) - limits.per_minute] + WINDOW_S
            await self._refuse(float(math.ceil(free_at_s - now_s)), limits.per_minute)
        if self._whim.random() < self.scene.whims:
            self.whims += 1
            await self._over_the_wire()
            raise RateLimited("no room just now")
        self._window.append(now_s)
        self.let_in_at_s.append(now_s)

    async def _refuse(self, wait_s: float, limit: int) -> None:
        self.refused += 1
        self.refused_at_s.append(_now_s())
        await self._over_the_wire()
        hints = self.scene.hints
        raise RateLimited(
            "too fast",
            retry_after_s=None if hints == "nothing" else wait_s,
            limit=limit if hints == "x-ratelimit" else None,
        )

    async def _over_the_wire(self) -> None:
        await asyncio.sleep(self._wire.uniform(*_WIRE_S))


def ideal_end_s(scene: Scene, state: State | None = None) -> float:
    """When somebody who knows the limits is done: each chunk is sent the moment the service would take it.

    From `state` on, or from the beginning. Nothing travels and nothing is refused; what hangs, hangs here too, and an
    outage ends for this one the moment it ends.
    """
    state = state or State(0.0, [], deque(), deque(range(scene.chunks)))
    heapq.heapify(state.in_flight)
    end_s = state.now_s
    while state.to_do or state.in_flight:
        _send_all(scene, state)
        state.now_s = _next_event_s(scene, state)
        while state.in_flight and state.in_flight[0][0] <= state.now_s:
            ended_s, chunk, is_answered = heapq.heappop(state.in_flight)
            end_s = max(end_s, ended_s)
            if not is_answered:
                state.to_do.appendleft(chunk)
    return end_s


def _send_all(scene: Scene, state: State) -> None:
    limits = scene.limits_at(state.now_s)
    while state.window and state.window[0] + WINDOW_S <= state.now_s:
        state.window.popleft()
    while state.to_do and not scene.is_out(state.now_s):
        if limits.concurrency and len(state.in_flight) >= limits.concurrency:
            return
        if limits.per_minute and len(state.window) >= limits.per_minute:
            return
        chunk = state.to_do.popleft()
        state.attempts[chunk] += 1
        end_s, is_answered = scene.end_of(chunk, state.attempts[chunk], begun_s=state.now_s)
        heapq.heappush(state.in_flight, (end_s, chunk, is_answered))
        state.window.append(state.now_s)


def _next_event_s(scene: Scene, state: State) -> float:
    coming = [at_s for at_s in scene.turning_points() if state.now_s < at_s < math.inf] if state.to_do else []
    if state.in_flight:
        coming.append(state.in_flight[0][0])
    if state.to_do and state.window:
        coming.append(state.window[0] + WINDOW_S)
    return max(state.now_s, min(coming))


def _now_s() -> float:
    return asyncio.get_running_loop().time()
