"""The tables of a plan for a terminal: the chapters of a book, the books of a shelf. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from pipeline.report.page import clock
from pipeline.report.plan_data import BookPlan, ChapterPlan, PlanReport, SkippedChapter
from pipeline.report.text import money, money_range
from pipeline.report.typeset import Sheet, columns_of, left, plain, right

MAX_TITLE_COLUMNS = 60  # a row then fits into a hundred columns
MIN_TITLE_COLUMNS = 12
FOLDED_ROWS = 60  # a table of more is longer than anybody reads, on a terminal of any height
_SHOWN_OF_RUN = 3  # at each end of a stretch of rows that are alike
_GAP = "  "


@dataclass(frozen=True, slots=True)
class Row:
    """Cells of a table; a row `instead` of figures says something in words."""

    number: str
    title: str
    length: str = ""
    chunks: str = ""
    due: str = ""
    cost: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class _Widths:
    """Columns of each cell; 0: the cell is not shown."""

    number: int
    title: int
    length: int
    chunks: int
    due: int
    cost: int

    @property
    def figures(self) -> int:
        shown = [width for width in (self.length, self.chunks, self.due, self.cost) if width]
        return sum(shown) + len(_GAP) * (len(shown) - 1)


def chapter_table(book: BookPlan, sheet: Sheet) -> Iterator[str]:
    """The chapters in the book's order, those left out whole among them, and the sum of all."""
    entries = in_order(book)
    is_long = sheet.folds and len(entries) > FOLDED_ROWS
    rows = list(_folded(entries)) if is_long else [(_kind(one), _row(one)) for one in entries]
    shown = money_range(book.cost_low_usd, book.cost_high_usd) if book.is_paid else ""
    total = Row("", "in all", clock(book.seconds), f"{book.chunks:,}", f"{book.missing_chunks:,}", shown)
    head = Row("#", "chapter", "length", "chunks", "to buy" if book.is_paid else "to render", "cost")
    yield from _table(head, rows, total, sheet, is_paid=book.is_paid)
    if len(rows) < len(entries):
        yield from sheet.prose("", "`--all` shows every chapter")


def in_order(book: BookPlan) -> list[ChapterPlan | SkippedChapter]:
    """What is made and what is left out whole, as they follow in the book."""
    entries: list[ChapterPlan | SkippedChapter] = [*book.chapters, *book.skipped]
    return sorted(entries, key=lambda entry: entry.number)


def shelf_table(report: PlanReport, sheet: Sheet) -> Iterator[str]:
    """The books in the order they were named, and the sum of all."""
    is_paid = any(book.is_paid for book in report.books)
    rows = [
        (
            "done" if not book.missing_chunks else "due",
            Row(
                str(number),
                plain(book.title),
                clock(book.seconds),
                f"{book.chunks:,}",
                f"{book.missing_chunks:,}",
                money_range(book.cost_low_usd, book.cost_high_usd),
            ),
        )
        for number, book in enumerate(report.books, start=1)
    ]
    totals = report.totals
    cost = money_range(totals.cost_low_usd, totals.cost_high_usd)
    total = Row("", "in all", clock(totals.seconds), f"{totals.chunks:,}", f"{totals.missing_chunks:,}", cost)
    head = Row("#", "book", "length", "chunks", "to buy" if is_paid else "to render", "cost")
    yield from _table(head, rows, total, sheet, is_paid=is_paid)


def _table(head: Row, rows: Sequence[tuple[str, Row]], total: Row, sheet: Sheet, *, is_paid: bool) -> Iterator[str]:
    widths = _widths([head, *(row for _, row in rows), total], sheet.columns, is_paid=is_paid)
    ink = sheet.ink
    yield ink.strong(sheet.cut(_set(head, widths)))
    for kind, row in rows:
        line = sheet.cut(_set(row, widths))
        yield ink.faint(line) if kind in ("skipped", "done", "fold") else line
    yield ink.strong(sheet.cut(_set(total, widths)))


