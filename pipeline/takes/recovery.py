"""What an earlier run left open: answers that had arrived are judged and kept, lost ones noted as doubtful."""

import asyncio
import contextlib
from dataclasses import dataclass

from pipeline.errors import SpeechError
from pipeline.takes.attempt import Kept, answer_of, keep, sound_of
from pipeline.takes.entries import OpenAttempt, State
from pipeline.takes.owner import owner_from, this_process
from pipeline.takes.studio import Archive, Judge


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


async def recover(archive: Archive, judge: Judge) -> Recovery:
    """End every attempt that a run which is no more left open. Attempts of living runs are theirs.

    Runs that begin together wait for each other here: what one is judging, another would take for lost, or buy again.
    """
    total = Recovery()
    with contextlib.ExitStack() as alone:
        await asyncio.to_thread(alone.enter_context, archive.spool.clearing())
        for attempt in await asyncio.to_thread(archive.ledger.open_attempts):
            if _is_abandoned(attempt):
                total += await _ended(attempt, archive, judge)
        await asyncio.to_thread(_clear, archive)
    return total


def _clear(archive: Archive) -> None:
    """Remove what was left by runs that were killed when all was done but that."""
    names = list(archive.spool.names())
    for name in archive.ledger.ended_bodies(names) if names else ():
        archive.spool.forget(name)
    archive.leases.clear()


def _is_abandoned(attempt: OpenAttempt) -> bool:
    """Whether nobody will end it: its process has, or it is this one, of which an earlier run is over."""
    try:
        owner = owner_from(attempt.owner)
    except (ValueError, TypeError, KeyError):
        return True
    return owner == this_process() or owner.is_dead


async def _ended(attempt: OpenAttempt, archive: Archive, judge: Judge) -> Recovery:
    left = archive.spool.find(attempt.body)
    if left is None:
        archive.spool.forget(attempt.body)
        reason = "the run ended before the answer was there"
        await archive.ledger.ended(attempt.id, State.DOUBTFUL, at=archive.now(), reason=reason, request="")
        return Recovery(doubtful=1, doubtful_usd=attempt.estimated_usd)
    answer = answer_of(attempt, left)
    try:
        samples = await sound_of(answer, archive)
    except SpeechError:
        return Recovery(rejected=1)
    judgement = await asyncio.to_thread(judge, samples, answer.request, attempt.language)
    take = await keep(Kept(answer, samples, judgement, attempt.estimated_usd), archive)
    return Recovery(rejected=1) if take is None else Recovery(kept=1)
