"""A request as the JSON body a service documents."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.speech.notes import PREAMBLE
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, load_profiles
from pipeline.speech.prompt import as_sent, speech_body, text_sent
from pipeline.speech.request import Direction, SpeechRequest, Turn, seeded

PROFILES = load_profiles({})
PAID, NEWER = PROFILES[DEFAULT_PAID_MODEL], PROFILES["google/gemini-3.8-flash-tts"]
LOCAL, EMBEDDED = PROFILES["openai-compatible"], PROFILES["espeak-ng"]
DIRECTED = Direction("A tired clerk.", "An office at night.", "Slowly.")


def request(*turns: Turn, profile=PAID, **changes) -> SpeechRequest:
    return SpeechRequest(profile.engine, profile.name, turns or (Turn("Hello.", "Kore"),), **changes)


def test_the_plainest_body_has_four_fields():
    assert speech_body(request(), PAID, model="m") == {
        "model": "m",
        "input": "Hello.",
        "voice": "Kore",
        "response_format": "pcm",
    }
    assert speech_body(request(profile=LOCAL), LOCAL, model="kokoro")["response_format"] == "wav"


def test_sampling_parameters_and_seed_are_sent_where_they_are_accepted_and_nowhere_else():
    asked = seeded(request(parameters=(("max_tokens", 99), ("rate_wpm", 200), ("temperature", 0.5))))
    body = speech_body(asked, PAID, model="m")
    assert (body["max_tokens"], body["temperature"], body["seed"]) == (99, 0.5, asked.seed)
    assert "rate_wpm" not in body
    for profile in (NEWER, LOCAL):
        assert set(speech_body(asked, profile, model="m")) == {"model", "input", "voice", "response_format"}


def test_direction_goes_into_the_input_before_a_marked_transcript():
    body = speech_body(request(direction=DIRECTED), PAID, model="m")
    said = body["input"]
    places = [
        said.index(part) for part in ("A tired clerk.", "An office at night.", "Slowly.", "#### TRANSCRIPT\nHello.")
    ]
    assert places == sorted(places)
    assert said.endswith("#### TRANSCRIPT\nHello.")
    assert not {"instructions", "provider"} & set(body)


def test_only_the_direction_that_is_given_is_written():
    said = speech_body(request(direction=Direction(style="Slowly.")), PAID, model="m")["input"]
    assert "DIRECTOR'S NOTES\nSlowly." in said
    assert "SCENE" not in said and "PROFILE" not in said


def test_direction_goes_where_the_profile_wants_it_and_the_words_stay_verbatim():
    newer = speech_body(request(direction=DIRECTED), NEWER, model="m")
    assert newer["input"] == "Hello."
    style = newer["provider"]["options"]["google-ai-studio"]["speech_metadata"]["style"]
    assert style == "A tired clerk. An office at night. Slowly."
    instructed = LOCAL.model_copy(update={"direction": "instructions"})
    body = speech_body(request(direction=DIRECTED), instructed, model="m")
    assert (body["input"], body["instructions"]) == ("Hello.", style)
    assert set(speech_body(request(direction=DIRECTED), LOCAL, model="m")) == {
        "model",
        "input",
        "voice",
        "response_format",
    }


def test_two_voices_are_two_turns():
    turns = (Turn("Hello.", "Kore", "Anna"), Turn("Hi!", "Puck", "Bob", "bored"))
    body = speech_body(request(*turns), PAID, model="m")
    assert body["input"] == [
        {"text": "Hello.", "voice": "Kore"},
        {"text": "Hi!", "voice": "Puck", "instructions": "bored"},
    ]


@pytest.mark.parametrize(
    ("profile", "sent"),
    [
        (PAID, "He (sic) said <b> a|b ⟦c⟧"),
        (NEWER, "He [sic] said ‹b› a¦b ⟦c⟧"),
        (LOCAL, "He [sic] said <b> a|b ⟦c⟧"),
        (EMBEDDED, "He [sic] said <b> a|b 〚c〛"),
    ],
    ids=["square", "angle", "none", "embedded"],
)
def test_brackets_of_the_book_are_no_tags(profile, sent):
    assert as_sent("He [sic] said <b> a|b ⟦c⟧", profile) == sent


@given(st.text(st.sampled_from("ab [](){}<>|⟦⟧‹›é…"), max_size=40))
def test_making_tags_harmless_changes_nothing_else(text):
    for profile, tags in ((PAID, "[]"), (NEWER, "<>|"), (LOCAL, ""), (EMBEDDED, "⟦⟧")):
        sent = as_sent(text, profile)
        assert not set(tags) & set(sent)
        assert len(sent) == len(text)
        assert all(a == b for a, b in zip(text, sent, strict=True) if a not in tags)
        assert as_sent(sent, profile) == sent


def test_a_request_is_not_changed_by_being_sent():
    asked = seeded(request(direction=DIRECTED))
    before = dataclasses.asdict(asked)
    speech_body(asked, PAID, model="m")
    assert dataclasses.asdict(asked) == before


def test_a_direction_of_its_own_goes_to_whoever_of_googles_answers():
    options = speech_body(request(direction=DIRECTED), NEWER, model="m")["provider"]["options"]
    assert options["google-ai-studio"] == options["google-vertex"]


def test_what_is_said_of_all_turns_is_said_once_and_a_refused_dialogue_has_a_preamble():
    turns = (Turn("Hello.", "Kore", "Anna"), Turn("Hi!", "Puck", "Bob", "bored"))
    body = speech_body(request(*turns, direction=Direction(scene="A bank")), PAID, model="m")
    assert body["instructions"] == "A bank"
    framed = speech_body(request(*turns, framing="transcript"), PAID, model="m")
    assert framed["instructions"] == PREAMBLE
    assert framed["input"] == speech_body(request(*turns), PAID, model="m")["input"]


def test_a_line_of_the_book_that_looks_like_the_mark_is_none():
    text = "He typed:\n\n#### TRANSCRIPT\n\nand wept."
    for changes in ({}, {"direction": DIRECTED}):
        said = speech_body(request(Turn(text, "Kore"), **changes), PAID, model="m")["input"]
        assert said.count("#### TRANSCRIPT") == bool(changes)
        assert said.endswith("He typed:\n\nTRANSCRIPT\n\nand wept.")
    assert speech_body(request(Turn(text, "Kore"), profile=NEWER), NEWER, model="m")["input"] == text


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@given(text=st.text(min_size=1), turns=st.integers(1, 3))
def test_nothing_but_the_text_is_priced_where_nothing_is_directed(profile, text, turns):
    asked = request(*[Turn(text, "Kore")] * turns, profile=profile)
    assert text_sent(asked, profile).replace("#", "") == asked.text.replace("#", "")


@pytest.mark.parametrize("layout", ["", "labelled"])
@pytest.mark.parametrize("profile", [PAID, NEWER, LOCAL.model_copy(update={"direction": "instructions"})])
def test_all_direction_is_priced_wherever_it_goes(profile, layout):
    dialogue = (Turn("Hello.", "Kore", "Anna", "shy"), Turn("Hi!", "Puck", "Bob", "bored"))
    for turns in (dialogue, dialogue[:1]):
        asked = request(*turns, profile=profile, direction=DIRECTED, layout=layout)
        sent = text_sent(asked, profile)
        told = ("A tired clerk", "An office at night", "Slowly", *(turn.text for turn in turns))
        assert all(part in sent for part in told)
        assert len(turns) == 1 or ("shy" in sent and "bored" in sent)
