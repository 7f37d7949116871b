"""`from pipeline import …`: small, typed, lazy, and what the commands of the same names do."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pipeline
from pipeline.errors import BookNotFound, EngineMissing, SettingsError, UsageError
from pipeline.events import BookDelivered, Event
from tests.corpus import made
from tests.crash.console import environment, here


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return made.markdown(tmp_path / "tiny.md", {name: made.TINY[name] for name in ("The Lamp", "The Boat")})


def settings(tmp_path: Path, **more: Any) -> dict[str, Any]:
    return {"run": {"out": tmp_path / "out", "takes": tmp_path / "takes"}, "speech.engine": "espeak", **more}


def test_a_name_is_loaded_when_it_is_asked_for() -> None:
    code = "import sys, pipeline; print(sorted(name for name in sys.modules if name.startswith('pipeline')))"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['pipeline']"


def test_every_public_name_is_there_and_says_what_it_promises() -> None:
    for name in set(pipeline.__all__) - {"__version__", "Event"}:
        assert getattr(pipeline, name).__doc__, name
    assert set(pipeline.__all__) <= set(dir(pipeline))
    with pytest.raises(AttributeError, match="no attribute 'bake'"):
        _ = pipeline.bake


def test_read_gives_the_book(book: Path) -> None:
    read = pipeline.read(str(book))
    assert [chapter.title for chapter in read.chapters] == ["The Lamp", "The Boat"]
    with pytest.raises(BookNotFound):
        pipeline.read(book.with_name("gone.md"))


def test_plan_is_what_the_command_prints(book: Path, tmp_path: Path) -> None:
    planned = pipeline.plan(book, settings=settings(tmp_path))
    printed = here("plan", book, "--engine", "espeak", "--takes", tmp_path / "takes", "--json").data
    assert [one.model_dump(mode="json") for one in planned.books] == printed["books"]
    assert not (tmp_path / "takes").exists()


def test_a_plan_tells_of_the_book_that_cannot_be_read(book: Path, tmp_path: Path) -> None:
    planned = pipeline.plan([book, tmp_path / "gone.epub"], settings=settings(tmp_path))
    assert [one.title for one in planned.books] == ["A Tiny Book"]
    [failure] = planned.failures
    assert (failure.source, failure.exit_code) == (str(tmp_path / "gone.epub"), 3)


def test_settings_are_held_to_the_same_rules_as_a_job_file(book: Path) -> None:
    with pytest.raises(SettingsError, match=r"unknown setting speech\.voize → did you mean speech\.voice"):
        pipeline.plan(book, settings={"speech.voize": "x"})
    with pytest.raises(SettingsError, match="chapters"):
        pipeline.plan(book, chapters="one")


def test_make_delivers_tells_what_happens_and_goes_on_where_it_stopped(book: Path, tmp_path: Path) -> None:
    events: list[Event] = []
    report = pipeline.make(book, settings=settings(tmp_path), on_event=events.append)
    [delivered] = [event for event in events if isinstance(event, BookDelivered)]
    [first] = report.books
    assert (report.exit_code, first.files) == (0, list(delivered.files))
    assert all(Path(file).is_file() for file in first.files)

    again = asyncio.run(pipeline.make_async([book], settings=settings(tmp_path)))
    assert (again.books[0].rendered, again.books[0].reused) == (0, first.rendered)

    checked = pipeline.check(tmp_path / "out", target="personal")
    assert [Path(file.path) for file in checked.files] == [Path(file) for file in first.files]
    assert checked.exit_code == 0


def test_make_says_what_to_do_where_a_loop_runs_already(book: Path) -> None:
    async def notebook() -> None:
        pipeline.make(book)

    with pytest.raises(UsageError, match="await make_async"):
        asyncio.run(notebook())


def test_what_is_no_sound_is_told_in_the_report(tmp_path: Path) -> None:
    checked = pipeline.check([tmp_path / "gone.m4b"])
    assert (checked.exit_code, [one.path for one in checked.unreadable]) == (3, [str(tmp_path / "gone.m4b")])
    with pytest.raises(UsageError, match="there are"):
        pipeline.check(tmp_path, target="cassette")


@pytest.fixture
def paid(tmp_path: Path) -> Iterator[dict[str, Any]]:
    yield settings(tmp_path, **{"speech.engine": "openrouter", "speech.base_url": "http://127.0.0.1:9/api/v1"})


def test_nothing_is_spent_without_a_key_or_a_budget(
    book: Path, paid: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EngineMissing, match="OPENROUTER_API_KEY is not set"):
        pipeline.make(book, settings=paid, budget_usd=1)
    monkeypatch.setenv("OPENROUTER_API_KEY", "rehearsal")
    with pytest.raises(UsageError, match=r"would cost about .* and has no budget → give it one by `budget_usd`"):
        pipeline.make(book, settings=paid)


def test_a_budget_lets_it_begin_and_stops_it(book: Path, paid: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """No request leaves: there is nobody at that address, and the first chunk is dearer than this."""
    monkeypatch.setenv("OPENROUTER_API_KEY", "rehearsal")
    report = pipeline.make(book, settings={**paid, "speech.preflight": False}, budget_usd=1e-6)
    assert report.exit_code == 5
    assert "budget" in report.books[0].error


def test_the_page_about_it_runs_as_it_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(pipeline.__file__).parent / "docs" / "python-api.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) == page.count("```python")
    made.markdown(tmp_path / "book.md", {"One": ["The lamp was lit."]}, title="Short")
    monkeypatch.chdir(tmp_path)
    for block in blocks:
        exec(compile(block, "python-api.md", "exec"), {"__name__": "page"})
    said = capsys.readouterr().out
    assert "Short: 2 of 2 chunks, about $" in said
    assert "there it is: audiobooks/Ann Author/Short/Short.m4b" in said
    assert "gone.epub: there is no such file → check the path" in said


def test_the_page_names_every_function() -> None:
    page = (Path(pipeline.__file__).parent / "docs" / "python-api.md").read_text("utf-8")
    functions = {name for name in pipeline.__all__ if name.islower() and not name.startswith("_")}
    assert functions == set(re.findall(r"^\| `(\w+)\(", page, flags=re.MULTILINE))
