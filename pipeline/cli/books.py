"""`make`: books in, audiobooks out; and the flags other commands share with it."""

import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pipeline.cli.completion import (
    offer_engines,
    offer_files,
    offer_folders,
    offer_formats,
    offer_models,
    offer_read_along,
    offer_settings,
    offer_targets,
    offer_voices,
)
from pipeline.errors import Interrupted, UsageError

if TYPE_CHECKING:  # each command imports what it needs: `--help` must not wait for the audio libraries
    from pipeline.api import Due
    from pipeline.config import BookJob, Layer
    from pipeline.planning import Plan
    from pipeline.progress import Progress

_FLAG_KEYS = {
    "out": "run.out",
    "takes": "run.takes",
    "engine": "speech.engine",
    "model": "speech.model",
    "voice": "speech.voice",
    "language": "speech.language",
    "budget": "pace.budget_usd",
    "probe": "speech.probe",
    "target": "delivery.target",
    "cast": "direction.cast",
    "script": "direction.script",
    "allow_changes": "direction.allow_changes",
}


Command = Callable[..., Any]
_T = TypeVar("_T")


def reading_options(command: Command) -> Command:
    """The flags that say who reads a book, whatever comes of it, and any other setting."""
    return _with_options(
        command,
        click.option(
            "--takes",
            metavar="DIR",
            shell_complete=offer_folders,
            help="Folder of the take store [default: the platform's cache].",
        ),
        click.option("--engine", metavar="NAME", shell_complete=offer_engines, help="openrouter, openai or espeak."),
        click.option(
            "--model",
            metavar="NAME",
            shell_complete=offer_models,
            help="A model profile; `run-pipeline voices` lists them.",
        ),
        click.option("--language", metavar="TAG", help="The book's language, as in en-GB."),
        click.option(
            "--script",
            metavar="FILE",
            shell_complete=offer_files,
            help="A direction file; `run-pipeline direct` writes one.",
        ),
        click.option(
            "--allow-changes", is_flag=True, default=None, help="The words of that file may differ from the book's."
        ),
        click.option(
            "--set",
            "assignments",
            multiple=True,
            metavar="KEY=VALUE",
            shell_complete=offer_settings,
            help="Any setting, as section.key=value.",
        ),
    )


def job_options(command: Command) -> Command:
    """The flags that say which requests a book is made of, and so which takes are its own."""
    return _with_options(
        command,
        click.option("--voice", metavar="NAME", shell_complete=offer_voices, help="A voice of the model."),
        click.option(
            "--format",
            "formats",
            metavar="LIST",
            shell_complete=offer_formats,
            help="Of m4b, mp3, opus, flac, wav, with commas.",
        ),
        click.option(
            "--target",
            metavar="NAME",
            shell_complete=offer_targets,
            help="Whom it is for: personal, acx, librivox or podcast.",
        ),
        click.option(
            "--read-along",
            metavar="LIST",
            shell_complete=offer_read_along,
            help="Of vtt, srt, lrc, chapters, rss, lpf, epub, with commas; or none.",
        ),
        click.option(
            "--cast",
            metavar="FILE",
            shell_complete=offer_files,
            help="Who speaks with which voice; `run-pipeline cast` writes one.",
        ),
        click.option("--chapters", default="", metavar="LIST", help="Chapter numbers, as in 1-3,7."),
        reading_options,
    )


def book_options(command: Command) -> Command:
    """The flags `make` and `plan` share."""
    return _with_options(
        command,
        click.argument(
            "sources", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="BOOK|JOB.toml ..."
        ),
        click.option(
            "--out",
            metavar="DIR",
            shell_complete=offer_folders,
            help="Folder for the finished books [default: audiobooks].",
        ),
        job_options,
        click.option("--budget", type=float, metavar="USD", help="Stop cleanly before spending more."),
        click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout."),
    )


