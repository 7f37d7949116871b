"""What the service refuses, and with which words."""

import asyncio
import json

import pytest

from pipeline.rehearsal.contract import digest_of
from pipeline.rehearsal.server import RehearsalOptions

BODY = {"model": "google/gemini-3.1-flash-tts-preview", "input": "Hello.", "voice": "Kore", "response_format": "pcm"}


@pytest.mark.parametrize("header", ["", "Basic abc", "Bearer"])
def test_no_key_no_speech(asker, header):
    asked = [
        asker.post("audio/speech", headers={"Authorization": header}),
        asker.get("key", headers={"Authorization": header}),
        asker.get("generation?id=x", headers={"Authorization": header}),
    ]
    assert [answer.status_code for answer in asked] == [401, 401, 401]
    assert asked[0].json()["error"]["metadata"]["error_type"] == "authentication"


def test_only_pcm(asker):
    answer = asker.say(response_format="mp3")
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == 'Gemini TTS only supports response_format="pcm". Got "mp3".'


def test_an_unknown_voice_is_a_masked_500_as_measured(asker):
    answer = asker.say(voice="alloy")
    assert (answer.status_code, answer.json()["error"]["message"]) == (500, "Internal Server Error")


def test_an_unknown_model(asker):
    answer = asker.say(model="google/gemini-9")
    assert (answer.status_code, answer.json()["error"]["metadata"]["error_type"]) == (400, "model_not_found")


def test_a_context_too_long(asker):
    answer = asker.say("word " * 8_000)
    assert (answer.status_code, answer.json()["error"]["metadata"]["error_type"]) == (400, "context_length_exceeded")


def test_a_model_speaks_with_two_voices_at_most(asker):
    turns = [{"text": "Aye.", "voice": voice} for voice in ("Charon", "Kore", "Puck")]
    answer = asker.say(turns)
    assert (answer.status_code, "2 voices" in answer.json()["error"]["message"]) == (400, True)


@pytest.mark.parametrize(
    ("changes", "path"),
    [({"model": None}, "model"), ({"input": ""}, "input"), ({"input": []}, "input"), ({"voice": ""}, "voice")],
)
def test_a_body_of_the_wrong_shape_is_refused_in_the_second_shape(asker, changes, path):
    answer = asker.post("audio/speech", json={**BODY, **changes})
    assert answer.status_code == 400
    assert answer.json()["error"]["name"] == "ZodError"
    assert path in json.loads(answer.json()["error"]["message"])[0]["path"]


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'{"model"', b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(asker, body):
    assert asker.post("audio/speech", content=body).status_code == 400


def test_a_voice_is_required(asker):
    assert asker.say(voice=None).json()["error"]["message"] == "voice is required for this model"


def test_unknown_fields_are_dropped_without_a_word(asker):
    assert asker.say(temperature=0.5, seed=3, provider={"options": {}}).status_code == 200


def test_refused_attempts_are_logged_too(rehearse, read_log, tmp_path):
    log = tmp_path / "requests.jsonl"

    async def scenario():
        async with rehearse(RehearsalOptions(workers=1, log=log)) as caller:
            await caller.client.post("audio/speech", content=b"{")
            await caller.say([{"text": "One."}, {"text": "Two."}], response_format="mp3")

    asyncio.run(scenario())
    assert [(line["status"], line["input_chars"], line["fault"]) for line in read_log(log)] == [
        (400, 0, None),
        (400, 8, None),
    ]


def test_the_digest_is_of_what_the_body_means():
    assert digest_of(b'{"b": 1, "a": "\xc3\xa9"}') == digest_of(b'{"a":"\\u00e9","b":1}')
    assert digest_of(b'{"a": 1}') != digest_of(b'{"a": 2}')


def test_an_unknown_path_is_answered_in_the_shape_of_errors(asker):
    assert asker.get("chat/incompletions").json()["error"]["code"] == 404
