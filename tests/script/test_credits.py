"""Opening and closing credits, filled."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from pipeline.book import Metadata
from pipeline.recording import Boundary
from pipeline.script import script_of
from pipeline.script.additions import OURS, cutter
from pipeline.script.credits import (
    CreditSettings,
    Narrator,
    credits_of,
    filled,
    spoken_model,
    spoken_voice,
    values_of,
    with_credits,
)
from pipeline.script.phrases import phrases_of
from tests.fakes.books import WIDE, book_of, default_script_settings, paragraphs

BOOK = Metadata(
    title="The Lamp",
    creators=("Ann Author", "Bob Writer"),
    date="1901-05-01",
    subtitle="A Tale",
    series="Lamps",
    series_index="2.5",
    publisher="House",
)
KORE = Narrator("Gemini 3.1 Flash TTS", "Kore")


def settings(opening: str = "", closing: str = "") -> CreditSettings:
    return CreditSettings(spoken="yes", opening=opening, closing=closing, announce="auto")


def said(
    book: Metadata, narrator: Narrator = KORE, *, language: str = "en", opening: str = ""
) -> list[tuple[str, ...]]:
    phrases = phrases_of(language)
    return [credit.lines for credit in credits_of(settings(opening), phrases, values_of(book, narrator, phrases))]


def test_what_a_store_wants_to_hear() -> None:
    opening, closing = said(BOOK)
    assert opening == (
        "The Lamp.",
        "A Tale.",
        "Written by Ann Author and Bob Writer.",
        "Read by Kore, a synthetic voice of Gemini 3.1 Flash TTS.",
    )
    assert closing[0] == "You have been listening to The Lamp."
    assert closing[-1] == "The End."


def test_in_german() -> None:
    opening, closing = said(BOOK, language="de")
    assert opening[2:] == (
        "Von Ann Author und Bob Writer.",
        "Gelesen von Kore, einer synthetischen Stimme von Gemini 3.1 Flash TTS.",
    )
    assert (closing[0], closing[-1]) == ("Sie hörten: The Lamp.", "Ende.")


def test_what_a_book_does_not_say_is_not_spoken_of() -> None:
    opening, _ = said(Metadata(title="The Lamp"))
    assert opening == ("The Lamp.", "Read by Kore, a synthetic voice of Gemini 3.1 Flash TTS.")


@pytest.mark.parametrize(
    ("narrator", "words"),
    [
        (Narrator("Espeak NG"), "Espeak NG, a synthetic voice"),
        (Narrator("Gemini", "Kore", "Ada"), "Ada, a synthetic voice"),
    ],
)
def test_the_narrator_is_always_said_to_be_a_synthetic_voice(narrator: Narrator, words: str) -> None:
    assert said(BOOK, narrator)[0][-1] == f"Read by {words}."


def test_a_template_of_ones_own() -> None:
    template = "{series}, book {series_index}.\n\n  {title}, {year}, {publisher}.\n{{so}} reads {voice} of {model}\n"
    opening, _ = said(BOOK, opening=template)
    assert opening == (
        "Lamps, book 2.5.",
        "The Lamp, 1901, House.",
        "{so} reads Kore of Gemini 3.1 Flash TTS",
    )
    assert said(replace(BOOK, series_index="", date="spring"), opening=template)[0] == opening[2:]


@pytest.mark.parametrize(
    ("title", "line"),
    [("What Is Man?", "What Is Man?"), ("Inc.", "Inc."), ("Oh…", "Oh…"), ("Oh", "Oh."), ("{title}", "{title}.")],
)
def test_a_title_that_ends_in_a_mark_gets_no_second_one(title: str, line: str) -> None:
    assert next(filled("{title}.", {"title": title})) == line


@pytest.mark.parametrize("template", ["{titel}", "{title!r}", "{title:>9}", "{title", "{}", "{title.upper}", "{0}"])
def test_a_template_that_cannot_be_filled_is_refused_when_it_is_read(template: str) -> None:
    with pytest.raises(ValidationError):
        settings(opening=template)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("google/gemini-3.1-flash-tts-preview", "Gemini 3.1 Flash TTS"),
        ("gpt-4o-mini-tts", "GPT 4o Mini TTS"),
        ("espeak-ng", "Espeak NG"),
        ("kokoro", "Kokoro"),
    ],
)
def test_a_model_is_named_as_one_says_it(name: str, words: str) -> None:
    assert spoken_model(name) == words


@pytest.mark.parametrize(("name", "words"), [("Kore", "Kore"), ("af_heart", "Heart"), ("alloy", "Alloy")])
def test_so_is_a_voice(name: str, words: str) -> None:
    assert spoken_voice(name) == words


def test_credits_are_chapters_around_the_book_and_change_none_of_it() -> None:
    script = script_of(book_of(paragraphs("One."), paragraphs("Two.")), default_script_settings(), WIDE, language="en")
    cut = cutter(default_script_settings(), WIDE, language="en")
    phrases = phrases_of("en")
    opening, closing = credits_of(settings(), phrases, values_of(BOOK, KORE, phrases))
    with_them = with_credits(script, opening, closing, cut=cut, count=2)
    assert [chapter.number for chapter in with_them.chapters] == [0, 1, 2, 3]
    assert with_them.chapters[1:-1] == script.chapters
    assert [with_them.chapters[at].title for at in (0, -1)] == ["Opening credits", "Closing credits"]
    for chapter in (with_them.chapters[0], with_them.chapters[-1]):
        assert {line.block for chunk in chapter.chunks for line in chunk.lines} == {OURS}
        assert chapter.chunks[-1].after is Boundary.CHAPTER


def test_a_template_that_comes_to_nothing_makes_no_chapter() -> None:
    script = script_of(book_of(paragraphs("One.")), default_script_settings(), WIDE, language="en")
    cut = cutter(default_script_settings(), WIDE, language="en")
    opening, closing = credits_of(
        settings("{publisher}", "{series}"), phrases_of("en"), dict.fromkeys(["publisher", "series"], "")
    )
    assert with_credits(script, opening, closing, cut=cut, count=1) == script


def test_a_template_longer_than_a_request_is_cut_as_a_chapter_is() -> None:
    cut = cutter(default_script_settings(), WIDE, language="en")
    long = "\n".join(f"With thanks to number {number}, who lit the lamp for us." for number in range(200))
    opening, closing = credits_of(settings(long), phrases_of("en"), values_of(BOOK, KORE, phrases_of("en")))
    script = script_of(book_of(paragraphs("One.")), default_script_settings(), WIDE, language="en")
    chunks = with_credits(script, opening, closing, cut=cut, count=1).chapters[0].chunks
    assert len(chunks) > 2
    assert all(len(chunk.text) <= WIDE.max_chars for chunk in chunks)
    assert "\n".join(line.text for chunk in chunks for line in chunk.lines) == long
