"""What a service tells of itself, and how little of it is needed: whatever it says instead is silence, no failure."""

import asyncio
import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Passing, PaymentRequired, PipelineError, ServiceRefused, TimedOut
from pipeline.rehearsal.server import RehearsalOptions, running_server
from pipeline.speech import openrouter
from pipeline.speech.openrouter import OpenRouterEngine
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, load_profiles
from pipeline.speech.records import (
    KeyRecord,
    ModelRecord,
    generation_usd_from,
    key_from,
    models_from,
)
from pipeline.speech.request import SpeechRequest, Turn, seeded
from tests.fakes.service import Reply, scripted_service

PROFILE = load_profiles({})[DEFAULT_PAID_MODEL]
KEY = "sk-or-v1-0123456789abcdef0123456789abcdef"
QUESTIONS = ("key", "models", "generation_usd")


def data(value):
    return json.dumps({"data": value}).encode()


def ask(question, reply):
    """What became of a question, a record or an error, and what the server was asked."""

    async def scene():
        async with scripted_service(reply) as service:
            engine = OpenRouterEngine(PROFILE, base_url=service.base_url, model_name="", api_key=KEY)
            arguments = ["gen-tts-1/ä"] if question == "generation_usd" else []
            try:
                return await getattr(engine, question)(*arguments), service.asked
            except PipelineError as error:
                return error, service.asked
            finally:
                await engine.aclose()

    return asyncio.run(scene())


def test_a_key_tells_what_is_left_and_until_when():
    body = data({"limit": 10, "limit_remaining": 3.25, "usage": 6.75, "expires_at": "2027-01-02T03:04:05Z"})
    assert key_from(body) == KeyRecord(3.25, 6.75, datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC))


@pytest.mark.parametrize(
    "said",
    [
        {"limit": None, "limit_remaining": None, "usage": None, "expires_at": None},
        {"limit": 10, "limit_remaining": "plenty", "usage": True, "expires_at": "soon"},
        {"usage": {}, "expires_at": 17},
        {"usage": "NaN", "limit_remaining": "1e999"},
    ],
)
def test_a_key_that_tells_nothing_of_use_is_one_all_the_same(said):
    assert key_from(data(said)) == KeyRecord()


def test_models_go_under_every_name_they_have():
    entry = {
        "id": "a/b",
        "canonical_slug": "a/b-2026",
        "pricing": {"prompt": "0.000001", "completion": "0.00002"},
        "supported_voices": ["Kore", "Puck"],
        "supported_parameters": ["seed"],
        "expiration_date": "2026-12-18",
    }
    record = ModelRecord("a/b", date(2026, 12, 18), 1.0, 20.0, ("Kore", "Puck"), ("seed",))
    assert models_from(data([entry])) == {"a/b": record, "a/b-2026": record}


@pytest.mark.parametrize(
    ("entry", "record"),
    [
        ({"id": "m"}, ModelRecord("m")),
        ({"id": "m", "pricing": None, "supported_voices": None, "expiration_date": None}, ModelRecord("m")),
        ({"id": "m", "pricing": {"prompt": "-1", "completion": "free"}}, ModelRecord("m")),
        ({"id": "m", "supported_voices": [{"id": "a"}, {"name": "b"}, 3, ""]}, ModelRecord("m", voices=("a", "b"))),
    ],
)
def test_a_model_tells_what_it_tells(entry, record):
    assert models_from(data([entry, "nonsense", None])) == {"m": record}


def test_a_generation_tells_its_price():
    assert generation_usd_from(data({"total_cost": 0.0291, "native_finish_reason": "STOP"})) == 0.0291
    assert generation_usd_from(data({"total_cost": "0.5"})) == 0.5


@pytest.mark.parametrize("said", [{}, {"total_cost": None}, {"total_cost": -1}, {"total_cost": "dear"}, [], None])
def test_without_a_price_there_is_no_record_of_it_yet(said):
    assert generation_usd_from(data(said)) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "id", "limit_remaining", "usage", "pricing", "prompt", "total_cost", "expires_at"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_json_at_all_makes_it_fail(value):
    for body in (json.dumps(value).encode(), data(value), data([value])):
        key_from(body)
        models_from(body)
        generation_usd_from(body)


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b"[" * 100_000, b"{}", b'{"data": 3}', b'{"data": []}'])
def test_what_is_no_record_says_nothing(body):
    assert key_from(body) is models_from(body) is generation_usd_from(body) is None


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("key", "GET /api/v1/key HTTP/1.1"),
        ("models", "GET /api/v1/models?output_modalities=speech HTTP/1.1"),
        ("generation_usd", "GET /api/v1/generation?id=gen-tts-1%2F%C3%A4 HTTP/1.1"),
    ],
)
def test_each_question_goes_where_the_service_answers_it(question, line):
    _, (asked,) = ask(question, Reply(404))
    assert (asked.line, asked.headers["authorization"]) == (line, f"Bearer {KEY}")


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    "reply",
    [
        Reply(404, b'{"detail":"Not Found"}'),
        Reply(405),
        Reply(403, b'{"error":{"message":"management keys only"}}'),
        Reply(400, b"x"),
        Reply(301, headers={"Location": "/login"}),
        Reply(200, b"<!doctype html><title>Kokoro</title>"),
        Reply(200),
    ],
    ids=["404", "405", "403", "400", "301", "html", "empty"],
)
def test_a_server_without_records_says_nothing(question, reply):
    said, _ = ask(question, reply)
    assert said is None


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(401, f'{{"error":{{"message":"No such key: {KEY}"}}}}'.encode()), ServiceRefused),
        (Reply(402), PaymentRequired),
        (Reply(429), Passing),
        (Reply(500), Passing),
        (Reply(verbatim=b""), Passing),
        (Reply(200, b"x" * 900, cut_after=9), Passing),
    ],
    ids=["401", "402", "429", "500", "closed", "cut"],
)
def test_what_stops_everything_and_what_may_pass_is_raised(question, reply, kind):
    error, _ = ask(question, reply)
    assert isinstance(error, kind)
    assert KEY not in str(error) + repr(error)


def test_nobody_waits_long_for_a_record(monkeypatch):
    monkeypatch.setattr(openrouter, "RECORDS_TIMEOUT_S", 0.2)
    error, _ = ask("key", Reply(hangs=True))
    assert isinstance(error, TimedOut)


def test_the_rehearsal_server_is_asked_like_the_real_one(tmp_path):
    async def scene():
        async with running_server(RehearsalOptions(workers=1)) as server:
            engine = OpenRouterEngine(PROFILE, base_url=server.base_url, model_name="", api_key=KEY)
            request = seeded(SpeechRequest("openrouter", DEFAULT_PAID_MODEL, (Turn("Hello there.", "Kore"),)))
            speech = await engine.speak(request, tmp_path / "body", timeout_s=20)
            answers = (
                await engine.generation_usd(speech.generation_id),
                await engine.generation_usd("gen-tts-0-none"),
                await engine.key(),
                await engine.models(),
            )
            await engine.aclose()
            return answers, server.service.records.spent_usd

    (cost_usd, unknown, key, models), spent_usd = asyncio.run(scene())
    assert cost_usd == pytest.approx(spent_usd)
    assert unknown is None
    assert key == KeyRecord(None, pytest.approx(spent_usd))
    record = models[DEFAULT_PAID_MODEL]
    assert (record.usd_per_m_input, record.usd_per_m_output) == (PROFILE.usd_per_m_input, PROFILE.usd_per_m_output)
    assert record.voices == PROFILE.voices
