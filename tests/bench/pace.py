"""How close the pace comes to somebody who knows the service's limits, in virtual time.

    python -m tests.bench.pace [--only WORD …] [--alone] [--seed 1]

The real pace and the real retries against a service with hidden limits (`hidden_limits`). `ideal` is the end of a
greedy schedule computed from the service's own limits. `after 1 min`: what was left to do after the first minute, made
by the pace, against an ideal that goes on from exactly there. Targets: at most 1.10, refusals under 2 %, those made
at a whim, which no pace prevents, not counted. Beside it,
whole runs with 8 and 32 requests at once, which honour Retry-After and know nothing else; they have fifty attempts
for a chunk where the pace has the six of `default.toml`. `lost` are chunks whose attempts were spent.
"""

import argparse
import asyncio
import contextlib
import itertools
import random
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Protocol

from pipeline.config import settings_of
from pipeline.errors import Passing, RateLimited, SpeechError
from pipeline.speech.pace import Pace, PaceRules
from pipeline.speech.retry import Chance, with_retries
from tests.bench.hidden_limits import Hidden, HiddenService, Scene, State, ideal_end_s
from tests.fakes.virtual import run_virtually

_MOST_AT_ONCE = 512
"""High enough for every scene, so that only the service limits."""

_FIXED_ATTEMPTS = 50
"""The most there can be: with six a fixed concurrency above the service's loses half the book."""

_FIRST_MINUTE_S = 60.0
_TARGET_RATIO = 1.10
_TARGET_REFUSED = 0.02


class AnyPace(Protocol):
    """What a worker needs of a pace."""

    @property
    def is_down(self) -> bool: ...

    def slot(self, *, about: str) -> AbstractAsyncContextManager[None]: ...


class FixedPace:
    """So many at once, and everybody waits when one was told to: what one would write without measuring."""

    is_down = False

    def __init__(self, at_once: int) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._rest_until_s = 0.0

    @contextlib.asynccontextmanager
    async def slot(self, *, about: str) -> AsyncIterator[None]:
        assert about
        loop = asyncio.get_running_loop()
        async with self._places:
            while (wait_s := self._rest_until_s - loop.time()) > 0:  # noqa: ASYNC110  # it is time that is waited for
                await asyncio.sleep(wait_s)
            try:
                yield
            except RateLimited as error:
                self._rest_until_s = max(self._rest_until_s, loop.time() + (error.retry_after_s or 0))
                raise


@dataclass(frozen=True, slots=True)
class Ran:
    """A run: its end, where it stood after a minute, requests, refusals, chunks given up."""

    end_s: float
    after_first_minute: State | None
    asked: int
    refused: int
    lost: int
    learned: str

    @property
    def refused_share(self) -> float:
        return self.refused / self.asked


async def ran(scene: Scene, *, fixed: int = 0, rules: PaceRules | None = None) -> Ran:
    """The scene with the pace, or with so many at once."""
    loop, service = asyncio.get_running_loop(), HiddenService(scene)
    learned = Pace(rules or PaceRules(_MOST_AT_ONCE), clock=loop.time, sleep=asyncio.sleep)
    pace: AnyPace = FixedPace(fixed) if fixed else learned
    chunks, lost = iter(range(scene.chunks)), 0
    retry, chance = settings_of([]).retry, Chance(random.Random(scene.seed).random, asyncio.sleep)
    retry = retry.model_copy(update={"attempts": _FIXED_ATTEMPTS}) if fixed else retry

    async def work() -> None:
        nonlocal lost
        for chunk in chunks:

            async def attempt(_: int, chunk: int = chunk) -> None:
                async with pace.slot(about=str(chunk)):
                    await service.speak(chunk)

            try:
                await with_retries(
                    attempt, retry, chance=chance, on_retry=_unheard, is_counted=lambda: not pace.is_down
                )
            except SpeechError:
                lost += 1

    minute = asyncio.create_task(_state_after(_FIRST_MINUTE_S, service))
    await asyncio.gather(*(work() for _ in range(2 * (fixed or _MOST_AT_ONCE))))
    state = minute.result() if minute.done() else None
    minute.cancel()
    return Ran(loop.time(), state, service.asked - service.whims, service.refused, lost, str(learned.memory))


async def _state_after(seconds: float, service: HiddenService) -> State:
    await asyncio.sleep(seconds)
    return service.state()


