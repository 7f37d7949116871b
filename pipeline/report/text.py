"""The plan and the outcome as lines for people."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.report.page import clock
from pipeline.report.schema import (
    AccountData,
    BookPlan,
    BookReport,
    ChapterPlan,
    CoverageData,
    DirectorPlan,
    PronunciationUse,
    Remaining,
    VoiceUse,
)

SHOWN_OF_BOOK = 10  # of the book's own pronunciations: a page is to stay a page
MAX_TITLE_CHARS = 60  # a row then fits into a hundred columns


def plan_lines(plan: BookPlan) -> Iterator[str]:
    """A page about one book: chapters with minutes and money, what is reused, what is excluded and why."""
    by = f" by {', '.join(plan.creators)}" if plan.creators else ""
    yield f"{plan.title}{by}"
    yield f"  {plan.model}, voice {plan.voice}; language {plan.language or 'not said'}"
    titles = [chapter.title for chapter in plan.chapters] + [chapter.title for chapter in plan.skipped]
    width = min(max(7, *map(len, titles)), MAX_TITLE_CHARS)
    in_all = money_range(plan.cost_low_usd, plan.cost_high_usd)
    wide = max(8, len(in_all))
    yield f"  {'#':>4}  {'chapter':<{width}}  {'length':>8}  {'chunks':>6}  {'to do':>6}  {'cost':>{wide}}"
    yield from _chapter_lines(plan, width, wide)
    yield (
        f"  {'':>4}  {'in all':<{width}}  {clock(plan.seconds):>8}  {plan.chunks:>6}"
        f"  {plan.missing_chunks:>6}  {in_all:>{wide}}"
    )
    yield from _voice_lines(plan.voices)
    yield from _coverage_lines(plan.coverage)
    yield from _pronunciation_lines(plan.pronunciations)
    if plan.director is not None:
        yield f"  {director_line(plan.director)}"
    for note in plan.notes:
        yield f"  note: {note}"


def director_line(director: DirectorPlan) -> str:
    """What a director would be asked, what is answered, and what the rest would cost."""
    asked = f"direction by {director.model}: {director.windows} questions, {director.kept} answered already"
    if director.kept == director.windows:
        return f"{asked}; `run-pipeline direct` writes them down for nothing"
    if director.expected_usd is None or director.most_usd is None:
        return f"{asked}; `run-pipeline direct` asks the rest, at the service's price"
    cost = f"about {money(director.expected_usd)}, at most {money(director.most_usd)}"
    return f"{asked}; `run-pipeline direct` asks the rest for {cost}"


def _voice_lines(uses: Sequence[VoiceUse]) -> Iterator[str]:
    """A line a part, where there are several."""
    if len(uses) < 2:
        return
    width = min(max(len(use.speaker) for use in uses), MAX_TITLE_CHARS)
    voices = max(len(use.voice) for use in uses)
    for use in uses:
        yield (
            f"  {_shortened(use.speaker, width):<{width}}  {use.voice:<{voices}}  {clock(use.seconds):>8}"
            f"  {use.chunks:>5} chunks  {money(use.cost_usd)} to render again"
        )


def _pronunciation_lines(uses: Sequence[PronunciationUse]) -> Iterator[str]:
    """A line a rule; of the book's own, which may be thousands, the most used."""
    own = sorted((use for use in uses if use.from_book), key=lambda use: -use.chunks)
    for use in [*(use for use in uses if not use.from_book), *own[:SHOWN_OF_BOOK]]:
        whose = ", the book's own" if use.from_book else ""
        yield f"  pronunciation of “{use.words}”{whose}: {use.chunks} chunks, {money(use.cost_usd)} to render again"
    if len(own) > SHOWN_OF_BOOK:
        yield f"  … and {len(own) - SHOWN_OF_BOOK} more of the book's own pronunciations"


