"""The words around a book, in every language there are some in."""

from string import Formatter

import pytest

from pipeline.script.credits import PLACEHOLDERS, Narrator, filled, values_of
from pipeline.script.phrases import UNKNOWN, Phrases, languages, phrases_of
from tests.script.test_credits import BOOK

EVERY = sorted(languages())


def names_in(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def test_there_are_phrases_for_the_languages_of_the_stores() -> None:
    wanted = "cs da de el en es fi fr hu it ja la nb nl pl pt ru sv tr uk zh"
    assert [language for language in EVERY if language != UNKNOWN] == wanted.split()


@pytest.mark.parametrize("language", EVERY)
def test_each_says_what_a_store_wants_to_hear(language: str) -> None:
    phrases = phrases_of(language)
    assert names_in(phrases.opening) == {"title", "subtitle", "author", "narrator"} <= set(PLACEHOLDERS)
    assert names_in(phrases.closing) == {"title", "author", "narrator"}
    assert names_in(phrases.chapter) == {"number"}
    assert names_in(phrases.by_voice) == {"voice", "model"}
    assert (names_in(phrases.by_model), names_in(phrases.by_name)) == ({"model"}, {"name"})
    assert phrases.opening_title


@pytest.mark.parametrize("language", EVERY)
def test_each_can_be_filled(language: str) -> None:
    phrases = phrases_of(language)
    values = values_of(BOOK, Narrator("Gemini", "Kore"), phrases)
    for template in (phrases.opening, phrases.closing):
        text = " ".join(filled(template, values))
        assert all(value in text for value in (BOOK.title, "Ann Author", "Bob Writer", "Kore", "Gemini"))
        assert "{" not in text


@pytest.mark.parametrize("language", [language for language in EVERY if language != UNKNOWN])
def test_each_says_at_the_end_that_it_is_the_end(language: str) -> None:
    last = phrases_of(language).closing.strip().splitlines()[-1]
    assert names_in(last) == set()


@pytest.mark.parametrize(
    ("language", "as_in"), [("no", "nb"), ("nn", "nb"), ("cmn", "zh"), ("ca", UNKNOWN), ("", "und")]
)
def test_a_language_without_phrases_has_those_of_another_or_no_words(language: str, as_in: str) -> None:
    assert phrases_of(language) is languages()[as_in]


@pytest.mark.parametrize(
    ("names", "listed"), [([], ""), (["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C")]
)
def test_authors_are_listed_as_one_says_them(names: list[str], listed: str) -> None:
    assert phrases_of("en").listed(names) == listed


def test_a_table_with_a_key_missing_is_none() -> None:
    table = phrases_of("en").model_dump()
    del table["closing"]
    with pytest.raises(ValueError, match="closing"):
        Phrases(**table)
