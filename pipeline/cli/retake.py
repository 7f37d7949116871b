"""`retake`: single chunks once more, compared by ear, and the choice kept with the book."""

import contextlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.books import ask_before_spending, awaited, jobs_from, progress_for, reading_options
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.planning import Plan
    from pipeline.progress import Progress
    from pipeline.report.retakes import RetakenChunk, RetakeReport
    from pipeline.retakes import Place, Wish
    from pipeline.speech.request import Parameter
    from pipeline.takes.choices import Choice


@click.command()
@click.argument("source", type=click.Path(path_type=Path), metavar="BOOK|JOB.toml")
@click.option("--chunk", "names", multiple=True, metavar="ID", help="A chunk, by the beginning of its key; repeatable.")
@click.option("--suspect", is_flag=True, help="Every chunk that a suspect take speaks.")
@click.option("--voice", "other_voice", default="", metavar="NAME", help="Another voice for these chunks.")
@click.option("--text", default="", metavar="WORDS", help="What the voice is to be given: a respelling for the ear.")
@click.option(
    "--with", "changes", multiple=True, metavar="NAME=VALUE", help="Another parameter, as in temperature=0.8."
)
@click.option("--keep", type=click.Choice(["new", "old"]), help="Choose without asking.")
@click.option("--choose", type=click.IntRange(min=0), metavar="N", help="Have retake N speak; 0: the own take.")
@click.option("--undo", "undone", multiple=True, metavar="ID", help="Go back to what spoke a chunk before.")
@click.option("--list", "as_list", is_flag=True, help="Show the chunks that were taken again.")
@click.option("--out", metavar="DIR", help="Folder for the finished books [default: audiobooks].")
@click.option("--format", "formats", metavar="LIST", help="Of m4b, mp3, opus, flac, wav, with commas.")
@click.option("--target", metavar="NAME", help="Whom it is for: personal, acx, librivox or podcast.")
@click.option("--read-along", metavar="LIST", help="Of vtt, srt, lrc, chapters, rss, lpf, epub, with commas; or none.")
@click.option("--cast", metavar="FILE", help="Who speaks with which voice.")
@click.option("--chapters", default="", metavar="LIST", help="Chapter numbers, as in 1-3,7.")
@reading_options
@click.option("--budget", type=float, metavar="USD", help="Stop cleanly before spending more.")
@click.option("--yes", is_flag=True, help="Spend what it says without asking.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("-v", "--verbose", is_flag=True, help="Say more: every retry.")
def retake(source: Path, as_list: bool, undone: Sequence[str], choose: int | None, **flags: Any) -> None:
    """Take single chunks of a finished book again, hear both takes, and choose.

    The chapter is encoded anew with the take you keep, and the choice stands in `choices.toml` beside the book. Give
    the flags the book was made with; its own voice, if you chose one, as `--set speech.voice=NAME`. Without a terminal
    the new take is kept, unless its checks say less good of it than of the old one.

    \b
    run-pipeline retake book.epub --suspect --yes
    run-pipeline retake book.epub --chunk 3f2a9c1d --text "Loff-borough" --keep new
    run-pipeline retake book.epub --undo 3f2a9c1d
    """

    talk = _Talk(flags.pop("as_json"), flags.pop("quiet"), flags.pop("verbose"))
    names = _listed(flags.pop("names"))
    if not as_list:
        _refuse_two_errands(names, undone, choose, is_suspect=flags["suspect"])
    books = _books_of(source, flags, [] if as_list else [*names, *_listed(undone)])
    if as_list:
        talk.show_list(books)
        return
    book = _meant(books, source, is_suspect=flags["suspect"])
    is_there = bool(undone) or choose is not None
    report = _chosen_again(book, choose, talk) if is_there else _taken_again(book, flags, talk)
    talk.tell(report)
    sys.exit(report.exit_code)


def _listed(given: Iterable[str]) -> list[str]:
    return [name.strip() for each in given for name in each.split(",") if name.strip()]


def _refuse_two_errands(names: Sequence[str], undone: Sequence[str], choose: int | None, *, is_suspect: bool) -> None:
    """Raises `UsageError` where it is not clear what is wanted."""
    if not (names or undone or is_suspect):
        raise UsageError(
            "which chunks?",
            where="retake",
            remedy="name them by `--chunk ID`, as the report shows it, or say `--suspect`; `--list` shows the retakes",
        )
    if undone and (choose is not None or is_suspect or names):
        raise UsageError("--undo is an errand of its own", remedy="leave out --chunk, --suspect and --choose")
    if choose is not None and (is_suspect or len(names) > 1):
        raise UsageError("--choose is for one chunk", remedy="name it by `--chunk ID`")


@dataclass(frozen=True, slots=True)
class _Book:
    """The book that is meant, all of its chunks, and those that are named."""

    plan: "Plan"
    places: "Sequence[Place]"
    named: "Sequence[Place]"


def _books_of(source: Path, flags: dict[str, Any], names: Sequence[str]) -> list[_Book]:
    """The books of a job that have all of the chunks. Raises `UsageError` where none has."""
    from pipeline.planning import chosen_profile, fallback_profile, plan_of

    found: list[_Book] = []
    errors: list[UsageError] = []
    for job in jobs_from([source], flags):
        plan = plan_of(job, chosen_profile(job.settings), fallback=fallback_profile(job.settings))
        try:
            found.append(_with_places(plan, names))
        except UsageError as error:
            errors.append(error)
    if not found:
        raise errors[0]
    return found


def _meant(books: Sequence[_Book], source: Path, *, is_suspect: bool) -> _Book:
    """The only one, or the only one that has what is suspect. Raises `UsageError` where several may be meant."""
    wanted = [book for book in books if any(place.is_suspect for place in book.places)] if is_suspect else books
    if len(wanted) > 1:
        titles = ", ".join(book.plan.title for book in wanted)
        remedy = "name the chunks of one by `--chunk ID`, as its report shows them"
        raise UsageError(f"which of {len(wanted)} books: {titles}?", where=str(source), remedy=remedy)
    return (wanted or books)[0]


def _with_places(plan: "Plan", names: Sequence[str]) -> _Book:
    from pipeline.retakes import place_named, places_of
    from pipeline.takes.store import TakeStore

    places = places_of(plan, plan.resolved(TakeStore(plan.job.settings.run.takes_folder)))
    named = {place.key: place for name in names for place in [place_named(plan, places, name)]}
    return _Book(plan, places, list(named.values()))


def _taken_again(book: _Book, flags: dict[str, Any], talk: "_Talk") -> "RetakeReport":
    """The retakes spoken, heard beside what was there, one of each kept, and the book delivered with it."""

    from pipeline import comparison, run
    from pipeline.events import Notice
    from pipeline.planning import announce_choice
    from pipeline.retakes import candidates_for, with_retakes
    from pipeline.takes.store import TakeStore

    plan = book.plan
    store = TakeStore(plan.job.settings.run.takes_folder)
    wanted = [place for place in book.places if place.is_suspect] if flags["suspect"] else []
    wanted += [place for place in book.named if place not in wanted]
    if not wanted:
        raise UsageError("no chunk is spoken by a suspect take", where=plan.title, remedy="name one by `--chunk ID`")
    candidates = candidates_for(plan, store, wanted, _wish_of(flags))
    if missing := run.missing_key(plan):
        raise missing
    retaken = with_retakes(plan, candidates)
    with talk.watching() as progress:
        announce_choice(plan, progress)
        progress(Notice(_price_line(retaken, len(candidates), store)))
        ask_before_spending([retaken], has_yes=flags["yes"])
        report = awaited(comparison.compared(candidates, plan, progress))
    kept = [chunk.model_copy(update={"kept": talk.kept(chunk, report, flags["keep"])}) for chunk in report.chunks]
    report = report.model_copy(update={"chunks": kept})
    comparison.write_comparison(report)
    pairs = zip(candidates, kept, strict=True)
    choices = [one.after(chunk.kept) for one, chunk in pairs if not chunk.error]  # of what never came nothing stays
    return _delivered(plan, choices, report, talk)


def _wish_of(flags: dict[str, Any]) -> "Wish":
    from pipeline.retakes import Wish

    return Wish(flags["other_voice"], flags["text"], dict(map(_parameter_of, flags["changes"])))


def _parameter_of(change: str) -> "tuple[str, Parameter]":
    """`temperature=0.8`; a number is one. Raises `UsageError`."""
    name, assigned, value = (part.strip() for part in change.partition("="))
    if not (name and assigned and value):
        raise UsageError(f"not NAME=VALUE: {change!r}", where="--with", remedy="write it as in temperature=0.8")
    for number in (int, float):
        try:
            return name, number(value)
        except ValueError:
            continue
    return name, value


def _price_line(retaken: "Plan", count: int, store: Any) -> str:
    from pipeline.report.text import money

    lacking = retaken.resolved(store).lacking.values()
    said = f"{count} retake{'s' * (count > 1)}"
    if not lacking:
        return f"{said}, which arrived before: they cost nothing"
    cost = f"about {money(sum(order.cost_usd for order in lacking))}" if retaken.profile.is_paid else "for free"
    return f"{said}: {len(lacking)} request{'s' * (len(lacking) > 1)}, {cost}"


def _chosen_again(book: _Book, choose: int | None, talk: "_Talk") -> "RetakeReport":
    """The book delivered with retakes that are there already, or without: `choose` None goes a step back."""
    from pipeline.comparison import report_on
    from pipeline.events import Notice
    from pipeline.retakes import chosen_again, speaking_line

    plan = book.plan
    choices = [chosen_again(plan, place, choose) for place in book.named]
    with talk.watching() as progress:
        for choice in choices:
            progress(Notice(speaking_line(choice)))
    return _delivered(plan, choices, report_on(plan), talk)


def _delivered(plan: "Plan", chosen: "Sequence[Choice]", report: "RetakeReport", talk: "_Talk") -> "RetakeReport":
    """The choices written down and, where another take speaks now and all takes are there, the book made anew."""

    from pipeline import run
    from pipeline.choosing import choices_in, write_choices
    from pipeline.events import Notice
    from pipeline.retakes import changed
    from pipeline.takes.store import TakeStore

    choices = choices_in(plan.folder)  # as they are now: another retake may have been written down meanwhile
    for choice in chosen:
        choices = choices.with_choice(choice)
    write_choices(choices, plan.folder)
    if not changed(plan, choices):
        return report
    plan = replace(plan, choices=choices)
    with talk.watching() as progress:
        missing = plan.missing(TakeStore(plan.job.settings.run.takes_folder))
        if missing:
            progress(Notice(f"{len(missing)} takes are not there: the choice is kept, and `run-pipeline make` uses it"))
            return report
        run.preflight([plan])
        [made] = awaited(run.make_books([plan], progress)).books
    return report.model_copy(update={"book": made, "exit_code": max(report.exit_code, made.exit_code)})


@dataclass(frozen=True, slots=True)
class _Talk:
    """How it talks: data on stdout, the rest on stderr."""

    as_json: bool
    is_quiet: bool
    is_verbose: bool

    @contextlib.contextmanager
    def watching(self) -> "Iterator[Progress]":
        """Who shows a stage of the work; nothing of it is left when somebody is asked."""
        progress = progress_for(as_json=self.as_json, quiet=self.is_quiet, verbose=self.is_verbose)
        try:
            yield progress
        finally:
            progress.close()

    def kept(self, chunk: "RetakenChunk", report: "RetakeReport", keep: str | None) -> str:
        """Which take of a chunk is kept: as told, as answered, or where nobody is there to listen, the better one."""
        from pipeline.comparison import place_of

        if chunk.error or chunk.new.refused:
            return "old"
        if keep or not (sys.stdin.isatty() and sys.stderr.isatty()):
            return keep or chunk.better
        click.echo(f"{chunk.chapter}: “{chunk.text}”", err=True)
        for name, version in (("old", chunk.old), ("new", chunk.new)):
            click.echo(f"  {name}: {version.figures_line}  {place_of(version, report)}", err=True)
        answers = click.Choice(["new", "old"])
        return str(click.prompt("which one is kept?", type=answers, default=chunk.better, err=True))

    def tell(self, report: "RetakeReport") -> None:
        from pipeline.comparison import files_of
        from pipeline.report.retakes import summary_lines

        if self.as_json:
            click.echo(report.model_dump_json(indent=1))
        else:
            for file in (*files_of(report), *(report.book.files if report.book else ())):
                click.echo(file)
        if not self.is_quiet or report.exit_code:
            for line in summary_lines(report):
                click.echo(line, err=True)

    def show_list(self, books: Sequence[_Book]) -> None:
        from pipeline.retakes import choice_lines

        choices = [(book, choice) for book in books for choice in book.plan.choices.by_key.values()]
        if self.as_json:
            data = [{"title": book.plan.title, **choice.model_dump()} for book, choice in choices]
            click.echo(json.dumps({"chunks": data}, ensure_ascii=False, indent=1))
            return
        keys = {id(book): {place.key for place in book.places} for book in books}
        for book, choice in choices:
            for line in choice_lines(choice, is_here=choice.key in keys[id(book)]):
                click.echo(line)
