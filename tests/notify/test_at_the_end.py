"""A run tells of its end, and keeps a log without keys, whatever became of its books."""

import asyncio
from pathlib import Path

import pytest

from pipeline.config import BookJob, flag_layer, settings_of
from pipeline.errors import DamagedBook
from pipeline.events import Notice, RunEnded, RunPlanned
from pipeline.planning import Failed
from pipeline.report.schema import RunReport
from pipeline.run import make_books
from tests.fakes.events import Recorded

KEY = "rp-test-0f1e2d3c4b5a"


def made(tmp_path: Path, heard: Recorded, **notify: object) -> RunReport:
    """The report of a run of one book that could not be read, because of the key, of all things."""
    layers = [flag_layer("--out", "run.out", str(tmp_path / "out"))]
    layers += [flag_layer("test", f"notify.{name}", value) for name, value in notify.items()]
    job = BookJob(tmp_path / "book.epub", settings_of(layers))
    return asyncio.run(make_books([Failed(job, DamagedBook(f"not a zip but {KEY}", where="book.epub"))], heard))


def test_who_wants_to_know_is_told_when_all_is_over(tmp_path: Path) -> None:
    heard = Recorded()
    line = f'cd "{tmp_path}"; cat > report.json; cp "$RUN_PIPELINE_LOG" log; echo "$RUN_PIPELINE_OUTCOME" > how'
    report = made(tmp_path, heard, command=line, shell=True)
    assert RunReport.model_validate_json((tmp_path / "report.json").read_text()) == report
    assert (tmp_path / "how").read_text() == "failed\n"
    assert '"event": "RunEnded"' in (tmp_path / "log").read_text(), "the log is whole by then"
    assert [type(event) for event in heard] == [RunPlanned, type(heard[1]), RunEnded]
    assert heard[-1] == RunEnded(3, 0, 1, heard.of(RunEnded)[0].seconds)


def test_what_could_not_be_told_is_said_and_changes_no_exit_code(tmp_path: Path) -> None:
    heard = Recorded()
    report = made(tmp_path, heard, command="false", url="http://127.0.0.1:9/topic", timeout_s=5)
    assert report.exit_code == 3
    assert heard[-2:] == [
        Notice("notify.command failed with status 1"),
        Notice("notify.url: 127.0.0.1 could not be told: ConnectError"),
    ]


def test_no_key_an_error_says_is_in_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    heard = Recorded()
    report = made(tmp_path, heard, command=f"cp /dev/stdin '{tmp_path}/report.json'")
    assert KEY in report.books[0].error
    assert KEY not in (tmp_path / "report.json").read_text()
    [log] = (tmp_path / "out" / "logs").glob("*.jsonl")
    assert "not a zip but [key]" in log.read_text()
    assert KEY not in log.read_text()
    assert KEY not in repr(heard)
