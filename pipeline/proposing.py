"""A director for a book: what asking it would take, and what it proposed, laid over what the rules found.

The only thing that is asked for money before a book is spoken, and only by the command that writes direction files.
"""

import asyncio
import contextlib
import random
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.book import Book
from pipeline.config import BookJob, api_key
from pipeline.director.answer import cues_of
from pipeline.director.asking import Office, Rules, all_given
from pipeline.director.chat import Chat
from pipeline.director.given import Given, Prices
from pipeline.director.kept import Kept
from pipeline.director.settings import DirectorSettings
from pipeline.errors import EngineMissing, SettingsError
from pipeline.events import Emit
from pipeline.outlook import Outlook, kept_answer, outlook_of, questions_of, stated_prices, tags_of
from pipeline.script.direction import Cues
from pipeline.speech.pace import Pace
from pipeline.speech.retry import Chance
from pipeline.speech.tempo import Tempo
from pipeline.stopping import Stop, stopping_at, stopping_on_signals
from pipeline.takes.budget import Purse
from pipeline.takes.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Proposal:
    """Cues by any names, and what is to be said of how they came about. `cost_usd` was spent now."""

    cues: Cues
    notes: tuple[str, ...] = ()
    cost_usd: float = 0.0


async def priced_outlook(book: Book, job: BookJob, *, language: str) -> Outlook:
    """The same with the service's own prices, where the settings state none and there is something to ask for.

    Raises `EngineMissing` without the key, `SettingsError` where no price can be had, and what the service refuses.
    """
    questions = questions_of(book, job, language)
    outlook = outlook_of(questions, job, stated_prices(job.settings.director))
    if not outlook.due or outlook.expected_usd is not None:
        return outlook
    async with contextlib.aclosing(_chat(job.settings.director)) as chat:
        return outlook_of(questions, job, await _prices(job.settings.director, chat))


async def proposed(book: Book, job: BookJob, found: Cues, *, language: str, emit: Emit) -> Proposal:
    """What the director proposes for the book; where it has no answer of use, what was `found`.

    Spends no more than `pace.budget_usd`; what is kept is asked for no more, and nothing is where all of it is. Raises
    the `PipelineError` that ended the asking, with every answer that had arrived kept.
    """
    questions = questions_of(book, job, language)
    purse = Purse(job.settings.pace.budget_usd, unit="question")
    given = [kept_answer(question, job) for question in questions]
    if any(one is None for one in given):
        async with _office(book, job, purse, language=language, emit=emit) as office:
            given = [*await all_given(questions, office)]
    return _proposal([one for one in given if one is not None], job, found, cost_usd=purse.spent_usd)


async def _prices(settings: DirectorSettings, chat: Chat) -> Prices:
    """As stated, else as the service lists them. Raises `SettingsError` where neither says."""
    if (stated := stated_prices(settings)) is not None:
        return stated
    record = await chat.record()
    if record is None or record.usd_per_m_input is None or record.usd_per_m_output is None:
        raise SettingsError(
            f"the service names no price for {settings.model}",
            where="director.model",
            remedy="check its name, or state director.usd_per_m_input and director.usd_per_m_output",
        )
    return Prices(record.usd_per_m_input, record.usd_per_m_output)


def _chat(settings: DirectorSettings) -> Chat:
    key = api_key(settings.api_key_env)
    if settings.api_key_env and not key:
        raise EngineMissing(
            f"no key for {settings.model}: {settings.api_key_env} is not set",
            where="director.model",
            remedy=f'export {settings.api_key_env}=…, or set director.model = "" to have the rules decide',
        )
    return Chat(settings, api_key=key)


@contextlib.asynccontextmanager
async def _office(book: Book, job: BookJob, purse: Purse, *, language: str, emit: Emit) -> AsyncIterator[Office]:
    """Everything that asking takes, closed again in the end. An interrupt lets arrive what is under way."""
    settings, pace, stop = job.settings.director, job.settings.pace, Stop()
    ledger, tempo = Ledger(job.settings.run.takes_folder), Tempo(stop.sleep, pace.speedup)
    curfew = stopping_at(stop, pace.stop_at, now=datetime.now(), grace_s=pace.grace_s)
    task = asyncio.current_task()
    assert task is not None, "inside a coroutine there is a task"
    stop.watch(task)
    with stopping_on_signals(stop, grace_s=pace.grace_s), curfew:
        async with contextlib.aclosing(_chat(settings)) as chat:
            prices = await _prices(settings, chat)
            await asyncio.to_thread(ledger.open)
            rules = pace.rules_for(settings.service)
            try:
                yield Office(
                    chat=chat,
                    rules=Rules(
                        settings.attempts,
                        tags_of(settings),
                        settings.timeout_s / pace.speedup,
                        job.settings.retry,
                        prices,
                    ),
                    kept=Kept(job.settings.run.takes_folder),
                    ledger=ledger,
                    purse=purse,
                    pace=Pace(rules, clock=tempo.now_s, sleep=tempo.sleep, emit=emit),
                    chance=Chance(jitter=random.random, sleep=tempo.sleep),
                    stop=stop.because,
                    go_on=stop.check,
                    now=time.time,
                    emit=emit,
                    book=book.metadata.shown_title,
                    language=language,
                    service=settings.service,
                    run=f"{time.strftime('%Y%m%dT%H%M%S')}-{secrets.token_hex(3)}",
                )
            except asyncio.CancelledError:
                if stop.is_cut_off and stop.reason is not None:
                    raise stop.reason from None
                raise
            finally:
                await asyncio.to_thread(ledger.close)


def _proposal(given: Sequence[Given], job: BookJob, found: Cues, *, cost_usd: float) -> Proposal:
    """The answers over what was found. Raises the refusal where nothing but refusals came: the model is no director."""
    refusals = [one.refusal for one in given if one.refusal is not None]
    if refusals and len(refusals) == len(given):
        raise refusals[0]
    cues = dict(found)
    for one in given:
        if one.answer is None:
            continue
        window = one.question.window
        for block in window.numbered:
            cues.pop((window.chapter, block.index), None)
        cues.update(cues_of(window, one.answer, found))
    return Proposal(cues, tuple(_notes(given, job.settings.director)), cost_usd)


def _notes(given: Sequence[Given], settings: DirectorSettings) -> list[str]:
    answers = [one.answer for one in given if one.answer is not None]
    lines = sum(answer.lines for answer in answers)
    notes = [f"direction proposed by {settings.model}: {lines} lines in {len(answers)} of {len(given)} stretches"]
    dropped = sum((Counter(answer.dropped) for answer in answers), Counter[str]())
    if dropped:
        reasons = ", ".join(f"{count} for {why}" for why, count in sorted(dropped.items()))
        notes.append(f"of what {settings.model} proposed {dropped.total()} pieces were not used: {reasons}")
    for one in given:
        if one.answer is None:
            window = one.question.window
            begins = " ".join(window.numbered[0].text.split()[:6]).strip("“”„«»\"'‘’ ")
            where = f"chapter {window.chapter}, from “{begins} …” on"
            notes.append(f"{where}: by the rules alone, since the director's answer {one.why}")
    return notes