def _chapter_lines(plan: BookPlan, width: int, wide: int) -> Iterator[str]:
    """The chapters in the book's order, those left out whole among them."""
    lines = {chapter.number: _chapter_line(chapter, width, wide) for chapter in plan.chapters}
    for chapter in plan.skipped:
        rules = ", ".join(chapter.rules)
        lines[chapter.number] = f"  {chapter.number:>4}  {_shortened(chapter.title, width):<{width}}  left out: {rules}"
    yield from (lines[number] for number in sorted(lines))


def _chapter_line(chapter: ChapterPlan, width: int, wide: int) -> str:
    return (
        f"  {chapter.number:>4}  {_shortened(chapter.title, width):<{width}}  {clock(chapter.seconds):>8}"
        f"  {chapter.chunks:>6}  {chapter.missing_chunks:>6}  {money(chapter.cost_usd):>{wide}}"
    )


def _shortened(title: str, width: int) -> str:
    return title if len(title) <= width else title[: width - 1] + "…"


def _coverage_lines(coverage: CoverageData) -> Iterator[str]:
    share = coverage.spoken_chars / max(1, coverage.total_chars)
    yield f"  spoken: {coverage.spoken_chars:,} of {coverage.total_chars:,} characters ({share:.1%})"
    largest_first = sorted(coverage.excluded_chars.items(), key=lambda excluded: -excluded[1])
    if largest_first:
        rules = ", ".join(f"{rule} {chars:,}" for rule, chars in largest_first)
        yield f"  left out: {rules}  (--text shows each where it stood)"


def summary_lines(reports: list[BookReport]) -> Iterator[str]:
    """One line a book: what was delivered, or why not."""
    for report in reports:
        name = report.title or report.source
        if report.error:
            entry = f" [{report.error_entry}]" if report.error_entry else ""
            place = "" if Path(name).name in report.error else f"{name}: "
            yield f"✗ {place}{report.error}{entry}"
            if report.rendered + report.reused and report.remaining is not None and report.remaining.chunks:
                yield f"  {left(report.remaining)}"
        else:
            spent = f", {money(report.cost_usd)}" if report.cost_usd else ""
            doubts = f", {len(report.suspects)} suspect (see report.html)" if report.suspects else ""
            counts = f"{report.rendered} rendered, {report.reused} reused"
            yield f"✓ {name}: {clock(report.seconds)}, {counts}{spent}{doubts}"
            yield from _missed_lines(report)


def _missed_lines(report: BookReport) -> Iterator[str]:
    """What of the target a delivery does not keep: a line a rule, with the worst of it."""
    for rule in dict.fromkeys(missed.rule for missed in report.missed):
        found = [missed for missed in report.missed if missed.rule == rule]
        first = found[0]
        limits = " to ".join(f"{limit:g}" for limit in (first.least, first.most) if limit is not None)
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        asked = f"asked: {limits}" if limits else "another is asked"
        value = f"{first.value} {first.unit}".strip()
        yield f"  misses {report.target}: {rule} {value} ({asked}) in “{first.chapter}”{more}"


def account_line(account: AccountData | None) -> str:
    """What a run has paid, by how sure that is; nothing for one that paid nothing."""
    if account is None:
        return ""
    figures = {
        "{} by the service's records": account.actual_usd,
        "{} by estimate, where they say nothing yet": account.estimated_usd,
        "at most {} in doubt, for answers that never came": account.doubtful_usd,
    }
    known = [said.format(money(usd)) for said, usd in figures.items() if usd]
    return f"paid in this run: {'; '.join(known)}" if known else ""


def left(remaining: Remaining) -> str:
    """What a stopped book still needs, in a line."""
    cost = f", about {money(remaining.cost_usd)}" if remaining.cost_usd else ""
    return f"left: {remaining.chunks} chunks, {clock(remaining.seconds)} of speech{cost}"


def money(usd: float) -> str:
    return f"${usd:.2f}" if usd >= 0.005 or usd == 0 else "<$0.01"


def money_range(low_usd: float, high_usd: float) -> str:
    """`$1.80-$2.40`, or one figure where both come to the same cent."""
    low, high = money(low_usd), money(high_usd)
    return low if low == high else f"{low}-{high}"
