"""The page of an audition: whole, escaped, and in need of nothing but the sounds beside it."""

import re

from lxml import html

from pipeline.report.audition import AuditionReport, Trial, audition_page

TRIALS = [
    Trial(number=1, name="Kore", voice="Kore", character="Firm", language="en", chapter="I & <II>",
          file="01 - Ko#re.wav",
          paragraphs=["“Down & <b>out</b>”", "said he."], choose="--voice Kore", seconds=21, cost_usd=0.0129,
          book_seconds=3_725, book_cost_usd=2.41, suspect=["too slow"]),
    Trial(number=2, name="Puck", voice="Puck", character="Upbeat", language="en", chapter="I & <II>",
          paragraphs=["“Down & <b>out</b>”", "said he."], choose="--voice Puck", error="no <answer>", exit_code=4),
]  # fmt: skip
REPORT = AuditionReport(
    title="Kim & <Co>", author="R. K.", source="kim.epub", model="google/gemini", language="en", is_paid=True,
    of_cast=False, book_seconds=3_600, low_usd=1.8, high_usd=2.4, folder="out", exit_code=4, trials=TRIALS,
)  # fmt: skip


def text_of(page: str) -> str:
    return " ".join(html.document_fromstring(page).text_content().split())


def test_the_page_says_what_can_be_heard_and_what_it_costs() -> None:
    text = text_of(audition_page(REPORT))
    for said in ("Kim & <Co>", "“Down & <b>out</b>”", "Firm", "0:21", "$0.01", "1:02:05", "$2.41", "--voice Kore",
                 "too slow", "no <answer>", "$1.80 to $2.40", "From “I & <II>”"):  # fmt: skip
        assert said in text
    assert text.count("“Down & <b>out</b>”") == 1  # what all of them say stands there once


def test_sounds_are_linked_as_they_stand_beside_it_and_nothing_else_is() -> None:
    page = html.document_fromstring(audition_page(REPORT))
    assert page.xpath("//@src") == ["01%20-%20Ko%23re.wav"]
    assert page.xpath("//audio/@aria-label") == ["Kore"]
    assert page.xpath("//link | //@href | //b") == []


def test_each_of_a_cast_stands_with_its_own_words() -> None:
    alice = TRIALS[0].model_copy(
        update={"name": "Alice", "voice": "Leda", "is_own": True, "paragraphs": ["“Oh!”"], "choose": "[cast]"}
    )
    report = REPORT.model_copy(update={"of_cast": True, "is_paid": False, "trials": [alice, TRIALS[1]]})
    text = text_of(audition_page(report))
    for said in (
        "“Oh!”",
        "“Down & <b>out</b>”",
        "Leda, Firm",
        "Its own words, from",
        "Words of the book, from",
        "for free",
    ):
        assert said in text
    assert not re.search(r"\$\d", text)
