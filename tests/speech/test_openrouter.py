"""The engine against a real socket: what is sent, and what each way of failing becomes."""

import asyncio
import inspect
import json

import httpx
import pytest

from pipeline.errors import (
    ConnectionTrouble,
    FilterRefused,
    Passing,
    PaymentRequired,
    PipelineError,
    RateLimited,
    RequestRefused,
    ServiceRefused,
    ServiceTrouble,
    SettingsError,
    TimedOut,
    TooLong,
)
from pipeline.rehearsal.server import RehearsalOptions, running_server
from pipeline.speech.body import read_pcm
from pipeline.speech.openrouter import OpenRouterEngine, error_of, mapped_errors
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, load_profiles
from pipeline.speech.request import SpeechRequest, Turn, seeded
from tests.fakes.service import Reply, scripted_service

PROFILE = load_profiles({})[DEFAULT_PAID_MODEL]
KEY = "sk-or-v1-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
REQUEST = seeded(SpeechRequest("openrouter", DEFAULT_PAID_MODEL, (Turn("Hello there.", "Kore"),)))
SPOKEN = Reply(
    body=b"\1\0" * 4_000,
    headers={"Content-Type": "audio/pcm;rate=24000;channels=1", "X-Generation-Id": "gen-tts-1-abc"},
)


def speak(path, *replies, requests=1, timeout_s=5.0, key=KEY):
    """What each of `requests` became, a `Speech` or an error, and what the server was asked."""

    async def scene():
        async with scripted_service(*replies) as service:
            engine = OpenRouterEngine(PROFILE, base_url=service.base_url, model_name="", api_key=key)
            outcomes = []
            for _ in range(requests):
                try:
                    outcomes.append(await engine.speak(REQUEST, path, timeout_s=timeout_s))
                except PipelineError as error:
                    outcomes.append(error)
            await engine.aclose()
            return outcomes, service.asked

    return asyncio.run(scene())


@pytest.fixture
def body(tmp_path):
    return tmp_path / "answer.body"


def test_an_answer_is_on_disk_with_what_was_said_about_it(body):
    (speech,), (asked,) = speak(body, SPOKEN)
    assert body.read_bytes() == SPOKEN.body
    assert (speech.body, speech.content_type, speech.generation_id) == (
        body,
        "audio/pcm;rate=24000;channels=1",
        "gen-tts-1-abc",
    )
    assert speech.cost_usd is None
    assert asked.line == "POST /api/v1/audio/speech HTTP/1.1"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert {"http-referer", "x-title", "user-agent"} <= set(asked.headers)
    assert asked.json == {
        "model": DEFAULT_PAID_MODEL,
        "input": "Hello there.",
        "voice": "Kore",
        "response_format": "pcm",
        "seed": REQUEST.seed,
    }


def test_connections_are_kept_and_a_chunked_answer_is_read_whole(body):
    outcomes, asked = speak(body, Reply(body=b"ab" * 50_000, is_chunked=True), requests=3)
    assert len(outcomes) == 3
    assert body.read_bytes() == b"ab" * 50_000
    assert {each.connection for each in asked} == {1}


def test_after_a_refusal_the_engine_goes_on(body):
    outcomes, _ = speak(body, Reply(429, b'{"error":{"message":"slow"}}'), Reply(500), SPOKEN, requests=3)
    assert [type(outcome).__name__ for outcome in outcomes] == ["RateLimited", "ServiceTrouble", "Speech"]


def test_without_a_key_no_authorization_is_sent(body):
    _, (asked,) = speak(body, SPOKEN, key="")
    assert "authorization" not in asked.headers


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(body=b"x" * 9_000, cut_after=4_000), ConnectionTrouble),
        (Reply(body=b"x" * 9_000, cut_after=4_000, is_chunked=True), ConnectionTrouble),
        (Reply(status=500, body=b"x" * 9_000, cut_after=10), ConnectionTrouble),
        (Reply(verbatim=b""), ConnectionTrouble),
        (Reply(verbatim=b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), ConnectionTrouble),
        (
            Reply(verbatim=b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"),
            ConnectionTrouble,
        ),
        (Reply(hangs=True), TimedOut),
        (Reply(hangs=True, body=b"x" * 100), TimedOut),
    ],
    ids=["cut", "cut-chunked", "cut-refusal", "closed", "no-http", "bad-gzip", "hang", "hang-in-body"],
)
def test_every_failure_of_the_wire_may_pass(body, reply, kind):
    (error,), _ = speak(body, reply, timeout_s=0.2 if reply.hangs else 5.0)
    assert type(error) is kind
    assert isinstance(error, Passing)


def test_nobody_there_is_a_connection_that_failed(body):
    async def scene():
        async with scripted_service(SPOKEN) as service:
            base_url = service.base_url
        engine = OpenRouterEngine(PROFILE, base_url=base_url, model_name="", api_key="")
        try:
            await engine.speak(REQUEST, body, timeout_s=5)
        finally:
            await engine.aclose()

    with pytest.raises(ConnectionTrouble):
        asyncio.run(scene())


