"""Model profiles as data."""

import pytest

from pipeline.errors import SettingsError
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, EMBEDDED_MODEL, load_profiles

SERVERS = ("openai-compatible", "gpt-4o-mini-tts", "kokoro")

GEMINI = ("google/gemini-3.1-flash-tts-preview", "google/gemini-3.8-flash-tts", "google/gemini-3.8-flash-lite-tts")

LANGUAGES = """
    ar bn nl en fr de hi id it ja ko mr pl pt ro ru es ta te th tr uk vi af sq am hy az eu be bg my ca ceb cmn hr cs da
    et fil fi gl ka el gu ht he hu is jv kn kok lo la lv lt lb mk mai mg ms ml mn ne nb nn or ps fa pa sr sd si sk sl sw
    sv ur
""".split()  # noqa: SIM905  # a list of 78 lines would say less
"""Google's list of Gemini TTS languages (https://ai.google.dev/gemini-api/docs/speech-generation#languages)."""


def test_every_built_in_profile_loads():
    profiles = load_profiles({})
    assert {*GEMINI, *SERVERS, EMBEDDED_MODEL} == set(profiles)
    assert DEFAULT_PAID_MODEL in profiles
    for name, profile in profiles.items():
        assert profile.name == name
        assert bool(profile.api_key_env) == profile.is_paid
        assert not profile.voices or profile.default_voice in profile.voices
        assert not profile.successor or profile.successor in profiles


def test_the_default_has_thirty_voices():
    voices = load_profiles({})[DEFAULT_PAID_MODEL].voices
    assert len(voices) == len(set(voices)) == 30


@pytest.mark.parametrize("name", GEMINI)
def test_every_language_of_gemini_is_spoken_in_any_region(name):
    profile = load_profiles({})[name]
    assert len(LANGUAGES) == len(set(LANGUAGES)) == 78
    for tag in [*LANGUAGES, "zh", "no", "zh-Hant-TW", "en_GB", "PT-br", ""]:
        assert profile.speaks(tag), tag
    assert not profile.speaks("tlh")
    assert all(map(profile.speaks, ["eng", "deu", "German", "iw", "jw", "tl", "Norwegian"]))


@pytest.mark.parametrize(
    ("name", "usd"),
    [
        (GEMINI[0], 0.001 + 0.6400),
        (GEMINI[1], 0.001 + 0.5760),
        (GEMINI[2], 0.001 + 0.3840),
        ("espeak-ng", 0),
        ("openai-compatible", 0),
    ],
)
def test_a_thousand_tokens_and_a_thousand_seconds_cost(name, usd):
    profile = load_profiles({})[name]
    assert profile.cost_usd(input_tokens=1_000, chars=4_000, audio_s=1_000) == pytest.approx(usd)


def test_a_service_may_charge_by_the_character():
    profile = load_profiles({"tts-1": {"engine": "openai", "usd_per_m_chars": 15.0}})["tts-1"]
    assert profile.is_paid
    assert profile.cost_usd(input_tokens=999, chars=2_000, audio_s=999) == pytest.approx(0.03)


def test_a_job_may_change_a_key_of_a_profile_and_leave_the_rest():
    before, after = load_profiles({}), load_profiles({DEFAULT_PAID_MODEL: {"usd_per_m_output": 10}})
    changed = after[DEFAULT_PAID_MODEL]
    assert changed.usd_per_m_output == 10
    assert changed.model_copy(update={"usd_per_m_output": 20.0}) == before[DEFAULT_PAID_MODEL]
    assert {name: after[name] for name in after if name != DEFAULT_PAID_MODEL} == {
        name: before[name] for name in before if name != DEFAULT_PAID_MODEL
    }


def test_a_job_may_add_a_profile_with_the_languages_of_another():
    profile = load_profiles({"mine": {"engine": "openai", "languages_of": DEFAULT_PAID_MODEL}})["mine"]
    assert profile.speaks("kok") and not profile.speaks("tlh")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"engine": "openai", "pcm_rat": 24_000}, "pcm_rat"),
        ({"engine": "telepathy"}, "engine"),
        ({}, "engine"),
        ({"engine": "openai", "pcm_rate": 0}, "pcm_rate"),
        ({"engine": "openai", "voices": 3}, "voices"),
        ({"engine": "openai", "languages_of": "nobody"}, "nobody"),
        ({"engine": "openai", "name": "other"}, "name"),
    ],
)
def test_a_table_that_makes_no_profile_is_named_with_what_is_wrong(table, said):
    with pytest.raises(SettingsError) as caught:
        load_profiles({"mine": table})
    assert str(caught.value).startswith('models."mine": ')
    assert said in caught.value.what


def test_what_gemini_says_carries_a_mark_and_what_the_embedded_voice_says_none() -> None:
    profiles = load_profiles({})
    marks = {name: profile.watermark for name, profile in profiles.items()}
    assert {mark for name, mark in marks.items() if "gemini" in name} == {"SynthID"}
    assert marks[EMBEDDED_MODEL] == ""
