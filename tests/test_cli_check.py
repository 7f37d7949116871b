"""`run-pipeline check`: tables on stdout, talk on stderr, codes of its own."""

import json
import re
from pathlib import Path

import pytest

from pipeline.assemble.checking import CheckReport
from tests.assemble.signals import reading, write
from tests.crash.console import here, run


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two files that ACX takes, and something to look at."""
    folder = tmp_path_factory.mktemp("book")
    for number in (1, 2):
        sound = reading(12 + number, rate=44_100, tail_s=2)
        write(folder / f"00{number} - Chapter.mp3", sound, rate=44_100, codec="libmp3lame", b="192k")
    (folder / "metadata.json").write_text("{}")
    return folder


def cells(line: str) -> list[str]:
    return re.split(r" {2,}", line.strip())


def test_a_table_of_every_rule_in_a_pipe(book: Path) -> None:
    ended = run("check", book, "--target", "acx")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0].startswith("against ACX (Audible): ACX asks for human narration")
    assert [line for line in lines if line.startswith(str(book))] == [
        f"{book}/001 - Chapter.mp3: mp3, 44.1 kHz mono, 0:15.8",
        f"{book}/002 - Chapter.mp3: mp3, 44.1 kHz mono, 0:16.8",
    ]
    first, second, together = [
        [cells(line) for line in table.splitlines()[1:]] for table in ended.out.split("\n\n")[1:]
    ]
    assert first[0] == second[0] == together[0] == ["rule", "value", "limit", "verdict", "where"]
    rows = {row[0]: row[1:] for row in first[1:]}
    assert rows["RMS"][1:] == ["-23 to -18 dBFS", "pass"]
    assert rows["true peak"][1:3] == ["at most -3 dBTP", "pass"]
    assert rows["true peak"][3].startswith("0:")
    assert rows["loudness"][1:] == ["not asked"]
    assert rows["bit rate is"] == ["constant", "constant", "pass"]
    assert "\x1b" not in ended.out


def test_columns_stand_under_each_other(book: Path) -> None:
    lines = [line for line in here("check", book).out.splitlines() if line.startswith("  ")]
    column = lines[0].index("verdict")
    assert {line[column - 2 : column] for line in lines} == {"  "}
    assert {line[column:].split("  ")[0] for line in lines} <= {"verdict", "pass", "FAIL", "not asked"}


def test_a_failing_rule_has_a_code_and_a_last_line(book: Path) -> None:
    ended = here("check", book, "--target", "librivox")
    assert ended.code == 8
    [line] = ended.lines
    assert line.startswith("run-pipeline: not what LibriVox asks for: 001 - Chapter.mp3 (bit rate")
    assert "FAIL" in ended.out


def test_json_is_one_object(book: Path) -> None:
    ended = here("check", book, "--target", "librivox", "--json")
    assert ended.code == 8
    assert ended.data["exit_code"] == 8
    report = CheckReport.model_json_schema(mode="serialization")
    assert ended.data.keys() == report["properties"].keys()
    assert [Path(file["path"]).name for file in ended.data["files"]] == ["001 - Chapter.mp3", "002 - Chapter.mp3"]
    assert {row["rule"] for row in ended.data["together"]} == {"sample rates", "channels", "loudness apart"}


def test_files_that_cannot_be_checked_leave_a_line_each(book: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.mp3").touch()
    (tmp_path / "text.mp3").write_text("no sound " * 200)
    (tmp_path / "folder").mkdir()
    bad = [tmp_path / name for name in ("empty.mp3", "text.mp3", "folder", "missing.m4b")]
    ended = here("check", *bad)
    assert (ended.code, ended.out) == (3, "")
    assert len(ended.lines) == len(bad)
    for path, words in zip(
        sorted(bad, key=str), ("the file is empty", "no file of sound", "no such file", "no sound"), strict=True
    ):
        [line] = [line for line in ended.lines if str(path) in line]
        assert words in line
        assert "→" in line
    ended = here("check", book / "001 - Chapter.mp3", *bad, "--target", "acx", "--json")
    assert (ended.code, len(ended.lines), len(ended.data["files"])) == (3, len(bad), 1)
    assert len(ended.data["unreadable"]) == len(bad)
    assert json.dumps(ended.data)


def test_a_file_named_twice_is_checked_once(book: Path) -> None:
    ended = here("check", book, book / "001 - Chapter.mp3", "--json")
    assert len(ended.data["files"]) == 2


def test_an_unknown_target_names_the_known_ones(book: Path) -> None:
    ended = here("check", book, "--target", "audible")
    assert (ended.code, ended.out) == (2, "")
    assert "personal, acx, librivox, podcast" in ended.err


def test_help_names_every_target() -> None:
    from pipeline.assemble.targets import targets

    said = here("check", "--help").out
    assert ", ".join(targets()) in said
