"""What a terminal shows, column by column."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.typeset import Ink, Sheet, columns_of, left, plain, right, shortened, wrapped

WORDS = st.text(alphabet=st.sampled_from("ab 草枕é\u0301\u200d👩👨🇩🇪❤\ufe0fकि각한\u1161"), max_size=40)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("", 0),
        ("Kim", 3),
        ("草枕", 4),
        ("ﾊﾝｶｸ", 4),  # half-width katakana
        ("ＡＢ", 4),  # full-width Latin
        ("e\u0301te\u0301", 3),  # combining accents
        ("\u0301", 0),
        ("שָׁלוֹם", 4),  # Hebrew with its points
        ("한국", 4),
        ("\u1112\u1161\u11ab", 2),  # the same syllable in three letters
        ("👩", 2),
        ("👨\u200d👩\u200d👧", 2),  # a family is one picture
        ("👍🏽", 2),  # so is a thumb of some colour
        ("🇩🇪🇫🇷", 4),  # and a flag
        ("❤\ufe0f", 2),
        ("Дама", 4),
    ],
)
def test_how_wide_text_is_shown(text: str, columns: int) -> None:
    assert columns_of(text) == columns


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Kim\x1b[2J", "Kim\ufffd[2J"),
        ("a\nb\tc\u2028d", "a b c d"),
        ("\u202eevil\u202c", "evil"),
        ("soft\u00adhyphen", "softhyphen"),
        ("👨\u200d👩", "👨\u200d👩"),
        ("half \ud800", "half \ufffd"),
        ("草枕", "草枕"),
    ],
)
def test_a_title_gives_a_terminal_no_orders(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_what_is_shortened_ends_at_a_whole_sign() -> None:
    assert shortened("Kim and more", 12) == "Kim and more"
    assert shortened("Kim and more", 5) == "Kim …"
    assert shortened("草枕草枕", 6) == "草枕…", "the next sign is two wide and there is one left"
    assert shortened("草枕草枕", 8) == "草枕草枕"
    assert shortened("re\u0301sume\u0301", 3) == "re\u0301…"
    assert shortened("x", 0) == ""


@given(WORDS, st.integers(0, 30))
def test_a_cell_is_exactly_as_wide_as_its_column(text: str, columns: int) -> None:
    assert columns_of(shortened(text, columns)) <= columns
    assert columns_of(left(text, columns)) == columns_of(right(text, columns)) == columns


@given(WORDS, st.integers(2, 30))
def test_wrapping_keeps_every_sign_and_no_line_is_too_long(text: str, columns: int) -> None:
    lines = list(wrapped(text, columns))
    assert all(columns_of(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert list(wrapped(text, None)) == [text]


def test_words_stay_whole_where_they_fit_a_line() -> None:
    assert list(wrapped("the quick brown fox", 9)) == ["the quick", "brown fox"]
    assert list(wrapped("an incomprehensible word", 10)) == ["an incompr", "ehensible", "word"]


def test_a_text_hangs_under_its_label() -> None:
    assert list(Sheet(30).prose("notes", "a cover was left out of it")) == [
        "  notes        a cover was",
        "               left out of it",
    ]
    [line] = Sheet().prose("notes", "x " * 100)
    assert line.count("x") == 100


def test_ink_is_only_put_on_where_it_is_shown() -> None:
    assert Ink().strong("Kim") == "Kim"
    assert Ink(True).strong("Kim") == "\x1b[1mKim\x1b[0m"
    assert Ink(True).faint("  ") == "  "
