"""What a run looks like at a terminal."""

import io
import re

from pipeline.events import (
    AttemptEnded,
    AttemptStarted,
    BookDelivered,
    BookFailed,
    BookPlanned,
    ChapterListenable,
    ChunkSpoken,
    Event,
    PricesArrived,
    RunPlanned,
    TakeRejected,
    TakeReused,
    TakeStored,
)
from pipeline.progress import Bars, Progress
from tests.fakes.run import ALICE, KEY, RUN
from tests.fakes.terminal import Terminal


class Plain(io.StringIO):
    """A stream that a bar takes for a terminal of 80 columns."""

    def isatty(self) -> bool:
        return True

    def rows(self, name: str) -> list[str]:
        """What was shown of a book, without its bar."""
        drawn = re.split(r"[\r\n]|\x1b\[[A-K]", self.getvalue())
        return [re.sub(r"  [# ]{8,}  ", "  ", line).rstrip() for line in drawn if line.startswith(name)]


def bars(stream: Plain, *, verbose: bool = False) -> Bars:
    return Bars(stream, verbose=verbose, redrawn_s=0.0)


def shown(progress: Progress, events: list[Event]) -> None:
    for event in events:
        progress(event)
    progress.close()


def spoken(book: str, seconds: float, *, takes: int = 1, is_suspect: bool = False) -> ChunkSpoken:
    return ChunkSpoken(book, KEY, seconds, takes, is_suspect)


def test_a_terminal_gets_a_bar_with_chunks_minutes_and_money() -> None:
    stream = Plain()
    shown(bars(stream), [*RUN[:5], *RUN[8:12], RUN[13]])
    assert stream.rows(ALICE)[0] == f"{ALICE}  0/4  0.0 of 2.0 min  $0.00 of $2.00  0/2 ch"
    assert (
        stream.rows(ALICE)[-1] == f"{ALICE}  2/4  1.5 of 2.0 min  $0.25 of $2.00  1/2 ch  1 rejected"
    )  # no room for more
    assert "no key is set" in stream.getvalue()


def test_money_for_takes_that_were_none_is_spent_as_well() -> None:
    stream = Plain()
    paid = [TakeRejected("B", KEY, 0, "silent", 0.1), TakeStored("B", KEY, 60.0, 0.15, 1), spoken("B", 60.0)]
    shown(bars(stream), [BookPlanned("B", 1, 2, 0, 60.0, 0.2), *paid])
    assert "  $0.25  " in stream.rows("B")[-1]


def test_what_the_service_says_of_prices_corrects_the_money() -> None:
    stream = Plain()
    shown(
        bars(stream),
        [
            BookPlanned("B", 1, 2, 0, 60.0, 0.2),
            TakeStored("B", KEY, 60.0, 0.15, 1),
            PricesArrived("s", 1, 0.2, 0.05, 0),
        ],
    )
    assert "  $0.20  " in stream.rows("B")[-1]


def test_a_halved_chunk_is_one_chunk() -> None:
    stream = Plain()
    stored = [TakeStored(ALICE, KEY, 30.0, 0.0, 1) for _ in range(3)]
    shown(bars(stream), [BookPlanned(ALICE, 1, 2, 0, 60.0, 0.0), *stored, spoken(ALICE, 90.0, takes=3)])
    assert "  1/2  " in stream.rows(ALICE)[-1]


def test_a_free_book_shows_no_money() -> None:
    stream = Plain()
    shown(bars(stream), [BookPlanned("B", 1, 1, 0, 60.0, 0.0), TakeStored("B", KEY, 60.0, 0.0, 1), spoken("B", 60.0)])
    assert "$" not in stream.getvalue()


def test_requests_under_way_are_counted() -> None:
    stream = Plain()
    shown(
        bars(stream),
        [BookPlanned("B", 1, 9, 0, 60.0, 0.0), *[AttemptStarted("B", KEY, 1)] * 3, AttemptEnded("B", KEY, 1)],
    )
    assert stream.rows("B")[-2].endswith("3 at once")
    assert stream.rows("B")[-1].endswith("2 at once")


