"""Plan and outcome as people read them."""

import pytest

from pipeline.report.page import clock
from pipeline.report.schema import (
    AccountData,
    BookPlan,
    BookReport,
    ChapterPlan,
    CoverageData,
    SkippedChapter,
    VoiceUse,
)
from pipeline.report.text import account_line, money, money_range, plan_lines, summary_lines


def plan_of(*titles: str, cost_usd: float = 0.0, spread: float = 0.0) -> BookPlan:
    chapters = [
        ChapterPlan(number=number, title=title, chunks=2, missing_chunks=1, seconds=90.0, cost_usd=cost_usd)
        for number, title in enumerate(titles, start=1)
    ]
    return BookPlan(
        source="x.epub",
        title="Kim",
        creators=["Rudyard Kipling", "B"],
        language="en",
        engine="espeak",
        model="espeak-ng",
        voice="en",
        chapters=chapters,
        chunks=2 * len(titles),
        missing_chunks=len(titles),
        seconds=90.0 * len(titles),
        missing_seconds=45.0,
        cost_usd=cost_usd * len(titles),
        cost_low_usd=cost_usd * len(titles) * (1 - spread),
        cost_high_usd=cost_usd * len(titles) * (1 + spread),
        coverage=CoverageData(total_chars=10, spoken_chars=8, excluded_chars={"note mark": 2}),
        notes=["a cover was left out"],
    )


def test_a_plan_is_a_table_under_the_books_name() -> None:
    lines = list(plan_lines(plan_of("One", "A longer title", cost_usd=1.5)))
    assert lines[0] == "Kim by Rudyard Kipling, B"
    assert lines[3].split()[:3] == ["1", "One", "1:30"]
    assert lines[5].split() == ["in", "all", "3:00", "4", "2", "$3.00"]
    assert len({len(line) for line in lines[2:6]}) == 1
    assert lines[6] == "  spoken: 8 of 10 characters (80.0%)"
    assert lines[7].startswith("  left out: note mark 2")
    assert lines[8] == "  note: a cover was left out"


def test_a_cast_has_a_line_a_part_and_a_narrator_alone_none() -> None:
    parts = [
        VoiceUse(speaker="Lady Bracknell", voice="Gacrux", chunks=103, seconds=1_060.0, cost_usd=0.69),
        VoiceUse(speaker="Lane", voice="Iapetus", chunks=21, seconds=56.0, cost_usd=0.001),
    ]
    lines = list(plan_lines(plan_of("One").model_copy(update={"voices": parts})))
    assert lines[5:7] == [
        "  Lady Bracknell  Gacrux      17:40    103 chunks  $0.69 to render again",
        "  Lane            Iapetus      0:56     21 chunks  <$0.01 to render again",
    ]
    alone = list(plan_lines(plan_of("One").model_copy(update={"voices": parts[:1]})))
    assert alone == list(plan_lines(plan_of("One")))


def test_a_chapter_left_out_whole_stands_in_its_place() -> None:
    skipped = [SkippedChapter(number=2, title="Imprint", rules=["front-matter:imprint"])]
    plan = plan_of("One", "", "Three")
    plan = plan.model_copy(update={"chapters": [plan.chapters[0], plan.chapters[2]], "skipped": skipped})
    lines = list(plan_lines(plan))
    assert [line.split()[:2] for line in lines[3:6]] == [["1", "One"], ["2", "Imprint"], ["3", "Three"]]
    assert lines[4].endswith("left out: front-matter:imprint")


def test_what_it_will_cost_is_a_range_under_the_column() -> None:
    lines = list(plan_lines(plan_of("One", "Two", cost_usd=10.0, spread=0.1)))
    assert lines[5].split()[-1] == "$18.00-$22.00"
    assert lines[3].split()[-1] == "$10.00"
    assert len({len(line) for line in lines[2:6]}) == 1


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(1.8, 2.4, "$1.80-$2.40"), (1.801, 1.799, "$1.80"), (0.0, 0.0, "$0.00"), (0.001, 0.004, "<$0.01")],
)
def test_a_range_of_money(low: float, high: float, text: str) -> None:
    assert money_range(low, high) == text


def test_a_very_long_title_is_shortened() -> None:
    line = list(plan_lines(plan_of("x" * 200)))[3]
    assert "x…" in line
    assert len(line) < 110


@pytest.mark.parametrize(
    ("usd", "text"), [(0.0, "$0.00"), (0.001, "<$0.01"), (0.005, "$0.01"), (2.345, "$2.35"), (1234.5, "$1234.50")]
)
def test_money(usd: float, text: str) -> None:
    assert money(usd) in (text, text.replace("2.35", "2.34"))


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (61, "1:01"), (3599.9, "1:00:00"), (36_061, "10:01:01")]
)
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_one_line_a_book_says_what_came_of_it() -> None:
    good = BookReport(source="a.epub", title="A", files=["A.m4b"], seconds=61, rendered=3, reused=4, cost_usd=0.5)
    broken = BookReport(source="b.epub", error="b.epub: no zip → repair it", exit_code=3)
    failed = BookReport(source="c.epub", title="C", error="2 of 9 chunks failed", exit_code=4)
    assert list(summary_lines([good, broken, failed])) == [
        "✓ A: 1:01, 3 rendered, 4 reused, $0.50",
        "✗ b.epub: no zip → repair it",
        "✗ C: 2 of 9 chunks failed",
    ]


NOTHING = AccountData(
    attempts=9,
    stored=9,
    rejected=0,
    refused=0,
    doubtful=0,
    unpriced=0,
    actual_usd=0.0,
    estimated_usd=0.0,
    doubtful_usd=0.0,
)


def test_what_was_paid_is_told_by_how_sure_it_is() -> None:
    paid = NOTHING.model_copy(update={"actual_usd": 1.25, "estimated_usd": 0.5, "doubtful_usd": 0.1})
    assert account_line(paid) == (
        "paid in this run: $1.25 by the service's records; $0.50 by estimate, where they say nothing yet; "
        "at most $0.10 in doubt, for answers that never came"
    )


@pytest.mark.parametrize("account", [None, NOTHING])
def test_where_nothing_was_paid_nothing_is_said(account: AccountData | None) -> None:
    assert account_line(account) == ""
