"""Each rule of spoken text: what it is for, and the words it must leave alone."""

from typing import SupportsIndex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.book import Kind
from pipeline.script.numerals import digits_for_roman, heading_figures, roman_value
from pipeline.script.spoken import RULES, Context, spoken_text
from pipeline.speech.profiles import EMBEDDED_MODEL, load_profiles

NEEDS = ("titles", "ordinals", "currency")


def said(text: str, *, kind: Kind = Kind.PARAGRAPH, language: str = "en", others: tuple[str, ...] = ()) -> str:
    """`others` are the book's other headings."""
    return spoken_text(text, Context(kind, language, heading_figures([text, *others])), needs=NEEDS)


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
        ("at ftp://example.org/x!", "at example.org/x!"),
        ("J.-J. Rousseau came.", "J-J Rousseau came."),
        ("J.R.R. Tolkien came.", "J R R Tolkien came."),
        ("Capt. Ahab met Lieut. Starbuck.", "Captain Ahab met Lieutenant Starbuck."),
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
        "in 400 B. C. Then Rome fell",
        "the U. S. Army",
        "Vitamin C",
        "Malcolm X",
        "Louis XIV",
        "Chapter IV",
        "I think so",
        "The Gen. was late.",
        "Col. 3 of the page",
        "MI. then",
        "a.b@c",
        "the 2e arrondissement",
    ],
)
def test_and_leaves_the_rest_alone(text: str) -> None:
    assert said(text) == text


@pytest.mark.parametrize(
    ("text", "spoken", "language"),
    [
        ("M. Dupont et MM. Hall.", "Monsieur Dupont et Messieurs Hall.", "fr"),
        ("Mgr. Hall vit Mme. Rose.", "Monseigneur Hall vit Madame Rose.", "fr"),
        ("Jean M. Dupont", "Jean M. Dupont", "fr"),
        ("Il dit M. puis partit.", "Il dit M. puis partit.", "fr"),
        ("drôle de M. Drôle", "drôle de Monsieur Drôle", "fr"),
        ("Hr. Schmidt und Dr. Hall in St. Pauli", "Herr Schmidt und Doktor Hall in Sankt Pauli", "de"),
        ("El Sr. Ruiz y D. Juan", "El Señor Ruiz y Don Juan", "es"),
        ("Il Sig. Rossi", "Il Signor Rossi", "it"),
        ("O Sr. Silva e a Dra. Costa", "O Senhor Silva e a Doutora Costa", "pt"),
        ("dhr. Jansen en dr. Vries", "de heer Jansen en doctor Vries", "nl"),
        ("Mr. Smith", "Mr. Smith", "pl"),
        ("au XIXe siècle, le 2e jour", "au dix-neuvième siècle, le deuxième jour", "fr"),
        ("François Ier, la 1re fois, 1er mai", "François premier, la première fois, premier mai", "fr"),
        ("la Vie, l’Ire, 24e, 2 e", "la Vie, l’Ire, 24e, 2 e", "fr"),
        ("de 2e en 1ste keer, 21e", "de tweede en eerste keer, 21e", "nl"),
        ("la 2.ª vez, el 1.º", "la 2ª vez, el 1º", "es"),
        ("am 3. Mai", "am 3. Mai", "de"),
        ("the 2nd time, 1st", "the 2nd time, 1st", "en"),
        ("kostet €5", "kostet 5 Euro", "de"),
        ("ceny $5", "ceny $5", "pl"),
    ],
)
def test_titles_ordinals_and_currency_by_language(text: str, spoken: str, language: str) -> None:
    assert said(text, language=language) == spoken


@pytest.mark.parametrize(
    ("text", "spoken", "language"),
    [
        ("CHAPTER IV. THE RABBIT SENDS IN A LITTLE BILL", "Chapter 4. The Rabbit Sends In a Little Bill.", "en"),
        ("Chapter IV", "Chapter 4.", "en"),
        ("Chapter iv.", "Chapter 4.", "en"),
        ("BOOK II: THE WOOD", "Book 2: The Wood.", "en"),
        ("Canto IV", "Canto 4.", "en"),
        ("Part C", "Part C.", "en"),
        ("Part i am", "Part i am.", "en"),
        ("Chapter XIV: Louis XIV", "Chapter 14: Louis XIV.", "en"),
        ("IV", "4.", "en"),
        ("I", "I.", "en"),
        ("I Am Born", "I Am Born.", "en"),
        ("I, Robot", "I, Robot.", "en"),
        ("C. Auguste Dupin", "C. Auguste Dupin.", "en"),
        ("Henry VIII", "Henry VIII.", "en"),
        ("HENRY VIII AND HIS WIVES", "Henry VIII And His Wives.", "en"),
        ("Malcolm X", "Malcolm X.", "en"),
        ("Vitamin C", "Vitamin C.", "en"),
        ("World War II", "World War II.", "en"),
        ("MIX", "MIX.", "en"),
        ("THE MIXED LOT, A MIX", "The Mixed Lot, a Mix.", "en"),
        ("CIVIL LAW", "Civil Law.", "en"),
        ("THE BBC YEARS", "The BBC Years.", "en"),
        ("ALICE’S EVIDENCE", "Alice’s Evidence.", "en"),
        ("Глава IV", "Глава 4.", "ru"),
        ("Chapitre IV", "Chapitre 4.", "fr"),
        ("CHAPITRE PREMIER", "Chapitre Premier.", "fr"),
        ("DIX ANS APRÈS", "Dix Ans Après.", "fr"),
        ("STORIA DI MARIA", "Storia Di Maria.", "it"),
        ("Zweites Kapitel", "Zweites Kapitel.", "de"),
        ("ERSTES KAPITEL", "Erstes Kapitel.", "de"),
        ("Kapitel IV.", "Kapitel 4", "de"),
        ("IV. Kapitel", "4. Kapitel.", "de"),
        ("IV. Der Brief", "4: Der Brief.", "de"),
        ("IV.", "4", "de"),
        ("IKINCI KISIM: IŞIK", "Ikıncı Kısım: Işık.", "tr"),
    ],
)
def test_headings_are_said_as_a_narrator_says_them(text: str, spoken: str, language: str) -> None:
    assert said(text, kind=Kind.HEADING, language=language) == spoken


