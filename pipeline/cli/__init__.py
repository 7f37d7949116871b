"""argv → settings → run → exit code. The only place that prints, and the top where every error becomes a line.

books      make and plan, and the flags they share
cast       who speaks in a book, and a voice for each
direction  who speaks what, and how, as a file to edit; director  a chat model's part in it
audition   a scene in voices to choose from
retake     single chunks once more, and which take speaks
check      sound files against a delivery target
takes      looking after the take store
service    voices, the rehearsal server, doctor
completion what a shell offers for a word half typed
"""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click
from click.shell_completion import CompletionItem

from pipeline import __version__
from pipeline.cli.audition import audition
from pipeline.cli.books import make, plan
from pipeline.cli.cast import cast
from pipeline.cli.check import check
from pipeline.cli.completion import completion, offer_files
from pipeline.cli.direction import direct
from pipeline.cli.retake import retake
from pipeline.cli.service import doctor, rehearse, voices
from pipeline.cli.takes import takes
from pipeline.errors import Interrupted, MachineError, PipelineError, UsageError, WordsChanged
from pipeline.installation import mending_command


class _DefaultsToMake(click.Group):
    """`run-pipeline book.epub` is `run-pipeline make book.epub`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"--help", "-h", "--version"}
        if args and args[0] not in self.commands and args[0] not in own:
            args = ["make", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands; where the word can be none of them, it is taken for a book's file."""
        return super().shell_complete(ctx, incomplete) or offer_files(ctx, self.params[0], incomplete)


@click.group(cls=_DefaultsToMake, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="run-pipeline")
def cli() -> None:
    """Turn books into finished audiobooks.

    \b
    run-pipeline book.epub                 make it (same as `run-pipeline make book.epub`)
    run-pipeline plan book.epub            what it would take and cost; spends nothing
    run-pipeline shelf.toml --budget 40    several books, settings from a job file
    run-pipeline cast book.epub            who speaks in it, and a voice for each
    run-pipeline direct book.epub          who speaks what, and how, as a file to edit
    run-pipeline audition book.epub --voices Kore,Charon    hear before you choose
    run-pipeline retake book.epub --suspect    single chunks once more, to compare and choose
    run-pipeline check audiobooks/         whether the sound is what a shelf or a store asks for
    """


for command in (make, plan, cast, direct, audition, retake, check, takes, voices, rehearse, doctor, completion):
    cli.add_command(command)


_SHOWN_DETAILS = 100
"""Of the places where words differ, a line each; in a file with more than that every word is another."""


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """The console script: every failure leaves as one line on stderr and its exit code, never as a traceback."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # else numpy's threads spin between products too small for them
    try:
        cli.main(args=None if argv is None else list(argv), prog_name="run-pipeline", standalone_mode=False)
    except PipelineError as error:
        for line in error.details[:_SHOWN_DETAILS] if isinstance(error, WordsChanged) else ():
            click.echo(line, err=True)
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
    except ModuleNotFoundError as error:
        if os.environ.get("RUN_PIPELINE_TRACEBACK"):
            raise
        click.echo(f"run-pipeline: {error.name} is not installed → {mending_command()}", err=True)
        sys.exit(MachineError.exit_code)
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
