"""Titles that nobody would hear are said; no title is said twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.book import Block, Book, Chapter, Kind, Metadata
from pipeline.recording import Boundary
from pipeline.script import script_of
from pipeline.script.additions import OURS, cutter, is_ours
from pipeline.script.announcements import Announce, announcement_of, with_announcements
from pipeline.script.phrases import phrases_of
from tests.fakes.books import WIDE, default_script_settings, paragraphs

PROSE = "It was late when the lamp went out, and nobody had seen where the boat had gone."
FIGURES = frozenset({1, 2, 3, 4})


def heading(text: str, *, rule: str = "") -> Block:
    return Block(Kind.HEADING, text, rule=rule, level=1)


def announced(
    title: str, *blocks: Block, announce: Announce = "auto", language: str = "en", is_titled: bool = True
) -> str:
    chapter = Chapter(title, (*blocks, *paragraphs(PROSE)), is_titled=is_titled)
    return announcement_of(chapter, announce, FIGURES, phrases_of(language))


@pytest.mark.parametrize(
    ("title", "language", "text"),
    [
        ("The Lamp", "en", "The Lamp"),
        ("4", "en", "Chapter 4"),
        ("IV", "en", "Chapter 4"),
        ("IV.", "de", "Kapitel 4"),
        ("4.", "hu", "4. fejezet"),
        ("３", "ja", "第3章"),
        ("4", "ca", "4"),
        ("C", "en", "C"),
        ("MIX", "en", "MIX"),
        ("1984", "en", "1984"),
        ("Chapter IV", "en", "Chapter IV"),
    ],
)
def test_a_title_that_stands_in_the_contents_alone_is_said(title: str, language: str, text: str) -> None:
    assert announced(title, language=language) == text


@pytest.mark.parametrize(
    ("title", "opening"),
    [
        ("The Lamp", [heading("The Lamp")]),
        ("The Lamp", [heading("I")]),
        ("I. The Lamp", [heading("CHAPTER I"), heading("THE LAMP")]),
        ("The Lamp", paragraphs("The lamp was lit, and then it was not.")),
        ("Chapter 4", paragraphs("CHAPTER IV.")),
        ("1. The Lamp", paragraphs("CHAPTER ONE", "The Lamp")),
        ("1. The Lamp", paragraphs("Chapter One.", "The Lamp.")),
        ("Chapter 1: The Lamp", paragraphs("Chapter I.", "The Lamp.")),
        ("1", paragraphs("CHAPTER ONE")),
        ("Dedication", paragraphs("To Edith")),
        ("The Lamp", [*paragraphs("“Light,” he said, “more light than there ever was.”"), heading("The Lamp")]),
        ("The Lamp", [Block(Kind.SCENE_BREAK, ""), heading("The Lamp")]),
        ("The Lamp", [heading("The Lamp", rule="repeated-heading")]),
        ("羅生門", paragraphs("羅生門　ある日の暮方の事である。一人の下人が、雨やみを待っていた。")),
    ],
)
def test_what_is_heard_anyway_is_not_said_twice(title: str, opening: list[Block]) -> None:
    assert announced(title, *opening) == ""


@pytest.mark.parametrize(
    "opening",
    [
        [heading("The Lamp", rule="hidden")],
        paragraphs("Lampert was late."),
        [Block(Kind.PARAGRAPH, "The Lamp", rule="page-number")],
        [Block(Kind.VERSE, "Tyger Tyger")],
        paragraphs("“More light!”"),
    ],
)
def test_what_is_not_heard_is_no_reason_to_be_silent(opening: list[Block]) -> None:
    assert announced("The Lamp", *opening) == "The Lamp"


def test_always_means_also_another_heading_and_titles_that_are_made_up() -> None:
    assert announced("The Lamp", heading("I"), announce="always") == "The Lamp"
    assert announced("3", is_titled=False, announce="always") == "Chapter 3"
    assert announced("3", is_titled=False) == ""
    assert announced("The Lamp", heading("I"), heading("THE LAMP"), announce="always") == ""


def test_never_means_never() -> None:
    assert announced("The Lamp", announce="never") == ""


def test_an_announcement_is_a_chunk_of_its_own_that_changes_no_other() -> None:
    chapters = (
        Chapter("One", (heading("One"), *paragraphs(PROSE))),
        Chapter("Two", tuple(paragraphs(PROSE, PROSE))),
    )
    book = Book(Metadata(), chapters)
    script = script_of(book, default_script_settings(), WIDE, language="en")
    cut = cutter(default_script_settings(), WIDE, language="en")
    said = with_announcements(script, book, "auto", phrases=phrases_of("en"), cut=cut)
    assert said.chapters[0] == script.chapters[0]
    first, *others = said.chapters[1].chunks
    assert tuple(others) == script.chapters[1].chunks
    assert (first.text, first.after) == ("Two", Boundary.HEADING)
    [line] = first.lines
    assert (line.kind, line.block) == (Kind.HEADING, OURS)


KINDS = st.sampled_from([Kind.PARAGRAPH, Kind.HEADING, Kind.VERSE, Kind.SCENE_BREAK])
TEXTS = st.sampled_from(["The Lamp", "the LAMP", "IV", "It was late when the lamp went out.", "Chapter One", "天"])
BLOCKS = st.lists(st.builds(Block, KINDS, TEXTS, rule=st.sampled_from(["", "", "hidden"])), max_size=5)


CHAPTERS = st.lists(st.builds(Chapter, TEXTS, BLOCKS.map(tuple)), min_size=1, max_size=4)


@given(CHAPTERS, st.sampled_from(["auto", "always"]))
def test_the_books_own_chunks_stay_as_they_are(chapters: list[Chapter], announce: Announce) -> None:
    book = Book(Metadata(), tuple(chapters))
    script = script_of(book, default_script_settings(), WIDE, language="en")
    cut = cutter(default_script_settings(), WIDE, language="en")
    said = with_announcements(script, book, announce, phrases=phrases_of("en"), cut=cut)
    for before, after in zip(script.chapters, said.chapters, strict=True):
        ours = [chunk for chunk in after.chunks if any(map(is_ours, chunk.lines))]
        assert after.chunks == (*ours, *before.chunks)
        blocks = book.chapters[before.number - 1].blocks
        heard = [block for block in blocks if not block.rule and block.kind is not Kind.SCENE_BREAK]
        if ours:
            assert all(block.text.casefold() != "".join(ours[0].text).casefold() for block in heard[:2])