@pytest.mark.parametrize(
    ("text", "others", "spoken"),
    [
        ("I", ("II", "III"), "1."),
        ("V. The Letter", ("IV. The Wood",), "5. The Letter."),
        ("L", ("XLIX",), "50."),
        ("I", ("A", "B", "C", "V", "X"), "I."),
        ("C. S. Lewis", ("I", "II"), "C S Lewis."),
        ("V. Woolf", ("I. Newton", "C. Darwin"), "V. Woolf."),
        ("Section C", ("Section XCIX",), "Section 100."),
    ],
)
def test_a_single_letter_is_a_number_beside_the_next_one(text: str, others: tuple[str, ...], spoken: str) -> None:
    assert said(text, kind=Kind.HEADING, others=others) == spoken


@pytest.mark.parametrize(
    ("heading", "spoken", "language"),
    [
        ("The Letter", "The Letter.", "en"),
        ("The Letter.", "The Letter.", "en"),
        ("Who Stole the Tarts?", "Who Stole the Tarts?", "en"),
        ("“Who Stole the Tarts?”", "“Who Stole the Tarts?”", "en"),
        ("“The Letter”", "“The Letter”.", "en"),
        ("Part One:", "Part One:", "en"),
        ("Poems,", "Poems,", "en"),
        ("1905", "1905.", "en"),
        ("1905", "1905", "de"),
        ("第一章", "第一章。", "ja"),
        ("第一章。", "第一章。", "zh"),
        ("पहला अध्याय", "पहला अध्याय।", "hi"),
        ("باب اول", "باب اول۔", "ur"),
        ("الفصل الأول", "الفصل الأول.", "ar"),
        ("บทที่หนึ่ง", "บทที่หนึ่ง", "th"),
        ("Գլուխ", "Գլուխ։", "hy"),
        ("", "", "en"),
    ],
)
def test_a_heading_ends_as_a_sentence_does_in_its_script(heading: str, spoken: str, language: str) -> None:
    assert said(heading, kind=Kind.HEADING, language=language) == spoken
    assert said(heading, language=language) == heading


@pytest.mark.parametrize("text", ["a--b", "for (...) {", "see http://www.example.org/?a=1", "J. R. R. Tolkien"])
def test_code_is_given_as_it_stands(text: str) -> None:
    assert said(text, kind=Kind.CODE) == text


def test_titles_ordinals_and_currency_only_where_a_voice_needs_them() -> None:
    for text, language in (("Mr. Smith paid $5.", "en"), ("M. Dupont, le 2e", "fr")):
        assert spoken_text(text, Context(Kind.PARAGRAPH, language)) == text


def test_the_embedded_voice_asks_for_the_rules_it_needs_and_for_none_that_is_not_there() -> None:
    profiles = load_profiles({})
    assert set(profiles[EMBEDDED_MODEL].normalise) == {rule.need for rule in RULES if rule.need}
    assert all(set(profile.normalise) <= {rule.need for rule in RULES} for profile in profiles.values())


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


def test_a_heading_of_capitals_without_a_word_is_left_as_it_is() -> None:
    assert said("Ⓐ", kind=Kind.HEADING) == "Ⓐ"


class _Sliced(str):
    """A text that counts the characters handed out of it in slices."""

    handed_out = 0

    def __getitem__(self, key: SupportsIndex | slice) -> str:
        part = super().__getitem__(key)
        type(self).handed_out += len(part)
        return part


def test_a_heading_of_a_thousand_figures_is_read_once() -> None:
    heading = _Sliced(" ".join(f"Akt {figure}." for figure in ["IV", "X", "XII"] * 400))
    assert digits_for_roman(heading, heading_figures([heading]), language="de").startswith("Akt 4. Akt 10. Akt 12.")
    assert _Sliced.handed_out < 2 * len(heading)
