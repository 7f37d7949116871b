"""Voices by their names, and what their makers call them."""

import pytest

from pipeline.errors import SettingsError
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, EMBEDDED_MODEL, ModelProfile, load_profiles
from pipeline.speech.voices import characters_of, voice_characters, voices_named

PROFILES = load_profiles({})
GEMINI, EMBEDDED = PROFILES[DEFAULT_PAID_MODEL], PROFILES[EMBEDDED_MODEL]
LITE, COMPATIBLE = PROFILES["google/gemini-3.8-flash-lite-tts"], PROFILES["openai-compatible"]


def test_every_listed_voice_has_a_character_and_no_other() -> None:
    assert set(voice_characters()) == set(GEMINI.voices)
    assert characters_of(LITE)["Kore"] == "Firm"
    assert characters_of(COMPATIBLE) == {}


@pytest.mark.parametrize(
    ("listed", "profile", "voices"),
    [
        ("kore, CHARON,Kore,", GEMINI, ("Kore", "Charon")),
        ("all", GEMINI, GEMINI.voices),
        ("All", LITE, tuple(voice_characters())),
        ("kore,Someone-New", LITE, ("Kore", "Someone-New")),
        ("af_bella", COMPATIBLE, ("af_bella",)),
        ("EN,en-us+f3", EMBEDDED, ("en", "en-US+f3")),
    ],
)
def test_voices_are_named_as_the_model_spells_them(listed: str, profile: ModelProfile, voices: tuple[str, ...]) -> None:
    assert voices_named(listed, profile, language="en") == voices


def test_all_embedded_voices_are_those_of_the_language() -> None:
    voices = voices_named("all", EMBEDDED, language="en-GB")
    assert {"en", "en-US", "en-GB-scotland"} <= set(voices)
    assert "ru" not in voices


@pytest.mark.parametrize(
    ("listed", "profile", "said"),
    [
        ("Kore,Charonn,Pluck", GEMINI, "'Charonn' (did you mean Charon?), 'Pluck' (did you mean Puck?)"),
        ("en-us+nobody", EMBEDDED, "'en-us+nobody' (did you mean en-US?)"),
        ("all", COMPATIBLE, "nobody knows all voices of openai-compatible"),
        (" , ", GEMINI, "no voice named"),
    ],
)
def test_what_is_no_voice_is_said_with_the_nearest(listed: str, profile: ModelProfile, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        voices_named(listed, profile, language="en")
    assert said in caught.value.what
    assert caught.value.where == "--voices"
