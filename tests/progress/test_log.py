"""A run's own file: all that happened, no key, no more files than are asked for, and never the end of a run."""

import dataclasses
import json
from pathlib import Path

import pytest

from pipeline.config import flag_layer, secrets_of, settings_of
from pipeline.events import Event, Notice
from pipeline.progress.log import Recorded, RunLog, recorded, without_secrets
from pipeline.report.event_schema import events_schema
from tests.fakes.events import Recorded as Heard
from tests.fakes.run import RUN

KEY = "rp-test-" + "0f1e2d3c" * 4


def test_every_event_is_a_line_that_keeps_to_the_schema(tmp_path: Path) -> None:
    heard = Heard()
    settings = settings_of([flag_layer("--out", "run.out", str(tmp_path / "out"))])
    with recorded(heard, "20261128T070000-a1b2c3", [settings], []) as watch:
        for event in RUN:
            watch(event)
    lines = [json.loads(line) for line in (tmp_path / "out/logs/20261128T070000-a1b2c3.jsonl").read_text().splitlines()]
    assert [line["event"] for line in lines] == [type(event).__name__ for event in RUN]
    assert {line["run"] for line in lines} == {"20261128T070000-a1b2c3"}
    schema = events_schema()["$defs"]
    for line in lines:
        assert line.keys() == set(schema[line["event"]]["required"])
    assert heard == RUN
    assert (tmp_path / "out/logs/.ignore").exists()


def with_key(event: Event) -> Event:
    """The event with the key in every place that has room for words."""
    said = {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}
    for name, value in said.items():
        if isinstance(value, str):
            said[name] = f"before {KEY} “{KEY}”"
        elif isinstance(value, tuple):
            said[name] = (f"a/{KEY}/b.m4a", KEY)
    return dataclasses.replace(event, **said)


@pytest.mark.parametrize("event", RUN, ids=lambda event: type(event).__name__)
def test_no_key_is_in_it_wherever_an_error_says_it(
    event: Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    settings = settings_of([flag_layer("--out", "run.out", str(tmp_path))])
    heard = Heard()
    with recorded(heard, "run", [settings], secrets_of(settings)) as watch:
        watch(with_key(event))
    assert KEY in json.dumps(dataclasses.asdict(with_key(event))) or not any(
        isinstance(value, str | tuple) for value in dataclasses.asdict(event).values()
    )
    assert KEY not in (tmp_path / "logs" / "run.jsonl").read_text()
    assert KEY not in repr(heard)


@pytest.mark.parametrize("name", ["OPENROUTER_API_KEY", "OPENAI_API_KEY", "MY_TOKEN"])
def test_every_variable_the_settings_name_is_known_for_a_key(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, KEY)
    settings = settings_of([flag_layer("-", "notify.token_env", "MY_TOKEN")])
    assert secrets_of(settings) == {KEY}


def test_what_looks_like_a_key_is_hidden_and_words_of_a_book_are_not() -> None:
    told = without_secrets(Notice("Authorization: Bearer abcdefghij0123456789 and sk-or-v1-0123456789abcdef"), [])
    assert told == Notice("Authorization: [key] and [key]")
    for words in ("the ring bearer remembers everything", "sk-learn and task-force-141", "Bearer of news"):
        assert without_secrets(Notice(words), []) == Notice(words)


def test_the_oldest_logs_go(tmp_path: Path) -> None:
    for number in range(5):
        log = RunLog(tmp_path, f"2026112{number}T070000-aaaaaa", kept=3)
        assert log.write(RUN[0]) == ""
        log.close()
    (tmp_path / "notes.txt").touch()
    assert sorted(path.name[:8] for path in tmp_path.glob("*.jsonl")) == ["20261122", "20261123", "20261124"]
    assert (tmp_path / "notes.txt").exists()


@pytest.mark.parametrize(("exit_code", "notices"), [(0, 1), (5, 1), (7, 0)])
def test_a_log_that_cannot_be_written_ends_no_run_and_is_told_once(
    tmp_path: Path, exit_code: int, notices: int
) -> None:
    (tmp_path / "logs").write_text("a file in its place")
    heard = Heard()
    watch = Recorded(heard, RunLog(tmp_path / "logs", "run", kept=3), [])
    events = [*RUN[:1], *RUN[2:4], dataclasses.replace(RUN[-1], exit_code=exit_code)]
    for event in events:
        watch(event)
    watch.close()
    assert heard[:4] == events
    assert len(heard[4:]) == len(heard.of(Notice)) == notices
    assert all("the log of this run could not be written" in notice.text for notice in heard.of(Notice))


def test_where_none_is_wanted_there_is_none(tmp_path: Path) -> None:
    layers = [flag_layer("--out", "run.out", str(tmp_path / "out")), flag_layer("-", "run.logs", 0)]
    with recorded(Heard(), "run", [settings_of(layers)], []) as watch:
        watch(RUN[0])
    assert not (tmp_path / "out").exists()
