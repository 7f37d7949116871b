"""Sentences become spans wherever markup lies about them, and nothing but spans is new in the page."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from pipeline.readalong.anchoring import Extent, without_space
from pipeline.readalong.spans import XHTML, Segment, wrap


def _body(inside: str) -> etree._Element:
    return etree.fromstring(f'<body xmlns="{XHTML}">{inside}</body>')


def _wrapped(inside: str, *sentences: str) -> tuple[str, list[Segment]]:
    """The body's markup with these sentences wrapped, which are looked for without white space."""
    body = _body(inside)
    text = without_space("".join(body.itertext(etree.Element)))
    found, at = [], 0
    for number, sentence in enumerate(sentences):
        at = text.index(without_space(sentence), at)
        found.append((number, Extent(at, at + len(without_space(sentence)))))
    segments = wrap(body, found, prefix="s")
    markup = etree.tostring(body, encoding="unicode")
    return markup.removeprefix(f'<body xmlns="{XHTML}">').removesuffix("</body>"), segments


@pytest.mark.parametrize(
    ("inside", "sentences", "expected"),
    [
        ("<p>One. Two.</p>", ("One.", "Two."), '<p><span id="s1">One.</span> <span id="s2">Two.</span></p>'),
        (
            "<p>He said <em>no</em>. Then left.</p>",
            ("He said no.", "Then left."),
            '<p><span id="s1">He said <em>no</em>.</span> <span id="s2">Then left.</span></p>',
        ),
        (
            '<p>A <a href="n.xhtml#x">word<sup>1</sup></a> more.</p>',
            ("A word1 more.",),
            '<p><span id="s1">A <a href="n.xhtml#x">word<sup>1</sup></a> more.</span></p>',
        ),
        (
            "<p><i>One. Two</i> goes on.</p>",
            ("One.", "Two goes on."),
            '<p><i><span id="s1">One.</span> <span id="s2">Two</span></i> <span id="s3">goes on.</span></p>',
        ),
        (
            "<table><tr><td>Jack</td> <td>No. Yes.</td></tr></table>",
            ("Jack No.", "Yes."),
            '<table><tr><td><span id="s1">Jack</span></td> <td><span id="s2">No.</span> <span id="s3">Yes.</span></td>'
            "</tr></table>",
        ),
        (
            "<p>One<br/>\n line, <!-- not this --> and two.<br/></p>",
            ("One line, and two.",),
            '<p><span id="s1">One<br/>\n line, <!-- not this --> and two.</span><br/></p>',
        ),
        (
            "<p><ruby>山<rt>やま</rt></ruby>を<ruby>登<rt>のぼ</rt></ruby>。次。</p>",
            ("山やまを登", "次。"),
            '<p><span id="s1"><ruby>山<rt>やま</rt></ruby>を<ruby>登<rt>のぼ</rt></ruby></span>。'
            '<span id="s2">次。</span></p>',
        ),
        ("<p>Only this.<sup>1</sup></p>", ("Only this.",), '<p><span id="s1">Only this.</span><sup>1</sup></p>'),
        ("<div>Loose. <p>Inside.</p></div>", ("Inside.",), '<div>Loose. <p><span id="s1">Inside.</span></p></div>'),
    ],
)
def test_wrapping(inside: str, sentences: tuple[str, ...], expected: str) -> None:
    assert _wrapped(inside, *sentences)[0] == expected


def test_segments_name_their_sentences_in_the_order_of_the_text() -> None:
    _, segments = _wrapped("<p><i>One. Two</i> goes on. <b>Three.</b></p>", "One.", "Two goes on.", "Three.")
    assert segments == [Segment(0, "s1", 4), Segment(1, "s2", 3), Segment(1, "s3", 7), Segment(2, "s4", 6)]


def test_a_drawing_with_two_sentences_is_the_first_ones() -> None:
    markup, segments = _wrapped(
        '<p><svg xmlns="http://www.w3.org/2000/svg"><text>One. Two.</text></svg></p>', "One.", "Two."
    )
    assert [segment.sentence for segment in segments] == [0]
    assert '<p><span id="s1"><svg' in markup


def test_what_overlaps_has_no_span() -> None:
    body = _body("<p>One two three.</p>")
    segments = wrap(body, [(0, Extent(0, 6)), (1, Extent(3, 12))], prefix="s")
    assert [segment.sentence for segment in segments] == [0]


_LEAVES = st.text(st.sampled_from("ab. \n"), min_size=1, max_size=8)
_TREES = st.recursive(
    _LEAVES,
    lambda inside: st.tuples(st.sampled_from(["i", "b", "p", "a", "td", "ruby"]), st.lists(inside, max_size=4)).map(
        lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"
    ),
    max_leaves=12,
)


@given(st.lists(_TREES, min_size=1, max_size=4), st.lists(st.integers(0, 40), max_size=8))
def test_the_text_stays_and_each_segment_is_of_its_sentence(trees: list[str], cuts: list[int]) -> None:
    body = _body("".join(trees))
    before = list(body.itertext())
    text = without_space("".join(before))
    edges = sorted({min(cut, len(text)) for cut in cuts})
    sentences = [(i, Extent(*pair)) for i, pair in enumerate(pairwise(edges))]
    segments = wrap(body, sentences, prefix="s")
    assert "".join(body.itertext()) == "".join(before)
    spans = {span.get("id"): without_space("".join(span.itertext())) for span in body.iter(f"{{{XHTML}}}span")}
    assert [segment.id for segment in segments] == list(spans)
    order = [segment.sentence for segment in segments]
    assert order == sorted(order)
    for segment in segments:
        assert len(spans[segment.id]) == segment.chars > 0
