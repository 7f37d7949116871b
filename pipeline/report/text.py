"""The plan and the outcome as lines for people."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.report.page import clock
from pipeline.report.schema import BookPlan, BookReport, Remaining


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
            if report.remaining is not None and report.remaining.chunks:
                yield f"  {left(report.remaining)}"
        else:
            spent = f", {money(report.cost_usd)}" if report.cost_usd else ""
            doubts = f", {len(report.suspects)} suspect (see report.html)" if report.suspects else ""
            counts = f"{report.rendered} rendered, {report.reused} reused"
            yield f"✓ {name}: {clock(report.seconds)}, {counts}{spent}{doubts}"


def left(remaining: Remaining) -> str:
    """What a stopped book still needs, in a line."""
    cost = f", about {money(remaining.cost_usd)}" if remaining.cost_usd else ""
    return f"left: {remaining.chunks} chunks, {clock(remaining.seconds)} of speech{cost}"


def money(usd: float) -> str:
    return f"${usd:.2f}" if usd >= 0.005 or usd == 0 else "<$0.01"
