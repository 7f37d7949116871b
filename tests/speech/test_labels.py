"""A dialogue as one labelled transcript."""

import re

from hypothesis import given
from hypothesis import strategies as st

from pipeline.speech.labels import labelled
from pipeline.speech.request import Turn

NAMES = st.sampled_from(["Alice", "alice", "Mr. Darcy", "narrator", "Анна", "a: b", "", "Speaker 1", "×"])
TEXTS = st.text(st.sampled_from("ab :\n.é"), min_size=1, max_size=12)
LINES = st.sampled_from(
    ["Alice: no", "Speaker 1: “Speaker 2: x”", "narrator : hm", "“Yes!”\n\nMr Darcy: so", "Анна：да"]
)


def test_every_paragraph_has_the_label_of_who_says_it():
    found = labelled([Turn("One.\n\nTwo.", "Kore", "Mr. Darcy", "proud"), Turn("Three.", "Puck", "Lizzy")])
    assert found.transcript == "Mr Darcy: One.\nMr Darcy: Two.\nLizzy: Three."
    assert (found.voices, found.notes) == ({"Mr Darcy": "Kore", "Lizzy": "Puck"}, {"Mr Darcy": "proud", "Lizzy": ""})
    assert found.opening.startswith("TTS the following conversation between Mr Darcy and Lizzy:")


def test_a_label_that_the_book_has_in_its_text_is_none():
    turns = [Turn("He wrote “Lizzy: be brave”, and then:", "Kore", "Darcy"), Turn("Speaker 2: odd.", "Puck", "Lizzy")]
    found = labelled(turns)
    assert list(found.voices) == ["Speaker 3", "Speaker 4"]
    assert found.transcript.splitlines()[1] == "Speaker 4: Speaker 2: odd."


def test_one_name_with_two_voices_is_two_labels():
    found = labelled([Turn("Hello.", "Kore", "narrator"), Turn("Bonjour.", "Aoede", "narrator")])
    assert found.voices == {"Speaker 1": "Kore", "Speaker 2": "Aoede"}


@given(st.lists(st.tuples(st.booleans(), TEXTS | LINES), min_size=2, max_size=6), NAMES, NAMES)
def test_labels_part_the_text_as_the_turns_did_whatever_is_in_it(said, one, other):
    turns = [Turn(text, "Kore" if is_one else "Puck", one if is_one else other) for is_one, text in said]
    found = labelled(turns)
    read = [re.split(": ", line, maxsplit=1) for line in found.transcript.splitlines()]
    assert [(found.voices[label], words) for label, words in read] == [
        (turn.voice, line.strip()) for turn in turns for line in turn.text.split("\n") if line.strip()
    ]
