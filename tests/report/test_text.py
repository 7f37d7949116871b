"""The outcome as people read it."""

import pytest

from pipeline.report.page import clock
from pipeline.report.schema import AccountData, BookReport
from pipeline.report.text import account_line, money, money_range, summary_lines


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(1.8, 2.4, "$1.80-$2.40"), (1.801, 1.799, "$1.80"), (0.0, 0.0, "$0.00"), (0.001, 0.004, "<$0.01")],
)
def test_a_range_of_money(low: float, high: float, text: str) -> None:
    assert money_range(low, high) == text


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
