"""How long a text is when spoken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.takes.acceptance.spoken_form import spoken_form


def chars(text: str, language: str = "en") -> float:
    return spoken_form(text, language=language).chars


@pytest.mark.parametrize(
    ("written", "said", "language"),
    [
        ("1984", "nineteen eighty four", "en"),
        ("1984", "neunzehnhundertvierundachtzig", "de"),
        ("3,200,000", "three million two hundred thousand", "en"),
        ("17", "seventeen", "en"),
        ("$5", "five dollars", "en"),
        ("Dr. Smith", "Doctor Smith", "en"),
        ("Mme. Bovary", "Madame Bovary", "fr"),
        ("BBC", "bee bee see", "en"),
        ("12 %", "twelve percent", "en"),
        ("007", "zero zero seven", "en"),
    ],
)
def test_what_is_longer_spoken_than_written_counts_as_spoken(written, said, language):
    assert chars(written, language) == pytest.approx(chars(said, language), rel=0.3)


@pytest.mark.parametrize("text", ["…", "* * *", "—", "", "\n\n", "“”", "!?"])
def test_marks_say_nothing(text):
    assert chars(text) == 0


def test_scripts_of_syllables_weigh_more_a_character():
    assert chars("さくら", "ja") == pytest.approx(chars("sakura"), rel=0.2)
    assert chars("先生", "ja") > chars("ab")


def test_only_the_language_s_own_abbreviations_are_read_out():
    assert chars("Mr. Fox", "en") > chars("Mr. Fox", "xx")


def test_doubt_is_about_what_each_voice_reads_its_own_way():
    assert spoken_form("plain words", language="en").doubtful == 0
    for text in ("1984", "XIV", "BBC", "漢字", "$"):
        form = spoken_form(text, language="en")
        assert form.doubtful == form.chars > 0


@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from(["en", "ja", "ru", "xx", ""]))
def test_two_texts_on_two_lines_are_as_long_as_both(first, second, language):
    together = spoken_form(f"{first}\n{second}", language=language).chars
    assert together == pytest.approx(chars(first, language) + chars(second, language))
