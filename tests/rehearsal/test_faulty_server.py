"""Every scripted fault as a client sees it and as the log tells it."""

import asyncio
import hashlib
import io
import wave
from pathlib import Path

import httpx
import pytest

from pipeline.rehearsal.fault_script import load_script, parse_script, script_of
from pipeline.rehearsal.server import RehearsalOptions

BAD_NIGHT = Path(__file__).parents[2] / "configs" / "bad-night.toml"

STORM = """
seed = 2
[[fault]]
kind = "status"
status = 429
probability = 0.2
[[fault]]
kind = "cut"
probability = 0.15
[[fault]]
kind = "truncated"
probability = 0.15
"""


def said_with(rehearse, words, *, attempts=1, options=None):
    """The answers to the same request under a script of words, after a good one to compare with."""

    async def scenario():
        async with rehearse(options, script=script_of(f"ok, {words}")) as caller:
            return [await caller.say() for _ in range(attempts + 1)]

    return asyncio.run(scenario())


def test_statuses_come_with_the_documented_body(rehearse):
    _, *refused = said_with(rehearse, "400, 402, 429(2.5s), 500, 502, 503, 529(30s)", attempts=7)
    errors = [answer.json()["error"] for answer in refused]
    assert [
        (answer.status_code, error["metadata"]["error_type"]) for answer, error in zip(refused, errors, strict=True)
    ] == [
        (400, "invalid_request"),
        (402, "payment_required"),
        (429, "rate_limit_exceeded"),
        (500, "server"),
        (502, "provider_unavailable"),
        (503, "provider_overloaded"),
        (529, "provider_overloaded"),
    ]
    assert [error["code"] for error in errors] == [answer.status_code for answer in refused]
    assert all(error["message"] for error in errors)
    waits = [answer.headers.get("retry-after") for answer in refused]
    assert waits == [None, None, "2.5", None, None, None, "30"]


def test_a_script_may_use_its_own_words(rehearse):
    script = parse_script(
        '[[fault]]\nkind = "status"\nstatus = 404\nerror_type = "model_deprecated"\nmessage = "Gone."\nattempts = [1]',
        where="test",
    )

    async def scenario():
        async with rehearse(script=script) as caller:
            return await caller.say()

    error = asyncio.run(scenario()).json()["error"]
    assert error == {"code": 404, "message": "Gone.", "metadata": {"error_type": "model_deprecated"}}


@pytest.fixture(scope="module")
def spoiled(rehearse):
    """Every spoiled answer by the name of its fault, and `ok`."""
    words = ["empty", "truncated", "silent", "wav-as-pcm", "odd"]
    return dict(zip(["ok", *words], said_with(rehearse, ", ".join(words), attempts=len(words)), strict=True))


def test_spoiled_answers_look_like_good_ones(spoiled):
    assert {(answer.status_code, answer.headers["content-type"]) for answer in spoiled.values()} == {
        (200, "audio/pcm;rate=24000;channels=1")
    }


def test_empty(spoiled):
    assert spoiled["empty"].content == b""


def test_truncated_is_a_valid_beginning(spoiled):
    good, truncated = spoiled["ok"].content, spoiled["truncated"].content
    assert len(truncated) == len(good) // 4 * 2
    assert good.startswith(truncated)


def test_silent_is_as_long_as_the_sound(spoiled):
    assert spoiled["silent"].content == bytes(len(spoiled["ok"].content))


