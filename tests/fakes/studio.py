"""A studio of fakes: who speaks is arithmetic, nobody waits, and everything is kept in a folder."""

from collections.abc import Iterable
from pathlib import Path

from pipeline.events import Emit
from pipeline.speech.engine import Engine
from pipeline.speech.pace import Pace, PaceRules, PaceSettings
from pipeline.speech.profiles import ModelProfile
from pipeline.speech.request import SpeechRequest, Turn, key_of
from pipeline.speech.retry import Chance, RetrySettings
from pipeline.takes.budget import Budget
from pipeline.takes.render import Order, Studio
from pipeline.takes.store import TakeStore
from tests.fakes.clock import ManualClock

PROFILE = ModelProfile(name="fake", engine="openai")


def request_of(text: str) -> SpeechRequest:
    return SpeechRequest("openai", "fake", (Turn(text, "anybody"),))


def orders_of(texts: Iterable[str], *, cost_usd: float = 0.01) -> list[Order]:
    requests = map(request_of, texts)
    return [Order(key_of(request), request, len(request.text) / 10, cost_usd) for request in requests]


def studio_of(
    engine: Engine,
    root: Path,
    *,
    emit: Emit,
    clock: ManualClock | None = None,
    budget_usd: float = 0.0,
    at_once: int = 4,
    attempts: int = 6,
) -> Studio:
    clock = clock or ManualClock()
    return Studio(
        engine=engine,
        profile=PROFILE,
        pace=Pace(PaceRules(at_once), clock=clock, sleep=clock.sleep),
        pace_settings=PaceSettings(
            max_concurrency=at_once,
            requests_per_minute=0,
            budget_usd=0,
            timeout_base_s=60,
            timeout_factor=4,
            outage_min=120,
            speedup=1,
        ),
        retry=RetrySettings(attempts=attempts, first_wait_s=2, longest_wait_s=60),
        chance=Chance(jitter=lambda: 0.0, sleep=clock.sleep),
        budget=Budget(budget_usd),
        store=TakeStore(root),
        emit=emit,
    )
