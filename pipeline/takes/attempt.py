"""One take: asked for, received, judged, kept; every step is on the disk before the next one begins.

sent → arrived → judged → stored or rejected        (or refused; or doubtful, where no answer came)
"""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import BadAudio, FilterRefused, Passing, RequestRefused, ServiceTrouble, SpeechError
from pipeline.events import AttemptEnded, AttemptStarted, RetryScheduled, TakeRejected, TakeStored
from pipeline.recording import PIPELINE_FORMAT, Samples, Take
from pipeline.speech.body import read_pcm
from pipeline.speech.engine import Speech
from pipeline.speech.profiles import ModelProfile
from pipeline.speech.prompt import text_sent
from pipeline.speech.request import SpeechRequest, canonical, from_canonical, key_of
from pipeline.speech.retry import with_retries
from pipeline.takes.acceptance import Judgement, Verdict, facts_of
from pipeline.takes.chain import Rejection
from pipeline.takes.entries import OpenAttempt, Sending, State
from pipeline.takes.order import Order
from pipeline.takes.owner import this_process
from pipeline.takes.studio import Archive, Studio


@dataclass(frozen=True, slots=True)
class Answer:
    """A body that arrived: of which attempt, for which request, under which name it lies in the spool."""

    attempt: int
    request: SpeechRequest
    name: str
    speech: Speech
    assumed_rate: int


def answer_of(attempt: OpenAttempt, left: Speech) -> Answer:
    """What an attempt that a dead run left open was answered. Of the body its name tells, of older ones the ledger."""
    speech = replace(
        left,
        content_type=left.content_type or attempt.content_type,
        generation_id=left.generation_id or attempt.generation_id,
    )
    return Answer(attempt.id, from_canonical(attempt.request), attempt.body, speech, attempt.pcm_rate)


@dataclass(frozen=True, slots=True)
class _Heard:
    """An answer with a sound in it, and the number of the attempt that brought it."""

    answer: Answer
    samples: Samples
    attempts: int


async def take_of(order: Order, request: SpeechRequest, studio: Studio) -> None:
    """Have one take of an order spoken and judged; what came of it stands in the store afterwards.

    Raises the `SpeechError` of the last attempt where nothing came at all.
    """

    async def attempt(number: int) -> _Heard:
        left = await asyncio.to_thread(studio.archive.spool.left_for, key_of(request))
        if left is not None:
            return await _adopted(order, request, left, studio)
        return await _attempt(order, request, studio, number=number)

    def on_retry(number: int, wait_s: float, error: Passing) -> None:
        studio.emit(RetryScheduled(studio.book, order.key, number, wait_s, error.what))

    try:
        heard = await with_retries(
            attempt,
            studio.booth.retry,
            chance=studio.booth.chance,
            on_retry=on_retry,
            is_counted=lambda: not studio.booth.pace.is_down,
        )
    except (RequestRefused, BadAudio) as error:
        cost_usd = order.cost_usd if error.may_be_paid else 0.0
        studio.emit(TakeRejected(studio.book, order.key, request.take, error.what, cost_usd))
        if isinstance(error, BadAudio):
            studio.booth.trust.note(is_take=False)
        return
    await _judged(order, heard, studio)


async def _attempt(order: Order, request: SpeechRequest, studio: Studio, *, number: int) -> _Heard:
    """One exchange, written down before it leaves and before anybody looks at what came."""
    booth, archive = studio.booth, studio.archive
    timeout_s = booth.pace_settings.timeout_s(audio_s=order.expected_s, wait_per_audio_s=booth.profile.wait_per_audio_s)
    name = archive.spool.new_name(key_of(request))
    with archive.spool.arriving(name) as part:
        async with booth.pace.slot(priority=studio.priority(order), about=order.key):
            booth.go_on()
            with studio.purse.holding(order.cost_usd) as held:
                attempt = await archive.ledger.sent(_sending(order, request, studio, body=name))
                studio.emit(AttemptStarted(studio.book, order.key, number))
                try:
                    speech = await booth.engine.speak(request, part, timeout_s=timeout_s)
                except SpeechError as error:
                    held.usd = order.cost_usd if error.may_be_paid else 0.0
                    await _unanswered(attempt, request, error, archive)
                    raise
                finally:
                    studio.emit(AttemptEnded(studio.book, order.key, number))
                speech = archive.spool.arrived(speech)
                held.usd = order.cost_usd if speech.body.stat().st_size else 0.0
    answer = Answer(attempt, request, name, speech, booth.profile.pcm_rate)
    await _durable(answer, archive)
    return _Heard(answer, await sound_of(answer, archive), number)


async def _adopted(order: Order, request: SpeechRequest, left: Speech, studio: Studio) -> _Heard:
    """An answer that lies in the spool with nobody to judge it: the run that received it is dead."""
    answer = await _left(order, request, left, studio)
    studio.purse.spend(order.cost_usd)
    await _durable(answer, studio.archive)
    return _Heard(answer, await sound_of(answer, studio.archive), 0)


async def _left(order: Order, request: SpeechRequest, left: Speech, studio: Studio) -> Answer:
    """Which attempt brought it: one that this ledger has open, else it would be accounted twice; or a new one, where it
    is another machine's or the ledger was lost.
    """
    archive, name = studio.archive, studio.archive.spool.name_of(left.body)
    still_open = await asyncio.to_thread(archive.ledger.open_attempts)
    mine = next((attempt for attempt in still_open if attempt.body == name), None)
    if mine is not None:
        await archive.ledger.taken_over(mine.id, owner=str(this_process()))
        return answer_of(mine, left)
    number = await archive.ledger.sent(_sending(order, request, studio, body=name))
    return Answer(number, request, name, left, studio.booth.profile.pcm_rate)


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


