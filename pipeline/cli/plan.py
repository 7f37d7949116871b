"""`plan`: what a run would do, as a page of terminal, a page to look at, or data."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.books import book_options, jobs_from, progress_for
from pipeline.cli.schema import print_schema
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.report.plan_data import PlanReport
    from pipeline.report.typeset import Sheet

_HERE = "plan.html"
"""`--html` without a file: what it writes, in the folder one stands in."""

_TO_STDOUT = "-"
_LEAST_COLUMNS = 30  # of a terminal that says it is narrower, or that it has none


def _show_schema(ctx: click.Context, _option: click.Parameter, is_asked: bool) -> None:
    if is_asked and not ctx.resilient_parsing:
        print_schema("plan")
        ctx.exit()


@click.command()
@book_options
@click.option("--text", "as_text", is_flag=True, help="Print what will be spoken, chunk by chunk.")
@click.option(
    "--html",
    is_flag=False,
    flag_value=_HERE,
    metavar="[FILE]",
    help=f"The same as a page for a browser [default file: {_HERE}; -: on stdout]. Prints the path.",
)
@click.option("--all", "shows_all", is_flag=True, help="Every chapter of a very long book, also where many are alike.")
@click.option(
    "--json-schema", is_flag=True, is_eager=True, expose_value=False, callback=_show_schema, help="What --json prints."
)
def plan(
    sources: Sequence[Path], as_json: bool, as_text: bool, html: str | None, shows_all: bool, **flags: Any
) -> None:
    """Show what would be spoken, reused and rendered, and what it would cost. Spends nothing, needs no key.

    \b
    run-pipeline plan book.epub                      chapters with minutes and cost, what is left out and why
    run-pipeline plan book.epub --text               what will be spoken, chunk by chunk
    run-pipeline plan book.epub --engine openrouter  what the paid voice would cost
    run-pipeline plan shelf.toml --html plan.html    several books, as a page for a browser
    run-pipeline plan shelf.toml --json              the same for a program
    """
    from pipeline.planning import Failed, Plan, announce_choice, plan_books
    from pipeline.prospectus import plan_report
    from pipeline.report.plan_text import report_lines
    from pipeline.transcript import spoken_page

    page = None if html is None else _page_file(html)
    plans = plan_books(jobs_from(sources, flags))
    good = [item for item in plans if isinstance(item, Plan)]
    for item in good:
        announce_choice(item, progress_for(as_json=as_json, quiet=as_json, verbose=False))
    report = plan_report(plans)
    if as_json:
        click.echo(report.model_dump_json(indent=1))
    elif as_text:
        for item in good:
            for line in spoken_page(item):
                click.echo(_writable(line))
    elif page is not None:
        _write_page(report, page)
    else:
        for line in report_lines(report, sheet_of_terminal(folds=not shows_all)):
            click.echo(_writable(line))
    for failed in (item for item in plans if isinstance(item, Failed)):
        click.echo(f"run-pipeline: {failed.error.with_entry}", err=True)
    sys.exit(report.exit_code)


def _page_file(html: str) -> Path:
    """Where the page goes. Raises `UsageError` for a name that is no page's: what follows `--html` may be a book."""
    if html == _TO_STDOUT or html.lower().endswith((".html", ".htm")):
        return Path(html)
    raise UsageError(
        "a page's name ends in .html", where=f"--html {html}", remedy="put the books first, and `--html` after them"
    )


def _writable(text: str) -> str:
    """`text` in characters that stdout can take: a title in another script is no reason to end."""
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def _write_page(report: "PlanReport", page: Path) -> None:
    from pipeline.atomic import write_atomic
    from pipeline.report.plan_page import plan_page

    text = plan_page(report)
    if str(page) == _TO_STDOUT:
        click.echo(text)
    else:
        write_atomic(page, text)
        click.echo(page)


def sheet_of_terminal(*, folds: bool) -> "Sheet":
    """What stdout can show: as wide as a terminal is and in colour unless NO_COLOR is set (no-color.org); plain and as
    wide as it comes in a pipe.
    """
    from pipeline.report.typeset import Ink, Sheet

    if not sys.stdout.isatty():
        return Sheet()
    columns = max(_LEAST_COLUMNS, shutil.get_terminal_size().columns)
    is_coloured = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Sheet(columns, Ink(is_coloured), folds=folds)
