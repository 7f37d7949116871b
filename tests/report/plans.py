"""Plans of plain values."""

from collections.abc import Sequence

from pipeline.report.plan_data import (
    BookPlan,
    ChapterPlan,
    CoverageData,
    ExcludedRule,
    OtherEngine,
    PlanReport,
    PlanTotals,
)


def chapter(number: int, title: str, *, missing: int = 1, cost_usd: float = 0.0) -> ChapterPlan:
    return ChapterPlan(
        number=number,
        title=title,
        chunks=2,
        different_chunks=2,
        missing_chunks=missing,
        seconds=90.0,
        cost_usd=cost_usd if missing else 0,
    )


def plan_of(*titles: str, cost_usd: float = 0.0, spread: float = 0.0) -> BookPlan:
    """A book of these chapters, of each of which one chunk of two is missing, at `cost_usd`, more or less `spread`."""
    count = len(titles)
    return BookPlan(
        source="x.epub",
        title="Kim",
        creators=["Rudyard Kipling", "B"],
        language="en",
        engine="openrouter" if cost_usd else "espeak",
        model="google/gemini" if cost_usd else "espeak-ng",
        voice="en",
        is_paid=bool(cost_usd),
        chapters=[chapter(number, title, cost_usd=cost_usd) for number, title in enumerate(titles, start=1)],
        chunks=2 * count,
        different_chunks=2 * count,
        missing_chunks=count,
        seconds=90.0 * count,
        missing_seconds=45.0 * count,
        cost_usd=cost_usd * count,
        cost_low_usd=cost_usd * count * (1 - spread),
        cost_high_usd=cost_usd * count * (1 + spread),
        coverage=CoverageData(total_chars=10, spoken_chars=8, excluded_chars={"note": 2}),
        excluded=[ExcludedRule(rule="note", chars=2, meaning="footnotes")],
        other=OtherEngine(engine="espeak", model="espeak-ng", cost_usd=0.0),
        notes=["a cover was left out"],
    )


def report_of(books: Sequence[BookPlan], *, budget_usd: float | None = None, stop_at: str = "") -> PlanReport:
    summed = (
        "chunks",
        "different_chunks",
        "missing_chunks",
        "seconds",
        "missing_seconds",
        "cost_usd",
        "cost_low_usd",
        "cost_high_usd",
    )
    totals = PlanTotals(
        books=len(books),
        chapters=sum(len(book.chapters) for book in books),
        budget_usd=budget_usd,
        stop_at=stop_at,
        **{name: sum(getattr(book, name) for book in books) for name in summed},
    )
    return PlanReport(exit_code=0, books=list(books), totals=totals)
