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
    Event,
    Notice,
    PaceChanged,
    RetryScheduled,
    ServiceBack,
    ServiceDown,
    TakeDamaged,
    TakeReused,
    TakeStored,
    TrackFinished,
)
from pipeline.progress import Bars, Lines, Progress, Quiet, Silent

KEY = "abcdef0123456789" * 4

RUN: list[Event] = [
    Notice("no key is set, so the embedded voice speaks"),
    BookPlanned("Алиса в Стране чудес", 2, 4, 1, 120.0, 0.5),
    TakeReused(KEY, 30.0),
    AttemptStarted(KEY, 1),
    RetryScheduled(KEY, 1, 2.5, "the service answered 429"),
    TakeStored(KEY, 60.0, 0.25, 2),
    TakeDamaged(KEY, "its WAV is gone"),
    ChunkFailed("Алиса", "II", KEY, "Down, down, down.", "the service answered 400"),
    TrackFinished("Алиса", 1, "Down the Rabbit-Hole", 90.0, False),
    TrackFinished("Алиса", 2, "The Pool of Tears", 90.0, True),
    BookDelivered("Алиса", ("out/Alice.m4b",), 90.0),
    BookFailed("other.epub", "other.epub: not a zip", 3),
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


def test_a_pipe_gets_only_what_a_person_must_know() -> None:
    stream = io.StringIO()
    shown(Quiet(stream), RUN)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 5
    assert lines[0] == "no key is set, so the embedded voice speaks"
    assert "its WAV is gone" in lines[1]
    assert "failed in II" in lines[2]
    assert lines[3:] == [
        "openrouter.ai is down (the connection failed); asking again in 10 s",
        "openrouter.ai is back",
    ]


def test_verbose_adds_chapters_and_retries() -> None:
    stream = io.StringIO()
    shown(Quiet(stream, verbose=True), RUN)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 9
    assert "openrouter.ai takes 16 requests at once, 60 a minute" in lines
    assert any("chapter 1 is finished: Down the Rabbit-Hole (1.5 min)" in line for line in lines)
    assert any("chapter 2 was finished before" in line for line in lines)
    assert any("429" in line and "2.5 s" in line for line in lines)


def test_a_terminal_gets_a_bar_with_chunks_minutes_and_money() -> None:
    stream = Terminal()
    shown(Bars(stream), [*RUN[:6], RUN[8], TakeStored(KEY, 90.0, 0.0, 1), TakeStored(KEY, 60.0, 0.05, 1)])
    text = stream.getvalue()
    last = text.rstrip().split("\r")[-1]
    assert "Алиса в Стране чудес" in last
    assert "4/4" in last
    assert "4 min, 1/2 ch, $0.30, 1 retries" in last
    assert RUN[0].text in text if isinstance(RUN[0], Notice) else False


def test_a_free_book_shows_no_money() -> None:
    stream = Terminal()
    shown(Bars(stream), [BookPlanned("B", 1, 1, 0, 60.0, 0.0), TakeStored(KEY, 60.0, 0.0, 1)])
    assert "$" not in stream.getvalue()


def test_a_bar_belongs_to_its_book() -> None:
    """A second book begins at nothing, even if the first never said that it ended."""
    stream = Terminal()
    first = [BookPlanned("First", 1, 2, 0, 60.0, 0.0), TakeStored(KEY, 600.0, 9.0, 1)]
    second = [BookPlanned("Second", 1, 1, 0, 60.0, 0.0), TakeStored(KEY, 60.0, 0.0, 1)]
    shown(Bars(stream), [*first, *second])
    last = stream.getvalue().rstrip().split("\r")[-1]
    assert "Second" in last
    assert "1/1" in last
    assert "1 min, 0/1 ch" in last
    assert "$" not in last


def test_events_before_and_after_a_book_need_no_bar() -> None:
    stream = Terminal()
    shown(Bars(stream, verbose=True), [TakeReused(KEY, 1.0), RUN[4], RUN[8], RUN[11]])
    assert "chapter 1 is finished" in stream.getvalue()


@pytest.mark.parametrize("event", RUN)
def test_silent_is_silent(event: Event, capsys: pytest.CaptureFixture[str]) -> None:
    shown(Silent(), [event])
    assert capsys.readouterr() == ("", "")
