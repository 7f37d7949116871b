"""Which words the embedded voice says in which manner."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.speech.performance import Piece, pieces_of
from pipeline.speech.request import SpeechRequest, Turn
from pipeline.speech.tags import Tagged, with_tags, without_tags

PLAIN = {"rate_wpm": 175, "pitch": 50, "volume": 100}


def pieces(*turns: tuple[str, str], tags="embedded", **parameters: float) -> tuple[Piece, ...]:
    said = tuple(Turn(text, voice) for text, voice in turns)
    given = tuple(sorted(parameters.items()))
    return pieces_of(SpeechRequest("espeak", "espeak-ng", said, parameters=given, tag_syntax=tags))


def manners(text: str, **parameters: float) -> list[tuple[str, str, int]]:
    return [(piece.text.strip(), piece.voice, piece.pause_ms) for piece in pieces((text, "en+f3"), **parameters)]


@pytest.mark.parametrize("text", ["Come here.\n\nAnd go, ", "", "…", "a ⟦1⟧ 〚whispers〛 [whispers] b", "⟦whispers⟧ b"])
def test_one_voice_without_tags_is_said_as_it_stands(text):
    assert pieces((text, "en"), tags="", pitch=70.5) == (Piece(text, "en", (("pitch", 70.5),)),)
    turns = (("One.", "en"), (text, "en"))
    assert pieces(*turns, tags="") == (Piece(f"One.\n\n{text}", "en"),)


def test_a_tag_holds_until_the_next_one_or_the_end_of_the_paragraph():
    text = "He said: ⟦whispers⟧ “Come. Now.” ⟦shouting⟧ “Go!”\nAnd he went.\n\nThen nothing."
    assert [(piece.text.strip(), piece.voice, dict(piece.parameters)) for piece in pieces((text, "en"))] == [
        ("He said:", "en", PLAIN),
        ("“Come. Now.”", "en+whisper", {"rate_wpm": 161, "pitch": 50, "volume": 100}),
        ("“Go!”\nAnd he went.", "en", {"rate_wpm": 182, "pitch": 68, "volume": 130}),
        ("Then nothing.", "en", PLAIN),
    ]


def test_a_pause_or_a_sound_leaves_the_manner_as_it_is():
    text = "⟦whispers⟧ Come, ⟦long pause⟧ now. ⟦sighs⟧ Go. ⟦neutral⟧ He went. ⟦short pause⟧"
    assert manners(text) == [
        ("Come,", "en+whisperf", 0),
        ("now.", "en+whisperf", 1000),
        ("Go.", "en+whisperf", 400),
        ("He went.", "en+f3", 0),
        ("", "en+f3", 250),
    ]


def test_tags_in_one_are_all_performed():
    (piece,) = pieces(("⟦whispers, very slow, short pause, like dracula⟧ Come.", "ru"), rate_wpm=200, pitch=30)
    assert (piece.voice, piece.pause_ms) == ("ru+whisper", 250)
    assert dict(piece.parameters) == {"rate_wpm": round(200 * 0.92 * 0.6), "pitch": 30, "volume": 100}


def test_no_manner_leaves_what_the_library_takes():
    (low,) = pieces(("⟦very slow, tired⟧ Come.", "en"), rate_wpm=90, pitch=5)
    (high,) = pieces(("⟦shouting, extremely fast⟧ Come.", "en"), rate_wpm=400, pitch=95, volume=190)
    assert dict(low.parameters) == {"rate_wpm": 80, "pitch": 0, "volume": 82}
    assert dict(high.parameters) == {"rate_wpm": 450, "pitch": 99, "volume": 200}


def test_within_a_sentence_the_voice_stays_up_and_does_not_pause():
    said = pieces(("He went ⟦slow⟧ down the stairs — ⟦fast⟧ and away ⟦whispers⟧", "en"))
    assert [(piece.text.strip(), piece.is_open) for piece in said] == [
        ("He went,", True),
        ("down the stairs —", False),
        ("and away", False),
    ]


def test_what_has_no_word_is_no_piece_of_its_own():
    assert manners("“⟦whispers⟧ Come.⟦short pause⟧ ”\n\n⟦sighs⟧") == [("Come. ”", "en+whisperf", 0), ("", "en+f3", 650)]
    assert manners("⟦whispers⟧ …") == manners("") == [("", "en+f3", 0)]


def test_each_turn_is_said_in_its_voice_and_ends_a_paragraph():
    assert pieces(("Who?", "en+f3"), ("I.", "en"), ("You.", "en"), ("⟦whispers⟧ Yes", "en+f3")) == (
        Piece("Who?\n\n", "en+f3", tuple(PLAIN.items())),
        Piece("I.\n\nYou.\n\n", "en", tuple(PLAIN.items())),
        Piece(" Yes", "en+whisperf", (("rate_wpm", 161), ("pitch", 50), ("volume", 100))),
    )


PARTS = st.lists(
    st.tuples(st.sampled_from(["", "whispers", "sighs", "slow"]), st.text(st.sampled_from("ab ,.”\n"), max_size=6)),
    max_size=6,
)


@given(PARTS)
def test_every_word_is_said_once_and_in_order(parts):
    text = with_tags([Tagged(*part) for part in parts], syntax="embedded")
    said = pieces((text, "en"))
    heard = "".join(piece.text for piece in said)
    letters = [char for char in without_tags(text, "embedded") if char.isalnum()]
    assert [char for char in heard if char.isalnum()] == letters
    assert not said[-1].is_open
