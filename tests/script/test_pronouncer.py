"""Rules applied: the user's first, the book's own by language, single places where the book says so."""

import pytest

from pipeline.book import Lexeme, Sound
from pipeline.script.pronouncer import Pronouncer, restored
from pipeline.script.pronunciation import lexicon_rules, pronunciations_of

IPA = "{text}<{ipa}>"


def pronouncer(
    table: dict[str, object] | None = None, *lexicon: Lexeme, ipa_syntax: str = "", square: bool = False
) -> Pronouncer:
    rules = pronunciations_of(table or {}, language="en")
    own = lexicon_rules(lexicon, language="en-GB", takes_ipa=bool(ipa_syntax))
    brackets = str.maketrans("[]", "()")
    return Pronouncer(
        (*rules, *own), ipa_syntax=ipa_syntax, escape=(lambda text: text.translate(brackets)) if square else str
    )


def test_a_users_word_goes_before_the_books_phrase() -> None:
    voice = pronouncer({"York": "Yorick"}, Lexeme("New York", say="Noo York"), Lexeme("York", say="Yark"))
    assert voice.said("New York, York", language="en") == "New Yorick, Yorick"


def test_the_books_rules_hold_in_their_language() -> None:
    voice = pronouncer({}, Lexeme("Nice", say="Neece", language="fr", is_cased=True), Lexeme("tea", say="tee"))
    assert voice.said("Nice tea", language="fr") == "Neece tea"
    assert voice.said("Nice Tea nice", language="en") == "Nice tee nice"


def test_an_entry_in_ipa_alone_is_no_rule_where_no_ipa_is_taken() -> None:
    lexeme = Lexeme("tomato", ipa="təˈmɑːtəʊ")
    assert pronouncer({}, lexeme).rules == ()
    assert pronouncer({}, lexeme, ipa_syntax=IPA).said("Tomato!", language="en") == "Tomato<təˈmɑːtəʊ>!"


def test_ipa_is_no_text_to_be_escaped_and_all_else_is() -> None:
    table = {"Kim": {"ipa": "kɪm"}, "Lee": "[Lea]"}
    voice = pronouncer(table, ipa_syntax="[{ipa}]", square=True)
    assert voice.said("[sic] Kim and Lee", language="en") == "(sic) [kɪm] and (Lea)"


@pytest.mark.parametrize(
    ("words", "text"),
    [("straße", "STRASSE STRAßE"), ("İstanbul", "istanbul"), ("k", "\u212a"), ("C++", "c++"), ("@home", "to @HOME.")],
)
def test_no_rule_is_missed_for_the_word_it_is_filed_under(words: str, text: str) -> None:
    """What the pattern finds, the index must find."""
    voice = pronouncer({words: "said"})
    [rule] = voice.rules
    assert rule.touches(text)
    assert voice.touching(text, language="en") == [rule]


def test_only_rules_whose_word_stands_in_the_text_are_tried() -> None:
    lexicon = [Lexeme(f"name{number}", say="x") for number in range(1_000)]
    voice = pronouncer({}, *lexicon)
    assert voice.said("name7 met no one", language="en") == "x met no one"
    assert sum("pattern" in rule.__dict__ for rule in voice.rules) == 1


def test_a_place_is_said_as_the_book_says_and_no_other() -> None:
    text = "They lead [and] lead."
    voice = pronouncer({}, ipa_syntax="[{text}|{ipa}]", square=True)
    held = voice.held(text, [Sound(16, 20, "lɛd")], language="en")
    assert restored(voice.said(held.text, language="en"), held.said) == "They lead (and) [lead|lɛd]."


def test_a_place_is_left_to_a_users_rule_and_to_models_without_ipa() -> None:
    text, sounds = "Siobhan came.", [Sound(0, 7, "ʃɪvɔːn")]
    with_rule = pronouncer({"Siobhan": "Shivawn"}, ipa_syntax=IPA)
    assert with_rule.carried(text, sounds, language="en") == []
    assert pronouncer({}).held(text, sounds, language="en") == (text, {})
    own = pronouncer({}, Lexeme("Siobhan", say="Shavon"), ipa_syntax=IPA)
    assert own.carried(text, sounds, language="en") == sounds
