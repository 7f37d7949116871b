"""`plan` and `schema`: on a terminal, in a pipe, as a page and as data."""

import io
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from fcntl import ioctl
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pipeline.cli.plan import sheet_of_terminal
from pipeline.cli.schema import SCHEMAS
from pipeline.report.typeset import PIPE, columns_of
from tests.corpus import made
from tests.crash.console import PATIENCE_S, Argument, Ended, command, environment, here, run

LONG = {
    "草枕のように長い題名がここにあるので一行には入りません": ["山路を登りながら、こう考えた。"],
    "A title that goes on for very much longer than any narrow terminal is wide": ["Kim sat."],
}
SGR = re.compile(r"\x1b\[\d+m")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return made.markdown(tmp_path / "tiny.md", LONG)


def plan(source: Path, *more: Argument) -> Ended:
    return here("plan", source, "--takes", source.parent / "takes", "--engine", "openrouter", *more)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(columns: int, *arguments: Argument, **variables: str) -> str:
    """What a process writes on a terminal of so many columns."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    found = {**environment(**variables), "TERM": "xterm-256color"}
    for name in ("COLUMNS", "LINES", *(() if "NO_COLOR" in variables else ("NO_COLOR",))):
        found.pop(name, None)
    process = subprocess.Popen(command(*arguments), stdout=theirs, stderr=subprocess.DEVNULL, env=found)
    os.close(theirs)
    said = b""
    try:
        while piece := os.read(ours, 65_536):
            said += piece
    except OSError:  # how Linux says that nobody writes any more
        pass
    assert process.wait(PATIENCE_S) == 0
    os.close(ours)
    return said.decode().replace("\r\n", "\n")


def test_a_terminal_of_sixty_columns_shows_every_line_whole_and_in_colour(book: Path) -> None:
    said = shown(60, "plan", book, "--takes", book.parent / "takes", "--engine", "openrouter")
    assert "\x1b[1m" in said
    lines = SGR.sub("", said).splitlines()
    assert len(lines) > 8
    assert [line for line in lines if columns_of(line) > 60] == []
    assert sum("…" in line for line in lines) == 2, "both titles are cut"


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_a_sheet_is_as_wide_as_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", _Terminal())
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    sheet = sheet_of_terminal(folds=True)
    assert (sheet.columns, sheet.ink.is_coloured, sheet.folds) == (columns, True, True)
    assert not sheet_of_terminal(folds=False).folds


@pytest.mark.parametrize(
    ("variables", "is_coloured"),
    [({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False), ({}, True)],
)
def test_who_wants_no_colours_gets_none(
    variables: dict[str, str], is_coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", _Terminal())
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in {"TERM": "xterm", **variables}.items():
        monkeypatch.setenv(name, value)
    assert sheet_of_terminal(folds=True).ink.is_coloured is is_coloured


def test_a_pipe_gets_plain_text_that_nothing_is_cut_from(book: Path) -> None:
    assert sheet_of_terminal(folds=True) == PIPE
    ended = plan(book, "--budget", "0.001")
    assert (ended.code, ended.err) == (0, "")
    assert "\x1b" not in ended.out
    assert next(iter(LONG)) in ended.out
    assert re.search(
        r"^  chunks       none of (\d) is there yet; to buy: \1, \d:\d\d of speech", ended.out, re.MULTILINE
    )
    assert "  budget       <$0.01: not enough; a run stops there" in ended.out


def test_a_title_in_another_script_does_not_end_a_plan_where_there_is_no_room_for_it(book: Path) -> None:
    ended = run("plan", book, "--takes", book.parent / "takes", PYTHONIOENCODING="ascii")
    assert ended.code == 0
    assert "??????" in ended.out
    assert "A title that goes on" in ended.out


# -- a page


def test_a_page_is_written_where_one_stands_or_where_it_is_asked_for(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert plan(book, "--html").paths == [Path("plan.html")]
    assert plan(book, "--html", "a b.htm").paths == [Path("a b.htm")]
    page = Path("plan.html").read_text("utf-8")
    assert page == Path("a b.htm").read_text("utf-8") == plan(book, "--html", "-").out.removesuffix("\n")
    assert page.startswith("<!doctype html>")


def test_a_book_is_not_taken_for_the_page_to_write(book: Path) -> None:
    before = book.read_bytes()
    ended = here("plan", "--html", book, book)
    assert ended.code == 2
    assert "put the books first" in ended.err
    assert book.read_bytes() == before


# -- data


def described(schema: Any) -> list[str]:
    """Properties of a schema, and of all in it, that say nothing of what they mean."""
    types = [schema, *schema.get("$defs", {}).values()]
    return [
        f"{one.get('title')}.{name}"
        for one in types
        for name, field in one.get("properties", {}).items()
        if not field.get("description")
    ]


def test_a_plan_keeps_to_its_schema_and_the_schema_says_what_each_field_means(book: Path, tmp_path: Path) -> None:
    schema = here("plan", "--json-schema").data
    assert schema == here("schema", "plan").data
    assert described(schema) == []
    broken = tmp_path / "broken.epub"
    broken.write_bytes(b"PK")
    ended = here("plan", broken, book, "--json", "--takes", tmp_path / "takes")
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    validator.validate(ended.data)
    assert ended.code == ended.data["exit_code"] == ended.data["failures"][0]["exit_code"] == 3
    assert ended.data["totals"]["books"] == len(ended.data["books"]) == 1
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({**ended.data, "books": [{**ended.data["books"][0], "chunks": "many"}]})


def test_a_run_and_its_files_keep_to_their_schemas(tmp_path: Path) -> None:
    book = made.markdown(tmp_path / "tiny.md", {"One": ["Kim sat."]})
    ended = here(book, "--engine", "espeak", "--takes", tmp_path / "takes", "--out", tmp_path / "out", "--json")
    folder = Path(ended.data["books"][0]["folder"])
    said = {
        "report": ended.data,
        "book": json.loads((folder / "report.json").read_text("utf-8")),
        "timeline": json.loads((folder / "timeline.json").read_text("utf-8")),
    }
    for name, data in said.items():
        jsonschema.validate(data, here("schema", name).data, jsonschema.Draft202012Validator)


def test_every_schema_is_listed_with_what_it_is_of() -> None:
    listed = here("schema", "--help").out
    for name, meaning in SCHEMAS.items():
        assert re.search(rf"^ +{name} +{re.escape(meaning)}$", listed, flags=re.MULTILINE)
        assert here("schema", name).data["$schema"].endswith("2020-12/schema")
    assert here("schema", "nothing").code == 2
