"""What each fault makes of the words and of who says them."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.rehearsal.contract import Utterance, asked_from
from pipeline.rehearsal.faults import Fault
from pipeline.rehearsal.lines import lines_of, variant_of
from pipeline.rehearsal.reading_faults import misread, stranger_to
from pipeline.speech.profiles import load_profiles

PROFILES = load_profiles({})
TEXT = "It was the best of times, it was the worst of times."
NOTES = "Synthesize the transcript below.\n\n### DIRECTOR'S NOTES\nSlow and grave.\n\n#### TRANSCRIPT\n"


def asked_for(said, voice="Charon"):
    body = {"model": "google/gemini-3.1-flash-tts-preview", "input": said, "voice": voice}
    return asked_from(json.dumps(body).encode(), PROFILES)


def read_with(said, kind, **keys):
    return misread(asked_for(said), Fault(kind=kind, attempts=(1,), **keys))


def test_without_a_fault_or_with_another_the_lines_are_read():
    asked = asked_for(NOTES + TEXT)
    assert misread(asked, None) == lines_of(asked) == (Utterance(TEXT, "Charon"),)
    assert read_with(TEXT, "cut") == (Utterance(TEXT, "Charon"),)


def test_the_preamble_is_the_requests_own_notes():
    spoken = "Synthesize the transcript below. DIRECTOR'S NOTES Slow and grave."
    assert read_with(NOTES + TEXT, "preamble") == (Utterance(spoken, "Charon"), Utterance(TEXT, "Charon"))


@pytest.mark.parametrize("said", [TEXT, NOTES + TEXT])
@pytest.mark.parametrize("words", [3, 50])
def test_so_many_words_of_a_preamble(said, words):
    preamble, text = read_with(said, "preamble", words=words)
    assert len(preamble.text.split()) == words
    assert text.text == TEXT


def test_another_voice_for_all_of_it():
    (line,) = read_with(TEXT, "voice-swap")
    assert line.text == TEXT
    assert variant_of(line.voice)[0] != variant_of("Charon")[0]


def test_another_voice_from_somewhere_on():
    first, second = read_with(TEXT, "voice-swap", at=0.5)
    assert first.text + second.text == TEXT
    assert second.text.startswith(" ")
    assert (first.voice, second.voice) == ("Charon", stranger_to("Charon"))


@given(at=st.floats(0, 0.99), texts=st.lists(st.text("ab ", min_size=1), min_size=1, max_size=3))
def test_a_change_of_voice_loses_no_word_and_comes_once(at, texts):
    lines = read_with([{"text": text} for text in texts], "voice-swap", at=at)
    assert "".join(line.text for line in lines) == "".join(text.strip() for text in texts)
    changes = [one.voice != other.voice for one, other in pairwise(lines)]
    assert sum(changes) <= 1


@pytest.mark.parametrize("text", [TEXT, "これは夢である。", "No."])
def test_babble_is_the_texts_own_sounds_at_the_end(text):
    line, babble = read_with(text, "babble", seconds=4.0)
    assert (line.text, babble.voice) == (text, "Charon")
    assert len(babble.text) == 60
    assert set(babble.text) <= {*text, " "}
    assert read_with(text, "babble", seconds=4.0)[1] == babble


def test_babble_does_not_come_round():
    babble = read_with(TEXT, "babble", seconds=60.0)[1].text.split()
    assert all(babble[:40] != babble[lag : lag + 40] for lag in range(1, len(babble) - 40))


def test_nothing_but_a_tag_has_no_sounds_to_babble_with():
    assert len(read_with("[sighs]", "babble")) == 1
