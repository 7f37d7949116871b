"""Plans put into the words of `plan`."""

from pathlib import Path

import pytest

from pipeline.config import BookJob, Layer, settings_of
from pipeline.errors import BookError
from pipeline.planning import Failed, Plan, plan_of
from pipeline.prospectus import book_plan, plan_report
from pipeline.report.rules import meaning_of
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, EMBEDDED_MODEL, load_profiles
from pipeline.takes.store import TakeStore
from tests.corpus import made
from tests.ingest.epubs import Epub, page

NOTES = '<h1>One</h1><p>Kim.<a epub:type="noteref" href="#n">1</a></p><aside epub:type="footnote" id="n">A boy.</aside>'


def planned(
    source: Path, *, model: str = DEFAULT_PAID_MODEL, chapters: frozenset[int] | None = None, **pace: object
) -> Plan:
    layer = {"pace": pace, "run": {"takes": str(source.parent / "takes")}}
    return plan_of(BookJob(source, settings_of([Layer("a test", layer)]), chapters), load_profiles({})[model])


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return made.markdown(tmp_path / "tiny.md", made.TINY)


def test_all_books_are_summed_and_those_that_fail_are_told(book: Path) -> None:
    plans = [planned(book, budget_usd=3.0, stop_at="07:00"), planned(book, model=EMBEDDED_MODEL)]
    failed = Failed(plans[0].job, BookError("no zip", where="bad.epub"))
    report = plan_report([plans[0], failed, plans[1]])
    first, second = report.books
    totals = report.totals
    assert (report.exit_code, len(report.failures), totals.books) == (failed.error.exit_code, 1, 2)
    assert "bad.epub" in report.failures[0].error
    for name in ("chunks", "different_chunks", "missing_chunks", "seconds", "missing_seconds", "cost_usd"):
        assert getattr(totals, name) == getattr(first, name) + getattr(second, name)
    assert totals.cost_low_usd < totals.cost_high_usd
    assert totals.chapters == 2 * len(made.TINY)
    assert (totals.budget_usd, totals.stop_at) == (3.0, "07:00")


def test_no_books_are_no_books(book: Path) -> None:
    report = plan_report([])
    assert (report.exit_code, report.books, report.totals.books, report.totals.budget_usd) == (0, [], 0, None)


def test_each_has_the_other_engine_for_comparison(book: Path) -> None:
    paid, free = plan_report([planned(book), planned(book, model=EMBEDDED_MODEL)]).books
    assert (paid.is_paid, free.is_paid) == (True, False)
    assert paid.other is not None
    assert (paid.other.engine, paid.other.model, paid.other.cost_usd) == ("espeak", EMBEDDED_MODEL, 0.0)
    assert free.other is not None
    assert (free.other.engine, free.other.model) == ("openrouter", DEFAULT_PAID_MODEL)
    assert free.other.cost_usd == pytest.approx(paid.cost_usd, rel=0.2)


def test_what_a_book_may_cost_is_its_own(book: Path) -> None:
    plan = plan_report([planned(book, book_budget_usd=2.0, budget_usd=9.0)]).books[0]
    assert plan.budget_usd == 2.0
    assert plan_report([planned(book)]).books[0].budget_usd is None


def test_equal_chunks_are_bought_once_and_counted_as_one(tmp_path: Path) -> None:
    book = made.markdown(tmp_path / "twice.md", {"One": ["All the same."], "Two": ["All the same."]})
    report = plan_report([planned(book)])
    [plan] = report.books
    assert plan.missing_chunks == plan.different_chunks == report.totals.different_chunks < plan.chunks
    first, second = plan.chapters
    assert first.missing_chunks == first.different_chunks == first.chunks
    assert second.missing_chunks == second.different_chunks == second.chunks - 1


def test_what_is_left_out_is_told_with_its_meaning_the_most_first(tmp_path: Path) -> None:
    text = page(NOTES).replace("<html ", '<html xmlns:epub="http://www.idpf.org/2007/ops" ', 1)
    plan = planned(Epub({"a.xhtml": text}).write(tmp_path))
    told = book_plan(plan, TakeStore(tmp_path / "takes"))
    assert {one.rule: one.chars for one in told.excluded} == told.coverage.excluded_chars
    assert [one.rule for one in told.excluded] == ["note", "note-reference"]
    assert all(one.meaning == meaning_of(one.rule) != "" for one in told.excluded)


def test_chapters_that_were_not_chosen_are_counted(book: Path) -> None:
    plan = planned(book, chapters=frozenset({2}))
    told = book_plan(plan, TakeStore(plan.job.settings.run.takes_folder))
    assert ([chapter.number for chapter in told.chapters], told.not_chosen) == ([2], len(made.TINY) - 1)
