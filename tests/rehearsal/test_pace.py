"""The learned pace over real sockets: what the simulation says is no lie."""

import asyncio
import random
import time
from pathlib import Path

from pipeline.errors import Passing
from pipeline.rehearsal.server import RehearsalOptions, running_server
from pipeline.speech.openrouter import OpenRouterEngine
from pipeline.speech.pace import Pace, PaceMemory, PaceRules
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, load_profiles
from pipeline.speech.request import SpeechRequest, Turn
from pipeline.speech.retry import Chance, RetrySettings, with_retries

PROFILE = load_profiles({})[DEFAULT_PAID_MODEL]
RETRY = RetrySettings(attempts=6, first_wait_s=0.1, longest_wait_s=1)


async def spoken(
    folder: Path, options: RehearsalOptions, *, count: int, start: PaceMemory | None = None
) -> tuple[Pace, list[str], int]:
    """All of `count` texts through a pace: the pace, the reasons of refusals, most in flight at the server."""
    refusals: list[str] = []
    async with running_server(options) as server:
        engine = OpenRouterEngine(PROFILE, base_url=server.base_url, model_name="", api_key="sk-any")
        pace = Pace(PaceRules(64), clock=time.monotonic, sleep=asyncio.sleep, start=start)

        async def one(number: int) -> None:
            request = SpeechRequest("openrouter", DEFAULT_PAID_MODEL, (Turn(f"Number {number}.", "Kore"),))

            async def attempt(_: int) -> None:
                async with pace.slot(about=str(number)):
                    await engine.speak(request, folder / f"{number}.pcm", timeout_s=20)

            await with_retries(attempt, RETRY, chance=Chance(random.random, asyncio.sleep), on_retry=note)

        def note(_: int, wait_s: float, error: Passing) -> None:
            assert wait_s >= 0
            refusals.append(error.what)

        await asyncio.gather(*(one(number) for number in range(count)))
        await engine.aclose()
        return pace, refusals, server.max_in_flight


def test_a_limit_on_what_is_in_flight_is_found_with_few_refusals(tmp_path):
    options = RehearsalOptions(workers=2, max_concurrency=6, latency_per_audio_s=0.3)
    pace, refusals, most = asyncio.run(spoken(tmp_path, options, count=60))
    assert pace.memory.concurrency_limit == 6
    assert pace.memory.requests_per_minute == 0
    assert 1 <= len(refusals) <= 3
    assert most <= 8
    assert len(list(tmp_path.glob("*.pcm"))) == 60


def test_a_limit_that_is_remembered_is_not_met_again(tmp_path):
    options = RehearsalOptions(workers=2, max_concurrency=6, latency_per_audio_s=0.3)
    start = PaceMemory(concurrency=6, concurrency_limit=6)
    _, refusals, most = asyncio.run(spoken(tmp_path, options, count=24, start=start))
    assert (refusals, most) == ([], 6)


def test_what_the_minute_takes_is_not_taken_for_a_limit(tmp_path):
    options = RehearsalOptions(workers=2, requests_per_minute=60, latency_per_audio_s=0.1)
    pace, refusals, _ = asyncio.run(spoken(tmp_path, options, count=40))
    assert refusals == []
    assert pace.memory.concurrency_limit == 0
