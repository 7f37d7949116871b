"""No character is lost, whatever the markup: the sums agree and the text comes out in order."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.book import Kind, count_chars
from pipeline.ingest.markup import all_text, parse_xhtml
from pipeline.ingest.xhtml import read_xhtml
from tests.ingest.epubs import page

WORDS = st.text(alphabet="abcdé字 \n\u00a0*—.&1\u00ad\u200b", max_size=12)
INLINE = st.sampled_from(["b", "i", "span", "a", "small", "ruby"])
BLOCK = st.sampled_from(["p", "div", "blockquote", "h2", "ul", "li", "pre", "table", "tr", "td", "section", "dl", "dd"])
ATTRIBUTES = st.sampled_from(
    [
        "",
        "",
        "",
        "",
        ' hidden=""',
        ' epub:type="noteref"',
        ' epub:type="footnote"',
        ' class="poem"',
        ' epub:type="z3998:persona"',
        ' epub:type="z3998:stage-direction"',
        ' lang="fr"',
        ' id="x"',
    ]
)
EMPTY = st.sampled_from(["<br/>", "<hr/>", "<img/>", '<a id="y"/>', "<!-- no -->", "<rt>r</rt>", "<script>s</script>"])


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;")


def _wrapped(tags: st.SearchStrategy[str], inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(lambda tag, attributes, body: f"<{tag}{attributes}>{body}</{tag}>", tags, ATTRIBUTES, inside)


def _nested(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    mixed = st.lists(inside, max_size=4).map("".join)
    return st.one_of(_wrapped(INLINE, mixed), _wrapped(BLOCK, mixed), mixed)


MARKUP = st.recursive(st.one_of(WORDS.map(_escaped), EMPTY), _nested, max_leaves=25)


@settings(max_examples=300, deadline=None)
@given(MARKUP)
def test_every_character_is_spoken_or_excluded(body: str) -> None:
    document, _ = read_xhtml(page(body).encode(), "a.xhtml")
    assert document.coverage.missing_chars == 0
    source = all_text(next(iter(parse_xhtml(page(body).encode()).root.iterchildren("{*}body"))))
    assert document.coverage.total_chars == count_chars(source)


@settings(max_examples=200, deadline=None)
@given(MARKUP)
def test_blocks_follow_each_other_and_hold_the_source_text(body: str) -> None:
    document, _ = read_xhtml(page(body).encode(), "a.xhtml")
    source = "".join(all_text(next(iter(parse_xhtml(page(body).encode()).root.iterchildren("{*}body")))).split())
    position = 0
    for block in document.blocks:
        assert position <= block.anchor.start <= block.anchor.end <= len(source)
        position = block.anchor.end
        if block.kind not in (Kind.TABLE_ROW, Kind.SCENE_BREAK):
            spoken = iter(source[block.anchor.start : block.anchor.end])
            assert all(character in spoken for character in "".join(block.text.split()))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.one_of(WORDS, st.sampled_from(["<p>", "</p>", "<i>", "</b>", "<br>", "&", "<", "<div", "]]>", "'"])))
)
def test_broken_markup_never_breaks_the_sums(tokens: list[str]) -> None:
    document, _ = read_xhtml(f"<html><body>{''.join(tokens)}</body></html>".encode(), "a.xhtml")
    assert document.coverage.missing_chars == 0
