"""argv → settings → run → exit code. The only place that prints, and the top where every error becomes a line."""

import asyncio
import dataclasses
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from pipeline import __version__
from pipeline.errors import Interrupted, PipelineError, UsageError

if TYPE_CHECKING:  # each command imports what it needs: `--help` must not wait for the audio libraries
    from pipeline.config import BookJob, Settings
    from pipeline.planning import Plan
    from pipeline.progress import Progress
    from pipeline.takes.store import StoreSummary, TakeStore

_FLAG_KEYS = {
    "out": "run.out",
    "takes": "run.takes",
    "engine": "speech.engine",
    "model": "speech.model",
    "voice": "speech.voice",
    "language": "speech.language",
    "budget": "pace.budget_usd",
    "probe": "speech.probe",
}


class _DefaultsToMake(click.Group):
    """`run-pipeline book.epub` is `run-pipeline make book.epub`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"--help", "-h", "--version"}
        if args and args[0] not in self.commands and args[0] not in own:
            args = ["make", *args]
        return super().parse_args(ctx, args)


def _book_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The flags `make` and `plan` share."""
    options = [
        click.argument(
            "sources", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="BOOK|JOB.toml ..."
        ),
        click.option("--out", metavar="DIR", help="Folder for the finished books [default: audiobooks]."),
        click.option("--takes", metavar="DIR", help="Folder of the take store [default: the platform's cache]."),
        click.option("--engine", metavar="NAME", help="openrouter, openai or espeak."),
        click.option("--model", metavar="NAME", help="A model profile; `run-pipeline voices` lists them."),
        click.option("--voice", metavar="NAME", help="A voice of the model."),
        click.option("--language", metavar="TAG", help="The book's language, as in en-GB."),
        click.option("--format", "formats", metavar="LIST", help="m4b, mp3 or both, with a comma."),
        click.option("--chapters", default="", metavar="LIST", help="Chapter numbers, as in 1-3,7."),
        click.option("--budget", type=float, metavar="USD", help="Stop cleanly before spending more."),
        click.option(
            "--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Any setting, as section.key=value."
        ),
        click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.group(cls=_DefaultsToMake, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="run-pipeline")
def cli() -> None:
    """Turn books into finished audiobooks.

    \b
    run-pipeline book.epub                 make it (same as `run-pipeline make book.epub`)
    run-pipeline plan book.epub            what it would take and cost; spends nothing
    run-pipeline shelf.toml --budget 40    several books, settings from a job file
    """


@cli.command()
@_book_options
@click.option("--yes", is_flag=True, help="Spend what the plan says without asking.")
@click.option("--probe", is_flag=True, default=None, help="Have one chunk spoken and judged before the others.")
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("-v", "--verbose", is_flag=True, help="Say more: chapters as they finish, every retry.")
def make(sources: Sequence[Path], as_json: bool, yes: bool, quiet: bool, verbose: bool, **flags: Any) -> None:
    """Make the audiobook(s). Prints one path for each delivered file; run it again to go on where it stopped."""
    from pipeline import run
    from pipeline.planning import Plan
    from pipeline.report.text import summary_lines

    progress = _progress(as_json=as_json, quiet=quiet, verbose=verbose)
    try:
        plans = run.plan_books(_jobs(sources, flags))
        run.preflight(plans)
        _ask_before_spending([plan for plan in plans if isinstance(plan, Plan)], has_yes=yes)
        report = asyncio.run(run.make_books(plans, progress))
    except asyncio.CancelledError:
        raise Interrupted("interrupted") from None
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
    sys.exit(report.exit_code)


@cli.command()
@_book_options
@click.option("--text", "as_text", is_flag=True, help="Print what will be spoken, chunk by chunk.")
def plan(sources: Sequence[Path], as_json: bool, as_text: bool, **flags: Any) -> None:
    """Show what would be spoken, reused and rendered, and what it would cost. Spends nothing, needs no key."""
    from pipeline import accounts, run
    from pipeline.planning import Plan
    from pipeline.report.text import plan_lines
    from pipeline.takes.store import TakeStore

    plans = run.plan_books(_jobs(sources, flags))
    good = [item for item in plans if isinstance(item, Plan)]
    for item in good:
        run.announce_choice(item, _progress(as_json=as_json, quiet=as_json, verbose=False))
    data = [accounts.book_plan(item, TakeStore(item.job.settings.run.takes_folder)) for item in good]
    if as_json:
        click.echo(json.dumps({"books": [book.model_dump() for book in data]}, ensure_ascii=False, indent=1))
    elif as_text:
        for item in good:
            for line in accounts.spoken_page(item):
                click.echo(line)
    else:
        for book in data:
            click.echo("\n".join(plan_lines(book)))
    failures = [item.error for item in plans if isinstance(item, run.Failed)]
    for error in failures:
        click.echo(f"run-pipeline: {error}", err=True)
    sys.exit(max((error.exit_code for error in failures), default=0))


@cli.command()
@click.option("--engine", metavar="NAME", help="Only the models of this engine.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def voices(engine: str | None, as_json: bool) -> None:
    """List engines, models, voices and languages."""
    from pipeline.speech.espeak import embedded_voices
    from pipeline.speech.profiles import load_profiles

    profiles = [profile for profile in load_profiles({}).values() if engine in (None, profile.engine)]
    if not profiles:
        raise UsageError(f"no engine {engine!r}", where="--engine", remedy="use openrouter, openai or espeak")
    listed = [profile.model_dump(mode="json") for profile in profiles]
    for entry in listed:
        if entry["engine"] == "espeak":
            entry["voices"] = [voice.identifier for voice in embedded_voices()]
            entry["languages"] = sorted({tag for voice in embedded_voices() for tag in voice.languages})
    if as_json:
        click.echo(json.dumps({"models": listed}, ensure_ascii=False, indent=1))
        return
    for entry in listed:
        click.echo(f"{entry['name']}  (engine {entry['engine']})")
        click.echo(f"  voices: {', '.join(entry['voices']) or 'any name'}")
        click.echo(f"  languages: {', '.join(entry['languages']) or 'any'}")


@cli.group()
def takes() -> None:
    """Look after the take store."""


_takes_option = click.option("--takes", "folder", metavar="DIR", help="Folder of the take store.")
_json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


@takes.command("ls")
@_takes_option
@_json_option
def takes_ls(folder: str | None, as_json: bool) -> None:
    """List the takes: key, seconds, model, the beginning of the text."""
    store = _store(folder)
    records = [store.record(key) for key in store.all_keys()]
    if as_json:
        click.echo(json.dumps({"takes": records}, ensure_ascii=False, indent=1))
        return
    for record in records:
        text = " ".join(record["request"]["turns"][0]["text"].split())[:60]
        click.echo(
            f"{record['key'][:16]}  {record['frames'] / record['rate']:6.1f} s  {record['request']['model']}  {text}"
        )
    click.echo(_summary_line(store.summary(verify=False)), err=True)


@takes.command("verify")
@_takes_option
@_json_option
def takes_verify(folder: str | None, as_json: bool) -> None:
    """Read every take and check it against its digest; what is damaged is set aside, to be rendered again."""
    summary = _store(folder).summary(verify=True)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(summary), indent=1))
    else:
        for line in summary.damaged:
            click.echo(line)
        click.echo(_summary_line(summary), err=True)
    sys.exit(4 if summary.damaged else 0)


