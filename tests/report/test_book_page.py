"""The report page: whole, escaped, and in need of nothing but itself."""

import re

import pytest
from lxml import html

from pipeline.report.book_page import page_of
from pipeline.report.schema import BookReport, ChapterReport, CoverageData, FailedChunk, VoiceUse

REPORT = BookReport(
    source="kim.epub",
    title="Kim & <Co>",
    files=["out/Kim.m4b"],
    folder="out",
    engine="espeak",
    model="espeak-ng",
    voice="en",
    seconds=3_725.0,
    chunks=9,
    rendered=8,
    reused=1,
    chapters=[ChapterReport(number=1, title="<script>alert(1)</script>", start_s=0, end_s=60, chunks=9, reused=False)],
    failed=[FailedChunk(chapter="I", key="ab" * 32, text="“Down & out”", reason="the service answered 400: <b>")],
    coverage=CoverageData(total_chars=100, spoken_chars=90, excluded_chars={"page number": 10}),
    notes=["a note"],
)


def text_of(page: str) -> str:
    return " ".join(html.document_fromstring(page).text_content().split())


def test_the_page_says_what_was_made() -> None:
    text = text_of(page_of(REPORT, has_cover=False))
    for said in ("Kim & <Co>", "1:02:05", "page number", "“Down & out”", "the service answered 400: <b>", "a note"):
        assert said in text


def test_nothing_of_a_book_becomes_markup() -> None:
    page = page_of(REPORT, has_cover=True)
    assert len(html.document_fromstring(page).xpath("//script")) == 1, "the page's own"
    assert "<b>" not in page.replace("&lt;b&gt;", "")


def test_a_cast_has_a_table_and_a_narrator_alone_none() -> None:
    parts = [VoiceUse(speaker=name, voice="Kore", chunks=2, seconds=61.0, cost_usd=0.1) for name in ("<Lane>", "Jack")]
    page = page_of(REPORT.model_copy(update={"voices": parts}), has_cover=False)
    assert "<Lane>Kore1:012 JackKore1:012" in text_of(page)
    assert "Cast" not in text_of(page_of(REPORT.model_copy(update={"voices": parts[:1]}), has_cover=False))


@pytest.mark.parametrize("has_cover", [True, False])
def test_the_cover_is_shown_where_there_is_one(has_cover: bool) -> None:
    page = html.document_fromstring(page_of(REPORT, has_cover=has_cover))
    assert page.xpath("//img/@src") == (["cover.jpg"] if has_cover else [])


def test_the_page_asks_the_network_for_nothing() -> None:
    assert not re.findall(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", page_of(REPORT, has_cover=True))


def test_a_book_that_failed_has_a_page_too() -> None:
    failed = BookReport(source="kim.epub", error="kim.epub: 3 of 9 chunks failed", exit_code=4)
    assert "3 of 9 chunks failed" in text_of(page_of(failed, has_cover=False))
