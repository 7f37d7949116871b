"""One take: asked for, received, judged, kept; every step is on the disk before the next one begins.

sent → arrived → judged → stored or rejected        (or refused; or doubtful, where no answer came)
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import BadAudio, FilterRefused, Passing, RequestRefused, ServiceTrouble, SpeechError
from pipeline.events import AttemptStarted, RetryScheduled, TakeRejected, TakeStored
from pipeline.recording import PIPELINE_FORMAT, Samples, Take
from pipeline.speech.body import read_pcm
from pipeline.speech.engine import Speech
from pipeline.speech.profiles import ModelProfile
from pipeline.speech.request import SpeechRequest, canonical, key_of
from pipeline.speech.retry import with_retries
from pipeline.takes.acceptance import Judgement, Verdict, facts_of
from pipeline.takes.chain import Rejection
from pipeline.takes.entries import Sending, State
from pipeline.takes.order import Order
from pipeline.takes.owner import this_process
from pipeline.takes.studio import Archive, Studio


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A sound that came, and the attempt it came of."""

    attempt: int
    attempts: int
    samples: Samples
    speech: Speech
    body: str


async def take_of(order: Order, request: SpeechRequest, studio: Studio) -> None:
    """Have one take of an order spoken and judged; what came of it stands in the store afterwards.

    Raises the `SpeechError` of the last attempt where nothing came at all.
    """
    attempts = 0

    async def attempt(number: int) -> _Arrival:
        nonlocal attempts
        attempts = number
        return await _attempt(order, request, studio, number=number)

    def on_retry(number: int, wait_s: float, error: Passing) -> None:
        studio.emit(RetryScheduled(studio.book, order.key, number, wait_s, error.what))

    try:
        arrival = await with_retries(attempt, studio.booth.retry, chance=studio.booth.chance, on_retry=on_retry)
    except (RequestRefused, BadAudio) as error:
        is_refused = isinstance(error, RequestRefused)
        rejection = Rejection(error.what, is_refused, isinstance(error, FilterRefused))
        await asyncio.to_thread(studio.archive.store.reject, request, rejection, {"attempts": attempts})
        studio.emit(TakeRejected(studio.book, order.key, request.take, error.what))
        if not is_refused:
            studio.booth.trust.note(is_take=False)
        return
    await _judged(order, request, arrival, studio)


async def _attempt(order: Order, request: SpeechRequest, studio: Studio, *, number: int) -> _Arrival:
    """One exchange, written down before it leaves and before anybody looks at what came."""
    booth, archive = studio.booth, studio.archive
    timeout_s = booth.pace_settings.timeout_s(audio_s=order.expected_s, wait_per_audio_s=booth.profile.wait_per_audio_s)
    name = archive.spool.new_name(key_of(request))
    with archive.spool.arriving(name) as part:
        async with booth.pace.slot():
            with studio.purse.holding(order.cost_usd) as held:
                attempt = await archive.ledger.sent(_sending(order, request, studio, body=name))
                studio.emit(AttemptStarted(studio.book, order.key, number))
                try:
                    speech = await booth.engine.speak(request, part, timeout_s=timeout_s)
                except SpeechError as error:
                    held.usd = order.cost_usd if error.may_be_paid else 0.0
                    await _unanswered(attempt, error, archive)
                    raise
                body = archive.spool.arrived(part)
                size = body.stat().st_size
                held.usd = order.cost_usd if size else 0.0
    await _durable(attempt, body, speech, archive, size=size)
    samples = await _samples(attempt, request, body, speech, studio)
    return _Arrival(attempt, number, samples, speech, name)


def _sending(order: Order, request: SpeechRequest, studio: Studio, *, body: str) -> Sending:
    return Sending(
        key=key_of(request),
        run=studio.archive.run,
        owner=str(this_process()),
        service=studio.booth.service,
        model=request.model,
        language=studio.language,
        pcm_rate=studio.booth.profile.pcm_rate,
        request=canonical(request),
        body=body,
        estimated_usd=order.cost_usd,
        sent_at=studio.archive.now(),
    )


async def _unanswered(attempt: int, error: SpeechError, archive: Archive) -> None:
    state = State.DOUBTFUL if error.may_be_paid else State.REFUSED
    await archive.ledger.ended(attempt, state, at=archive.now(), reason=error.what, request="")


