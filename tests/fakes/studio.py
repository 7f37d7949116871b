"""A studio of fakes: who speaks is arithmetic, nobody waits, and everything is kept in a folder."""

import contextlib
import re
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

from pipeline.events import Emit
from pipeline.speech.engine import Engine
from pipeline.speech.pace import Pace, PaceRules, PaceSettings
from pipeline.speech.profiles import ModelProfile
from pipeline.speech.request import SpeechRequest, Turn, key_of
from pipeline.speech.retry import Chance, RetrySettings
from pipeline.takes.budget import Purse
from pipeline.takes.chain import AcceptanceSettings
from pipeline.takes.leases import Leases
from pipeline.takes.ledger import Ledger
from pipeline.takes.listener import Listener
from pipeline.takes.order import Order
from pipeline.takes.owner import Owner
from pipeline.takes.spool import Spool
from pipeline.takes.store import TakeStore
from pipeline.takes.studio import Archive, Booth, Judge, Studio
from pipeline.takes.trust import Trust
from tests.fakes.clock import ManualClock

PROFILE = ModelProfile(name="fake", engine="openai")
PATIENT = AcceptanceSettings(retakes=3, suspect_retakes=1, policy="keep-suspects", split=True)


def request_of(text: str) -> SpeechRequest:
    return SpeechRequest("openai", "fake", (Turn(text, "anybody"),))


def orders_of(texts: Iterable[str], *, cost_usd: float = 0.01) -> list[Order]:
    requests = map(request_of, texts)
    return [Order(key_of(request), request, len(request.text) / 10, cost_usd) for request in requests]


@contextlib.asynccontextmanager
async def open_studio(
    engine: Engine,
    root: Path,
    *,
    emit: Emit,
    clock: ManualClock | None = None,
    budget_usd: float = 0.0,
    at_once: int = 4,
    attempts: int = 6,
    acceptance: AcceptanceSettings = PATIENT,
    judge: Judge | None = None,
    listener: Listener | None = None,
    profile: ModelProfile = PROFILE,
    fallback: Callable[[Order], tuple[Order, Studio] | None] = lambda _: None,
    owner: Owner | None = None,
) -> AsyncIterator[Studio]:
    """A studio over the folder `root`; orders of several sentences are halved at the middle one."""
    clock = clock or ManualClock()
    archive = Archive(
        TakeStore(root), Spool(root / "spool"), Ledger(root), Leases(root / "leases", owner=owner), "a-run", clock
    )
    archive.spool.prepare()
    archive.ledger.open()
    listener = listener or Listener()
    booth = Booth(
        engine=engine,
        profile=profile,
        pace=Pace(PaceRules(at_once), clock=clock, sleep=clock.sleep),
        pace_settings=PaceSettings(
            max_concurrency=at_once,
            requests_per_minute=0,
            budget_usd=0,
            book_budget_usd=0,
            stop_at="",
            grace_s=60,
            timeout_base_s=60,
            timeout_factor=4,
            outage_min=120,
            speedup=1,
        ),
        retry=RetrySettings(attempts=attempts, first_wait_s=2, longest_wait_s=60),
        chance=Chance(jitter=lambda: 0.0, sleep=clock.sleep),
        trust=Trust(),
        go_on=lambda: None,
    )
    try:
        yield Studio(
            book="A Book",
            language="en",
            booth=booth,
            archive=archive,
            purse=Purse(budget_usd),
            acceptance=acceptance,
            judge=judge or listener.judge,
            recall=listener.recall,
            halves=halves_of,
            fallback=fallback,
            priority=lambda _: (),
            emit=emit,
        )
    finally:
        archive.ledger.close()


def halves_of(order: Order) -> list[Order]:
    """An order of several sentences in two."""
    sentences = re.findall(r"[^.]+\.\s*", order.request.text)
    middle = len(sentences) // 2
    return orders_of(["".join(sentences[:middle]).strip(), "".join(sentences[middle:]).strip()]) if middle else []
