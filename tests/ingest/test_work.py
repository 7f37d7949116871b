"""Pages built to take long: work is counted in calls, so that no clock and no busy machine decides."""

import sys
from collections.abc import Callable
from types import FrameType

import pytest
from lxml import etree

from pipeline.book import count_chars, single_spaced
from pipeline.ingest.content import page_of
from pipeline.ingest.document import Document
from pipeline.ingest.flow import INVISIBLE
from pipeline.ingest.sounds import with_sounds
from pipeline.ingest.xhtml import read_xhtml
from tests.ingest.epubs import page

NOTES = 300


def calls(work: Callable[[], object]) -> int:
    """How many functions, of Python and of C, `work` calls or resumes."""
    count = 0

    def counted(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    earlier = sys.getprofile()
    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(earlier)
    return count


def nested(depth: int, kind: str) -> bytes:
    """Notes with marks that lead to them and back, under so many elements one in the other."""
    marks = "".join(f'<p>Word<a id="r{n}" href="#n{n}">{n}</a></p>' for n in range(NOTES))
    notes = "".join(f'<aside {kind}><p id="n{n}"><a href="#r{n}">{n}</a> Note.</p></aside>' for n in range(NOTES))
    return page(marks + f"<section {kind}>" * depth + notes + "</section>" * depth).encode()


@pytest.mark.parametrize("kind", ['epub:type="footnotes"', 'epub:type="footnote"', 'class="footnote"', ""])
def test_notes_cost_the_same_however_deep_they_nest(kind: str) -> None:
    shallow, deep = (calls(lambda depth=depth: read_xhtml(nested(depth, kind), "a.xhtml")) for depth in (2, 200))
    assert deep < 1.5 * shallow


def test_elements_that_only_look_different_are_looked_at_once_or_twice_however_many() -> None:
    def in_a_row(count: int) -> bytes:
        return page(
            "<p>" + "<i>a</i>" * count + "<br/>" + "<span>" * 200 + "<b>b</b>" * count + "</span>" * 200
        ).encode()

    few, many = (calls(lambda count=count: read_xhtml(in_a_row(count), "a.xhtml")) for count in (500, 5_000))
    assert many < 15 * few


def test_the_same_word_said_a_thousand_times_in_a_block_is_searched_once() -> None:
    def asking(count: int) -> tuple[Document, etree._Element]:
        words = (
            '<span ssml:ph="bæs" ssml:alphabet="ipa" xmlns:ssml="http://www.w3.org/2001/10/synthesis">bass</span> and '
            * count
        )
        text = page(f"<p>{words}</p>").encode()
        return read_xhtml(text, "a.xhtml")[0], page_of(text, "a.xhtml").body

    (few_read, few_body), (many_read, many_body) = asking(150), asking(1_500)
    few, many = calls(lambda: with_sounds(few_read, few_body)), calls(lambda: with_sounds(many_read, many_body))
    assert many < 15 * few
    [block] = with_sounds(many_read, many_body)[0].blocks
    assert [sound.start for sound in block.sounds] == list(range(0, len(block.text), len("bass and ")))


def test_printable_text_has_no_white_space_but_the_space_and_nothing_invisible() -> None:
    """What lets a printable text be counted and single-spaced by its spaces alone."""
    printable = [character for character in map(chr, range(sys.maxunicode + 1)) if character.isprintable()]
    assert [character for character in printable if character.isspace()] == [" "]
    assert not INVISIBLE.search("".join(printable))


@pytest.mark.parametrize(
    "text", ["", " ", "a", " a b ", "a  b", "a\nb", "a \n b", "\n", "a\tb", "a\u00a0b", "a\u2003b\u200bc"]
)
def test_counting_and_spacing_agree_with_splitting(text: str) -> None:
    assert count_chars(text) == sum(map(len, text.split()))
    assert single_spaced(text) == " ".join(text.split())