def _unheard(number: int, wait_s: float, error: Passing) -> None:
    assert number and wait_s >= 0 and error


def scenes(seed: int) -> Iterator[Scene]:
    """Every hidden limit with every latency; then each hint, changes in mid-run, an outage, hung requests."""
    for concurrency, per_minute, latency in itertools.product((4, 16, 64, 0), (0, 60, 600), (0.05, 0.2, 0.6)):
        if concurrency or per_minute:
            yield _scene(seed, Hidden(concurrency, per_minute), latency)
    mixed = (Hidden(4, 0), Hidden(16, 0), Hidden(64, 0), Hidden(0, 60), Hidden(0, 600), Hidden(16, 60), Hidden(64, 600))
    for limits, hints in itertools.product(mixed, ("nothing", "x-ratelimit")):
        yield _scene(seed, limits, 0.2, hints=hints)
    changes = (
        (Hidden(4, 0), Hidden(16, 0)),
        (Hidden(16, 0), Hidden(64, 0)),
        (Hidden(0, 60), Hidden(0, 600)),
    )
    for (low, high), hints in itertools.product(changes, ("retry-after", "nothing")):
        for first, then in ((low, high), (high, low)):
            scene = _scene(seed, first, 0.2, hints=hints)
            yield replace(scene, name=f"{scene.name} → {_named(then)}", changes=((0.0, first), (450.0, then)))
    for limits in (Hidden(16, 0), Hidden(64, 0), Hidden(0, 600)):
        scene = _scene(seed, limits, 0.2)
        yield replace(scene, name=f"{scene.name}, 10 min outage", outage_s=(300.0, 900.0))
        yield replace(scene, name=f"{scene.name}, 1 % hang", hung=0.01)
        yield replace(scene, name=f"{scene.name}, 5 % refused at a whim", whims=0.05)


def _scene(seed: int, limits: Hidden, latency: float, *, hints: str = "retry-after") -> Scene:
    return Scene(_named(limits), ((0.0, limits),), latency, hints=hints, seed=seed)


def _named(limits: Hidden) -> str:
    parts = [f"{limits.concurrency} at once"] * bool(limits.concurrency)
    return " and ".join([*parts, *[f"{limits.per_minute}/min"] * bool(limits.per_minute)])


def line_of(scene: Scene, *, with_fixed: bool) -> tuple[str, bool]:
    """A row of the table, and whether both targets are met."""
    ours = run_virtually(ran(scene))
    ideal_s = ideal_end_s(scene)
    state = ours.after_first_minute
    later = (ours.end_s - state.now_s) / (ideal_end_s(scene, state) - _FIRST_MINUTE_S) if state else 1.0
    cells = [f"{scene.name:36}", f"{scene.latency:4}", f"{scene.hints:11}", f"{scene.chunks:6}", f"{ideal_s:7.0f}"]
    cells += [f"{later:5.2f}", f"{ours.end_s / ideal_s:5.2f}", f"{100 * ours.refused_share:5.1f} %", f"{ours.lost:4}"]
    for at_once in (8, 32) if with_fixed else ():
        other = run_virtually(ran(scene, fixed=at_once))
        cells += [f"{other.end_s / ideal_s:6.2f}", f"{100 * other.refused_share:5.1f} %", f"{other.lost:4}"]
    is_met = later <= _TARGET_RATIO and ours.refused_share < _TARGET_REFUSED and not ours.lost
    return " | ".join([*cells, "" if is_met else "missed"]), is_met


def main(arguments: argparse.Namespace) -> int:
    columns = (
        "scene, s/s, refusal says, chunks, ideal s, after 1 min, all, 429, lost, 8: all, 429, lost, 32: all, 429, lost"
    )
    print(columns)
    met = []
    for scene in scenes(arguments.seed):
        if all(word in f"{scene.name} {scene.latency} {scene.hints}" for word in arguments.only):
            row, is_met = line_of(scene, with_fixed=not arguments.alone)
            met.append(is_met)
            print(row, flush=True)
    print(f"{sum(met)} of {len(met)} scenes meet both targets and lose nothing")
    return 0 if all(met) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=[], metavar="WORD", help="scenes with all these words")
    parser.add_argument("--alone", action="store_true", help="without the fixed concurrencies")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main(_arguments()))
