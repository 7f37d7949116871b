"""The plan and the outcome as lines for people."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.report.page import clock
from pipeline.report.schema import BookPlan, BookReport, PronunciationUse

SHOWN_OF_BOOK = 10  # of the book's own pronunciations: a page is to stay a page


def plan_lines(plan: BookPlan) -> Iterator[str]:
    """A page about one book: chapters with minutes and money, what is reused, what is excluded and why."""
    by = f" by {', '.join(plan.creators)}" if plan.creators else ""
    yield f"{plan.title}{by}"
    yield f"  {plan.model}, voice {plan.voice}; language {plan.language or 'not said'}"
    width = max(len(chapter.title) for chapter in plan.chapters)
    width = min(max(width, 7), 60)
    yield f"  {'#':>4}  {'chapter':<{width}}  {'length':>8}  {'chunks':>6}  {'to do':>6}  {'cost':>8}"
    for chapter in plan.chapters:
        title = chapter.title if len(chapter.title) <= width else chapter.title[: width - 1] + "…"
        yield (
            f"  {chapter.number:>4}  {title:<{width}}  {clock(chapter.seconds):>8}  {chapter.chunks:>6}"
            f"  {chapter.missing_chunks:>6}  {money(chapter.cost_usd):>8}"
        )
    yield (
        f"  {'':>4}  {'in all':<{width}}  {clock(plan.seconds):>8}  {plan.chunks:>6}"
        f"  {plan.missing_chunks:>6}  {money(plan.cost_usd):>8}"
    )
    excluded = ", ".join(f"{rule} {chars}" for rule, chars in plan.coverage.excluded_chars.items()) or "nothing"
    yield f"  characters: {plan.coverage.total_chars}, spoken {plan.coverage.spoken_chars}; excluded: {excluded}"
    yield from _pronunciation_lines(plan.pronunciations)
    for note in plan.notes:
        yield f"  note: {note}"


def _pronunciation_lines(uses: Sequence[PronunciationUse]) -> Iterator[str]:
    """A line a rule; of the book's own, which may be thousands, the most used."""
    own = sorted((use for use in uses if use.from_book), key=lambda use: -use.chunks)
    for use in [*(use for use in uses if not use.from_book), *own[:SHOWN_OF_BOOK]]:
        whose = ", the book's own" if use.from_book else ""
        yield f"  pronunciation of “{use.words}”{whose}: {use.chunks} chunks, {money(use.cost_usd)} to render again"
    if len(own) > SHOWN_OF_BOOK:
        yield f"  … and {len(own) - SHOWN_OF_BOOK} more of the book's own pronunciations"


def summary_lines(reports: list[BookReport]) -> Iterator[str]:
    """One line a book: what was delivered, or why not."""
    for report in reports:
        name = report.title or report.source
        if report.error:
            yield f"✗ {report.error}" if Path(name).name in report.error else f"✗ {name}: {report.error}"
        else:
            spent = f", {money(report.cost_usd)}" if report.cost_usd else ""
            yield f"✓ {name}: {clock(report.seconds)}, {report.rendered} rendered, {report.reused} reused{spent}"


def money(usd: float) -> str:
    return f"${usd:.2f}" if usd >= 0.005 or usd == 0 else "<$0.01"
