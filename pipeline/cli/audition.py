"""`audition`: hear the voices before you choose."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.books import ask_before_spending, awaited, jobs_from, progress_for, reading_options
from pipeline.cli.completion import offer_voice_list
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.auditions import Audition
    from pipeline.planning import Plan
    from pipeline.report.audition import AuditionReport

_OF_JOB = "\0"
"""`--cast` without a file: the cast that the job names."""


@click.command()
@click.argument("source", required=False, type=click.Path(path_type=Path), metavar="BOOK|JOB.toml")
@click.option(
    "--voices",
    metavar="LIST",
    shell_complete=offer_voice_list,
    help="Voices to try as the narrator, with commas; or all.",
)
@click.option("--cast", is_flag=False, flag_value=_OF_JOB, metavar="[FILE]", help="Try everybody in the cast instead.")
@click.option("--seconds", type=click.FloatRange(3, 120), default=20.0, show_default=True, help="Of speech for each.")
@click.option("--chapter", type=click.IntRange(min=1), metavar="N", help="Take the passage from this chapter.")
@click.option("--text", default="", metavar="WORDS", help="A passage of your own.")
@click.option("--out", metavar="DIR", help="Folder for the finished books [default: audiobooks].")
@reading_options
@click.option("--budget", type=float, metavar="USD", help="Stop cleanly before spending more.")
@click.option("--yes", is_flag=True, help="Spend what it says without asking.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("-v", "--verbose", is_flag=True, help="Say more: every retry.")
def audition(source: Path | None, as_json: bool, yes: bool, quiet: bool, verbose: bool, **flags: Any) -> None:
    """Hear a telling passage of a book in several voices, or each of the cast, before you choose.

    Prints one path for each sound, and that of a page to compare them on. The same voice twice costs nothing.
    """
    from pipeline import hearing, run
    from pipeline.events import Notice
    from pipeline.planning import announce_choice

    progress = progress_for(as_json=as_json, quiet=quiet, verbose=verbose)
    try:
        plan, auditions = _asked_for(source, flags)
        plans = [one.plan for one in auditions]
        missing = run.missing_key(plan)
        if missing is not None:
            raise missing
        announce_choice(plan, progress)
        progress(Notice(hearing.price_line(auditions)))
        ask_before_spending(plans, has_yes=yes)
        report = awaited(hearing.hold(auditions, plan, progress))
    finally:
        progress.close()
    if as_json:
        click.echo(report.model_dump_json(indent=1))
    else:
        for file in hearing.files_of(report):
            click.echo(file)
    if not quiet or report.exit_code:
        for line in _summary(report):
            click.echo(line, err=True)
    sys.exit(report.exit_code)


def _asked_for(source: Path | None, flags: dict[str, Any]) -> "tuple[Plan, list[Audition]]":
    """The plan of the book, and what is to be tried. Raises `UsageError` for what is asked in two ways, or in none."""
    from pipeline.auditions import Wanted, of_cast, of_voices
    from pipeline.planning import chosen_profile, plan_of
    from pipeline.speech.voices import voices_named

    if source is None:
        remedy = "put the book first: what follows `--cast` is taken for its file" if flags["cast"] else ""
        raise UsageError("which book?", where="audition", remedy=remedy)
    wanted = Wanted(flags.pop("seconds"), flags.pop("chapter"), flags.pop("text"))
    listed, cast = flags.pop("voices"), flags["cast"]
    if listed is not None and cast is not None:
        raise UsageError("--voices and --cast are two auditions", remedy="give one of them")
    if listed is None and cast is None:
        raise UsageError(
            "whom is it to hear?", where="audition", remedy='name `--voices "Kore,Charon"` (or all), or `--cast`'
        )
    if cast == _OF_JOB:
        flags["cast"] = None
    jobs = jobs_from([source], flags)
    if len(jobs) > 1:
        raise UsageError(f"{len(jobs)} books in it", where=str(source), remedy="hold an audition of one book at a time")
    profile = chosen_profile(jobs[0].settings)
    plan = plan_of(jobs[0], profile)
    if listed is None:
        return plan, of_cast(plan, wanted)
    return plan, of_voices(plan, voices_named(listed, profile, language=plan.language), wanted)


def _summary(report: "AuditionReport") -> Iterator[str]:
    """A line a trial, and what the run has paid; an error that all have in common once."""
    from pipeline.report.page import clock
    from pipeline.report.text import account_line, money

    errors = {trial.error for trial in report.trials}
    if len(errors) == 1 and "" not in errors:
        yield f"✗ {errors.pop()}"
    else:
        for trial in report.trials:
            as_voice = f"{trial.name} ({trial.voice})" if report.of_cast else trial.name
            cost = f", {money(trial.cost_usd)}" if report.is_paid else ""
            doubt = ", suspect" if trial.suspect else ""
            yield (
                f"✗ {as_voice}: {trial.error}" if trial.error else f"✓ {as_voice}: {clock(trial.seconds)}{cost}{doubt}"
            )
    if paid := account_line(report.account):
        yield paid
