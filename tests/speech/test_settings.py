"""Who speaks, and the request that asks for it."""

import dataclasses

import pytest

from pipeline.config import set_layer, settings_of
from pipeline.errors import SettingsError
from pipeline.speech.asking import Asker, Speech
from pipeline.speech.cast import NOBODY
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, load_profiles
from pipeline.speech.request import Direction, key_of
from pipeline.speech.settings import SpeechSettings, profile_for, service_of, voice_for

PROFILES = load_profiles({})
PAID, NEWER = PROFILES[DEFAULT_PAID_MODEL], PROFILES["google/gemini-3.8-flash-tts"]
LOCAL, EMBEDDED = PROFILES["openai-compatible"], PROFILES["espeak-ng"]


def settings(**changes: object) -> SpeechSettings:
    return settings_of([]).speech.model_copy(update=changes)


def request_for(text, *, settings, profile, voice):
    return Asker(settings, profile, voice, NOBODY).request([Speech(text)])


@pytest.mark.parametrize(
    ("changes", "has_key", "name"),
    [
        ({}, True, DEFAULT_PAID_MODEL),
        ({}, False, "espeak-ng"),
        ({"engine": "espeak"}, True, "espeak-ng"),
        ({"engine": "openrouter"}, False, DEFAULT_PAID_MODEL),
        ({"engine": "openai"}, True, "openai-compatible"),
        ({"model": "google/gemini-3.8-flash-tts"}, False, "google/gemini-3.8-flash-tts"),
    ],
)
def test_the_profile_is_the_one_named_or_the_best_at_hand(changes, has_key, name):
    assert profile_for(settings(**changes), PROFILES, has_paid_key=has_key).name == name


@pytest.mark.parametrize(
    ("changes", "where", "said"),
    [
        ({"engine": "telepathy"}, "speech.engine", "openrouter, openai, espeak"),
        ({"model": "gpt-9"}, "speech.model", "run-pipeline voices"),
        ({"engine": "espeak", "model": DEFAULT_PAID_MODEL}, "speech.engine", "not 'espeak'"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(changes, where, said):
    with pytest.raises(SettingsError) as caught:
        profile_for(settings(**changes), PROFILES, has_paid_key=True)
    assert caught.value.where == where
    assert said in str(caught.value)


def test_voices_are_spelled_as_the_model_spells_them():
    assert voice_for(settings(), PAID, language="en") == "Charon"
    assert voice_for(settings(voice="kORE"), PAID, language="en") == "Kore"
    assert voice_for(settings(voice="Anything at all"), LOCAL, language="en") == "Anything at all"
    assert voice_for(settings(voice="en-us+f3"), EMBEDDED, language="ru") == "en-US+f3"
    assert voice_for(settings(), EMBEDDED, language="ru-RU") == "ru"


@pytest.mark.parametrize(("voice", "profile"), [("Alloy", PAID), ("nobody", EMBEDDED), ("en+nobody", EMBEDDED)])
def test_an_unknown_voice_is_refused_and_the_known_ones_told(voice, profile):
    with pytest.raises(SettingsError) as caught:
        voice_for(settings(voice=voice), profile, language="en")
    assert caught.value.where == "speech.voice"
    assert voice in caught.value.what
    assert "Zubenelgenubi" in str(caught.value) or "voices --engine espeak" in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "service"),
    [
        ({}, ""),
        ({"base_url": "https://openrouter.ai/api/v1"}, ""),
        ({"base_url": "https://openrouter.ai/api/v1/"}, ""),
        ({"base_url": "http://127.0.0.1:8200/api/v1"}, "127.0.0.1"),
        ({"base_url": "http://127.0.0.1:9/v1"}, "127.0.0.1"),
        ({"base_url": "https://Proxy.example/or"}, "proxy.example"),
        ({"base_url": "https://proxy.example/or", "service": "openrouter"}, ""),
        ({"base_url": "https://proxy.example/or", "service": "home"}, "home"),
    ],
)
def test_takes_belong_to_the_service_that_sold_them(changes, service):
    assert service_of(settings(**changes), PAID) == service
    assert request_for("Hi.", settings=settings(**changes), profile=PAID, voice="Kore").service == service


def test_only_what_the_profile_accepts_is_asked_for():
    parameters = {"top_p": 0.9, "temperature": 0.5, "rate_wpm": 200, "secret_sauce": 1}
    asked = settings(parameters=parameters, style="slowly")
    paid = request_for("Hi.", settings=asked, profile=PAID, voice="Kore")
    assert paid.parameters == (("temperature", 0.5), ("top_p", 0.9))
    assert paid.direction == Direction(style="slowly")
    newer = request_for("Hi.", settings=asked, profile=NEWER, voice="Kore")
    assert (newer.parameters, newer.seed) == ((), None)
    embedded = request_for("Hi.", settings=asked, profile=EMBEDDED, voice="en")
    assert embedded.parameters == (("rate_wpm", 200),)
    assert embedded.direction == Direction(), "the embedded voice cannot be directed, so it must not change its key"
    assert embedded.seed is None


def test_what_does_not_reach_the_model_does_not_reach_the_key():
    plain = request_for("Hi.", settings=settings(), profile=EMBEDDED, voice="en")
    other = settings(style="slowly", language="en-GB", voice="x", parameters={"temperature": 1.0})
    assert key_of(request_for("Hi.", settings=other, profile=EMBEDDED, voice="en")) == key_of(plain)


def test_the_seed_is_derived_and_differs_by_text_alone():
    one, same, other = (request_for(t, settings=settings(), profile=PAID, voice="Kore") for t in ("A.", "A.", "B."))
    assert one == same
    assert one.seed != other.seed
    assert dataclasses.replace(one, turns=other.turns, seed=other.seed) == other


def test_a_servers_own_name_for_the_model_is_what_the_key_knows():
    request = request_for("Hi.", settings=settings(model_name="kokoro"), profile=LOCAL, voice="alloy")
    assert request.model == "kokoro"


def test_speech_parameters_come_from_the_command_line():
    made = settings_of([set_layer("speech.parameters.temperature=0.5"), set_layer("speech.parameters.top_p=1")]).speech
    assert made.parameters == {"temperature": 0.5, "top_p": 1}
