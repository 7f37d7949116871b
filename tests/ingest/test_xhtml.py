"""What the walk makes of markup: kinds, exclusions, anchors, languages."""

import pytest

from pipeline.book import Kind
from pipeline.ingest.document import Document
from pipeline.ingest.xhtml import read_xhtml
from tests.ingest.epubs import page


def read(body: str, *, attributes: str = "", book_language: str = "en") -> Document:
    document, _ = read_xhtml(page(body, attributes=attributes).encode(), "a.xhtml", book_language=book_language)
    assert document.coverage.missing_chars == 0
    return document


def kinds(body: str) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for block in read(body).blocks]


def excluded(body: str) -> dict[str, int]:
    return dict(read(body).coverage.excluded_chars)


@pytest.mark.parametrize(
    ("body", "blocks"),
    [
        ("<p>One\n  two</p><p>three</p>", [("paragraph", "One two"), ("paragraph", "three")]),
        ("<p>One<br/>two</p>", [("paragraph", "One two")]),
        ("<p>i<b>n</b>side <i>a</i> word</p>", [("paragraph", "inside a word")]),
        ("<blockquote><p>Dear Ann,</p></blockquote>", [("quote", "Dear Ann,")]),
        ("<ul><li>tea</li><li><p>milk</p></li></ul>", [("list-item", "tea"), ("list-item", "milk")]),
        ("<dl><dt>tea</dt><dd>a drink</dd></dl>", [("list-item", "tea"), ("list-item", "a drink")]),
        ("<pre>let x\n  = 1</pre>", [("code", "let x = 1")]),
        (
            "<div>before<p>inside</p>after</div>",
            [("paragraph", "before"), ("paragraph", "inside"), ("paragraph", "after")],
        ),
        ("loose text", [("paragraph", "loose text")]),
        ("<hgroup><h2>I</h2><p>The Letter</p></hgroup>", [("heading", "I"), ("heading", "The Letter")]),
        ("<hgroup><p>The Letter</p></hgroup>", [("paragraph", "The Letter")]),
        ("<h2>CHAPTER I<br/>The Letter</h2>", [("heading", "CHAPTER I: The Letter")]),
    ],
)
def test_kinds(body: str, blocks: list[tuple[str, str]]) -> None:
    assert kinds(body) == blocks


def test_a_heading_has_its_level_and_keeps_its_line_break_as_a_space() -> None:
    (heading,) = read("<h3>The Lamp<br/>and the Tower</h3>").blocks
    assert (heading.kind, heading.level, heading.text) == (Kind.HEADING, 3, "The Lamp and the Tower")


def test_marked_verse_is_a_block_a_line() -> None:
    body = '<blockquote epub:type="z3998:verse"><p><span>rose red</span><br/><span>and blue</span></p></blockquote>'
    assert kinds(body) == [("verse", "rose red"), ("verse", "and blue")]


def test_verse_marked_by_class_may_have_an_element_for_each_line() -> None:
    body = '<div class="poem"><div class="stanza"><div>A rose</div><div>is red</div></div></div>'
    assert kinds(body) == [("verse", "A rose"), ("verse", "is red")]


def test_short_lines_with_breaks_are_verse_without_a_mark() -> None:
    assert kinds("<p>Twinkle, twinkle, little bat!<br/>How I wonder<br/>What you’re at!</p>") == [
        ("verse", "Twinkle, twinkle, little bat!"),
        ("verse", "How I wonder"),
        ("verse", "What you’re at!"),
    ]


def test_prose_broken_by_hand_is_one_paragraph() -> None:
    body = "<p>He went down to the<br/>shore and looked at the<br/>boat for a long time.</p>"
    assert kinds(body) == [("paragraph", "He went down to the shore and looked at the boat for a long time.")]


def test_preformatted_verse_keeps_its_lines() -> None:
    assert kinds('<pre class="verse">A rose\nis red</pre>') == [("verse", "A rose"), ("verse", "is red")]


def test_universe_is_no_verse() -> None:
    assert kinds('<p class="universe">One<br/>two</p>') == [("paragraph", "One two")]


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ("<td>tea</td><td>milk</td><td>3</td>", "tea, milk, 3"),
        ("<td>CHAPTER I.</td><td>The Lamp</td>", "CHAPTER I. The Lamp"),
        ("<td>Algernon</td><td>Did you hear?</td>", "Algernon: Did you hear?"),
        ('<td epub:type="z3998:persona">Lane</td><td>Yes, sir</td>', "Lane: Yes, sir"),
        ("<td/><td>Enter <b>Lane</b>.</td>", "Enter Lane."),
        ("<td><p>One</p><p>two</p></td><td>three<br/>four</td>", "One two, three four"),
    ],
)
def test_a_table_is_read_row_by_row(row: str, text: str) -> None:
    assert kinds(f"<table><tr>{row}</tr></table>") == [("table-row", text)]


def test_a_table_that_only_places_things_is_transparent() -> None:
    body = "<table><tr><td>I</td><td><h2>One</h2><p>Text.</p></td></tr></table>"
    assert kinds(body) == [("paragraph", "I"), ("heading", "One"), ("paragraph", "Text.")]


