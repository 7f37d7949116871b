"""Every question answered: from what is kept, else by asking, within the budget; what is of no use is asked again.

Answers leave nothing undone: one that has arrived is on the disk before it is read, so a run that is killed goes on
where it was.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.director.chat import Chat
from pipeline.director.given import Given, Prices, read
from pipeline.director.kept import Kept
from pipeline.director.question import AnswerKey, Question
from pipeline.director.reply import Useless, reply_from
from pipeline.errors import Passing, PipelineError, RequestRefused, SpeechError
from pipeline.events import Emit, RetryScheduled
from pipeline.speech.pace import Pace
from pipeline.speech.request import Key
from pipeline.speech.retry import Chance, RetrySettings, with_retries
from pipeline.takes.budget import Held, Purse
from pipeline.takes.entries import Sending, State
from pipeline.takes.ledger import Ledger
from pipeline.takes.owner import this_process

AT_ONCE = 4
"""Questions under way together: a book has some dozens, and the first answers tell whether the rest is worth it."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How answers are asked for and judged. `tags` are those an answer may use."""

    attempts: int
    tags: frozenset[str]
    timeout_s: float
    retry: RetrySettings
    prices: Prices


@dataclass(frozen=True, slots=True)
class Office:
    """Whom to ask, how fast, for how much, and where it is kept and written down. `stop` is told why a run ends, and
    `go_on` raises that once it is.
    """

    chat: Chat
    rules: Rules
    kept: Kept
    ledger: Ledger
    purse: Purse
    pace: Pace
    chance: Chance
    stop: Callable[[PipelineError], None]
    go_on: Callable[[], None]
    now: Callable[[], float]
    emit: Emit
    book: str
    language: str
    service: str
    run: str


async def all_given(questions: Sequence[Question], office: Office) -> list[Given]:
    """What came of each question, in their order.

    What ends the run (no budget, no credit, no key, a machine that cannot write) is raised once the questions under
    way are answered and kept; a service that failed a question in passing for good, once all others have been asked.
    """
    desk = _Desk(office, deque(enumerate(questions)))
    with contextlib.ExitStack() as alone:
        await asyncio.to_thread(alone.enter_context, office.kept.alone())
        await asyncio.gather(*(desk.work() for _ in range(min(AT_ONCE, len(questions)))))
    if desk.fatal is not None:
        raise desk.fatal
    if desk.missed is not None:
        raise desk.missed
    return [desk.given[number] for number in range(len(questions))]


@dataclass(slots=True)
class _Desk:
    """The questions that wait, and what came of the others."""

    office: Office
    waiting: deque[tuple[int, Question]]
    given: dict[int, Given] = field(default_factory=dict)
    fatal: PipelineError | None = None
    missed: SpeechError | None = None

    async def work(self) -> None:
        while self.waiting and self.fatal is None:
            number, question = self.waiting.popleft()
            try:
                self.given[number] = await _given(question, number, self.office)
            except Passing as error:
                self.missed = self.missed or error
            except PipelineError as error:
                self.fatal = self.fatal or error
                self.office.stop(error)


async def _given(question: Question, number: int, office: Office) -> Given:
    why = ""
    for attempt in range(1, office.rules.attempts + 1):
        key = question.key(attempt)
        body = await asyncio.to_thread(office.kept.find, key)
        if body is None or reply_from(body).failure is not None:
            try:
                body = await _asked(question, key, number, office)
            except RequestRefused as error:
                return Given(question, None, "was refused", error)
        try:
            answer = read(body, question, office.rules.tags)
        except Useless as useless:
            why = str(useless)
        else:
            return Given(question, answer)
    return Given(question, None, why)


async def _asked(question: Question, key: AnswerKey, number: int, office: Office) -> str:
    """An answer, kept; whatever fails in passing is tried again as it is with speech."""

    def on_retry(attempt: int, wait_s: float, error: Passing) -> None:
        office.emit(RetryScheduled(office.book, key, attempt, wait_s, error.what))

    return await with_retries(
        lambda _: _exchange(question, key, number, office),
        office.rules.retry,
        chance=office.chance,
        on_retry=on_retry,
        is_counted=lambda: not office.pace.is_down,
    )


async def _exchange(question: Question, key: AnswerKey, number: int, office: Office) -> str:
    """One exchange, written down before it leaves, and kept before anybody looks at what came."""
    most_usd = office.rules.prices.most_usd(question)
    async with office.pace.slot(priority=(number,), about=key):
        office.go_on()
        with office.purse.holding(most_usd) as held:
            attempt = await office.ledger.sent(_sending(question, key, office))
            try:
                body = await office.chat.complete(question.body, timeout_s=office.rules.timeout_s)
                held.usd = most_usd
                await _keep(question, key, body, office)
                await _settle(question, key, body, office=office, held=held, attempt=attempt)
            except SpeechError as error:
                held.usd = most_usd if error.may_be_paid else 0.0
                state = State.DOUBTFUL if error.may_be_paid else State.REFUSED
                await office.ledger.ended(attempt, state, at=office.now(), reason=error.what)
                raise
    return body


async def _keep(question: Question, key: AnswerKey, body: str, office: Office) -> None:
    await asyncio.to_thread(office.kept.put, key, question.body, body, at=office.now())


async def _settle(question: Question, key: AnswerKey, body: str, *, office: Office, held: Held, attempt: int) -> None:
    """Write down what an answer cost. Raises the error that came as one: nothing was charged for it."""
    reply = reply_from(body)
    if reply.failure is not None:
        await asyncio.to_thread(office.kept.forget, key)
        raise office.chat.error_of(reply.failure)
    held.usd = office.rules.prices.paid_usd(reply, question)
    facts: Mapping[str, object] = {} if reply.cost_usd is None else {"actual_usd": reply.cost_usd}
    await office.ledger.ended(
        attempt,
        State.STORED,
        at=office.now(),
        generation_id=reply.generation_id,
        bytes=len(body.encode("utf-8", "surrogatepass")),
        estimated_usd=held.usd,
        **facts,
    )


def _sending(question: Question, key: AnswerKey, office: Office) -> Sending:
    return Sending(
        key=Key(key),
        run=office.run,
        owner=str(this_process()),
        service=office.service,
        model=str(question.body["model"]),
        language=office.language,
        pcm_rate=0,
        request="",
        body=f"direction-{key[:16]}",
        estimated_usd=office.rules.prices.most_usd(question),
        sent_at=office.now(),
    )