def _widths(rows: Sequence[Row], columns: int | None, *, is_paid: bool) -> _Widths:
    """As wide as what stands in them; where the sheet is narrow, without the chunks, and with shorter titles."""

    def widest(cells: Iterator[str]) -> int:
        return max(map(columns_of, cells))

    number, length = widest(row.number for row in rows), widest(row.length for row in rows)
    chunks, due = widest(row.chunks for row in rows), widest(row.due for row in rows)
    cost = widest(row.cost for row in rows) if is_paid else 0
    title = min(widest(row.title for row in rows), MAX_TITLE_COLUMNS)
    wanted = _Widths(number, title, length, chunks, due, cost)
    if columns is None:
        return wanted
    around = len(_GAP) * 3 + number
    room = columns - around - wanted.figures
    if room < min(title, 2 * MIN_TITLE_COLUMNS):
        wanted = _Widths(number, title, length, 0, due, cost)
        room = columns - around - wanted.figures
    return _Widths(number, max(MIN_TITLE_COLUMNS, min(title, room)), length, wanted.chunks, due, cost)


def _set(row: Row, widths: _Widths) -> str:
    start = f"{_GAP}{right(row.number, widths.number)}{_GAP}{left(row.title, widths.title)}"
    if row.instead:
        return f"{start}{_GAP}{row.instead}"
    cells = (
        (row.length, widths.length),
        (row.chunks, widths.chunks),
        (row.due, widths.due),
        (row.cost, widths.cost),
    )
    return _GAP.join([start, *(right(cell, width) for cell, width in cells if width)])


def _row(entry: ChapterPlan | SkippedChapter) -> Row:
    if isinstance(entry, SkippedChapter):
        return Row(str(entry.number), plain(entry.title), instead=f"left out: {', '.join(entry.rules)}")
    due, cost = f"{entry.missing_chunks:,}", money(entry.cost_usd) if entry.missing_chunks else "–"
    return Row(str(entry.number), plain(entry.title), clock(entry.seconds), f"{entry.chunks:,}", due, cost)


def _kind(entry: ChapterPlan | SkippedChapter) -> str:
    if isinstance(entry, SkippedChapter):
        return "skipped"
    return "due" if entry.missing_chunks else "done"


def _folded(entries: Sequence[ChapterPlan | SkippedChapter]) -> Iterator[tuple[str, Row]]:
    """The rows of a very long book: of many in a stretch that are alike, the first and the last, and the sum between.

    A chapter of which some chunks are there and some are not stands alone: it is what an edit has touched.
    """
    for kind, group in groupby(entries, _likeness):
        alike = list(group)
        between = alike[_SHOWN_OF_RUN:-_SHOWN_OF_RUN]
        if len(between) < 2 or kind == "partly":
            yield from ((_kind(one), _row(one)) for one in alike)
            continue
        yield from ((_kind(one), _row(one)) for one in alike[:_SHOWN_OF_RUN])
        yield "fold", _sum(between)
        yield from ((_kind(one), _row(one)) for one in alike[-_SHOWN_OF_RUN:])


def _likeness(entry: ChapterPlan | SkippedChapter) -> str:
    if isinstance(entry, SkippedChapter):
        return "skipped"
    if not entry.missing_chunks:
        return "done"
    return "due" if entry.missing_chunks == entry.different_chunks else "partly"


def _sum(entries: Sequence[ChapterPlan | SkippedChapter]) -> Row:
    made = [entry for entry in entries if isinstance(entry, ChapterPlan)]
    title = f"… {len(entries)} more like these"
    if not made:
        return Row("", title, instead="left out")
    return Row(
        "",
        title,
        clock(sum(chapter.seconds for chapter in made)),
        f"{sum(chapter.chunks for chapter in made):,}",
        f"{sum(chapter.missing_chunks for chapter in made):,}",
        money(sum(chapter.cost_usd for chapter in made)) if any(chapter.missing_chunks for chapter in made) else "–",
    )