def test_books_side_by_side_have_a_line_each_under_one_for_all() -> None:
    stream = Plain()
    begun = [
        RunPlanned("r", 3, 9, 0, 900.0, 900.0, 20.0, 40.0),
        BookPlanned("First", 1, 2, 0, 660.0, 9.0),
        BookPlanned("Second", 1, 3, 0, 120.0, 0.0),
    ]
    mixed = [
        TakeStored("First", KEY, 600.0, 9.0, 1), spoken("First", 600.0), spoken("Second", 60.0), spoken("Second", 60.0)
    ]  # fmt: skip
    shown(
        bars(stream), [*begun, *mixed, BookDelivered("First", ("o/First/First.m4b",), 600.0), BookFailed("x", "no", 3)]
    )
    assert stream.rows("First  ")[-1] == "First  1/2  10 of 11 min  $9.00  0/1 ch"
    assert stream.rows("Second")[-1] == "Second  2/3  2.0 of 2.0 min  0/1 ch"
    assert stream.rows("all 3 books")[-1] == "all 3 books  3/9  12 of 15 min  $9.00 of $40.00  2/3 books"
    assert "“First” is there (10 min): o/First\n" in stream.getvalue()


def test_a_book_that_begins_again_begins_at_nothing() -> None:
    stream = Plain()
    plan = BookPlanned("First", 1, 2, 0, 60.0, 0.0)
    shown(bars(stream), [plan, spoken("First", 600.0), plan, spoken("First", 60.0)])
    assert "  1/2  1.0 of 1.0 min" in stream.rows("First")[-1]


def test_events_before_and_after_a_book_need_no_bar() -> None:
    stream = Plain()
    shown(bars(stream, verbose=True), [TakeReused("B", KEY, 1.0), RUN[7], RUN[13], RUN[18]])
    assert "chapter 1 is finished" in stream.getvalue()


def test_chapters_to_hear_name_their_folder_where_it_changes() -> None:
    stream = Plain()
    other = ChapterListenable("Kim", 3, "III", ("out/Kim/listen/003 - III.m4a",), 60.0)
    shown(bars(stream), [RUN[14], RUN[14], other, RUN[14]])
    folder, file = (
        f"to hear while “{ALICE}” is made, in out/Alice/listen:",
        "  001 - Down the Rabbit-Hole.m4a (1.5 min)",
    )
    kim = ["to hear while “Kim” is made, in out/Kim/listen:", "  003 - III.m4a (1.0 min)"]
    assert stream.getvalue().splitlines() == [folder, file, file, *kim, folder, file]


def test_a_terminal_made_narrower_shows_no_remains_of_what_was_wider() -> None:
    terminal = Terminal(120)
    watch = Bars(terminal.stream, redrawn_s=0.0, clock=lambda: 0.0)
    for event in (
        RunPlanned("r", 2, 9, 0, 900.0, 900.0, 20.0, 40.0),
        BookPlanned("長い題名の本 " * 9, 4, 2, 0, 660.0, 9.0),
        BookPlanned("Second\x1b[2J", 1, 3, 0, 120.0, 0.0),
        spoken("Second\x1b[2J", 60.0),
    ):
        watch(event)
    assert terminal.settled() == [
        "all 2 books  ███▎                            1/9  1.0 of 15 min  $0.00 of $40.00  0/2 books",
        f"長い題名の本 長い題名の本 長い題名の本 …{' ' * 34}0/2  0.0 of 11 min  0/4 ch",
        "Second�[2J  ██████████                      1/3  1.0 of 2.0 min  0/1 ch",
    ]
    terminal.resize(41)
    watch(spoken("Second\x1b[2J", 60.0))
    assert terminal.settled() == [
        "all 2 books  2/9  $0.00 of $40.00",
        "長い題名の本 長い題…  0/2  0.0 of 11 min",
        "Second�[2J  2/3  2.0 of 2.0 min  0/1 ch",
    ]
    watch.close()
    assert terminal.close() == []
    assert terminal.overlong == 0
