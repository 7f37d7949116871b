"""How much the service takes at once and in a minute, and how long it lets wait."""

import asyncio

import pytest

from pipeline.rehearsal.faults import FaultScript, LimitsFrom
from pipeline.rehearsal.journal import Journal
from pipeline.rehearsal.limits import Limits, limits_at
from pipeline.rehearsal.server import RehearsalOptions
from pipeline.rehearsal.service import Rules, Service
from pipeline.rehearsal.voice import ToneVoice
from pipeline.speech.profiles import load_profiles

BODY = b'{"model": "google/gemini-3.1-flash-tts-preview", "input": "Good evening.", "voice": "Kore"}'


class Clock:
    """Moves only when it is told to."""

    def __init__(self) -> None:
        self.at_s = 0.0

    def elapsed_s(self) -> float:
        return self.at_s

    def now_s(self) -> float:
        return 5e8

    def machine_s(self, seconds: float) -> float:
        return seconds


def asked(limits: Limits, script: FaultScript | None = None, *, times: int, apart_s: float = 0.0):
    """The answers to `times` requests on a clock that moves only between them, and the waits they were given."""
    waits: list[float] = []
    clock = Clock()

    async def hold(wait_s: float) -> bool:
        waits.append(wait_s)
        return False

    async def scenario():
        rules = Rules(load_profiles({}), script or FaultScript(), limits)
        service = Service(rules, ToneVoice(), clock=clock, journal=Journal(None))
        answers = []
        for _ in range(times):
            attempt = service.begin(BODY)
            answers.append(await service.answer(attempt, authorization="Bearer x", hold=hold))
            service.end(attempt, answers[-1], sent_bytes=0, is_complete=True)
            clock.at_s += apart_s
        return answers

    return asyncio.run(scenario()), waits


def test_a_minute_takes_so_many_and_the_next_takes_as_many_again():
    answers, _ = asked(Limits(requests_per_minute=2), times=7, apart_s=25.0)
    assert [answer.status for answer in answers] == [200, 200, 429, 200, 200, 429, 200]
    assert answers[2].headers == {
        "Content-Type": "application/json",
        "Retry-After": "10",
        "X-RateLimit-Limit": "2",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": "500000010000",
    }


def test_waiting_grows_with_the_sound():
    (answer,), (wait_s,) = asked(Limits(latency_per_audio_s=0.5), times=1)
    assert wait_s == pytest.approx(0.5 * len(answer.body) / 48_000)
    assert wait_s > 0.2


def test_limits_change_in_the_night():
    changes = [
        LimitsFrom(from_s=600, max_concurrency=4, latency_per_audio_s=2.0),
        LimitsFrom(from_s=60, max_concurrency=16),
        LimitsFrom(from_s=900, max_concurrency=0),
    ]
    found = [limits_at(Limits(60, 8, 0.5), changes, at_s) for at_s in (0, 59.9, 60, 600, 3600)]
    at_first, wider, worse, open_ = Limits(60, 8, 0.5), Limits(60, 16, 0.5), Limits(60, 4, 2.0), Limits(60, 0, 2.0)
    assert found == [at_first, at_first, wider, worse, open_]


def test_a_minute_that_grows_narrow_makes_those_wait_who_come_then():
    script = FaultScript(limits=(LimitsFrom(from_s=30, requests_per_minute=2),))
    answers, _ = asked(Limits(requests_per_minute=4), script, times=7, apart_s=12.0)
    assert [answer.status for answer in answers] == [200, 200, 200, 429, 429, 429, 200]
    assert [answer.headers["Retry-After"] for answer in answers[3:6]] == ["36", "24", "12"]


def test_too_many_at_once_are_told_to_wait(rehearse, read_log, tmp_path):
    log = tmp_path / "requests.jsonl"

    async def scenario():
        options = RehearsalOptions(voice="tone", max_concurrency=3, latency_per_audio_s=0.3, log=log)
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
        async with rehearse(RehearsalOptions(voice="tone", max_concurrency=4)) as caller:
            statuses = await asyncio.gather(*(one_after_another(caller, name) for name in "ABCD"))
            return {status for each in statuses for status in each}, caller.server.max_in_flight

    assert asyncio.run(scenario()) == ({200}, 4)
