"""What can be looked up: generations, models, the key."""

import asyncio
import math

import pytest


def test_a_generation_costs_its_tokens(asker):
    answer = asker.say("A" * 400)
    record = asker.get("generation", params={"id": answer.headers["x-generation-id"]}).json()["data"]
    audio_s = len(answer.content) / 48_000
    assert record["id"] == answer.headers["x-generation-id"]
    assert record["total_cost"] == pytest.approx((100 * 1.0 + 32 * audio_s * 20.0) / 1e6)
    assert (record["tokens_prompt"], record["tokens_completion"]) == (100, math.ceil(32 * audio_s))
    assert (record["api_type"], record["finish_reason"], record["model"].split("/")[0]) == ("tts", "stop", "google")
    assert {"provider_name", "created_at", "latency"} <= record.keys()


def test_an_unknown_generation_is_not_found(asker):
    answer = asker.get("generation", params={"id": "gen-tts-0-none"})
    assert (answer.status_code, answer.json()["error"]["metadata"]["error_type"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["models", "models?output_modalities=text"])
def test_models_that_speak_have_to_be_asked_for(asker, path):
    listed = asker.get(path).json()["data"]
    assert listed
    assert {tuple(model["architecture"]["output_modalities"]) for model in listed} == {("text",)}


def test_models_that_speak(asker):
    models = {model["id"]: model for model in asker.get("models?output_modalities=speech").json()["data"]}
    flash = models["google/gemini-3.1-flash-tts-preview"]
    assert "espeak-ng" not in models
    assert flash["pricing"] == {"prompt": "0.000001", "completion": "0.00002"}
    assert (flash["context_length"], flash["expiration_date"], len(flash["supported_voices"])) == (8192, None, 30)
    assert models["google/gemini-3.8-flash-tts"]["supported_voices"] is None


def test_the_key_counts_what_was_spent_and_has_no_name_of_its_own(rehearse):
    async def scenario():
        async with rehearse() as caller:
            before, answer = await caller.get("key"), await caller.say()
            record = await caller.get(f"generation?id={answer.headers['x-generation-id']}")
            return before["data"], record["data"], (await caller.get("key"))["data"]

    before, record, after = asyncio.run(scenario())
    assert (before["label"], before["limit"], before["limit_remaining"], before["usage"]) == (
        "rehearsal",
        None,
        None,
        0.0,
    )
    assert after["usage"] == record["total_cost"] > 0
