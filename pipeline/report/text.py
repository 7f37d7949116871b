"""The plan and the outcome as lines for people."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.report.page import clock
from pipeline.report.schema import BookPlan, BookReport


def plan_lines(plan: BookPlan) -> Iterator[str]:
    """A page about one book: chapters with minutes and money, what is reused, what is excluded and why."""
    by = f" by {', '.join(plan.creators)}" if plan.creators else ""
    yield f"{plan.title}{by}"
    yield f"  {plan.model}, voice {plan.voice}; language {plan.language or 'not said'}"
    width = max(len(chapter.title) for chapter in plan.chapters)
    width = min(max(width, 7), 60)
    in_all = money_range(plan.cost_low_usd, plan.cost_high_usd)
    wide = max(8, len(in_all))
    yield f"  {'#':>4}  {'chapter':<{width}}  {'length':>8}  {'chunks':>6}  {'to do':>6}  {'cost':>{wide}}"
    for chapter in plan.chapters:
        title = chapter.title if len(chapter.title) <= width else chapter.title[: width - 1] + "…"
        yield (
            f"  {chapter.number:>4}  {title:<{width}}  {clock(chapter.seconds):>8}  {chapter.chunks:>6}"
            f"  {chapter.missing_chunks:>6}  {money(chapter.cost_usd):>{wide}}"
        )
    yield (
        f"  {'':>4}  {'in all':<{width}}  {clock(plan.seconds):>8}  {plan.chunks:>6}"
        f"  {plan.missing_chunks:>6}  {in_all:>{wide}}"
    )
    excluded = ", ".join(f"{rule} {chars}" for rule, chars in plan.coverage.excluded_chars.items()) or "nothing"
    yield f"  characters: {plan.coverage.total_chars}, spoken {plan.coverage.spoken_chars}; excluded: {excluded}"
    for use in plan.pronunciations:
        yield f"  pronunciation of “{use.words}”: {use.chunks} chunks, {money(use.cost_usd)} to render again"
    for note in plan.notes:
        yield f"  note: {note}"


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


def money_range(low_usd: float, high_usd: float) -> str:
    """`$1.80-$2.40`, or one figure where both come to the same cent."""
    low, high = money(low_usd), money(high_usd)
    return low if low == high else f"{low}-{high}"
