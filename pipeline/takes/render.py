"""Reuse a take, or have it spoken, checked and stored. The order in which takes arrive never matters."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from pipeline.errors import BadAudio, Passing, PipelineError, SpeechError
from pipeline.events import AttemptStarted, Emit, RetryScheduled, TakeReused, TakeStored
from pipeline.recording import Take
from pipeline.speech.body import read_pcm
from pipeline.speech.engine import Engine, Speech
from pipeline.speech.pace import Pace, PaceSettings
from pipeline.speech.profiles import ModelProfile
from pipeline.speech.request import Key, SpeechRequest
from pipeline.speech.retry import Chance, RetrySettings, with_retries
from pipeline.takes.budget import Budget
from pipeline.takes.checks import check
from pipeline.takes.store import TakeStore


@dataclass(frozen=True, slots=True)
class Order:
    """A request to be rendered, with what it is expected to take: seconds of audio, USD."""

    key: Key
    request: SpeechRequest
    expected_s: float
    cost_usd: float


@dataclass(frozen=True, slots=True)
class Studio:
    """Everything a rendering goes through on its way: who speaks, how fast, for how much, and where it is kept."""

    engine: Engine
    profile: ModelProfile
    pace: Pace
    pace_settings: PaceSettings
    retry: RetrySettings
    chance: Chance
    budget: Budget
    store: TakeStore
    emit: Emit


Outcome = Take | SpeechError


async def render(order: Order, studio: Studio) -> Outcome:
    """The take of an order, from the store or newly spoken; or why this one chunk could not be had.

    Errors that concern the whole run (key, payment, budget, disk) are raised.
    """
    take = await asyncio.to_thread(studio.store.find, order.key)
    if take is not None:
        studio.emit(TakeReused(order.key, take.seconds))
        return take
    try:
        return await _spoken(order, studio)
    except SpeechError as error:
        if error.exit_code != SpeechError.exit_code:
            raise
        return error


async def _spoken(order: Order, studio: Studio) -> Take:
    timeout_s = studio.pace_settings.timeout_s(
        audio_s=order.expected_s, wait_per_audio_s=studio.profile.wait_per_audio_s
    )
    attempts = 0

    async def attempt(number: int) -> Take:
        nonlocal attempts
        attempts = number
        with studio.store.spool(order.key) as body:
            async with studio.pace.slot(about=order.key):
                studio.emit(AttemptStarted(order.key, number))
                with studio.budget.reserved(order.cost_usd):
                    speech = await studio.engine.speak(order.request, body, timeout_s=timeout_s)
            return await asyncio.to_thread(_stored, order, speech, studio)

    def on_retry(number: int, wait_s: float, error: Passing) -> None:
        studio.emit(RetryScheduled(order.key, number, wait_s, error.what))

    take = await with_retries(
        attempt,
        studio.retry,
        chance=studio.chance,
        on_retry=on_retry,
        is_counted=lambda: not studio.pace.is_down,
    )
    cost_usd = order.cost_usd if take.cost_usd is None else take.cost_usd
    studio.emit(TakeStored(order.key, take.seconds, cost_usd, attempts))
    return take


def _stored(order: Order, speech: Speech, studio: Studio) -> Take:
    try:
        samples = read_pcm(speech.body, content_type=speech.content_type, assumed_rate=studio.profile.pcm_rate)
        figures = check(samples, order.request.text)
    except BadAudio:
        studio.store.reject(order.key, speech.body)
        raise
    facts = {"checks": figures, "estimated_cost_usd": round(order.cost_usd, 6), "stored_at": int(time.time())}
    return studio.store.put(order.request, samples, speech, facts)


async def render_all(
    orders: Iterable[Order],
    studio: Studio,
    *,
    workers: int,
    stop: asyncio.Event,
    on_outcome: Callable[[Order, Outcome], Awaitable[None]],
) -> None:
    """Render orders as they stand, `workers` at a time, until done or `stop` is set.

    When one raises, nothing new is begun, what is in flight is let arrive (it is paid for), and then it is raised.
    """
    waiting = iter(orders)
    failures: list[PipelineError] = []

    async def work() -> None:
        for order in waiting:
            if stop.is_set() or failures:
                return
            try:
                await on_outcome(order, await render(order, studio))
            except PipelineError as error:
                failures.append(error)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(work())
    except BaseExceptionGroup as unexpected:  # a bug: the others were cancelled, the first says what it was
        raise unexpected.exceptions[0] from None
    if failures:
        raise failures[0]