async def _durable(attempt: int, body: Path, speech: Speech, archive: Archive, *, size: int) -> None:
    await asyncio.to_thread(archive.spool.keep, body)
    await archive.ledger.arrived(
        attempt,
        at=archive.now(),
        bytes=size,
        content_type=speech.content_type,
        generation_id=speech.generation_id,
    )


async def _samples(attempt: int, request: SpeechRequest, body: Path, speech: Speech, studio: Studio) -> Samples:
    """The sound in a body. Raises `ServiceTrouble` for an empty one, which costs nothing and may pass, and `BadAudio`
    for what is no sound.
    """
    archive = studio.archive
    rate = studio.booth.profile.pcm_rate
    try:
        if not body.stat().st_size:
            raise ServiceTrouble("the answer was empty")
        return await asyncio.to_thread(read_pcm, body, content_type=speech.content_type, assumed_rate=rate)
    except SpeechError as error:
        usd = {} if error.may_be_paid else {"actual_usd": 0.0}
        if error.may_be_paid:
            await asyncio.to_thread(archive.store.keep_body, request, body)
        await archive.ledger.ended(attempt, State.REJECTED, at=archive.now(), reason=error.what, request="", **usd)
        archive.spool.forget(body.name.rsplit(".", 2)[0])
        raise


async def _judged(order: Order, request: SpeechRequest, arrival: _Arrival, studio: Studio) -> None:
    judgement = await asyncio.to_thread(studio.judge, arrival.samples, request, studio.language)
    seconds = PIPELINE_FORMAT.seconds_of(len(arrival.samples))
    cost_usd = _cost_usd(request, arrival.speech, studio.booth.profile, seconds=seconds)
    studio.purse.spend(cost_usd - order.cost_usd)
    kept = Kept(request, arrival.samples, arrival.speech, judgement, cost_usd)
    await keep(kept, studio.archive, attempt=arrival.attempt, body=arrival.body)
    if judgement.verdict is Verdict.FAIL:
        studio.emit(TakeRejected(studio.book, order.key, request.take, "; ".join(judgement.reasons)))
    else:
        is_suspect = judgement.verdict is Verdict.SUSPECT
        studio.emit(TakeStored(studio.book, order.key, seconds, cost_usd, arrival.attempts, is_suspect))
    studio.booth.trust.note(is_take=judgement.verdict is not Verdict.FAIL)


def _cost_usd(request: SpeechRequest, speech: Speech, profile: ModelProfile, *, seconds: float) -> float:
    """What a take cost: as the engine says or, nearer the truth than what was expected of its text, by its length."""
    if speech.cost_usd is not None:
        return speech.cost_usd
    text = request.text
    return profile.cost_usd(input_tokens=len(text.encode()), chars=len(text), audio_s=seconds)


@dataclass(frozen=True, slots=True)
class Kept:
    """A judged rendering on its way into the store."""

    request: SpeechRequest
    samples: Samples
    speech: Speech
    judgement: Judgement
    cost_usd: float

    @property
    def facts(self) -> dict[str, object]:
        return {"checks": facts_of(self.judgement), "estimated_cost_usd": round(self.cost_usd, 6)}


async def keep(kept: Kept, archive: Archive, *, attempt: int, body: str) -> Take | None:
    """Put a judged rendering where it belongs, then write that down; the take, if it is one."""
    take = await asyncio.to_thread(_kept, kept, archive)
    await archive.ledger.ended(
        attempt,
        State.REJECTED if take is None else State.STORED,
        at=archive.now(),
        verdict=kept.judgement.verdict.value,
        reason="; ".join(kept.judgement.reasons),
        audio_s=PIPELINE_FORMAT.seconds_of(len(kept.samples)),
        estimated_usd=kept.cost_usd,
        request="",
        **({} if kept.speech.cost_usd is None else {"actual_usd": kept.speech.cost_usd}),
    )
    archive.spool.forget(body)
    return take


def _kept(kept: Kept, archive: Archive) -> Take | None:
    facts = {**kept.facts, "stored_at": int(archive.now())}
    if kept.judgement.verdict is Verdict.FAIL:
        rejection = Rejection("; ".join(kept.judgement.reasons))
        archive.store.reject(kept.request, rejection, facts, sound=kept.samples)
        return None
    return archive.store.put(kept.request, kept.samples, kept.speech, facts, judgement=kept.judgement)
