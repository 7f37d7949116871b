"""Events as JSON lines for programs, and next to nothing in a pipe."""

import dataclasses
import io
import json
from datetime import UTC, datetime

import jsonschema
import pytest

from pipeline.events import Event, Notice, Recovered
from pipeline.progress import Lines, Progress, Quiet, Silent
from pipeline.report.event_schema import events_schema
from tests.fakes.run import RUN

AT = datetime(2026, 11, 28, 7, 0, 0, 123_456, tzinfo=UTC)


def shown(progress: Progress, events: list[Event]) -> None:
    for event in events:
        progress(event)
    progress.close()


def test_lines_are_one_json_object_an_event() -> None:
    stream = io.StringIO()
    shown(Lines(stream, clock=lambda: AT), [Notice("before it"), *RUN])
    first, *records = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert first == {"event": "Notice", "at": "2026-11-28T07:00:00.123Z", "run": "", "version": 1, "text": "before it"}
    assert [record.pop("event") for record in records] == [type(event).__name__ for event in RUN]
    assert {(record.pop("at"), record.pop("run"), record.pop("version")) for record in records} == {
        ("2026-11-28T07:00:00.123Z", "20261128T070000-a1b2c3", 1)
    }
    said = [json.loads(json.dumps(dataclasses.asdict(event))) for event in RUN]
    said[0].pop("run")
    assert records == said
    assert "Алиса" in stream.getvalue()


def test_every_line_keeps_to_the_schema_and_no_other_does() -> None:
    stream = io.StringIO()
    shown(Lines(stream), RUN)
    schema = events_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    valid = jsonschema.Draft202012Validator(schema)
    records = [json.loads(line) for line in stream.getvalue().splitlines()]
    for record in records:
        valid.validate(record)
        assert record.keys() == schema["$defs"][record["event"]]["properties"].keys()
    for record in records:
        own = jsonschema.Draft202012Validator(schema["$defs"][record["event"]])
        assert own.is_valid(record)
        for name in record.keys() - {"event"}:
            assert not own.is_valid({key: value for key, value in record.items() if key != name}), name
        assert not own.is_valid(record | {"version": 2})
    assert not valid.is_valid(records[1] | {"event": "Unheard"})


def test_every_event_there_is_makes_a_line() -> None:
    assert {type(event) for event in RUN} == set(Event.__args__)


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
    assert len(lines) == 14
    assert "openrouter.ai takes 16 requests at once, 60 a minute" in lines
    assert any("chapter 1 is finished: Down the Rabbit-Hole (1.5 min)" in line for line in lines)
    assert "  001 - Down the Rabbit-Hole.m4a (1.5 min)" in lines
    assert any("chapter 2 was finished before" in line for line in lines)
    assert any("429" in line and "2.5 s" in line for line in lines)
    assert any("take 0" in line and "6 s of silence" in line for line in lines)


@pytest.mark.parametrize("event", RUN)
def test_silent_is_silent(event: Event, capsys: pytest.CaptureFixture[str]) -> None:
    shown(Silent(), [event])
    assert capsys.readouterr() == ("", "")
