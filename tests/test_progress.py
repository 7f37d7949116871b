"""What a run looks like from outside: bars on a terminal, JSON lines for programs, next to nothing in a pipe."""

import dataclasses
import io
import json

import pytest

from pipeline.events import (
    AttemptStarted,
    BookDelivered,
    BookFailed,
    BookPlanned,
    ChunkFailed,
    ChunkSpoken,
    Event,
    Notice,
    PaceChanged,
    PricesArrived,
    Recovered,
    RetryScheduled,
    ServiceBack,
    ServiceDown,
    TakeDamaged,
    TakeRejected,
    TakeReused,
    TakeStored,
    TrackFinished,
)
from pipeline.progress import Bars, Lines, Progress, Quiet, Silent

KEY = "abcdef0123456789" * 4
ALICE = "Алиса в Стране чудес"

RUN: list[Event] = [
    Notice("no key is set, so the embedded voice speaks"),
    BookPlanned(ALICE, 2, 4, 1, 120.0, 0.5),
    TakeReused(ALICE, KEY, 30.0),
    ChunkSpoken(ALICE, KEY, 30.0, 1, False),
    AttemptStarted(ALICE, KEY, 1),
    RetryScheduled(ALICE, KEY, 1, 2.5, "the service answered 429"),
    TakeRejected(ALICE, KEY, 0, "6 s of silence"),
    TakeStored(ALICE, KEY, 60.0, 0.25, 2),
    ChunkSpoken(ALICE, KEY, 60.0, 1, True),
    TakeDamaged(ALICE, KEY, "its WAV is gone"),
    ChunkFailed(ALICE, "II", KEY, "Down, down, down.", "the service answered 400"),
    TrackFinished(ALICE, 1, "Down the Rabbit-Hole", 90.0, False),
    TrackFinished(ALICE, 2, "The Pool of Tears", 90.0, True),
    BookDelivered(ALICE, ("out/Alice.m4b",), 90.0),
    BookFailed("other.epub", "other.epub: not a zip", 3),
    Recovered(3, 1, 2, 0.127),
    PricesArrived("openrouter m", 3, 0.12, -0.01, 1),
    PaceChanged("openrouter.ai", 16, 60),
    ServiceDown("openrouter.ai", "the connection failed", 10.0),
    ServiceBack("openrouter.ai"),
]


class Terminal(io.StringIO):
    """A stream that a bar takes for a terminal."""

    def isatty(self) -> bool:
        return True


def shown(progress: Progress, events: list[Event]) -> None:
    for event in events:
        progress(event)
    progress.close()


def test_lines_are_one_json_object_an_event() -> None:
    stream = io.StringIO()
    shown(Lines(stream), RUN)
    records = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [record.pop("event") for record in records] == [type(event).__name__ for event in RUN]
    assert records == [json.loads(json.dumps(dataclasses.asdict(event))) for event in RUN]
    assert "Алиса" in stream.getvalue()


def test_every_event_there_is_makes_a_line() -> None:
    assert {type(event) for event in RUN} == set(Event.__args__)


def spoken(book: str, seconds: float, *, takes: int = 1, is_suspect: bool = False) -> ChunkSpoken:
    return ChunkSpoken(book, KEY, seconds, takes, is_suspect)


def test_a_pipe_gets_only_what_a_person_must_know() -> None:
    stream = io.StringIO()
    shown(Quiet(stream), RUN)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 6
    assert lines[0] == "no key is set, so the embedded voice speaks"
    assert "its WAV is gone" in lines[1]
    assert "failed in II" in lines[2]
    assert lines[3:] == [
        "of an earlier run, 4 answers that had arrived were judged, 3 of them kept, "
        "2 never came and may have cost up to $0.13",
        "openrouter.ai is down (the connection failed); asking again in 10 s",
        "openrouter.ai is back",
    ]


def test_of_an_earlier_run_only_what_there_was_is_told() -> None:
    stream = io.StringIO()
    shown(Quiet(stream), [Recovered(2, 0, 0, 0.0), Recovered(0, 0, 1, 0.5)])
    assert stream.getvalue().splitlines() == [
        "of an earlier run, 2 answers that had arrived were judged, 2 of them kept",
        "of an earlier run, 1 never came and may have cost up to $0.50",
    ]