async def _unanswered(attempt: int, request: SpeechRequest, error: SpeechError, archive: Archive) -> None:
    if isinstance(error, RequestRefused):
        rejection = Rejection(error.what, is_refused=True, is_filter=isinstance(error, FilterRefused))
        await asyncio.to_thread(_reject, request, rejection, archive)
    state = State.DOUBTFUL if error.may_be_paid else State.REFUSED
    await archive.ledger.ended(attempt, state, at=archive.now(), reason=error.what, request="")


async def _durable(answer: Answer, archive: Archive) -> None:
    body = answer.speech.body
    await asyncio.to_thread(archive.spool.keep, body)
    await archive.ledger.arrived(
        answer.attempt,
        at=archive.now(),
        bytes=body.stat().st_size,
        content_type=answer.speech.content_type,
        generation_id=answer.speech.generation_id,
    )


async def sound_of(answer: Answer, archive: Archive) -> Samples:
    """The sound in an answer. Raises `BadAudio` for what is none, and `ServiceTrouble` for an empty body, which costs
    nothing and may pass; the attempt has then ended.
    """
    try:
        return await asyncio.to_thread(_read, answer)
    except SpeechError as error:
        usd = {} if error.may_be_paid else {"actual_usd": 0.0}
        if error.may_be_paid:
            await asyncio.to_thread(_reject, answer.request, Rejection(error.what), archive, body=answer.speech.body)
        at = archive.now()
        await archive.ledger.ended(answer.attempt, State.REJECTED, at=at, reason=error.what, request="", **usd)
        archive.spool.forget(answer.name)
        raise


def _read(answer: Answer) -> Samples:
    speech = answer.speech
    if not speech.body.stat().st_size:
        raise ServiceTrouble("the answer was empty")
    return read_pcm(speech.body, content_type=speech.content_type, assumed_rate=answer.assumed_rate)


def _reject(request: SpeechRequest, rejection: Rejection, archive: Archive, *, body: Path | None = None) -> None:
    """Before the attempt ends: else a run killed in between would ask for the same take once more."""
    if body is not None:
        archive.store.keep_body(request, body)
    archive.store.reject(request, rejection, {"stored_at": int(archive.now())})


async def _judged(order: Order, heard: _Heard, studio: Studio) -> None:
    request = heard.answer.request
    judgement = await asyncio.to_thread(studio.judge, heard.samples, request, studio.language)
    seconds = PIPELINE_FORMAT.seconds_of(len(heard.samples))
    cost_usd = _cost_usd(request, heard.answer.speech, studio.booth.profile, seconds=seconds)
    studio.purse.spend(cost_usd - order.cost_usd)
    await keep(Kept(heard.answer, heard.samples, judgement, cost_usd), studio.archive)
    if judgement.verdict is Verdict.FAIL:
        studio.emit(TakeRejected(studio.book, order.key, request.take, "; ".join(judgement.reasons), cost_usd))
    else:
        is_suspect = judgement.verdict is Verdict.SUSPECT
        studio.emit(TakeStored(studio.book, order.key, seconds, cost_usd, heard.attempts, is_suspect))
    studio.booth.trust.note(is_take=judgement.verdict is not Verdict.FAIL)


def _cost_usd(request: SpeechRequest, speech: Speech, profile: ModelProfile, *, seconds: float) -> float:
    """What a take cost: as the engine says or, nearer the truth than what was expected of its text, by its length."""
    if speech.cost_usd is not None:
        return speech.cost_usd
    return profile.text_cost_usd(text_sent(request, profile), audio_s=seconds)


@dataclass(frozen=True, slots=True)
class Kept:
    """A judged rendering on its way into the store."""

    answer: Answer
    samples: Samples
    judgement: Judgement
    cost_usd: float

    @property
    def facts(self) -> dict[str, object]:
        return {"checks": facts_of(self.judgement), "estimated_cost_usd": round(self.cost_usd, 6)}


async def keep(kept: Kept, archive: Archive) -> Take | None:
    """Put a judged rendering where it belongs, then write that down; the take, if it is one."""
    take = await asyncio.to_thread(_kept, kept, archive)
    cost_usd = kept.answer.speech.cost_usd
    await archive.ledger.ended(
        kept.answer.attempt,
        State.REJECTED if take is None else State.STORED,
        at=archive.now(),
        verdict=kept.judgement.verdict.value,
        reason="; ".join(kept.judgement.reasons),
        audio_s=PIPELINE_FORMAT.seconds_of(len(kept.samples)),
        estimated_usd=kept.cost_usd,
        request="",
        **({} if cost_usd is None else {"actual_usd": cost_usd}),
    )
    archive.spool.forget(kept.answer.name)
    return take


def _kept(kept: Kept, archive: Archive) -> Take | None:
    facts = {**kept.facts, "stored_at": int(archive.now())}
    request, speech = kept.answer.request, kept.answer.speech
    if kept.judgement.verdict is Verdict.FAIL:
        rejection = Rejection("; ".join(kept.judgement.reasons))
        archive.store.reject(request, rejection, facts, sound=kept.samples)
        return None
    return archive.store.put(request, kept.samples, speech, facts, judgement=kept.judgement)