@pytest.mark.parametrize("base_url", ["nonsense", "ftp://127.0.0.1/", "http://[::1", "http://127.0.0.1:port/"])
def test_an_address_that_is_none_is_a_wrong_setting(body, base_url):
    async def scene():
        engine = OpenRouterEngine(PROFILE, base_url=base_url, model_name="", api_key="")
        try:
            await engine.speak(REQUEST, body, timeout_s=5)
        finally:
            await engine.aclose()

    with pytest.raises(SettingsError) as caught:
        asyncio.run(scene())
    assert caught.value.where == "speech.base_url"


def _httpx_exceptions():
    parents = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL)
    return [kind for kind in vars(httpx).values() if inspect.isclass(kind) and issubclass(kind, parents)]


@pytest.mark.parametrize("kind", _httpx_exceptions(), ids=lambda kind: kind.__name__)
def test_every_exception_of_httpx_is_one_of_ours(kind):
    fitting = {
        "request": httpx.Request("POST", "http://x/"),
        "response": httpx.Response(500),
        "message": f"it failed, {KEY}",
    }
    wanted = inspect.signature(kind.__init__).parameters
    error = kind(**{name: value for name, value in fitting.items() if name in wanted})

    async def scene():
        async with mapped_errors(3, secret=KEY):
            raise error

    with pytest.raises(PipelineError) as caught:
        asyncio.run(scene())
    assert caught.value.__cause__ is error
    if issubclass(kind, httpx.TimeoutException):
        assert type(caught.value) is TimedOut
    if issubclass(kind, (httpx.TimeoutException, httpx.NetworkError, httpx.ProtocolError)):
        assert isinstance(caught.value, Passing)
        assert KEY not in str(caught.value)


def test_there_are_as_many_as_we_think():
    assert len(_httpx_exceptions()) >= 20


_STATUSES = [
    (400, RequestRefused, 4),
    (401, ServiceRefused, 6),
    (402, PaymentRequired, 5),
    (403, ServiceRefused, 6),
    (404, ServiceRefused, 6),
    (408, ServiceTrouble, 4),
    (413, TooLong, 4),
    (422, RequestRefused, 4),
    (429, RateLimited, 4),
    (500, ServiceTrouble, 4),
    (501, ServiceTrouble, 4),
    (502, ServiceTrouble, 4),
    (503, ServiceTrouble, 4),
    (504, ServiceTrouble, 4),
    (520, ServiceTrouble, 4),
    (524, ServiceTrouble, 4),
    (529, RateLimited, 4),
]


@pytest.mark.parametrize(("status", "kind", "exit_code"), _STATUSES)
def test_each_status_has_its_error_and_exit_code(body, status, kind, exit_code):
    (error,), _ = speak(body, Reply(status, b'{"error":{"code":1,"message":"Because."}}'))
    assert (type(error), error.exit_code) == (kind, exit_code)
    assert f"{status}: Because." in str(error)


@pytest.mark.parametrize(
    ("status", "error_type", "kind"),
    [
        (400, "model_not_found", ServiceRefused),
        (400, "content_policy_violation", FilterRefused),
        (403, "content_policy_violation", FilterRefused),
        (403, "refusal", FilterRefused),
        (403, "permission_denied", ServiceRefused),
        (410, "model_deprecated", ServiceRefused),
    ],
)
def test_the_services_own_word_decides_between_this_text_and_this_model(status, error_type, kind):
    assert type(error_of(status, "No.", error_type, headers={})) is kind


def test_a_model_that_is_gone_has_its_successor_named():
    assert PROFILE.successor in str(error_of(404, "", "", headers={}, successor=PROFILE.successor))


