"""Lines at the foot of a terminal that move: one for the run where it has several books, one a book at work."""

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from tqdm import tqdm

from pipeline.events import (
    BookDelivered,
    BookFailed,
    BookPlanned,
    ChapterListenable,
    Event,
    PricesArrived,
    RunPlanned,
)
from pipeline.progress.columns import printable, wrapped
from pipeline.progress.headway import Headway, headway_of
from pipeline.progress.layout import facts_of, line_of, row_of
from pipeline.progress.talk import delivered_lines, detail_lines, heard_lines, spoken_lines

_COLUMNS = 80
"""Where a terminal does not say how wide it is."""

_REDRAWN_S = 0.1

_TO_LINE_END, _TO_SCREEN_END = "\x1b[K", "\x1b[J"
"""Erase from the cursor on (ECMA-48, EL and ED)."""

if TYPE_CHECKING:
    _Tqdm = tqdm[NoReturn]
else:
    _Tqdm = tqdm


class Bars:
    """Watches a run for somebody at a terminal.

    No line is wider than the terminal is at that moment. The cursor rests at the beginning of the first line, from
    where all of them can be erased even after a terminal that was made narrower has broken them.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        verbose: bool = False,
        clock: Callable[[], float] = time.monotonic,
        redrawn_s: float = _REDRAWN_S,
    ) -> None:
        self._stream = stream
        self._verbose = verbose
        self._clock = clock
        self._redrawn_s = redrawn_s
        self._run: _Row | None = None
        self._books: dict[str, _Row] = {}
        self._heard = ""
        self._columns = columns_of(stream)

    def __call__(self, event: Event) -> None:
        self._follow_width()
        if self._run is not None:
            self._run.note(event)
        for row in self._rows_about(event):
            row.note(event)
        self._begin_or_end(event)
        self._say(self._lines(event))

    def close(self) -> None:
        self._follow_width()
        for book in tuple(self._books):
            self._end(book)
        if self._run is not None:
            self._run.close()
            self._run = None

    def _begin_or_end(self, event: Event) -> None:
        match event:
            case RunPlanned(books=books) if books > 1:
                self._run = self._row(headway_of(event))
            case BookPlanned():
                self._end(event.book)
                self._books[event.book] = self._row(headway_of(event))
            case BookDelivered() | BookFailed():
                self._end(event.book)

    def _rows_about(self, event: Event) -> list["_Row"]:
        """The books' lines that an event has to do with: what a service says of prices is of none, or of the only."""
        if isinstance(event, PricesArrived):
            return list(self._books.values()) if self._run is None else []
        row = self._books.get(getattr(event, "book", ""))
        return [] if row is None else [row]

    def _follow_width(self) -> None:
        """Where the terminal has become narrower, what stood at its foot has been broken: it is drawn anew."""
        columns, before = columns_of(self._stream), self._columns
        self._columns = columns
        if columns < before:
            self._stream.write("\r" + _TO_SCREEN_END)
            for row in (self._run, *self._books.values()):
                if row is not None:
                    row.refresh()

    def _row(self, headway: Headway) -> "_Row":
        return _Row(headway, self._stream, clock=self._clock, redrawn_s=self._redrawn_s)

    def _end(self, book: str) -> None:
        row = self._books.pop(book, None)
        if row is not None:
            row.close()

    def _lines(self, event: Event) -> list[str]:
        if isinstance(event, ChapterListenable):
            is_first, self._heard = event.book != self._heard, event.book
            return heard_lines(event, is_first=is_first)
        if isinstance(event, BookDelivered) and self._run is not None:
            return delivered_lines(event)
        return spoken_lines(event) + (detail_lines(event) if self._verbose else [])

    def _say(self, lines: list[str]) -> None:
        """Above the bars, broken between words."""
        columns, encoding = columns_of(self._stream), self._stream.encoding or "utf-8"
        for line in lines:
            tqdm.write("\n".join(wrapped(printable(line, encoding), columns - 1)), file=self._stream)


class _Row(_Tqdm):
    """One line, drawn by tqdm as often as is worth it, in a layout of ours."""

    def __init__(self, headway: Headway, stream: TextIO, *, clock: Callable[[], float], redrawn_s: float) -> None:
        self._headway = headway
        self._now_s = clock
        super().__init__(
            total=headway.chunks, file=stream, leave=False, miniters=0, mininterval=redrawn_s, dynamic_ncols=True
        )

    def note(self, event: Event) -> None:
        spoken = self._headway.spoken
        self._headway.note(event, self._now_s())
        self.update(self._headway.spoken - spoken)

    def __str__(self) -> str:
        columns = columns_of(self.fp) - 1  # in the last column a cursor may wait on either line
        encoding = getattr(self.fp, "encoding", None) or "utf-8"
        headway = self._headway
        facts = facts_of(headway, self._now_s())
        row = row_of(printable(headway.name, encoding), facts, columns=columns, share=headway.share)
        return line_of(row, is_ascii=bool(self.ascii))

    @staticmethod
    def status_printer(file: Any) -> Callable[[str], None]:
        """What draws: over the old line, and back to its beginning."""

        def draw(line: str) -> None:
            file.write(f"\r{line}{_TO_LINE_END}\r")
            file.flush()

        return draw


def columns_of(stream: Any) -> int:
    """How wide the terminal behind `stream` is now."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or _COLUMNS
    except (OSError, ValueError, AttributeError):  # no terminal: a test's
        return _COLUMNS
