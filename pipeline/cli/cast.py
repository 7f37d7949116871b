"""`cast`: who speaks in a book, and a first proposal of voices."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import click

from pipeline.cli.books import job_options, jobs_from, refuse_to_overwrite
from pipeline.errors import UsageError


@click.command()
@click.argument("source", type=click.Path(path_type=Path), metavar="BOOK")
@job_options
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="The file to write [default: TITLE.cast.toml]."
)
@click.option("--parts", type=click.IntRange(min=1), default=None, help="Parts to propose at most [default: 12].")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@click.option("--json", "as_json", is_flag=True, help="Print who speaks as one JSON object; write no file.")
def cast(source: Path, out: Path | None, parts: int | None, force: bool, as_json: bool, **flags: Any) -> None:
    """Find who speaks in a book, and write a cast file with a voice for each, to edit.

    \b
    run-pipeline cast book.epub --parts 6            the narrator and the six who say most
    run-pipeline cast book.epub --json               who speaks, and how much; writes no file
    run-pipeline book.epub --cast Title.cast.toml    the book with that cast
    """
    from pipeline.assemble.names import file_name
    from pipeline.atomic import write_atomic
    from pipeline.casting import MOST_PARTS, cast_file, company_lines, company_of, with_voices
    from pipeline.directing import found
    from pipeline.ingest import read_book
    from pipeline.planning import chosen_profile
    from pipeline.speech.cast import NARRATOR
    from pipeline.speech.profiles import DEFAULT_PAID_MODEL, load_profiles

    jobs = jobs_from([source], flags)
    if len(jobs) != 1:
        raise UsageError(f"{len(jobs)} books", where=str(source), remedy="find the cast of one book at a time")
    [job] = jobs
    profile = chosen_profile(job.settings)
    book = read_book(job.source, job.settings.reading)
    language = job.settings.speech.language or book.metadata.language
    if profile.engine == "espeak":  # which plays every part in a variant of its own, whoever pays for voices later
        profile = load_profiles(job.settings.models)[DEFAULT_PAID_MODEL]
    known = job.settings.company
    narrator = known.role(NARRATOR).voice or profile.default_voice
    heard = found(book, job, language=language)
    company = company_of(heard.book, heard.directions.cues, known, most=parts or MOST_PARTS)
    company = with_voices(company, profile, known, narrator=narrator)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(company), ensure_ascii=False, indent=1))
        return
    title = book.metadata.shown_title
    path = out or Path(f"{file_name(title)}.cast.toml")
    refuse_to_overwrite(path, is_forced=force)
    write_atomic(path, cast_file(company, title=title, source=str(source), cast=known))
    for line in company_lines(company, unsure=heard.unsure):
        click.echo(line, err=True)
    click.echo(path)
