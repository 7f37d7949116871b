"""What a page tells its reader to type plans the same book again."""

import shlex
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.chapters import picked_chapters
from pipeline.cli.books import job_options, jobs_from
from pipeline.cli.retake import retake
from pipeline.config import BookJob, set_layer, settings_of
from pipeline.invocation import planning_flags, retake_command


def planned_again(flags: list[str]) -> BookJob:
    """The job those flags make, through the options of the command line."""
    seen = {}

    @click.command()
    @click.option("--out")
    @job_options
    def command(**given_flags: object) -> None:
        seen.update(given_flags)

    command.main([*flags], standalone_mode=False)
    [job] = jobs_from([Path("book.epub")], seen)
    return job


@pytest.mark.parametrize(
    "assignments",
    [
        [],
        ["speech.voice=Kore", 'speech.engine="openrouter"', "script.target_seconds=12.5", "run.out=my books"],
        ['pronunciations."Chol mon"={say="Chumley", case=true}', 'voice_by_language.fr="Aoede"'],
        ['reading.keep=["page-number"]', 'delivery.formats=["mp3","m4b"]', "delivery.target=acx"],
        ['cast.narrator={voice="Kore", style="dry, “quiet”"}'],
    ],
)
def test_the_flags_plan_with_the_same_settings(assignments: list[str]) -> None:
    job = BookJob(Path("book.epub"), settings_of(map(set_layer, assignments)), frozenset({1, 2, 3, 7}))
    again = planned_again(planning_flags(job))
    assert again.settings == job.settings
    assert again.chapters == job.chapters


def test_what_only_paces_a_run_is_not_said() -> None:
    job = BookJob(Path("b.epub"), settings_of([set_layer("pace.budget_usd=3"), set_layer("retry.attempts=9")]))
    assert planning_flags(job) == []


def test_the_command_is_quoted_for_a_shell() -> None:
    job = BookJob(Path("my $book.epub"), settings_of([]))
    assert shlex.split(retake_command(job, "abc")) == ["run-pipeline", "retake", "my $book.epub", "--chunk", "abc"]


@given(st.frozensets(st.integers(1, 60), min_size=1))
def test_chapters_are_written_as_they_are_read(chapters: frozenset[int]) -> None:
    *_, written = planning_flags(BookJob(Path("b.epub"), settings_of([]), chapters))
    assert picked_chapters(written, "test") == chapters


def test_retake_takes_the_command_as_it_is() -> None:
    assignments = ["speech.voice=Kore", "delivery.target=acx", "speech.language=en", "run.out=o", "run.takes=t"]
    job = BookJob(Path("b.epub"), settings_of(map(set_layer, assignments)), frozenset({2}))
    _, _, *arguments = shlex.split(retake_command(job, "abc"))
    context = retake.make_context("retake", arguments)
    assert (context.params["names"], context.params["other_voice"]) == (("abc",), "")