@pytest.mark.parametrize(
    ("headers", "retry_after_s"),
    [
        ({"Retry-After": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"Retry-After": "-3"}, 0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_wait_a_service_asks_for_is_kept(body, status, headers, retry_after_s):
    (error,), _ = speak(body, Reply(status, headers=headers))
    assert error.retry_after_s == retry_after_s


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"error": {"code": 400, "message": "Too long.", "metadata": {"error_type": "string_too_long"}}}, "Too long."),
        ({"error": {"message": "Bad voice", "type": "invalid_request_error", "param": "voice"}}, "Bad voice"),
        ({"detail": "Not that way"}, "Not that way"),
        ({"detail": [{"loc": ["body", "voice"], "msg": "field required"}]}, "field required"),
        ({"success": False, "error": {"name": "ZodError", "message": '[{"path":["input"]}]'}}, '"path":["input"]'),
        ({"error": "just words"}, "just words"),
        ({"message": "at the top"}, "at the top"),
        ({"error": {"issues": [{"path": ["voice"]}]}}, "voice"),
        (["a", "list"], "list"),
    ],
    ids=["openrouter", "openai", "fastapi", "fastapi-list", "zod", "string", "top", "issues", "list"],
)
def test_the_reason_is_found_in_any_shape(body, answer, said):
    (error,), _ = speak(body, Reply(400, json.dumps(answer).encode()))
    assert said in str(error)
    assert str(error).splitlines() == [str(error)]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"<html>\n<h1>Bad\n gateway</h1>", "<h1>Bad gateway</h1>"),
        (b"", "no reason given"),
        (b"\xff\xfe\x00", "400"),
        (b"{half of a json", "{half of a json"),
        (b"x" * 1_000_000, "x" * 100),
    ],
)
def test_a_refusal_in_no_shape_at_all_is_still_one_short_line(body, answer, said):
    (error,), _ = speak(body, Reply(400, answer))
    assert said in str(error)
    assert len(str(error)) < 500
    assert str(error).splitlines() == [str(error)]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(401, json.dumps({"error": {"message": f"No such key: {KEY}"}}).encode()),
        Reply(401, json.dumps({"error": {"message": "x" * 190 + KEY}}).encode()),
        Reply(401, f"You sent Authorization: Bearer {KEY}".encode()),
        Reply(400, json.dumps({"detail": [{"input": KEY}]}).encode()),
        Reply(500, json.dumps([KEY]).encode()),
        Reply(verbatim=f"Bearer {KEY}\r\n\r\n".encode()),
        Reply(verbatim=f"HTTP/1.1 200 OK\r\n{KEY}\r\n\r\n".encode()),
    ],
    ids=["message", "at-the-cut", "text", "detail", "list", "status-line", "header-line"],
)
def test_the_key_is_in_no_message_even_if_the_server_echoes_it(body, reply):
    (error,), (asked,) = speak(body, reply)
    assert KEY in asked.headers["authorization"]
    assert isinstance(error, PipelineError)
    assert KEY[:12] not in str(error) + repr(error)


@pytest.mark.parametrize("key", ["…", "sk-or-“abc”", "sk-or\n-v1", "sk\0"])
def test_a_key_that_cannot_be_one_is_refused_without_repeating_it(key):
    with pytest.raises(ServiceRefused) as caught:
        OpenRouterEngine(PROFILE, base_url="http://127.0.0.1/", model_name="", api_key=key)
    assert caught.value.where == "OPENROUTER_API_KEY"
    assert "sk" not in str(caught.value)


def test_the_rehearsal_server_is_spoken_to_like_the_real_one(body):
    async def scene():
        async with running_server(RehearsalOptions(workers=1)) as server:
            engine = OpenRouterEngine(PROFILE, base_url=server.base_url, model_name="", api_key=KEY)
            speech = await engine.speak(REQUEST, body, timeout_s=20)
            unknown = OpenRouterEngine(PROFILE, base_url=server.base_url, model_name="google/gone", api_key=KEY)
            with pytest.raises(PipelineError) as caught:
                await unknown.speak(REQUEST, body.with_name("other"), timeout_s=20)
            await engine.aclose()
            await unknown.aclose()
            return speech, caught.value

    speech, refused = asyncio.run(scene())
    assert speech.generation_id.startswith("gen-")
    samples = read_pcm(body, content_type=speech.content_type, assumed_rate=PROFILE.pcm_rate)
    assert 0.3 < len(samples) / 24_000 < 3
    assert isinstance(refused, (ServiceRefused, RequestRefused))
    assert "google/gone" in str(refused)


_DATE = {"date": "Tue, 14 Nov 2023 22:13:20 GMT"}  # 1,700,000,000 seconds since 1970


@pytest.mark.parametrize(
    ("headers", "wait_s", "limit"),
    [
        ({}, None, None),
        ({"retry-after": "7", "x-ratelimit-reset": "1700000030000", **_DATE}, 7, None),
        ({"x-ratelimit-reset": "1700000030000", "x-ratelimit-limit": "60", **_DATE}, 30, 60),
        ({"x-ratelimit-reset": "1700000012", **_DATE}, 12, None),
        ({"x-ratelimit-reset": "12"}, 12, None),
        ({"x-ratelimit-reset": "1700000030000"}, None, None),
        ({"x-ratelimit-reset": "1700000030000", "date": "yesterday"}, None, None),
        ({"x-ratelimit-reset": "1800000000000", **_DATE}, None, None),
        ({"x-ratelimit-reset": "1600000000000", **_DATE}, None, None),
        ({"x-ratelimit-reset": "soon", "x-ratelimit-limit": "60, 60;w=60"}, None, None),
    ],
)
def test_when_to_come_back_and_how_many_are_allowed_is_read_from_what_was_said(headers, wait_s, limit):
    error = error_of(429, "slow down", "", headers=headers)
    assert (error.retry_after_s, error.limit) == (wait_s, limit)
