"""Which marks a book uses for speech."""

import pytest

from pipeline.dialogue.marks import CORNER, DOUBLE, GUILLEMETS, INWARD, LOW, SINGLE, Pair, convention_of, marked_spans


@pytest.mark.parametrize(
    ("text", "language", "pair"),
    [
        ("“Yes,” he said.", "en", DOUBLE),
        ('"Yes," he said.', "en", DOUBLE),
        ("‘Yes, “so” it is,’ he said.", "en", SINGLE),
        ("„Ja“, sagte er.", "de", LOW),
        ("»Ja«, sagte er.", "de", INWARD),
        ("« Oui », dit-il.", "fr", GUILLEMETS),
        ("「はい」と云う。", "ja", CORNER),
    ],
)
def test_the_marks_that_open_passages_are_the_books(text: str, language: str, pair: Pair) -> None:
    assert convention_of([text], language=language).pair == pair


def test_dashes_are_speech_where_the_language_has_them() -> None:
    assert convention_of(["— Oui."], language="fr").has_dashes
    assert not convention_of(["— as I said."], language="en").has_dashes


def test_marks_within_marks_belong_to_the_outer_ones() -> None:
    text = "“I tried “How doth” but it came different!” she said."

    assert [(span.start, span.end) for span in marked_spans([text], DOUBLE)[0]] == [(0, text.index(" she"))]


def test_a_mark_that_was_forgotten_costs_one_passage() -> None:
    found = marked_spans(["“He never closed it. “And yet,” he said.", "He left.", "“Well.”"], DOUBLE)

    assert found[1] == []
    assert [(span.start, span.end) for span in found[2]] == [(0, 7)]


def test_two_hundred_thousand_marks_are_read() -> None:
    assert len(marked_spans(['"a" ' * 100_000], DOUBLE)[0]) == 100_000