def test_verbose_adds_chapters_retries_and_rejected_takes() -> None:
    stream = io.StringIO()
    shown(Quiet(stream, verbose=True), RUN)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 12
    assert "openrouter.ai takes 16 requests at once, 60 a minute" in lines
    assert any("chapter 1 is finished: Down the Rabbit-Hole (1.5 min)" in line for line in lines)
    assert any("chapter 2 was finished before" in line for line in lines)
    assert any("429" in line and "2.5 s" in line for line in lines)
    assert any("take 0" in line and "6 s of silence" in line for line in lines)


def test_a_terminal_gets_a_bar_with_chunks_minutes_and_money() -> None:
    stream = Terminal()
    more = [spoken(ALICE, 90.0), TakeStored(ALICE, KEY, 60.0, 0.05, 1), spoken(ALICE, 60.0)]
    shown(Bars(stream), [*RUN[:9], RUN[11], *more])
    text = stream.getvalue()
    last = text.rstrip().split("\r")[-1]
    assert ALICE in last
    assert "4/4" in last
    assert "4 min, 1/2 ch, $0.30, 1 retries, 1 rejected, 1 suspect" in last
    assert "no key is set" in text


def test_money_for_takes_that_were_none_is_spent_as_well() -> None:
    stream = Terminal()
    paid = [TakeRejected("B", KEY, 0, "silent", 0.1), TakeStored("B", KEY, 60.0, 0.15, 1), spoken("B", 60.0)]
    shown(Bars(stream), [BookPlanned("B", 1, 1, 0, 60.0, 0.2), *paid])
    assert "$0.25" in stream.getvalue().rstrip().split("\r")[-1]


def test_a_halved_chunk_is_one_chunk() -> None:
    stream = Terminal()
    stored = [TakeStored(ALICE, KEY, 30.0, 0.0, 1) for _ in range(3)]
    shown(Bars(stream), [BookPlanned(ALICE, 1, 2, 0, 60.0, 0.0), *stored, spoken(ALICE, 90.0, takes=3)])
    assert "1/2" in stream.getvalue().rstrip().split("\r")[-1]


def test_a_free_book_shows_no_money() -> None:
    stream = Terminal()
    shown(
        Bars(stream),
        [BookPlanned("B", 1, 1, 0, 60.0, 0.0), TakeStored("B", KEY, 60.0, 0.0, 1), spoken("B", 60.0)],
    )
    assert "$" not in stream.getvalue()


def test_books_side_by_side_have_a_bar_each() -> None:
    stream = Terminal()
    begun = [BookPlanned("First", 1, 2, 0, 60.0, 0.0), BookPlanned("Second", 1, 3, 0, 60.0, 0.0)]
    mixed = [
        TakeStored("First", KEY, 600.0, 9.0, 1), spoken("First", 600.0), spoken("Second", 60.0), spoken("Second", 60.0)
    ]  # fmt: skip
    bars = Bars(stream)
    for event in (*begun, *mixed):
        bars(event)
    bars(BookDelivered("First", ("First.m4b",), 600.0))
    bars.close()
    shown_last = {
        name: [line for line in stream.getvalue().split("\r") if name in line][-1] for name in ("First", "Second")
    }
    assert "1/2" in shown_last["First"]
    assert "10 min, 0/1 ch, $9.00" in shown_last["First"]
    assert "2/3" in shown_last["Second"]
    assert "2 min, 0/1 ch" in shown_last["Second"]
    assert "$" not in shown_last["Second"]


def test_a_book_that_begins_again_begins_at_nothing() -> None:
    stream = Terminal()
    plan = BookPlanned("First", 1, 2, 0, 60.0, 0.0)
    shown(Bars(stream), [plan, spoken("First", 600.0), plan, spoken("First", 60.0)])
    last = stream.getvalue().rstrip().split("\r")[-1]
    assert "1/2" in last
    assert "1 min" in last


def test_events_before_and_after_a_book_need_no_bar() -> None:
    stream = Terminal()
    shown(Bars(stream, verbose=True), [TakeReused("B", KEY, 1.0), RUN[5], RUN[11], RUN[14]])
    assert "chapter 1 is finished" in stream.getvalue()


@pytest.mark.parametrize("event", RUN)
def test_silent_is_silent(event: Event, capsys: pytest.CaptureFixture[str]) -> None:
    shown(Silent(), [event])
    assert capsys.readouterr() == ("", "")
