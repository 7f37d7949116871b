"""A night over several books: turns, budgets, curfews, signals; and an exact account of what is left."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path

import pytest

import pipeline.facilities
from pipeline.rehearsal.fault_script import script_from
from pipeline.rehearsal.server import RehearsalOptions, server_in_thread
from pipeline.report.schema import RunReport
from pipeline.stopping import Stop, stopping_at
from pipeline.takes.ledger import Ledger
from tests.corpus import made
from tests.crash.console import Argument, Ended, here, running
from tests.fakes.clock import until
from tests.test_run import PAID, log_of

pytestmark = pytest.mark.slow

BOOKS = {"a.md": "Book A", "b.md": "Book B"}
SHARED = 1
"""The heading of both books' chapter: one chunk, bought once."""


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-v1-not-to-be-seen")
    return "sk-or-v1-not-to-be-seen"


def shelf(folder: Path, run: str = "", per_book: str = "") -> Path:
    """A job of two books of twelve paragraphs each."""
    for seed, (name, title) in enumerate(BOOKS.items(), start=1):
        made.markdown(folder / name, {"One": made.paragraphs(seed, 12)}, title=title)
    books = "".join(f'[[book]]\nsource = "{name}"\n{per_book}\n' for name in BOOKS)
    (folder / "job.toml").write_text(f'[run]\nout = "out"\ntakes = "takes"\n{run}\n{books}', "utf-8")
    return folder / "job.toml"


def night(job: Path, base_url: str, *more: Argument) -> Ended:
    return here(job, "--json", *PAID, "--set", f"speech.base_url={base_url}", *more)


def turns(ended: Ended) -> list[str]:
    """Whose requests left, one after the other, runs of one book's taken together."""
    return [book for book, _ in groupby(event["book"] for event in ended.events("AttemptStarted"))]


def test_in_order_a_book_begins_when_all_of_the_one_before_has_left(tmp_path: Path, key: str) -> None:
    with server_in_thread(RehearsalOptions(workers=2)) as server:
        ended = night(shelf(tmp_path), server.base_url, "--yes", "--set", "pace.max_concurrency=4")
    assert ended.code == 0, ended.err
    asked = [event["book"] for event in ended.events("AttemptStarted")]
    assert set(asked[:8]) == {"Book A"}
    assert set(asked[-8:]) == {"Book B"}


def test_fairly_both_come_forward_together(tmp_path: Path, key: str) -> None:
    job = shelf(tmp_path, 'books = "fair"')
    with server_in_thread(RehearsalOptions(workers=2)) as server:
        ended = night(job, server.base_url, "--yes", "--set", "pace.max_concurrency=4")
    assert ended.code == 0, ended.err
    assert len(turns(ended)) >= 6


def test_one_limit_holds_for_all_books(tmp_path: Path, key: str) -> None:
    job = shelf(tmp_path, 'books = "fair"')
    with server_in_thread(RehearsalOptions(workers=2)) as server:
        ended = night(job, server.base_url, "--yes", "--set", "pace.max_concurrency=3")
        most = server.max_in_flight
    assert ended.code == 0, ended.err
    assert most <= 3


def test_one_budget_holds_for_all_books_and_more_money_buys_only_the_rest(tmp_path: Path, key: str) -> None:
    job, log = shelf(tmp_path), tmp_path / "requests.jsonl"
    with server_in_thread(RehearsalOptions(log=log, workers=2)) as server:
        first = night(job, server.base_url, "--budget", "0.04")
        spent = server.service.records.spent_usd
        second = night(job, server.base_url, "--budget", "5")
    report = RunReport.model_validate(first.data)
    assert (first.code, second.code) == (5, 0)
    assert 0.02 < spent <= 0.04 * 1.25
    left = [book.remaining.chunks if book.remaining else 0 for book in report.books]
    kept = sum(book.rendered for book in report.books)
    assert sum(left) == sum(book.chunks for book in report.books) - SHARED - kept > 0
    assert sum(book["rendered"] for book in second.data["books"]) == sum(left)
    bodies = [line["body_sha256"] for line in log_of(log)]
    assert len(bodies) == len(set(bodies)), "nothing was bought twice"


def test_a_book_may_have_a_budget_of_its_own(tmp_path: Path, key: str) -> None:
    job = shelf(tmp_path, per_book="pace.book_budget_usd = 0.02")
    with server_in_thread(RehearsalOptions(workers=2)) as server:
        ended = night(job, server.base_url, "--budget", "5")
    report = RunReport.model_validate(ended.data)
    assert ended.code == 5
    assert [book.exit_code for book in report.books] == [5, 5]
    assert all("for this book" in book.error and book.rendered for book in report.books)


def test_a_curfew_in_the_past_is_a_wrong_setting(tmp_path: Path) -> None:
    ended = here(shelf(tmp_path), "--engine", "espeak", "--set", 'pace.stop_at="2001-01-01T07:00"')
    assert (ended.code, ended.out) == (2, "")
    assert "has passed" in ended.err


def test_requests_under_way_at_the_curfew_are_given_the_grace_and_no_more(
    tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes when the service hangs. The second book waits for its turn meanwhile, and is told of as well."""
    hangs = script_from({"fault": [{"kind": "hang", "probability": 1.0}]}, where="test")

    @contextlib.contextmanager
    def curfew_once_asked(stop: Stop, stop_at: str, *, now: datetime, grace_s: float) -> Iterator[None]:
        async def coming() -> None:
            await until(lambda: server.max_in_flight > 0)
            with stopping_at(stop, "07:00", now=datetime(2026, 11, 26, 6, 59, 59, 999_000), grace_s=grace_s):
                await asyncio.Event().wait()

        task = asyncio.create_task(coming())
        yield
        task.cancel()

    monkeypatch.setattr(pipeline.facilities, "stopping_at", curfew_once_asked)
    with server_in_thread(RehearsalOptions(workers=1), script=hangs) as server:
        short = ("--set", "pace.grace_s=0.01", "--set", "pace.timeout_base_s=600")
        ended = night(shelf(tmp_path), server.base_url, "--yes", *short)
    report = RunReport.model_validate(ended.data)
    assert (ended.code, [book.exit_code for book in report.books]) == (5, [5, 5])
    assert all("as asked" in book.error for book in report.books)
    assert report.account is not None
    cut_off = Ledger(tmp_path / "takes").open_attempts()
    assert report.account.doubtful == len(cut_off) > 0, "none was waited for until its time-out"


def test_an_interrupted_run_says_what_is_left_and_the_next_one_does_just_that(tmp_path: Path) -> None:
    job = shelf(tmp_path)
    small = ("--engine", "espeak", "--set", "script.target_seconds=5")
    with running(job, *small) as process:
        process.wait_for(3, "TakeStored")
        os.kill(process.process.pid, signal.SIGINT)
        ended = process.ended()
    report = RunReport.model_validate(ended.data)
    assert ended.code == report.exit_code == 130
    left = sum(book.remaining.chunks for book in report.books)
    again = here(job, *small, "--json")
    assert again.code == 0, again.err
    assert sum(book["rendered"] for book in again.data["books"]) == left > 0
