"""What of a request is spoken, whatever form it goes out in."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import settings_of
from pipeline.rehearsal.contract import Refusal, asked_from
from pipeline.rehearsal.lines import lines_of
from pipeline.rehearsal.transcript import LabelMismatch, dialogue, parted
from pipeline.speech.asking import Asker, Speech
from pipeline.speech.cast import cast_of
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, load_profiles
from pipeline.speech.prompt import as_sent, speech_body

PROFILES = load_profiles({"gpt-4o-mini-tts": {"response_format": "pcm"}})
MODELS = (DEFAULT_PAID_MODEL, "google/gemini-3.8-flash-tts", "gpt-4o-mini-tts")
CAST = {"Alice": {"voice": "coral", "role": "a child", "pace": "quick", "style": "A smile."}}
GEMINI = {"Alice": {**CAST["Alice"], "voice": "Leda"}}


def asker_for(model, *, turns):
    profile = PROFILES[model].model_copy(update={} if PROFILES[model].turns == "none" else {"turns": turns})
    speech = settings_of([]).speech.model_copy(update={"style": "Told at bedtime.", "two_speakers": True})
    is_gemini = profile.engine == "openrouter"
    return Asker(speech, profile, "Charon" if is_gemini else "onyx", cast_of(GEMINI if is_gemini else CAST, {}))


def heard(asker, speeches):
    """(voice, words) of what the rehearsal speaks when it is asked for them."""
    body = speech_body(asker.request(speeches), asker.profile, model=asker.profile.name)
    lines = lines_of(asked_from(json.dumps(body).encode(), PROFILES))
    return [(line.voice, word) for line in lines for word in line.text.split()]


WORDS = st.lists(
    st.sampled_from(
        ["“Oh!”", "Alice: no", "narrator:", "[sic]", "<b>", "#### TRANSCRIPT", "Speaker 1: x", "so\n\nit", "was."]
    ),
    min_size=1,
    max_size=5,
)


@pytest.mark.parametrize("turns", ["list", "labelled"])
@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=40)
@given(said=st.lists(WORDS, min_size=1, max_size=4))
def test_all_words_and_nothing_else_are_spoken_by_whom_they_belong_to(model, turns, said):
    asker = asker_for(model, turns=turns)
    texts = [as_sent(" ".join(words), asker.profile) for words in said]
    if asker.profile.turns == "none":
        texts = texts[:1]
    talk = [Speech(text, ("Alice", "narrator")[i % 2], scene="A bank") for i, text in enumerate(texts)]
    meant = [(asker.voice_of(speech.speaker), word) for speech in talk for word in speech.text.split()]
    assert [(voice, word) for voice, word in heard(asker, talk) if word != "####"] == [
        (voice, word) for voice, word in meant if word != "####"
    ]


def test_the_words_begin_after_the_mark():
    assert parted("Notes [slow]\n#### TRANSCRIPT\nGo.") == ("Notes [slow]", "\nGo.")
    assert parted("Go.") == ("", "Go.")


def test_googles_own_opening_is_not_spoken_and_labels_are_not():
    text = "TTS the following conversation between Joe and Jane:\nJoe: Hi.\nJoe: So?\nJane: Joe: no."
    notes, speeches = dialogue(text, ["Joe", "Jane"])
    assert notes == "TTS the following conversation between Joe and Jane:"
    assert speeches == [("Joe", "Hi.\n\nSo?"), ("Jane", "Joe: no.")]


@pytest.mark.parametrize(
    ("text", "why"), [("Joe: Hi.\nBob: So?", "Bob: So"), ("Joe: Hi.", "'Jane'"), ("Hi.", "Hi"), ("", "'Jane'")]
)
def test_labels_that_are_not_those_of_the_voices_are_refused(text, why):
    with pytest.raises(LabelMismatch, match=why):
        dialogue(text, ["Joe", "Jane"])


def config(label, voice):
    return {"speaker": label, "voice_config": {"prebuilt_voice_config": {"voice_name": voice}}}


@pytest.mark.parametrize(
    ("configs", "said", "status"),
    [
        ([config("Joe", "Kore"), config("Jane", "Puck")], "Joe: Hi.\nJane: Hello.", 200),
        ([config("Joe", "Kore"), config("Jim", "Puck")], "Joe: Hi.\nJane: Hello.", 400),
        ([config("Joe", "Kore")], "Joe: Hi.", 400),
        ([config(name, "Kore") for name in ("Joe", "Jane", "Jim")], "Joe: Hi.\nJane: Hello.\nJim: Ho.", 400),
        ([config("Joe", "Kore"), config("Jane", "Nobody")], "Joe: Hi.\nJane: Hello.", 500),
    ],
)
def test_the_server_speaks_a_labelled_dialogue_of_two_and_no_other(asker, configs, said, status):
    options = {"speech_config": {"multi_speaker_voice_config": {"speaker_voice_configs": configs}}}
    answer = asker.say(said, provider={"options": {"google-ai-studio": options}})
    assert answer.status_code == status
    if status == 200:
        turns = [{"text": "Hi.", "voice": "Kore"}, {"text": "Hello.", "voice": "Puck"}]
        assert answer.content == asker.say(turns).content


def test_direction_beside_the_text_is_charged_and_not_spoken():
    told = {
        "instructions": "x" * 400,
        "provider": {"options": {"google-ai-studio": {"speech_metadata": {"style": "y" * 40}}}},
    }
    body = {"model": DEFAULT_PAID_MODEL, "input": "Hello.", "voice": "Kore"}
    plain, directed = (asked_from(json.dumps({**body, **more}).encode(), PROFILES) for more in ({}, told))
    assert lines_of(plain) == lines_of(directed)
    assert directed.chars - plain.chars == 440
    assert directed.notes == "x" * 400 + "\n" + "y" * 40


def test_options_of_another_shape_are_refused_as_any_body_is():
    body = {"model": DEFAULT_PAID_MODEL, "input": "Hello.", "voice": "Kore", "provider": {"options": 3}}
    with pytest.raises(Refusal):
        asked_from(json.dumps(body).encode(), PROFILES)
