"""What `from pipeline import …` gives, and what the commands of the same names stand on.

read   a book as it is understood: chapters, blocks, what is left out and why
plan   what would be spoken, reused and rendered, and what it would cost
make   the audiobooks
check  sound files against a delivery target

Every function raises `pipeline.errors.PipelineError` where it cannot do what it says; each class has its `exit_code`.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.book import Book
from pipeline.config import BookJob, Layer, flag_layer, settings_of
from pipeline.errors import AudioError, Interrupted, UsageError
from pipeline.events import Emit
from pipeline.ingest import read_book
from pipeline.jobs import jobs_of
from pipeline.planning import Failed, Plan, plan_books
from pipeline.report.schema import PlanFailure, PlanReport, RunReport
from pipeline.takes.store import TakeStore

if TYPE_CHECKING:  # who reads a book or plans one needs none of the audio libraries
    from pipeline.assemble.checking import CheckReport
    from pipeline.assemble.targets import Target

Sources = str | Path | Iterable[str | Path]
"""A book file, a folder that is a book, a job file; or several of them."""

SettingsOf = Mapping[str, Any]
"""Settings as a job file has them, in sections, by dotted keys, or both: `{"speech.voice": "Kore"}`."""


def read(source: str | Path, *, settings: SettingsOf | None = None) -> Book:
    """The book in a file. Raises the `BookError` classes, and `SettingsError`."""
    return read_book(Path(source), settings_of(_layers(settings)).reading)


def plan(sources: Sources, *, settings: SettingsOf | None = None, chapters: str = "") -> PlanReport:
    """What a run would do and cost. Spends nothing, needs no key, writes nothing.

    A book that cannot be read is among the `failures`; raises `SettingsError` for what no book can be planned with.
    """
    return plan_report(plan_books(jobs_for(sources, settings=settings, chapters=chapters)))


def make(
    sources: Sources,
    *,
    settings: SettingsOf | None = None,
    chapters: str = "",
    budget_usd: float | None = None,
    on_event: Emit | None = None,
) -> RunReport:
    """Make the audiobooks, and say what was done; called again, it goes on where it stopped.

    A run that costs money needs `budget_usd` (or the setting), and stops cleanly before it spends more. `on_event` is
    called with each of `pipeline.events` as it happens. What happens to one book never stops the others: their
    `exit_code` and `error` tell. Raises `UsageError` where there is no budget, `EngineMissing` where there is no key.
    Where an event loop runs already, as in a notebook, it refuses: await `make_async` instead.
    """
    if _is_in_a_loop():
        raise UsageError("an event loop runs here already", where="make", remedy="await make_async(…) instead")
    jobs = jobs_for(sources, settings=settings, chapters=chapters, budget_usd=budget_usd)
    return asyncio.run(made(prepared(jobs, agree=_refuse_to_spend), on_event or _unheard))


async def make_async(
    sources: Sources,
    *,
    settings: SettingsOf | None = None,
    chapters: str = "",
    budget_usd: float | None = None,
    on_event: Emit | None = None,
) -> RunReport:
    """`make`, to be awaited. Books are read and planned before the first await."""
    jobs = jobs_for(sources, settings=settings, chapters=chapters, budget_usd=budget_usd)
    return await made(prepared(jobs, agree=_refuse_to_spend), on_event or _unheard)


def check(paths: Sources, *, target: str = "personal", heard: Callable[[float], None] | None = None) -> "CheckReport":
    """Measure files of sound, or all in a folder, against a delivery target: personal, acx, librivox or podcast.

    `heard` is told seconds of sound as they have been listened to. What cannot be read is among the `unreadable`.
    Raises `UsageError` for a target that is none.
    """
    return check_sound(files_of(paths), target_named(target), heard=heard)


# -- what the commands share with these


def jobs_for(
    sources: Sources, *, settings: SettingsOf | None = None, chapters: str = "", budget_usd: float | None = None
) -> list[BookJob]:
    """The books that are meant, each with its settings. Raises `SettingsError`."""
    layers = _layers(settings)
    if budget_usd is not None:
        layers.append(flag_layer("budget_usd", "pace.budget_usd", budget_usd))
    return jobs_of(_paths(sources), layers, chapters=chapters)


def plan_report(plans: Sequence[Plan | Failed]) -> PlanReport:
    """Plans as data, priced against what their stores hold."""
    from pipeline import accounts

    return PlanReport(
        books=[
            accounts.book_plan(one, TakeStore(one.job.settings.run.takes_folder))
            for one in plans
            if isinstance(one, Plan)
        ],
        failures=[
            PlanFailure(source=str(one.job.source), error=str(one.error), exit_code=one.error.exit_code)
            for one in plans
            if isinstance(one, Failed)
        ],
    )


def prepared(jobs: Sequence[BookJob], *, agree: "Callable[[Due], None]") -> list[Plan | Failed]:
    """The plans of the books, once they may be made.

    `agree` is called with what nobody has allowed to be spent, and raises to refuse.
    """
    from pipeline import run

    plans = plan_books(jobs)
    run.preflight(plans)
    due = due_without_budget([one for one in plans if isinstance(one, Plan) and run.missing_key(one) is None])
    if due.chunks:
        agree(due)
    return plans


async def made(plans: Sequence[Plan | Failed], emit: Emit) -> RunReport:
    """What became of the books. Raises `Interrupted` where the run is cancelled."""
    from pipeline import run

    try:
        return await run.make_books(plans, emit)
    except asyncio.CancelledError:
        raise Interrupted("interrupted") from None


@dataclass(frozen=True, slots=True)
class Due:
    """Chunks that have to be paid for, and what they are expected to cost."""

    usd: float = 0.0
    chunks: int = 0


def due_without_budget(plans: Sequence[Plan]) -> Due:
    """What plans would spend that have no budget."""
    priced = [one for one in plans if one.profile.is_paid and not one.job.settings.pace.budget_usd]
    resolved = [one.resolved(TakeStore(one.job.settings.run.takes_folder)) for one in priced]
    costs_usd = {order.key: order.cost_usd for one in resolved for order in one.lacking.values()}
    return Due(sum(costs_usd.values()), len({key for one in resolved for key in one.unspoken}))


@dataclass(frozen=True, slots=True)
class SoundFiles:
    """The files that are meant, each once, and the errors of the paths that are none."""

    sound: tuple[Path, ...]
    missing: Mapping[Path, AudioError]


def files_of(paths: Sources) -> SoundFiles:
    """The files of sound that paths mean; of a folder, all that sounds in it."""
    from pipeline.assemble.soundfile import sound_files

    files: dict[Path, None] = {}
    missing: dict[Path, AudioError] = {}
    for path in _paths(paths):
        try:
            files.update(dict.fromkeys(sound_files(path)))
        except AudioError as error:
            missing[path] = error
    return SoundFiles(tuple(files), missing)


def check_sound(files: SoundFiles, target: "Target", *, heard: Callable[[float], None] | None = None) -> "CheckReport":
    """Check files against a target; the paths that are none are in the report too."""
    from pipeline.assemble.checking import Unreadable, check_files

    report = check_files(files.sound, target, heard=heard)
    missing = (Unreadable(path=str(path), reason=str(error)) for path, error in files.missing.items())
    return report.model_copy(update={"unreadable": (*missing, *report.unreadable)})


def target_named(name: str) -> "Target":
    """The delivery target of that name. Raises `UsageError`."""
    from pipeline.assemble.targets import targets

    if name not in targets():
        raise UsageError(f"no such target: {name!r}", where="--target", remedy=f"there are {', '.join(targets())}")
    return targets()[name]


def _refuse_to_spend(due: Due) -> None:
    from pipeline.report.text import money

    raise UsageError(
        f"this run would cost about {money(due.usd)} for {due.chunks} chunks, and has no budget",
        remedy="give it one by `budget_usd`, or by `pace.budget_usd` in its settings",
    )


def _is_in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _unheard(_: object) -> None:
    """Nobody watches."""


def _paths(sources: Sources) -> list[Path]:
    return [Path(one) for one in ([sources] if isinstance(sources, str | Path) else sources)]


def _layers(settings: SettingsOf | None) -> list[Layer]:
    return [flag_layer("settings", key, _plain(value)) for key, value in (settings or {}).items()]


def _plain(value: Any) -> Any:
    """A value as TOML would have it: tables are dicts, lists are lists, paths are strings."""
    match value:
        case Mapping():
            return {name: _plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case Path():
            return str(value)
    return value
