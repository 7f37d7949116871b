"""A plan as a page for people, set for a terminal of any width or for a pipe. Pure."""

from collections.abc import Iterator

from pipeline.report.page import clock, counted
from pipeline.report.plan_data import BookPlan, DirectorPlan, PlanReport, PlanTotals
from pipeline.report.plan_table import chapter_table, shelf_table
from pipeline.report.text import money, money_range
from pipeline.report.typeset import PIPE, Sheet, columns_of, left, plain, right

SHOWN_OF_BOOK = 10  # of the book's own pronunciations: a page is to stay a page
SHOWN_PARTS = 20  # of a cast, those who speak most; the others have a line or two each
_NAME_COLUMNS = 30
_VOICE_COLUMNS = 24


def report_lines(report: PlanReport, sheet: Sheet = PIPE) -> Iterator[str]:
    """All books, one under the other, and where there are several all of them together."""
    for number, book in enumerate(report.books):
        if number:
            yield ""
        yield from plan_lines(book, sheet, limits=report.totals if len(report.books) == 1 else None)
    if len(report.books) > 1:
        yield ""
        yield sheet.ink.strong(f"All {len(report.books)} books")
        yield from shelf_table(report, sheet)
        yield from _limit_lines(report.totals, sheet, is_paid=any(book.is_paid for book in report.books))


def plan_lines(book: BookPlan, sheet: Sheet = PIPE, *, limits: PlanTotals | None = None) -> Iterator[str]:
    """A page about one book: chapters with minutes and money, what is there, what is left out and why.

    `limits` are those of a run of it alone.
    """
    by = f" by {', '.join(book.creators)}" if book.creators else ""
    yield from map(sheet.ink.strong, sheet.text(f"{book.title}{by}"))
    yield from sheet.text(f"{book.model}, voice {book.voice}; language {book.language or 'not said'}", margin="  ")
    yield from map(sheet.ink.faint, sheet.text(f"from {book.source}", margin="  "))
    yield from chapter_table(book, sheet)
    if book.not_chosen:
        yield from sheet.prose("not chosen", f"{counted(book.not_chosen, 'chapter')} of the book")
    yield from _purchase_lines(book, sheet)
    if limits is not None:
        yield from _limit_lines(limits, sheet, is_paid=book.is_paid)
    if other := other_line(book):
        yield from sheet.prose("instead", other)
    yield from _voice_lines(book, sheet)
    yield from _coverage_lines(book, sheet)
    yield from _pronunciation_lines(book, sheet)
    if book.director is not None:
        yield from sheet.prose("direction", director_line(book.director))
    for number, note in enumerate(book.notes):
        yield from sheet.prose("" if number else "notes", note)


def purchase(plan: BookPlan | PlanTotals, *, verb: str, is_paid: bool) -> str:
    """What is there and what is still to be had: `12 of 20 are there; to buy: 8, 6:10 of speech, $0.10-$0.20, …`."""
    count, missing = plan.different_chunks, plan.missing_chunks
    if not missing:
        return f"all {count:,} are there; nothing to {verb}"
    had = f"{count - missing:,} of {count:,} are there" if count > missing else f"none of {count:,} is there yet"
    cost = f"{money_range(plan.cost_low_usd, plan.cost_high_usd)}, retakes aside" if is_paid else "for nothing"
    return f"{had}; to {verb}: {missing:,}, {clock(plan.missing_seconds)} of speech, {cost}"


def verb_of(book: BookPlan) -> str:
    """What is done to a chunk that is missing."""
    return "buy" if book.is_paid else "render"


def other_line(book: BookPlan) -> str:
    """What another engine would be, and cost for the whole book; nothing where there is none."""
    if book.other is None:
        return ""
    cost = f"about {money(book.other.cost_usd)} for the whole book" if book.other.cost_usd else "a draft for nothing"
    return f"`--engine {book.other.engine}`: {book.other.model}, {cost}"


def budget_line(budget_usd: float, plan: BookPlan | PlanTotals) -> str:
    """What a budget means for a plan. It is held against the highest the takes can cost, retakes aside."""
    if plan.cost_high_usd <= budget_usd:
        return f"{money(budget_usd)}: enough for what is missing"
    if plan.cost_low_usd <= budget_usd:
        return (
            f"{money(budget_usd)}: may not be enough; a run would then stop with chunks left, and go on when run again"
        )
    return f"{money(budget_usd)}: not enough; a run stops there with chunks left, and goes on when run again"


