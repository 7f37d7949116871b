"""A book that is no EPUB as one: what is on its pages, and that its anchors count what is there."""

import zipfile
from pathlib import Path

from lxml import html

from pipeline.book import Block, Kind, Omission
from pipeline.readalong.anchoring import extents, without_space
from pipeline.readalong.made import write_plain_epub
from tests.fakes.books import book_of

NAME = Omission(0, "Ann:", "speaker-label")


def test_names_and_stage_directions_that_are_not_heard_are_seen(tmp_path: Path) -> None:
    blocks = (
        Block(Kind.PARAGRAPH, "Is it & lit?", omissions=(NAME, Omission(0, "\u2060", "invisible"))),
        Block(Kind.PARAGRAPH, "It was. No.", omissions=(NAME, Omission(7, "(looks up)", "stage-direction"))),
        Block(Kind.STAGE_DIRECTION, "She goes.", rule="stage-direction"),
        Block(Kind.PARAGRAPH, "The end."),
    )
    path = tmp_path / "made.epub"
    made = write_plain_epub(path, book_of(blocks))
    with zipfile.ZipFile(path) as archive:
        body = html.document_fromstring(archive.read("EPUB/chapter-001.xhtml")).find("body")
    assert body is not None
    assert [html.tostring(element, encoding="unicode").strip() for element in body] == [
        "<p><b>Ann:</b> Is it &amp; lit?</p>",
        "<p><b>Ann:</b> It was. <em>(looks up)</em> No.</p>",
        '<p class="left-out">She goes.</p>',
        "<p>The end.</p>",
    ]
    text = without_space(body.text_content())
    for block in (block for block in made.blocks() if not block.rule):
        first, last = (extents(block, [span], text)[0] for span in ((0, 3), (len(block.text) - 4, len(block.text))))
        assert first is not None
        assert last is not None
        found = text[first.start : last.end]
        assert found.replace("(looksup)", "") == without_space(block.text)
