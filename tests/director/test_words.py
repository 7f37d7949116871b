"""The same words, however they are marked; every other word is another."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.director.words import begins_with, ends_with, words_of

SAME = [
    ("“Oh dear!—and", ["Oh", "dear", "and"]),
    ("don’t - 'tis rock-'n'-roll", ["don't", "tis", "rock", "n", "roll"]),
    ("e\u0301te\u0301 \u00e9t\u00e9", ["\u00e9t\u00e9", "\u00e9t\u00e9"]),
    ("先生は", ["先", "生", "は"]),
    ("hy\u00adphen costs $5", ["hyphen", "costs", "$5"]),
    ("…—!", []),
]


@pytest.mark.parametrize(("text", "words"), SAME)
def test_words_are_letters_and_what_joins_them(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_a_word_in_part_is_no_word() -> None:
    assert begins_with("“Oh dear!” said", "Oh dear")
    assert not begins_with("“Oh dear!” said", "Oh de")
    assert ends_with("I shall be late", "be late")
    assert not ends_with("I shall be late", "e late")
    assert not begins_with("“Oh dear!”", "…")
    assert begins_with("先生はいつも", "先生")


@given(st.text(max_size=30), st.text(min_size=1, max_size=30))
def test_only_the_same_words_begin_a_text(text: str, quoted: str) -> None:
    assume(words_of(quoted) != words_of(text)[: len(words_of(quoted))])
    assert not begins_with(text, quoted)


@given(st.lists(st.sampled_from(["Oh", "dear", "I", "shall", "isn’t"]), min_size=1, max_size=6), st.integers(1, 6))
def test_marks_do_not_count(words: list[str], count: int) -> None:
    text = "“" + " ".join(words) + "!”"
    assert begins_with(text, " ".join(words[:count]).replace("’", "'"))
    assert ends_with(text, '"' + " ".join(words[-count:]))
