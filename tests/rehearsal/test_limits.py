"""How much the service takes at once and in a minute, and how long it lets wait."""

import asyncio
from pathlib import Path

import pytest

from pipeline.rehearsal.faults import FaultScript
from pipeline.rehearsal.journal import Journal
from pipeline.rehearsal.server import RehearsalOptions
from pipeline.rehearsal.service import Limits, Rules, Service
from pipeline.speech.espeak import EspeakEngine
from pipeline.speech.profiles import load_profiles

BODY = b'{"model": "google/gemini-3.1-flash-tts-preview", "input": "Good evening.", "voice": "Kore"}'


class Clock:
    def __init__(self) -> None:
        self.at_s = 1_000.0

    def __call__(self) -> float:
        return self.at_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def asked(tmp_path: Path, clock: Clock, limits: Limits, *, times: int, apart_s: float = 0.0):
    """The answers to `times` requests on a clock that moves only between them, and the waits they were given."""
    waits: list[float] = []

    async def hold(wait_s: float) -> bool:
        waits.append(wait_s)
        return False

    async def scenario():
        rules, engine = Rules(load_profiles({}), FaultScript(), limits), EspeakEngine(workers=1)
        service = Service(rules, engine, scratch=tmp_path, journal=Journal(None), clock=clock, now=lambda: 5e8)
        answers = []
        for _ in range(times):
            attempt = service.begin(BODY)
            answers.append(await service.answer(attempt, authorization="Bearer x", hold=hold))
            service.end(attempt, answers[-1], sent_bytes=0, answered=True)
            clock.at_s += apart_s
        await engine.aclose()
        return answers

    return asyncio.run(scenario()), waits


def test_a_minute_takes_so_many_and_the_next_takes_as_many_again(tmp_path, clock):
    answers, _ = asked(tmp_path, clock, Limits(requests_per_minute=2), times=7, apart_s=25.0)
    assert [answer.status for answer in answers] == [200, 200, 429, 200, 200, 429, 200]
    assert answers[2].headers == {
        "Retry-After": "10",
        "X-RateLimit-Limit": "2",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": "500000010000",
    }


def test_waiting_grows_with_the_sound(tmp_path, clock):
    (answer,), (wait_s,) = asked(tmp_path, clock, Limits(latency_per_audio_s=0.5), times=1)
    assert wait_s == pytest.approx(0.5 * len(answer.body) / 48_000)
    assert wait_s > 0.2


def test_too_many_at_once_are_told_to_wait(rehearse, read_log, tmp_path):
    log = tmp_path / "requests.jsonl"

    async def scenario():
        options = RehearsalOptions(workers=1, max_concurrency=3, latency_per_audio_s=0.3, log=log)
        async with rehearse(options) as caller:
            answers = await asyncio.gather(*(caller.say(f"Number {count}.") for count in range(5)))
            return answers, await caller.say(), caller.server.max_in_flight

    answers, after, max_in_flight = asyncio.run(scenario())
    refused = [answer for answer in answers if answer.status_code == 429]
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 429, 429]
    assert after.status_code == 200
    assert {(answer.headers["retry-after"], answer.headers["x-ratelimit-limit"]) for answer in refused} == {("1", "3")}
    assert {line["in_flight"] for line in read_log(log) if line["status"] == 200} == {1, 2, 3}
    assert max_in_flight in {4, 5}


def test_a_client_within_the_limit_is_never_refused(rehearse):
    """Each next request leaves the moment an answer is complete: it must not find the last one still counted."""

    async def one_after_another(caller, name):
        return [(await caller.say(f"{name} {count}.")).status_code for count in range(12)]

    async def scenario():
        async with rehearse(RehearsalOptions(workers=2, max_concurrency=4)) as caller:
            statuses = await asyncio.gather(*(one_after_another(caller, name) for name in "ABCD"))
            return {status for each in statuses for status in each}, caller.server.max_in_flight

    assert asyncio.run(scenario()) == ({200}, 4)