@pytest.mark.parametrize(("spoken", "language"), [("fr", "fr"), ("eo", ""), ("en", "")])
def test_a_table_that_is_left_out_is_announced_in_a_language_that_is_named(spoken: str, language: str) -> None:
    row = "<tr><td>1</td><td>2</td><td>3</td></tr>"
    document = read(f"<section lang='{spoken}'><table>{row * 100}</table></section>")
    [announced] = [block for block in document.blocks if not block.rule]
    assert "100" in announced.text
    assert announced.language == language


@pytest.mark.parametrize("between", ["<hr/>", "<p>* * *</p>", "<p>⁂</p>", "<h3>~</h3>"])
def test_scene_breaks(between: str) -> None:
    assert [block.kind for block in read(f"<p>a</p>{between}<p>b</p>").blocks] == [
        Kind.PARAGRAPH,
        Kind.SCENE_BREAK,
        Kind.PARAGRAPH,
    ]


def test_an_ornament_is_counted_under_its_rule() -> None:
    assert excluded("<p>a</p><p>* * *</p>") == {"ornament": 3}


@pytest.mark.parametrize(
    ("inside", "rule"),
    [
        ('<span hidden="hidden">ab</span>', "hidden"),
        ('<span aria-hidden="true">ab</span>', "hidden"),
        ('<span style="color: red; display : none">ab</span>', "hidden"),
        ('<span epub:type="pagebreak">12</span>', "page-number"),
        ('<span role="doc-pagebreak">12</span>', "page-number"),
        ('<a epub:type="noteref" href="#n">12</a>', "note-reference"),
        ('<sup><a role="doc-noteref" href="#n">12</a></sup>', "note-reference"),
        ('<aside epub:type="footnote"><p>ab</p></aside>', "note"),
        ('<section role="doc-endnotes"><p>ab</p></section>', "note"),
        ('<nav epub:type="page-list"><ol><li>12</li></ol></nav>', "navigation"),
        ("<script>ab</script>", "markup"),
        ("<svg><title>ab</title></svg>", "markup"),
        ("<style>ab</style>", "markup"),
    ],
)
def test_exclusions_have_names(inside: str, rule: str) -> None:
    document = read(f"<div>be{inside}fore</div>")
    assert dict(document.coverage.excluded_chars) == {rule: 2}
    assert "".join(block.text for block in document.blocks if not block.rule) == "before"


def test_the_outermost_rule_counts() -> None:
    assert excluded('<p>a</p><aside epub:type="footnote">b<span hidden="">c</span></aside>') == {"note": 2}


def test_a_page_break_inside_a_word_leaves_the_word_whole() -> None:
    assert kinds('<p>won<span epub:type="pagebreak" id="p5">5</span>derful</p>') == [("paragraph", "wonderful")]


def test_ruby_speaks_the_base() -> None:
    assert kinds("<p><ruby>山路<rp>(</rp><rt>やまみち</rt><rp>)</rp></ruby>を</p>") == [("paragraph", "山路を")]


def test_invisible_characters_are_removed_and_counted() -> None:
    body = "<p>won\u00adder\u200bful\u2060</p>"
    assert kinds(body) == [("paragraph", "wonderful")]
    assert excluded(body) == {"invisible": 3}


def test_joiners_that_change_a_persian_word_stay() -> None:
    assert kinds("<p>می\u200cخواهم</p>") == [("paragraph", "می\u200cخواهم")]


def test_a_language_is_told_where_it_is_not_the_books() -> None:
    blocks = read('<p lang="fr">Oui.</p><div xml:lang="la"><p>Ita.</p></div><p lang="EN">Yes.</p><p>No.</p>').blocks
    assert [block.language for block in blocks] == ["fr", "la", "", ""]


def test_anchors_count_every_character_of_the_body() -> None:
    first, second = read('<div id="d"><p id="a">Ab c<i hidden="">xx</i></p><p>de</p></div>').blocks
    assert (first.anchor.file, first.anchor.element, first.anchor.start, first.anchor.end) == ("a.xhtml", "a", 0, 3)
    assert (second.anchor.element, second.anchor.start, second.anchor.end) == ("d", 5, 7)


def test_an_id_opens_the_block_that_has_the_next_text() -> None:
    body = '<p>a</p><h2 id="h"><a id="in"/>B</h2><p>c <a id="mid"/>d</p><p>e<a id="end"/></p><span id="next"/><p>f</p>'
    assert dict(read(body).ids) == {"h": 1, "in": 1, "mid": 2, "end": 4, "next": 4}


def test_an_id_inside_what_is_left_out_still_has_a_place() -> None:
    assert read('<p>a</p><span epub:type="pagebreak" id="p5">5</span><p>b</p>').ids["p5"] == 1


def test_a_body_may_be_a_note() -> None:
    document = read("<p>ab</p>", attributes=' epub:type="endnotes"')
    assert [(block.text, block.rule) for block in document.blocks] == [("ab", "note")]
    assert dict(document.coverage.excluded_chars) == {"note": 2}


def test_half_a_thousand_open_inline_elements_do_not_recurse() -> None:
    assert read("<p>" + "<i>a" * 200 + "</i>" * 200 + "</p>").blocks[0].text == "a" * 200
