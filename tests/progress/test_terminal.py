"""A real run, with the embedded voice, as it is seen: at terminals of several widths, in a pipe, by a program."""

import contextlib
import io
import json
import re
from pathlib import Path
from typing import TextIO

import av
import jsonschema
import pytest

from pipeline.cli import main
from pipeline.report.event_schema import events_schema
from tests.corpus import made
from tests.crash.console import here
from tests.fakes.terminal import Terminal

TITLE = "A Book of 長い題名"
BAR = re.compile(r" \d+/\d+")
TOLD = [
    "no OPENROUTER_API_KEY is set, so the embedded voice speaks",
    f"to hear while “{TITLE}” is made, in",
    f"✓ {TITLE}",
]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return made.markdown(tmp_path / "tiny.md", made.TINY, title=TITLE)


def arguments(book: Path, *more: str) -> list[str]:
    folder = book.parent
    return [str(book), "--takes", str(folder / "takes"), "--out", str(folder / "out"), *more]


def run(book: Path, stderr: TextIO, *more: str) -> list[Path]:
    """What stands on the stdout of a run in this process that ends well; it takes `stderr` for its own."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(stderr):
        with pytest.raises(SystemExit) as ended:
            main(arguments(book, *more))
    assert ended.value.code == 0
    return [Path(line) for line in out.getvalue().splitlines() if not line.startswith(("{", " ", "}"))]


def check_screens(terminal: Terminal, last: list[str]) -> None:
    """There were bars, on one line each, that moved; nothing of them remains, and all that was said stands."""
    bars = [line for frame in terminal.frames for line in frame if BAR.search(line)]
    assert len(set(bars)) >= 3
    assert any(line.startswith(TITLE) for line in bars)
    assert all(sum(bool(BAR.search(line)) for line in frame) <= 1 for frame in terminal.frames)
    assert not [line for line in last if BAR.search(line)]
    said = " ".join(line.strip() for line in last)
    for told in TOLD:
        assert "".join(told.split()) in "".join(said.split()), told
    assert sum(bool(re.search(r"00\d - The .* min\)", line)) for line in last) >= 1, "a chapter to hear"


@pytest.mark.parametrize("columns", [60, 80])
def test_a_terminal_shows_bars_that_fit_and_leaves_what_was_said(columns: int, book: Path) -> None:
    terminal = Terminal(columns)
    [file] = run(book, terminal.stream)
    assert file.is_file() and file.suffix == ".m4b"
    check_screens(terminal, terminal.close())
    assert terminal.overlong == 0


class Pulled(io.TextIOWrapper):
    """A terminal's stream; somebody pulls at the window when the third bar has been drawn."""

    terminal: Terminal
    bars = 0

    def write(self, text: str) -> int:
        written = super().write(text)
        self.bars += bool(BAR.search(text))
        if self.bars == 3:
            self.bars += 1
            self.terminal.settled()
            self.terminal.resize(60)
        return written


def test_a_terminal_pulled_narrow_in_the_middle_shows_no_remains(book: Path) -> None:
    terminal = Terminal(200)
    stream = Pulled(terminal.stream.buffer, encoding="utf-8", write_through=True)
    stream.terminal = terminal
    [file] = run(book, stream)
    stream.detach()
    check_screens(terminal, terminal.close())
    bars = [line for frame in terminal.frames for line in frame if BAR.search(line)]
    assert "████" in bars[-1] or len(bars[-1]) < 60
    assert terminal.overlong == 0
    assert file.is_file()


class Listening(io.StringIO):
    """Plays each chapter the moment a program is told that it can be heard."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[float, float]] = []

    def write(self, text: str) -> int:
        if text.startswith('{"event": "ChapterListenable"'):
            told = json.loads(text)
            with av.open(told["files"][0]) as container:
                stream = container.streams.audio[0]
                seconds = sum(frame.samples for frame in container.decode(stream)) / stream.rate
            self.heard.append((seconds, told["seconds"]))
        return super().write(text)


def test_event_lines_keep_to_their_schema_are_the_log_and_name_what_plays(book: Path) -> None:
    left = book.parent / "out" / "Ann Author" / TITLE / "listen" / "001 - Of a run that was killed.m4a"
    left.parent.mkdir(parents=True)
    left.touch()
    stderr = Listening()
    run(book, stderr, "--json", "--engine", "espeak")
    lines = [json.loads(line) for line in stderr.getvalue().splitlines() if line.startswith("{")]
    valid = jsonschema.Draft202012Validator(events_schema())
    for line in {line["event"]: line for line in lines}.values():  # one of each kind: the rest is of the same making
        valid.validate(line)
    assert (lines[0]["event"], lines[-1]["event"]) == ("RunPlanned", "RunEnded")
    [log] = (book.parent / "out" / "logs").glob("*.jsonl")
    assert log.stem == lines[0]["run"]
    logged = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert [{**line, "at": ""} for line in logged] == [{**line, "at": ""} for line in lines]
    assert 1 <= len(stderr.heard) < len(made.TINY), "the last chapter is heard with its book"
    for seconds, told in stderr.heard:
        assert seconds == pytest.approx(told, abs=0.1)
    assert not left.parent.exists(), "nothing to hear early is left beside a delivery"

    again = here(*arguments(book))
    assert not re.search(r"[\r\x1b]", again.err + again.out), "a pipe is not steered"
    assert [line[:16] for line in again.lines] == [TOLD[0][:16], TOLD[2][:16]]
    assert [path.suffix for path in again.paths] == [".m4b"]
    [second] = {*(book.parent / "out" / "logs").glob("*.jsonl")} - {log}
    assert "ChapterListenable" not in second.read_text("utf-8"), "a book that is all there is not awaited"