@cli.command()
@click.option("--port", type=int, default=8765, show_default=True, help="Port on 127.0.0.1; 0 picks a free one.")
@click.option("--script", type=click.Path(path_type=Path), metavar="FAULTS.toml", help="Faults to play.")
@click.option("--log", type=click.Path(path_type=Path), metavar="REQUESTS.jsonl", help="One JSON line a request.")
@click.option("--rpm", type=int, default=0, help="Requests a minute before it answers 429 (0: no limit).")
@click.option("--concurrency", type=int, default=0, help="Requests at once before it answers 429 (0: no limit).")
@click.option("--latency", type=float, default=0.0, help="Seconds of waiting for each second of audio.")
def rehearse(port: int, script: Path | None, log: Path | None, rpm: int, concurrency: int, latency: float) -> None:
    """Run a local server that speaks the OpenRouter protocol with the embedded voice, faults included.

    \b
    export OPENROUTER_API_KEY=rehearsal
    run-pipeline book.epub --engine openrouter --yes --set speech.base_url=http://127.0.0.1:8765/api/v1
    """
    from pipeline.rehearsal.server import RehearsalOptions, serve

    options = RehearsalOptions(
        port=port,
        script=script,
        log=log,
        requests_per_minute=rpm,
        max_concurrency=concurrency,
        latency_per_audio_s=latency,
    )
    serve(options, started=lambda url: click.echo(f"listening on {url}", err=True))