def director_line(director: DirectorPlan) -> str:
    """What a director would be asked, what is answered, and what the rest would cost."""
    asked = f"by {director.model}: {counted(director.windows, 'question')}, {director.kept} answered already"
    if director.kept == director.windows:
        return f"{asked}; `run-pipeline direct` writes them down for nothing"
    if director.expected_usd is None or director.most_usd is None:
        return f"{asked}; `run-pipeline direct` asks the rest, at the service's price"
    cost = f"about {money(director.expected_usd)}, at most {money(director.most_usd)}"
    return f"{asked}; `run-pipeline direct` asks the rest for {cost}"


def _purchase_lines(book: BookPlan, sheet: Sheet) -> Iterator[str]:
    verb = verb_of(book)
    inked = str if book.missing_chunks else sheet.ink.good
    yield from sheet.prose("chunks", purchase(book, verb=verb, is_paid=book.is_paid), inked=inked)
    if book.budget_usd is not None and book.is_paid:
        yield from _budget_lines("may cost", book.budget_usd, book, sheet)


def _limit_lines(totals: PlanTotals, sheet: Sheet, *, is_paid: bool) -> Iterator[str]:
    """Where a run of all of it would end early."""
    if totals.budget_usd is not None and is_paid:
        yield from _budget_lines("budget", totals.budget_usd, totals, sheet)
    if totals.stop_at:
        yield from sheet.prose("stops at", f"{totals.stop_at}, whatever is left")


def _budget_lines(label: str, budget_usd: float, plan: BookPlan | PlanTotals, sheet: Sheet) -> Iterator[str]:
    inked = sheet.ink.warning if plan.cost_high_usd > budget_usd else str
    return sheet.prose(label, budget_line(budget_usd, plan), inked=inked)


def _voice_lines(book: BookPlan, sheet: Sheet) -> Iterator[str]:
    """A line a part, where there are several; of very many those who speak most."""
    uses = book.voices
    if len(uses) < 2:
        return
    most = sorted(uses, key=lambda use: -use.seconds)[:SHOWN_PARTS]
    shown = [use for use in uses if use in most]
    cells = [("speaker", "voice", "length", "chunks", "to render again")]
    cells += [
        (plain(use.speaker), plain(use.voice), clock(use.seconds), f"{use.chunks:,}", money(use.cost_usd))
        for use in shown
    ]
    names = min(max(columns_of(row[0]) for row in cells), 18 if sheet.is_narrow else _NAME_COLUMNS)
    voices = min(max(columns_of(row[1]) for row in cells), 12 if sheet.is_narrow else _VOICE_COLUMNS)
    for number, (speaker, voice, length, chunks, cost) in enumerate(cells):
        row = [left(speaker, names), left(voice, voices), right(length, 8)]
        row += [] if sheet.is_narrow else [right(chunks, 6)]
        row += [right(cost, 15)] if book.is_paid and not sheet.is_narrow else []
        yield sheet.row("" if number else "voices", "  ".join(row))
    if len(uses) > len(shown):
        yield sheet.row("", f"… and {len(uses) - len(shown)} more parts")


def _coverage_lines(book: BookPlan, sheet: Sheet) -> Iterator[str]:
    coverage = book.coverage
    share = coverage.spoken_chars / max(1, coverage.total_chars)
    spoken = f"{coverage.spoken_chars:,} of {coverage.total_chars:,} characters ({share:.1%})"
    yield from sheet.prose("spoken", spoken)
    names = max((columns_of(rule.rule) for rule in book.excluded), default=0)
    for number, rule in enumerate(book.excluded):
        head = f"{left(rule.rule, names)}  {rule.chars:>8,}  "
        yield from sheet.hanging("" if number else "left out", head, rule.meaning)
    if book.excluded:
        yield from sheet.prose("", "`--text` shows each where it stood")


def _pronunciation_lines(book: BookPlan, sheet: Sheet) -> Iterator[str]:
    """A line a rule; of the book's own, which may be thousands, the most used."""
    uses = book.pronunciations
    own = sorted((use for use in uses if use.from_book), key=lambda use: -use.chunks)
    shown = [*(use for use in uses if not use.from_book), *own[:SHOWN_OF_BOOK]]
    for number, use in enumerate(shown):
        whose = ", the book's own" if use.from_book else ""
        said = f"“{use.words}”{whose}: {counted(use.chunks, 'chunk')}, {money(use.cost_usd)} to render again"
        yield from sheet.prose("" if number else "says", said)
    if len(own) > SHOWN_OF_BOOK:
        yield from sheet.prose("", f"… and {len(own) - SHOWN_OF_BOOK} more of the book's own pronunciations")
