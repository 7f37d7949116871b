"""Silences are found where tags ask for them, beside the first and the last word too."""

import pytest

from pipeline.speech.request import SpeechRequest, Turn
from pipeline.speech.silences import NO_SILENCES, Silences, silences_of


def asked(*texts: str, syntax: str = "square") -> Silences:
    turns = tuple(Turn(text, f"voice {number}") for number, text in enumerate(texts))
    return silences_of(SpeechRequest("e", "m", turns, tag_syntax=syntax))


@pytest.mark.parametrize(
    ("text", "silences"),
    [
        ("Nothing asked.", NO_SILENCES),
        ("[long pause] It was late.", Silences(1_000, 0, 1_000)),
        ("It was late. [short pause]", Silences(0, 250, 250)),
        ("It was [medium pause] late.", Silences(0, 0, 500)),
        ("“[long pause, whispers] It was late,” [medium pause] he said. [short pause]", Silences(1_000, 250, 1_750)),
        ("[whispers] It was late.", NO_SILENCES),
        ("[a very long pause] It was late.", Silences(1_000, 0, 1_000)),
    ],
)
def test_pauses_before_and_after_the_words_and_all_in_all(text: str, silences: Silences) -> None:
    assert asked(text) == silences


def test_a_laugh_is_heard_and_so_is_no_pause_at_an_edge_but_takes_its_time() -> None:
    found = asked("[laughs] Well!")
    assert (found.before_ms, found.after_ms) == (0, 0)
    assert found.total_ms > 0


def test_of_two_voices_the_first_turns_beginning_and_the_last_ones_end_count() -> None:
    assert asked("[long pause] No. [short pause]", "[medium pause] Yes. [short pause]") == Silences(1_000, 250, 2_000)


def test_brackets_of_the_books_own_ask_for_nothing() -> None:
    assert asked("[long pause] It was late.", syntax="") == NO_SILENCES
