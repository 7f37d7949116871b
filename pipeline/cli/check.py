"""`check`: whether files of sound, ours or a stranger's, are what a delivery target asks for."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from pipeline.cli.completion import offer_targets
from pipeline.cli.takes import json_option
from pipeline.errors import CheckFailed

if TYPE_CHECKING:
    from tqdm import tqdm

    from pipeline.assemble.checking import CheckReport, FileCheck, Row

_WHOLE_UNITS = ("", "Hz", "kb/s", "ms")  # whose numbers have no decimals
_FAILURES_NAMED = 3  # in the last line; the tables have them all
_HEADINGS = ("rule", "value", "limit", "verdict", "where")


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE|FOLDER...")
@click.option(
    "--target",
    "name",
    default="personal",
    show_default=True,
    metavar="NAME",
    shell_complete=offer_targets,
    help="personal, acx, librivox, podcast.",
)
@json_option
def check(paths: Sequence[Path], name: str, as_json: bool) -> None:
    """Measure any files of sound and hold them against a delivery target.

    Prints a table of every rule: value, limit, verdict, and where in the file. Of a folder, all that sounds in it is
    checked. Ends with 8 where a rule fails, with 3 where a file could not be checked.

    \b
    run-pipeline check "audiobooks/Ann Author/A Tiny Book" --target acx
    """
    from pipeline import api

    target, files = api.target_named(name), api.files_of(paths)
    with _progress(files.sound) as heard:
        report = api.check_sound(files, target, heard=heard)
    if as_json:
        click.echo(report.model_dump_json(indent=1))
    elif report.files:
        click.echo("\n".join(_report_lines(report)))
    for one in report.unreadable:
        click.echo(f"run-pipeline: {one.reason}", err=True)
    if report.exit_code == CheckFailed.exit_code:
        raise CheckFailed(_failures(report))
    sys.exit(report.exit_code)


@contextmanager
def _progress(files: Sequence[Path]) -> Iterator[Callable[[float], None]]:
    """Minutes heard and to hear, on a terminal; gone when it ends."""
    if not sys.stderr.isatty():
        yield lambda _seconds: None
        return
    from tqdm import tqdm

    from pipeline.assemble.soundfile import declared_seconds

    total_min = sum(map(declared_seconds, files)) / 60
    shape = "{desc} {percentage:3.0f}%|{bar}| {n:.0f}/{total:.0f} min"
    with tqdm(total=total_min, desc="listening", bar_format=shape, leave=False, dynamic_ncols=True) as bar:
        yield lambda seconds: _advance(bar, seconds / 60, total_min)


def _advance(bar: "tqdm[NoReturn]", minutes: float, total_min: float) -> None:
    """Never past the end: a file may hold more than it says."""
    bar.update(min(minutes, max(0.0, total_min - float(bar.n))))


def _report_lines(report: "CheckReport") -> Iterator[str]:
    """The target, a table a file, and one of what the files have in common."""
    yield f"against {report.title}" + (f": {report.remark}" if report.remark else "")
    tables = [(_file_line(check), _cells(check.rows)) for check in report.files]
    if report.together:
        tables.append((f"all {len(report.files)} files", _cells(report.together)))
    every_row = [_HEADINGS, *(row for _, rows in tables for row in rows)]
    widths = [max(map(len, column)) for column in zip(*every_row, strict=True)]
    for title, rows in tables:
        yield ""
        yield title
        for row in (_HEADINGS, *rows):
            yield "  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def _file_line(check: "FileCheck") -> str:
    rate, channels = check.measured.rate, check.measured.channels
    layout = {1: "mono", 2: "stereo"}.get(channels, f"{channels} channels")
    return f"{check.path}: {check.codec}, {rate / 1000:g} kHz {layout}, {_clock(check.seconds)}"


def _cells(rows: "Sequence[Row]") -> list[tuple[str, ...]]:
    return [
        (
            row.rule,
            _value(row),
            _limit(row),
            row.verdict.upper() if row.verdict == "fail" else row.verdict.value,
            "" if row.at_s is None else _clock(row.at_s),
        )
        for row in rows
    ]


def _value(row: "Row") -> str:
    if row.value is None:
        return "silence"
    return row.value if isinstance(row.value, str) else f"{_number(row.value, row.unit)} {row.unit}".rstrip()


def _limit(row: "Row") -> str:
    if row.wanted:
        return " or ".join(row.wanted)
    if row.least is None and row.most is None:
        return ""
    if row.least == row.most:
        bound = f"{row.least:g}"
    elif row.least is None:
        bound = "none" if row.most == 0 else f"at most {row.most:g}"
    else:
        bound = f"at least {row.least:g}" if row.most is None else f"{row.least:g} to {row.most:g}"
    return bound if bound == "none" else f"{bound} {row.unit}".rstrip()


def _number(value: float, unit: str) -> str:
    return f"{value:.0f}" if unit in _WHOLE_UNITS else f"{value:.2f}"


def _clock(seconds: float) -> str:
    """As in 1:02:03.4, minutes first where there is no hour: where a player is to go."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    shown = f"{minutes:02}" if hours else f"{minutes}"
    return (f"{hours}:" if hours else "") + f"{shown}:{rest // 10:02}.{rest % 10}"


def _failures(report: "CheckReport") -> str:
    """Which files fail by which rules: the last line, for who does not scroll."""
    from pipeline.assemble.checking import failed_rules

    failing = [
        f"{Path(check.path).name} ({', '.join(row.rule for row in rows)})"
        for check in report.files
        if (rows := failed_rules(check))
    ]
    failing += [f"together ({row.rule})" for row in failed_rules(report.together)]
    more = len(failing) - _FAILURES_NAMED
    named = ", ".join(failing[:_FAILURES_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"not what {report.title} asks for: {named}"
