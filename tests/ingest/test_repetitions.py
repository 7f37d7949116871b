"""Titles spoken once: what is certainly a repetition goes, with its characters; what only looks like one stays."""

import sys

import pytest

from pipeline.book import Coverage
from pipeline.ingest.contents import Entry
from pipeline.ingest.document import Document
from pipeline.ingest.repetitions import MAX_RUN, RULE, spoken_once, title_key
from pipeline.ingest.xhtml import read_xhtml
from tests.ingest.epubs import page

TEXT = "<p>And so it went.</p>"


def documents(*bodies: str) -> list[Document]:
    return [read_xhtml(page(body).encode(), f"{number}.xhtml")[0] for number, body in enumerate(bodies)]


def left_out(*bodies: str, entries: tuple[Entry, ...] = (), title: str = "A Test") -> list[tuple[int, str]]:
    """Each repetition with the number of its file."""
    read = spoken_once(documents(*bodies), entries, title)
    return [(number, block.text) for number, one in enumerate(read) for block in one.blocks if block.rule == RULE]


@pytest.mark.parametrize("again", ["Part One", "PART ONE.", "Part&#160;One", "«Part» One"])
def test_case_space_and_signs_make_no_other_title(again: str) -> None:
    assert len(left_out("<h1>PART ONE</h1>", f"<h2>{again}</h2><h3>I</h3>{TEXT}")) == 1


@pytest.mark.parametrize("again", ["Part One and a Half", "Part Two", "One", "Part"])
def test_another_title_stays(again: str) -> None:
    assert left_out("<h1>PART ONE</h1>", f"<h2>{again}</h2><h3>I</h3>{TEXT}") == []


def test_with_text_between_a_heading_stands_for_itself() -> None:
    assert left_out(f"<h2>The Wood</h2>{TEXT}", f"<h2>The Wood</h2>{TEXT}") == []


def test_a_picture_and_a_rule_say_nothing_between() -> None:
    assert left_out("<h1>The Wood</h1><hr/>", f'<p><img alt="a tree"/></p><h1>The Wood</h1>{TEXT}') == [(1, "The Wood")]


def test_a_part_over_later_chapters_by_its_figure_and_not_after_another_part() -> None:
    chapters = (f"<h1>Part {part}</h1><h2>{name}</h2>{TEXT}" for part, name in ((1, "A"), (1, "B"), (2, "C"), (1, "D")))
    assert left_out(*chapters) == [(1, "Part 1")]


def test_a_word_over_each_number_is_half_of_a_title() -> None:
    assert left_out(*(f"<h1>Canto</h1><h2>{figure}</h2>{TEXT}" for figure in ("I", "II", "III"))) == []


def test_the_number_of_a_part_over_the_same_number_of_its_chapter() -> None:
    assert left_out(f"<h1>I</h1><h2>I</h2>{TEXT}") == []
    assert left_out("<h1>I</h1>", f"<h1>I</h1>{TEXT}") == [(1, "I")]


def test_numbers_that_only_join_to_one_are_another() -> None:
    assert left_out("<h1>Part I</h1>", "<h2>I</h2>", f"<h1>Part II</h1>{TEXT}") == []


def test_a_title_that_the_contents_lead_to_is_its_own() -> None:
    bodies = [f"<h1>Day</h1><h2>{name}</h2>{TEXT}" for name in ("Morning", "Noon")]
    entries = [Entry("Day", "0.xhtml", "0.xhtml"), Entry("Noon", "1.xhtml", "1.xhtml")]
    assert left_out(*bodies, entries=tuple(entries)) == [(1, "Day")]
    entries[1] = Entry("Day", "1.xhtml", "1.xhtml")
    assert left_out(*bodies, entries=tuple(entries)) == []


def test_the_books_title_over_two_chapters_without_headings_may_open_something() -> None:
    assert left_out(f"<h1>A Test</h1>{TEXT}", f"<h1>A Test</h1>{TEXT}") == []


def test_a_poems_first_line_is_no_repetition_of_its_title() -> None:
    assert left_out("<h2>Do not go gentle</h2><p>Do not go gentle</p><p>into that night.</p>") == []


def test_the_characters_move_from_spoken_to_the_rule() -> None:
    read = spoken_once(documents("<h1>The Wood</h1>", f"<h1>THE WOOD</h1>{TEXT}"), (), "")
    assert read[1].coverage == Coverage(19, 12, {RULE: 7})
    assert [block.rule for block in read[1].blocks] == [RULE, ""]


def test_a_heading_with_words_of_ours_is_not_measured_and_stays() -> None:
    assert left_out("<h2>Tea</h2>", f'<h2><img alt="T"/>ea</h2>{TEXT}') == []


def test_only_so_many_headings_in_a_row_are_looked_at_together() -> None:
    between = "".join(f"<h2>Title {number}</h2>" for number in range(MAX_RUN))
    assert left_out(f"<h2>One</h2>{between}<h2>One</h2>{TEXT}") == []
    assert left_out(f"<h2>One</h2><h2>Two</h2><h2>One</h2>{TEXT}") == [(0, "One")]


def test_twice_the_headings_take_twice_the_steps() -> None:
    """In one file, with running titles that hold over all of them: counted in calls, not in seconds."""

    def steps(chapters: int) -> int:
        body = "".join(f"<h2>Part 1</h2><h3>Chapter {number}</h3>{TEXT}" for number in range(chapters))
        read = documents(f"<h1>A Test</h1>{body}")
        calls = 0

        def count(_frame: object, event: str, _argument: object) -> None:
            nonlocal calls
            calls += event == "call"

        sys.setprofile(count)
        try:
            spoken_once(read, (), "A Test")
        finally:
            sys.setprofile(None)
        return calls

    assert steps(400) < 2.2 * steps(200)


def test_keys_are_words_alone() -> None:
    assert title_key("  «Chapitre  IV» : L’Été ") == "chapitre iv l été"
