"""Each rule of spoken text: what it is for, and the words it must leave alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.book import Kind
from pipeline.script.spoken import RULES, Context, roman_value, spoken_text

NEEDS = ("titles", "currency")


def said(text: str, *, kind: Kind = Kind.PARAGRAPH, language: str = "en") -> str:
    return spoken_text(text, Context(kind, language), needs=NEEDS)


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Wait . . . what?", "Wait… what?"),
        ("Wait... what?", "Wait… what?"),
        ("the end. . . . Next", "the end… Next"),
        ("so--he said--and then", "so — he said — and then"),
        ("see https://www.example.org/a/b?x=1. Then", "see example.org/a/b. Then"),
        ("at www.example.org/", "at example.org"),
        ("write to a.b@example.org now", "write to a.b at example.org now"),
        ("J. R. R. Tolkien came.", "J R R Tolkien came."),
        ("Mr. Smith met St. Paul.", "Mr Smith met St Paul."),
        ("It cost $1,250.50 then, and £20, and $1.", "It cost 1,250.50 dollars then, and 20 pounds, and 1 dollar."),
        ("$5 million", "5 million dollars"),
    ],
)
def test_a_rule_does_what_it_was_written_for(text: str, spoken: str) -> None:
    assert said(text) == spoken


@pytest.mark.parametrize(
    "text",
    [
        "Plan B. Then he left.",
        "O. Henry wrote it.",
        "He went to the Dr. then.",
        "at 5 a.m. The bell rang",
        "Prince B----",
        "<!-- a comment -->",
        "a 3-2 win, well-known",
        "version 1.2.3",
        "Henry VIII",
        "US$5",
        "I am born.",
        "MIX",
        "NASA said so",
        "drôle de drame",
        "name @ home",
    ],
)
def test_and_leaves_the_rest_alone(text: str) -> None:
    assert said(text) == text


@pytest.mark.parametrize(
    ("text", "spoken", "language"),
    [
        ("CHAPTER IV. THE RABBIT SENDS IN A LITTLE BILL", "Chapter 4. The Rabbit Sends In A Little Bill", "en"),
        ("Chapter IV", "Chapter 4", "en"),
        ("IV", "4", "en"),
        ("I. The Letter", "1. The Letter", "en"),
        ("I Am Born", "I Am Born", "en"),
        ("Henry VIII", "Henry VIII", "en"),
        ("MIX", "MIX", "en"),
        ("CIVIL LAW", "Civil Law", "en"),
        ("THE BBC YEARS", "The BBC Years", "en"),
        ("Глава IV", "Глава 4", "ru"),
        ("Chapitre XIV", "Chapitre 14", "fr"),
        ("ERSTES KAPITEL", "Erstes Kapitel", "de"),
        ("ALICE’S EVIDENCE", "Alice’s Evidence", "en"),
    ],
)
def test_headings_are_said_as_a_narrator_says_them(text: str, spoken: str, language: str) -> None:
    assert said(text, kind=Kind.HEADING, language=language) == spoken


def test_titles_and_currency_only_where_a_voice_needs_them() -> None:
    text = "Mr. Smith paid $5."
    assert spoken_text(text, Context(Kind.PARAGRAPH, "en")) == text


def test_every_rule_says_why() -> None:
    assert all(rule.reason and rule.name for rule in RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)


@given(st.integers(1, 3999))
def test_roman_figures_are_read_back(number: int) -> None:
    figures = ""
    rest = number
    for value, figure in (
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"),
        (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    ):  # fmt: skip  # a table of two columns
        figures += figure * (rest // value)
        rest %= value
    assert roman_value(figures) == number


@given(st.text(alphabet=st.characters(categories=("L", "Zs", "Nd")), max_size=80))
def test_plain_words_are_sacred(text: str) -> None:
    """Letters, digits and spaces alone give no rule outside headings anything to do."""
    assert said(text) == text
