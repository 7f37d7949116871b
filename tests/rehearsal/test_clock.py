"""A night in minutes: all the server's seconds pass faster, those it tells too."""

import asyncio
import time

import pytest

from pipeline.rehearsal.clock import FastClock
from pipeline.rehearsal.fault_script import parse_script
from pipeline.rehearsal.server import RehearsalOptions

SPEEDUP = 200.0


def test_the_clock_runs_as_much_faster_as_it_says():
    began_at = time.monotonic()
    clock = FastClock(speedup=SPEEDUP)
    on_s = clock.now_s()
    while time.monotonic() - began_at < 0.05:
        pass
    assert 9.0 <= clock.elapsed_s() <= SPEEDUP * (time.monotonic() - began_at)
    assert clock.now_s() - on_s == pytest.approx(clock.elapsed_s(), abs=SPEEDUP * 0.05)
    assert clock.machine_s(30.0) == 0.15


def test_waits_windows_and_the_log_are_in_the_servers_seconds(rehearse, read_log, tmp_path):
    log = tmp_path / "requests.jsonl"
    options = RehearsalOptions(voice="tone", speedup=20.0, log=log, latency_per_audio_s=5.0, requests_per_minute=1)

    async def scenario():
        async with rehearse(options) as caller:
            answers = [await caller.say("Good night, and good luck."), await caller.say("Good.")]
            return answers, float(answers[1].headers["retry-after"])

    began_at = time.monotonic()
    (good, refused), wait_s = asyncio.run(scenario())
    assert time.monotonic() - began_at < 5
    assert refused.status_code == 429
    line, over = read_log(log)
    assert line["ended_s"] - line["at_s"] >= 5 * len(good.content) / 48_000 > 9
    assert line["ended_s"] <= over["at_s"]
    assert 0 < over["retry_after_s"] == wait_s <= 51


def test_a_patient_client_hears_of_the_edge_soon(rehearse):
    script = parse_script('[[fault]]\nkind = "hang"\nattempts = [1]', where="test")

    async def scenario():
        async with rehearse(RehearsalOptions(voice="tone", speedup=6_000), script=script) as caller:
            return (await caller.say()).status_code

    assert asyncio.run(scenario()) == 524


def test_an_outage_ends_by_the_clock(rehearse, read_log, tmp_path):
    options = RehearsalOptions(voice="tone", speedup=SPEEDUP, log=tmp_path / "log")
    script = parse_script('[[fault]]\nkind = "status"\nstatus = 503\nfrom_s = 0\nuntil_s = 60', where="test")

    async def scenario():
        async with rehearse(options, script=script) as caller:
            while (await caller.say()).status_code == 503:
                pass

    asyncio.run(scenario())
    *down, up = read_log(options.log)
    assert {line["status"] for line in down} == {503}
    assert max(line["at_s"] for line in down) < 60 <= up["at_s"]
