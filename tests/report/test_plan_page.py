"""A plan as a page for a browser."""

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from pipeline.report.plan_data import (
    DirectorPlan,
    PlanFailure,
    PronunciationUse,
    SkippedChapter,
    VoiceUse,
)
from pipeline.report.plan_page import plan_page
from tests.report.plans import chapter, plan_of, report_of

VOID = {"meta", "link", "img", "br", "hr", "rect"}


class _Outline(HTMLParser):
    """Headings with their level, the text between tags, addresses; fails where tags do not close in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.levels: list[int] = []
        self.words: list[str] = []
        self.addresses: list[str] = []
        self.ids: set[str] = set()
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID or tag == "rect":
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        self.addresses += [value for name, value in attrs if name in ("src", "href") and value]
        self.ids |= {value for name, value in attrs if name == "id" and value}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["style"], ["script"]) and data.strip():
            self.words.append(data.strip())


def everything() -> str:
    """A page of two books on which there is something in every place."""
    book = plan_of("One", "Two", "Three", cost_usd=2.0, spread=0.2)
    book = book.model_copy(
        update={
            "chapters": [
                chapter(1, "One", missing=0),
                chapter(2, "Two", missing=1, cost_usd=1.0),
                chapter(3, "Three", missing=2, cost_usd=2.0),
            ],
            "skipped": [SkippedChapter(number=4, title="Imprint", rules=["front-matter:imprint"])],
            "budget_usd": 1.0,
            "not_chosen": 2,
            "voices": [
                VoiceUse(speaker=name, voice="Kore", chunks=2, seconds=60.0, cost_usd=0.5) for name in ("Jack", "Jill")
            ],
            "pronunciations": [
                PronunciationUse(words=f"word {number}", chunks=1, cost_usd=0.1, from_book=True) for number in range(20)
            ],
            "director": DirectorPlan(model="chat", windows=3, kept=1, expected_usd=0.1, most_usd=0.4),
        }
    )
    report = report_of([book, plan_of("Alone")], budget_usd=100.0, stop_at="07:00")
    failure = PlanFailure(source="bad.epub", error="bad.epub: no zip → repair it", exit_code=3)
    return plan_page(report.model_copy(update={"failures": [failure], "exit_code": 3}))


def test_a_page_has_what_the_terminal_has() -> None:
    said = " ".join(_Outline(everything()).words)
    for words in (
        "A plan of 2 books",
        "bad.epub: no zip → repair it",
        "3 of 6",
        "left out: front-matter:imprint",
        "$4.80–$7.20",
        "not enough",
        "$100.00: enough for what is missing",
        "07:00, whatever is left",
        "2 more of the book were not chosen",
        "Jill",
        "20 pronunciations",
        "by chat: 3 questions, 1 answered already",
        "--engine espeak: espeak-ng, a draft for nothing",
        "footnotes",
        "a cover was left out",
    ):
        assert words in said, words


def test_a_page_is_one_file_that_asks_for_nothing_and_its_links_lead_somewhere() -> None:
    outline = _Outline(everything())
    assert all(address.startswith("#") for address in outline.addresses)
    assert {address[1:] for address in outline.addresses} <= outline.ids
    assert "url(" not in everything()
    assert "<script" not in everything()


@pytest.mark.parametrize("books", [1, 2])
def test_headings_are_an_outline(books: int) -> None:
    levels = _Outline(plan_page(report_of([plan_of("One")] * books))).levels
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_what_strangers_wrote_is_escaped() -> None:
    evil = "<script>alert(1)</script>"
    book = plan_of(evil).model_copy(update={"title": evil, "creators": [evil], "notes": [evil], "source": evil})
    page = plan_page(report_of([book, book]))
    assert evil not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_what_is_there_is_told_apart() -> None:
    page = everything()
    assert re.findall(r'<rect class="(\w*)"', page)[:3] == ["good", "doubt", ""]
    assert 'style="--share: 0.5000"' in page


def test_a_book_that_costs_nothing_has_no_prices() -> None:
    page = plan_page(report_of([plan_of("One")], budget_usd=5.0))
    assert "$" not in page
    assert "Budget" not in page


def test_a_plan_of_no_book_is_a_page_too() -> None:
    failure = PlanFailure(source="bad.epub", error="bad.epub: no zip → repair it", exit_code=3)
    page = plan_page(report_of([]).model_copy(update={"failures": [failure]}))
    assert "no zip" in page
    _Outline(page)


def test_a_page_of_a_very_long_book_stays_light() -> None:
    page = plan_page(report_of([plan_of(*(f"Chapter {number}" for number in range(300)), cost_usd=1.0)]))
    assert len(page) < 200_000
