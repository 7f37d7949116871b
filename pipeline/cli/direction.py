"""`direct`: who speaks in a book, and how, as a file that a person edits."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.books import job_options, jobs_from, progress_for, refuse_to_overwrite
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.book import Book
    from pipeline.config import BookJob
    from pipeline.directing import Directed


@click.command()
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="BOOK|JOB.toml ...")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="[default: TITLE.direction.md, here]")
@click.option("--force", is_flag=True, help="Overwrite a file that is there; what was edited in it is lost.")
@job_options
@click.option("--budget", type=float, metavar="USD", help="What a director may spend.")
@click.option("--yes", is_flag=True, help="Ask the director without asking you.")
def direct(sources: Sequence[Path], out: Path | None, force: bool, yes: bool, **flags: Any) -> None:
    """Write who speaks in a book, and how, as a Markdown file to edit.

    `plan` and `make` take it back by --script FILE. Prints the path of the file. Spends nothing and needs no key,
    unless `director.model` names a chat model to propose direction.

    \b
    run-pipeline direct book.epub
    run-pipeline direct book.epub --set director.model=google/gemini-2.5-flash --budget 1
    run-pipeline book.epub --script Title.direction.md       what was edited, spoken
    """
    from pipeline.assemble.names import file_name
    from pipeline.atomic import write_atomic
    from pipeline.ingest import read_book
    from pipeline.script.annotated import written

    jobs = jobs_from(sources, flags)
    if out is not None and len(jobs) > 1:
        raise UsageError(f"{len(jobs)} books and one file", where="--out", remedy="direct one of them at a time")
    for job in jobs:
        book = read_book(job.source, job.settings.reading)
        path = out or Path(f"{file_name(book.metadata.shown_title)}.direction.md")
        refuse_to_overwrite(path, is_forced=force)  # before a director is paid
        found = _found(book, job, has_yes=yes)
        write_atomic(path, written(found.book, found.directions.cues, chapters=job.chapters))
        click.echo(path)
        for line in (*found.notes, _summary(found, job)):
            click.echo(line, err=True)


def _found(book: "Book", job: "BookJob", *, has_yes: bool) -> "Directed":
    from pipeline.cli.director import with_director
    from pipeline.directing import found

    language = job.settings.speech.language or book.metadata.language
    heard = found(book, job, language=language)
    progress = progress_for(as_json=False, quiet=False, verbose=True)
    try:
        return with_director(heard, job, language=language, has_yes=has_yes, emit=progress)
    finally:
        progress.close()


def _summary(found: "Directed", job: "BookJob") -> str:
    """Chapters, speakers and their lines in what was written."""
    from pipeline.report.page import counted
    from pipeline.script.rewording import is_spoken
    from pipeline.speech.cast import NARRATOR

    chapters = [
        number
        for number, chapter in enumerate(found.book.chapters, start=1)
        if (job.chapters is None or number in job.chapters) and any(map(is_spoken, chapter.blocks))
    ]
    cues = [cue for (number, _), own in found.directions.cues.items() if number in chapters for cue in own]
    lines = [cue for cue in cues if cue.speaker != NARRATOR]
    counts = (
        counted(len(chapters), "chapter"),
        counted(len({cue.speaker for cue in lines}), "speaker") + " beside the narrator",
        counted(len(lines), "line") + " of theirs",
    )
    if job.settings.director.model:  # who left what to the narrator is the model's business then
        return ", ".join(counts)
    unsure = counted(found.unsure, "quotation") + " left to the narrator for want of confidence"
    return ", ".join((*counts, unsure))