def test_wav_is_labelled_pcm(spoiled):
    with wave.open(io.BytesIO(spoiled["wav-as-pcm"].content)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        assert file.readframes(file.getnframes()) == spoiled["ok"].content


def test_odd_lacks_one_byte(spoiled):
    assert spoiled["odd"].content == spoiled["ok"].content[:-1]


async def until_broken(answer):
    received = b""
    try:
        async for piece in answer.aiter_bytes():
            received += piece
    except (httpx.RemoteProtocolError, httpx.ReadError):
        return received
    pytest.fail("the body ended well")


def test_cut_breaks_the_connection_in_mid_body(rehearse):
    async def scenario():
        async with rehearse(script=script_of("ok, cut, ok")) as caller:
            good = await caller.say()
            async with caller.streamed() as answer:
                received = await until_broken(answer)
            return good, received, await caller.say()

    good, received, after = asyncio.run(scenario())
    assert received == good.content[: len(good.content) // 2]
    assert after.content == good.content


def test_hang_gives_nothing_until_the_client_leaves(rehearse, read_log, tmp_path):
    log = tmp_path / "requests.jsonl"

    async def scenario():
        options = RehearsalOptions(voice="tone", log=log, max_concurrency=1)
        async with rehearse(options, script=script_of("ok, hang, ok"), timeout_s=1) as caller:
            good = await caller.say()
            with pytest.raises(httpx.ReadTimeout):
                await caller.say()
            return good, await caller.say()

    good, after = asyncio.run(scenario())
    assert after.content == good.content
    hung = read_log(log)[1]
    assert (hung["fault"], hung["status"], hung["bytes"], hung["answered"]) == ("hang", None, 0, False)


def test_hang_ends_at_the_edge_for_a_patient_client(rehearse):
    script = parse_script('[[fault]]\nkind = "hang"\nattempts = [1]\nhold_s = 0.05', where="test")

    async def scenario():
        async with rehearse(script=script) as caller:
            return await caller.say()

    answer = asyncio.run(scenario())
    assert (answer.status_code, answer.json()["error"]["metadata"]["error_type"]) == (524, "timeout")


def test_the_log_tells_what_was_answered(rehearse, read_log, tmp_path):
    log = tmp_path / "requests.jsonl"
    words = "429, empty, truncated, silent, wav-as-pcm, odd, ok"
    good, *answers = said_with(rehearse, words, attempts=7, options=RehearsalOptions(workers=1, log=log))
    lines = read_log(log)
    assert [line["seq"] for line in lines] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [line["fault"] or "ok" for line in lines[1:]] == words.split(", ")
    assert [line["answered"] for line in lines] == [True, *[False] * 4, True, False, True]
    assert [line["bytes"] for line in lines] == [len(answer.content) for answer in (good, *answers)]
    assert [line["status"] for line in lines] == [answer.status_code for answer in (good, *answers)]
    assert [line["generation_id"] for line in lines[2:]] == [a.headers["x-generation-id"] for a in answers[1:]]
    assert len({line["body_sha256"] for line in lines}) == 1
    assert {line["in_flight"] for line in lines} == {1}
    assert {line["input_chars"] for line in lines} == {len("The rain fell in torrents.")}
    assert lines[0]["audio_s"] == len(good.content) / 48_000 == 2 * lines[3]["audio_s"]
    assert [line["at_s"] for line in lines] == sorted(line["at_s"] for line in lines)
    assert "not-to-be-seen" not in log.read_text("utf-8")


def test_a_client_that_leaves_in_mid_body_was_not_answered(rehearse, read_log, tmp_path):
    log = tmp_path / "requests.jsonl"

    async def scenario():
        async with (
            rehearse(RehearsalOptions(voice="tone", log=log)) as caller,
            caller.streamed("A long way home. " * 300) as answer,
        ):
            await anext(answer.aiter_raw(1024))

    asyncio.run(scenario())
    (line,) = read_log(log)
    assert (line["fault"], line["status"], line["answered"]) == (None, 200, False)
    assert line["bytes"] < 48_000 * line["audio_s"]


def test_chance_does_not_depend_on_the_order_of_arrival(rehearse, read_log, tmp_path):
    """Sixteen at once, each asked until it is answered: forwards and backwards meet the same faults."""

    async def until_answered(caller, text):
        for _ in range(20):
            try:
                answer = await caller.say(text)
            except httpx.TransportError:
                continue
            if answer.status_code == 200 and len(answer.content) > 24_000:
                return

    async def storm(log, texts):
        options = RehearsalOptions(voice="tone", log=log)
        async with rehearse(options, script=parse_script(STORM, where="STORM")) as caller:
            await asyncio.gather(*(until_answered(caller, text) for text in texts))

    def met(log):
        by_body = {}
        for line in read_log(log):
            by_body.setdefault(line["body_sha256"], []).append(line["fault"])
        return by_body

    texts = [f"Number {count}." for count in range(16)]
    asyncio.run(storm(tmp_path / "1.jsonl", texts))
    asyncio.run(storm(tmp_path / "2.jsonl", texts[::-1]))
    faults = met(tmp_path / "1.jsonl")
    assert faults == met(tmp_path / "2.jsonl")
    assert len({fault for drawn in faults.values() for fault in drawn}) == 4


def test_a_bad_night_is_the_same_night_whatever_the_order(rehearse):
    """Every kind that passes, byte for byte: each text asked three times, all at once."""

    async def asked_three_times(caller, text):
        return [await outcome_of(caller.say(text)) for _ in range(3)]

    async def outcome_of(saying):
        try:
            answer = await saying
        except httpx.TransportError as error:
            return type(error).__name__
        return answer.status_code, answer.headers.get("content-type"), hashlib.sha256(answer.content).hexdigest()

    async def night(texts):
        options = RehearsalOptions(voice="tone", speedup=6_000)
        async with rehearse(options, script=load_script(BAD_NIGHT)) as caller:
            return dict(zip(texts, await asyncio.gather(*(asked_three_times(caller, t) for t in texts)), strict=True))

    texts = [f"The clock struck {count}, and nobody came." for count in range(24)]
    forwards, backwards = asyncio.run(night(texts)), asyncio.run(night(texts[::-1]))
    assert forwards == backwards
    assert len({outcome for outcomes in forwards.values() for outcome in outcomes}) > 24 + 12
