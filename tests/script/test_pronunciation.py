"""A user's pronunciations: whole words, cases, languages, phrases before their words."""

import pytest

from pipeline.errors import SettingsError
from pipeline.script.pronouncer import Pronouncer
from pipeline.script.pronunciation import pronunciations_of


def said(text: str, table: dict[str, object], *, language: str = "en-GB", ipa_syntax: str = "") -> str:
    return Pronouncer(pronunciations_of(table, language=language), ipa_syntax=ipa_syntax).said(text, language="en")


def test_whole_words_in_any_case() -> None:
    table = {"Cholmondeley": "Chumley"}
    assert said("CHOLMONDELEY met Cholmondeley’s aunt", table) == "Chumley met Chumley’s aunt"
    assert said("Cholmondeleys", table) == "Cholmondeleys"


def test_a_rule_may_want_its_case_or_parts_of_words() -> None:
    assert said("Nice is nice", {"Nice": {"say": "Neece", "case": True}}) == "Neece is nice"
    assert said("readme.md", {"md": {"say": "markdown", "part": True}}) == "readme.markdown"


def test_a_phrase_goes_before_its_words_and_is_touched_once() -> None:
    table = {"York": "Yorick", "New  York": "Noo York"}
    assert said("New\nYork and York", table) == "Noo York and Yorick"


def test_only_in_the_language_named() -> None:
    table = {"Chat": {"say": "Sha", "language": "fr"}}
    assert said("Chat", table, language="fr-FR") == "Sha"
    assert said("Chat", table, language="en") == "Chat"


def test_ipa_where_the_model_takes_it_and_spelling_elsewhere() -> None:
    table = {"Siobhán": {"say": "Shivawn", "ipa": "ʃɪˈvɔːn"}}
    assert said("Siobhán", table) == "Shivawn"
    assert said("Siobhán", table, ipa_syntax="{text}[{ipa}]") == "Siobhán[ʃɪˈvɔːn]"


def test_signs_are_no_patterns() -> None:
    assert said("C++ (and C)", {"C++": {"say": "C plus plus", "part": True}}) == "C plus plus (and C)"


@pytest.mark.parametrize("value", ["", {"say": ""}, {"sya": "x"}, {"say": "x", "case": "perhaps"}])
def test_an_entry_that_says_nothing_is_refused_by_name(value: object) -> None:
    with pytest.raises(SettingsError, match=r'pronunciations\."word"'):
        pronunciations_of({"word": value}, language="en")
