"""What is spoken of a request, and how the embedded voice is to perform its tags."""

import json

import pytest

from pipeline.rehearsal.contract import Utterance, asked_from
from pipeline.rehearsal.lines import lines_of, performed_part, spoken_part
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, load_profiles

PROFILES = load_profiles({})


@pytest.mark.parametrize(
    ("text", "syntax", "spoken", "performed"),
    [
        ("Good night.", "square", "Good night.", ""),
        ("[whispers] Good night.", "square", "Good night.", "⟦whispers⟧ Good night."),
        ("<laugh> Good [sic] night.", "angle", "Good [sic] night.", "⟦laugh⟧ Good [sic] night."),
        ("A [1] b [like dracula] c", "square", "A  b  c", "A  b ⟦like dracula⟧ c"),
        ("⟦x⟧ [slow] go", "square", "⟦x⟧  go", "〚x〛 ⟦slow⟧ go"),
        ("⟦slow⟧ go", "embedded", "go", "⟦slow⟧ go"),
        ("[slow] <go> ⟦on⟧", "none", "[slow] <go> ⟦on⟧", ""),
        (f"[{'slow, ' * 20}slow] Go.", "square", "Go.", f"⟦{'slow, ' * 20}slow⟧ Go."),
    ],
)
def test_tags_are_performed_and_not_spoken(text, syntax, spoken, performed):
    assert spoken_part(text, tag_syntax=syntax) == spoken
    assert performed_part(text, tag_syntax=syntax) == performed


def test_each_line_has_its_words_and_its_performance():
    turns = [{"text": "[sighs] Who?"}, {"text": "I.", "voice": "Kore"}]
    body = {"model": DEFAULT_PAID_MODEL, "input": turns, "voice": "Charon"}
    assert lines_of(asked_from(json.dumps(body).encode(), PROFILES)) == (
        Utterance("Who?", "Charon", "⟦sighs⟧ Who?"),
        Utterance("I.", "Kore"),
    )