def _with_options(command: Command, *options: Callable[[Command], Command]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@book_options
@click.option("--yes", is_flag=True, help="Spend what the plan says without asking.")
@click.option("--probe", is_flag=True, default=None, help="Have one chunk spoken and judged before the others.")
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("-v", "--verbose", is_flag=True, help="Say more: chapters as they finish, every retry.")
def make(sources: Sequence[Path], as_json: bool, yes: bool, quiet: bool, verbose: bool, **flags: Any) -> None:
    """Make the audiobook(s). Prints one path for each delivered file; run it again to go on where it stopped.

    \b
    run-pipeline book.epub                                   a free draft, or the paid voice if its key is set
    run-pipeline book.epub --budget 10 --voice Kore          stops cleanly before it spends more
    run-pipeline book.epub --format m4b,mp3 --target acx     files that pass a store's technical check
    run-pipeline book.epub --chapters 1-3 --engine espeak    numbers as the plan prints them
    run-pipeline shelf.toml --budget 40                      several books, settings from a job file
    """
    from functools import partial

    from pipeline import api
    from pipeline.report.text import account_line, summary_lines

    progress = progress_for(as_json=as_json, quiet=quiet, verbose=verbose)
    try:
        plans = api.prepared(jobs_from(sources, flags), agree=partial(ask_to_spend, has_yes=yes))
        report = awaited(api.made(plans, progress))
    finally:
        progress.close()
    if as_json:
        click.echo(report.model_dump_json(indent=1))
    else:
        for book in report.books:
            for file in book.files:
                click.echo(file)
    if not quiet or report.exit_code:
        for line in summary_lines(report.books):
            click.echo(line, err=True)
        if paid := account_line(report.account):
            click.echo(paid, err=True)
    sys.exit(report.exit_code)


def awaited(work: Coroutine[Any, Any, _T]) -> _T:
    """What a run comes to. Raises `Interrupted` where it is cancelled, as Ctrl-C does."""
    import asyncio  # here: a tenth of a second that no page of help should wait for

    try:
        return asyncio.run(work)
    except asyncio.CancelledError:
        raise Interrupted("interrupted") from None


def jobs_from(sources: Sequence[Path], flags: dict[str, Any]) -> "list[BookJob]":
    """The books of a command line, each with its settings. Raises `SettingsError`."""
    from pipeline.jobs import jobs_of

    return jobs_of(sources, layers_from(flags), chapters=flags.get("chapters", ""))


def layers_from(flags: dict[str, Any]) -> "list[Layer]":
    """What the flags of a command line set."""
    from pipeline.config import flag_layer, set_layer

    layers = [
        flag_layer(f"--{name}", key, flags[name]) for name, key in _FLAG_KEYS.items() if flags.get(name) is not None
    ]
    if flags.get("formats"):
        layers.append(flag_layer("--format", "delivery.formats", _listed(flags["formats"])))
    if flags.get("read_along"):
        kinds = [] if flags["read_along"] == "none" else _listed(flags["read_along"])
        layers.append(flag_layer("--read-along", "delivery.read_along", kinds))
    return layers + [set_layer(assignment) for assignment in flags["assignments"]]


def _listed(flag: str) -> list[str]:
    return [part.strip() for part in flag.split(",")]


def progress_for(*, as_json: bool, quiet: bool, verbose: bool) -> "Progress":
    from pipeline.progress import Bars, Lines, Quiet, Silent

    if quiet:
        return Silent()
    if as_json:
        return Lines(sys.stderr)
    return Bars(sys.stderr, verbose=verbose) if sys.stderr.isatty() else Quiet(sys.stderr, verbose=verbose)


def ask_before_spending(plans: "Sequence[Plan]", *, has_yes: bool) -> None:
    """A run that costs money needs a budget or a yes. Raises `UsageError` where there is neither nor anyone to ask."""
    from pipeline.api import due_without_budget

    ask_to_spend(due_without_budget(plans), has_yes=has_yes)


def ask_to_spend(due: "Due", *, has_yes: bool) -> None:
    """Have a person agree to what is due. Raises `UsageError` where there is nobody to ask."""
    from pipeline.report.text import money

    if due.chunks and not has_yes:
        have_agreed(f"this run would cost about {money(due.usd)} for {due.chunks} chunks")


def have_agreed(question: str) -> None:
    """Ask at the terminal; a no ends the command. Raises `UsageError` where there is nobody to ask."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"{question}, and there is nobody to ask", remedy="add --budget USD or --yes")
    click.confirm(f"{question}; go on?", abort=True, err=True)


def refuse_to_overwrite(path: Path, *, is_forced: bool) -> None:
    """Raises `UsageError` for a file that is there: people edit what these commands write."""
    if path.exists() and not is_forced:
        raise UsageError(
            "the file is there already, and may have been edited",
            where=str(path),
            remedy="name another by `--out`, or overwrite it by `--force`",
        )
