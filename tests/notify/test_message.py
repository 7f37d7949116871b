"""What is told at the end of a run, for each way it can end."""

from email.header import decode_header

import pytest

from pipeline.notify.message import facts_of, message_of, outcome_of
from pipeline.report.schema import AccountData, BookReport, RunReport

DONE = BookReport(source="a.md", title="Алиса", files=["o/A/A.m4b", "o/A/A.mp3"], folder="o/A", seconds=61.0)
STOPPED = BookReport(source="b.md", title="Kim", error="the budget of $2.00 is reached → raise it", exit_code=5)
FAILED = BookReport(source="c.epub", error="c.epub: not a zip → get another", exit_code=3)
FAULTY = DONE.model_copy(update={"exit_code": 8})
PAID = AccountData(
    attempts=3,
    stored=3,
    rejected=0,
    refused=0,
    doubtful=0,
    unpriced=0,
    actual_usd=1.0,
    estimated_usd=0.25,
    doubtful_usd=0,
)


def report(*books: BookReport, account: AccountData | None = None) -> RunReport:
    return RunReport(exit_code=max(book.exit_code for book in books), account=account, books=list(books))


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (0, "done"),
        (3, "failed"),
        (4, "failed"),
        (5, "stopped"),
        (6, "failed"),
        (7, "failed"),
        (8, "failed"),
        (130, "stopped"),
    ],
)
def test_an_exit_code_is_an_outcome(code: int, outcome: str) -> None:
    assert outcome_of(code) == outcome


@pytest.mark.parametrize(
    ("books", "title", "priority", "tags"),
    [
        ([DONE], "Алиса: done", "default", "white_check_mark"),
        ([STOPPED], "Kim: stopped", "high", "pause_button"),
        ([FAILED], "c.epub: not delivered", "high", "x"),
        ([FAULTY], "Алиса: delivered, with faults", "high", "x"),
        ([DONE, STOPPED, FAILED], "1 of 3 books delivered", "high", "pause_button"),
    ],
)
def test_a_line_says_what_came_of_it(books: list[BookReport], title: str, priority: str, tags: str) -> None:
    message = message_of(report(*books))
    assert message.title == title
    assert (message.headers["Priority"], message.headers["Tags"]) == (priority, tags)
    for book in books:
        assert (book.title or book.source) in message.text or book.error in message.text


def test_a_title_in_any_script_goes_through_a_header() -> None:
    header = message_of(report(DONE)).headers["Title"]
    assert header.isascii()
    [(words, charset)] = decode_header(header)
    assert isinstance(words, bytes) and words.decode(charset or "") == "Алиса: done"


def test_a_long_night_is_told_in_what_a_message_holds() -> None:
    assert len(message_of(report(*[FAILED] * 400)).text) == 3_000


def test_facts_are_plain_text() -> None:
    run = report(DONE, FAILED, account=PAID)
    facts = facts_of(run, message_of(run), run="R", log="o/logs/R.jsonl")
    assert facts.pop("RUN_PIPELINE_MESSAGE").endswith("$0.25 by estimate, where they say nothing yet")
    assert facts == {
        "RUN_PIPELINE_OUTCOME": "failed",
        "RUN_PIPELINE_EXIT_CODE": "3",
        "RUN_PIPELINE_TITLE": "1 of 2 books delivered",
        "RUN_PIPELINE_BOOKS": "2",
        "RUN_PIPELINE_DELIVERED": "1",
        "RUN_PIPELINE_FOLDERS": "o/A",
        "RUN_PIPELINE_FILES": "o/A/A.m4b\no/A/A.mp3",
        "RUN_PIPELINE_COST_USD": "1.2500",
        "RUN_PIPELINE_RUN": "R",
        "RUN_PIPELINE_LOG": "o/logs/R.jsonl",
    }
