"""Marks and notes: what shape makes one, what only looks like one, and in time that grows with the book."""

import time
from collections.abc import Callable

import pytest
from lxml import etree

from pipeline.ingest.content import page_from
from pipeline.ingest.notes import Notes, find_notes

EPUB = "http://www.idpf.org/2007/ops"
ORDINARY = "A lamp was lit."


def locate(href: str, base: str) -> tuple[str, str]:
    file, _, fragment = href.partition("#")
    return file or base, fragment


def notes_in(*bodies: str) -> Notes:
    pages = [
        page_from(etree.fromstring(f'<body xmlns:epub="{EPUB}">{body}</body>'), name)
        for name, body in zip(("a", "b", "c"), bodies, strict=False)
    ]
    return find_notes(pages, locate)


def words(elements: object) -> list[str]:
    return sorted("".join(element.itertext()) for element in elements)  # type: ignore[attr-defined]


LINKED = '<p>Lamp<a id="r1" href="#n1">{mark}</a>.</p><p id="n1"><a href="#r1">{mark}</a> The note.</p>'


@pytest.mark.parametrize("mark", ["1", "[1]", "(12)", "*", "†", "iv", "a", "⁷", "1."])
def test_a_short_mark_and_a_block_that_links_back(mark: str) -> None:
    notes = notes_in(LINKED.format(mark=mark))
    assert words(notes.bodies) == [f"{mark} The note."]
    assert words(notes.marks) == [mark, mark]  # the note's own number is a way back


@pytest.mark.parametrize("mark", ["see", "chapter 2", "12345", "the lamp"])
def test_words_are_no_mark(mark: str) -> None:
    notes = notes_in(LINKED.format(mark=mark))
    assert not notes.bodies
    assert not notes.marks


def test_the_mark_takes_what_raises_it_along() -> None:
    notes = notes_in('<p>Lamp<sup>[<a id="r1" href="#n1">1</a>]</sup>.</p><p id="n1"><a href="#r1">1</a> The note.</p>')
    assert words(notes.marks) == ["1", "[1]"]


def test_contents_and_chapters_that_link_to_each_other_are_no_notes() -> None:
    notes = notes_in('<p><a id="t1" href="#c1">1</a></p><h2 id="c1"><a href="#t1">1</a></h2><p>Text.</p>')
    assert not notes.bodies


def test_a_number_that_begins_its_own_paragraph_is_no_mark() -> None:
    notes = notes_in('<p><a id="r1" href="#n1">1</a> Lamp.</p><p id="n1"><a href="#r1">1</a> Letter.</p>')
    assert not notes.bodies


def test_notes_in_another_file() -> None:
    notes = notes_in('<p>Lamp<a id="r" href="b#n">1</a>.</p>', '<p id="n"><a href="a#r">1</a> The note.</p>')
    assert set(notes.bodies.values()) == {"b#n"}
    assert "b#n" in notes.marks.values()


def test_a_raised_mark_needs_no_way_back_where_the_note_begins_with_it() -> None:
    body = (
        '<p>Lamp<sup><a href="#n1">1</a></sup> and<a href="#n2">2</a>.</p><p id="n1">1. Yes.</p><p id="n2">2. No.</p>'
    )
    assert words(notes_in(body).bodies) == ["1. Yes."]


def test_a_raised_link_to_a_block_that_begins_otherwise_stays() -> None:
    body = '<p>Lamp<sup><a href="#n1">1</a></sup>.</p><p id="n1">10. Another number.</p>'
    assert not notes_in(body).bodies


def test_the_way_back_in_words_goes_only_from_the_note_s_end() -> None:
    body = (
        '<p>Lamp<a id="r1" href="#n1" epub:type="noteref">1</a>.</p><aside id="n1" epub:type="footnote">'
        '<p>As <a href="#r1">said above</a>, a lamp. <a href="#r1">Back</a></p></aside>'
    )
    assert words(notes_in(body).marks) == ["1", "Back"]


@pytest.mark.parametrize(
    "declared", ['epub:type="footnote"', 'role="doc-footnote"', 'class="footnote"', 'epub:type="endnote"']
)
def test_a_note_that_says_so(declared: str) -> None:
    notes = notes_in(f'<p>Lamp<a href="#n" epub:type="noteref">1</a>.</p><div {declared} id="n">The note.</div>')
    assert words(notes.bodies) == ["The note."]
    assert words(notes.marks) == ["1"]


def test_a_mark_that_leads_nowhere_is_one_if_it_says_so() -> None:
    assert words(notes_in('<p>Lamp<a href="#gone" epub:type="noteref">1</a>.</p>').marks) == ["1"]
    assert not notes_in('<p>Lamp<a href="#gone">1</a>.</p>').marks


def test_a_word_that_says_it_is_a_mark_stays() -> None:
    assert not notes_in('<p>The <a href="#n" epub:type="noteref">lamp</a>.</p><p id="n">A light.</p>').marks


def test_a_heading_over_nothing_but_notes_goes_with_them() -> None:
    body = LINKED.format(mark="1").replace('<p id="n1"', '<h2>Notes</h2><p id="n1"')
    assert words(notes_in(body).headings) == ["Notes"]
    assert not notes_in(f"{body}<p>The story goes on.</p>").headings


def test_a_long_chapter_is_no_note_for_its_links_alone() -> None:
    notes = notes_in(LINKED.format(mark="1").replace("The note.", ORDINARY * 1_000))
    assert not notes.bodies


def _blocks(count: int) -> str:
    marks = "".join(f'<p>Lamp<a id="r{i}" href="#n{i}">{i}</a>.</p>' for i in range(count))
    return marks + "".join(f'<p id="n{i}"><a href="#r{i}">{i}</a> Note.</p>' for i in range(count))


def _one_block(count: int) -> str:
    marks = "".join(f'lamp<a id="r{i}" href="#n{i}">{i % 99}</a> ' for i in range(count))
    notes = "".join(f'<span id="n{i}"><a href="#r{i}">{i % 99}</a> Note</span>' for i in range(count))
    return f"<p>{marks}</p><div>{notes}</div>"


@pytest.mark.parametrize("made", [_blocks, _one_block])
def test_time_grows_with_the_number_of_notes_only(made: Callable[[int], str]) -> None:
    started = time.process_time()
    notes_in(made(4_000))
    assert time.process_time() - started < 4  # a look at every note for each mark took 20 s