@cli.command()
@_takes_option
@_json_option
def doctor(folder: str | None, as_json: bool) -> None:
    """Check what is installed, reachable and writable, and say how to get what is missing."""
    from pipeline import doctor as checks

    findings = checks.examine(_settings_with_takes(folder))
    if as_json:
        click.echo(json.dumps([finding._asdict() for finding in findings], indent=1))
    else:
        for finding in findings:
            click.echo(f"{'ok ' if finding.ok else 'NO '} {finding.subject}: {finding.says}")
    sys.exit(0 if all(finding.ok or finding.optional for finding in findings) else 7)


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """The console script: every failure leaves as one line on stderr and its exit code, never as a traceback."""
    try:
        cli.main(args=None if argv is None else list(argv), prog_name="run-pipeline", standalone_mode=False)
    except PipelineError as error:
        click.echo(f"run-pipeline: {error}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "", err=True)
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"run-pipeline: {error.format_message()} → {UsageError.remedy}", err=True)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo(f"run-pipeline: interrupted → {Interrupted.remedy}", err=True)
        sys.exit(Interrupted.exit_code)
    except BrokenPipeError:
        sys.exit(0)  # the reader of our output has seen enough
    except Exception as error:  # the last resort: a bug of ours is one line too, and whoever reports it sees the rest
        if os.environ.get("RUN_PIPELINE_TRACEBACK"):
            raise
        click.echo(
            f"run-pipeline: a bug: {type(error).__name__}: {error} → please report it, with what "
            "RUN_PIPELINE_TRACEBACK=1 prints; everything that arrived is kept",
            err=True,
        )
        sys.exit(1)
    sys.exit(0)


def _jobs(sources: Sequence[Path], flags: dict[str, Any]) -> "list[BookJob]":
    from pipeline.config import flag_layer, jobs_of, set_layer

    layers = [
        flag_layer(f"--{name}", key, flags[name]) for name, key in _FLAG_KEYS.items() if flags.get(name) is not None
    ]
    if flags["formats"]:
        layers.append(
            flag_layer("--format", "delivery.formats", [part.strip() for part in flags["formats"].split(",")])
        )
    layers += [set_layer(assignment) for assignment in flags["assignments"]]
    return jobs_of(sources, layers, chapters=flags["chapters"])


def _progress(*, as_json: bool, quiet: bool, verbose: bool) -> "Progress":
    from pipeline.progress import Bars, Lines, Quiet, Silent

    if quiet:
        return Silent()
    if as_json:
        return Lines(sys.stderr)
    return Bars(sys.stderr, verbose=verbose) if sys.stderr.isatty() else Quiet(sys.stderr, verbose=verbose)


def _ask_before_spending(plans: "Sequence[Plan]", *, has_yes: bool) -> None:
    """A run that costs money needs a budget or a yes. Raises `UsageError` where there is neither nor anyone to ask."""
    from pipeline.report.text import money
    from pipeline.takes.store import TakeStore

    priced = [plan for plan in plans if plan.profile.is_paid and not plan.job.settings.pace.budget_usd]
    due = {
        order.key: order.cost_usd
        for plan in priced
        for order in plan.missing(TakeStore(plan.job.settings.run.takes_folder))
    }
    if not due or has_yes:
        return
    question = f"this run would cost about {money(sum(due.values()))} for {len(due)} chunks"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"{question}, and there is nobody to ask", remedy="add --budget USD or --yes")
    click.confirm(f"{question}; go on?", abort=True, err=True)


def _settings_with_takes(folder: str | None) -> "Settings":
    from pipeline.config import flag_layer, settings_of

    return settings_of([flag_layer("--takes", "run.takes", folder)] if folder else [])


def _store(folder: str | None) -> "TakeStore":
    from pipeline.takes.store import TakeStore

    return TakeStore(_settings_with_takes(folder).run.takes_folder)


def _summary_line(summary: "StoreSummary") -> str:
    damaged = f", {len(summary.damaged)} damaged and set aside" if summary.damaged else ""
    return (
        f"{summary.takes} takes, {summary.seconds / 3600:.2f} h, {summary.bytes / 1e6:.0f} MB, "
        f"${summary.cost_usd:.2f} known to be paid{damaged}"
    )
