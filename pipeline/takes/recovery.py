"""What an earlier run left open: answers that had arrived are judged and kept, lost ones noted as doubtful."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.errors import BadAudio
from pipeline.recording import Samples
from pipeline.speech.body import read_pcm
from pipeline.speech.engine import Speech
from pipeline.speech.request import SpeechRequest, from_canonical
from pipeline.takes.attempt import Kept, keep
from pipeline.takes.entries import OpenAttempt, State
from pipeline.takes.owner import owner_from, this_process
from pipeline.takes.studio import Archive

JudgeOf = Callable[[OpenAttempt], Callable[[Samples, str], Judgement]]


@dataclass(frozen=True, slots=True)
class Recovery:
    """How many takes were kept, how many bodies were none, and what may have been paid for answers that never came."""

    kept: int = 0
    rejected: int = 0
    doubtful: int = 0
    doubtful_usd: float = 0.0

    def __add__(self, other: "Recovery") -> "Recovery":
        return Recovery(
            self.kept + other.kept,
            self.rejected + other.rejected,
            self.doubtful + other.doubtful,
            self.doubtful_usd + other.doubtful_usd,
        )


async def recover(archive: Archive, judge_of: JudgeOf) -> Recovery:
    """End every attempt that a run which is no more left open. Attempts of living runs are theirs."""
    total = Recovery()
    for attempt in await asyncio.to_thread(archive.ledger.open_attempts):
        if _is_abandoned(attempt):
            total += await _ended(attempt, archive, judge_of(attempt))
    return total


def _is_abandoned(attempt: OpenAttempt) -> bool:
    """Whether nobody will end it: its process has, or it is this one, of which an earlier run is over."""
    try:
        owner = owner_from(attempt.owner)
    except (ValueError, TypeError, KeyError):
        return True
    return owner == this_process() or owner.is_dead


async def _ended(attempt: OpenAttempt, archive: Archive, judge: Callable[[Samples, str], Judgement]) -> Recovery:
    body = archive.spool.find(attempt.body)
    if body is None:
        archive.spool.forget(attempt.body)
        reason = "the run ended before the answer was there"
        await archive.ledger.ended(attempt.id, State.DOUBTFUL, at=archive.now(), reason=reason, request="")
        return Recovery(doubtful=1, doubtful_usd=attempt.estimated_usd)
    request = from_canonical(attempt.request)
    try:
        samples = await asyncio.to_thread(
            read_pcm, body, content_type=attempt.content_type, assumed_rate=attempt.pcm_rate
        )
    except BadAudio as error:
        await _no_sound(attempt, request, error, archive)
        return Recovery(rejected=1)
    judgement = await asyncio.to_thread(judge, samples, request.text)
    speech = Speech(body, attempt.content_type, attempt.generation_id)
    kept = Kept(request, samples, speech, judgement, attempt.estimated_usd)
    take = await keep(kept, archive, attempt=attempt.id, body=attempt.body)
    return Recovery(rejected=1) if take is None else Recovery(kept=1)


async def _no_sound(attempt: OpenAttempt, request: SpeechRequest, error: BadAudio, archive: Archive) -> None:
    body = archive.spool.find(attempt.body)
    if body is not None:
        await asyncio.to_thread(archive.store.keep_body, request, body)
    await archive.ledger.ended(attempt.id, State.REJECTED, at=archive.now(), reason=error.what, request="")
    archive.spool.forget(attempt.body)
