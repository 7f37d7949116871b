"""A run: every book from plan to report. Reads like a table of contents; each stage is elsewhere.

plan_of → Session.make (render, mix, encode, deliver) → report
"""

import asyncio
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipeline import accounts
from pipeline.assemble.delivery import folder_of
from pipeline.atomic import ensure_writable, write_atomic
from pipeline.errors import Interrupted, MachineError, PipelineError, SettingsError
from pipeline.events import BookDelivered, BookFailed, BookPlanned, Emit, Event, TakeStored
from pipeline.memory import return_large_blocks
from pipeline.planning import Failed, Plan, announce_choice
from pipeline.recording import PIPELINE_FORMAT
from pipeline.report.page import page_of
from pipeline.report.schema import BookReport, FailedChunk, RunReport
from pipeline.session import Made, Session, key_for
from pipeline.takes.budget import Budget
from pipeline.takes.store import TakeStore

_DISK_THREADS = 2
"""Threads that check and store takes. Each keeps an arena of its own as large as its largest take, so they are few."""


@dataclass(slots=True)
class _Tally:
    """What happened to one book's chunks, counted from the events as they pass to `emit`."""

    emit: Emit
    counts: Counter[str] = field(default_factory=Counter)
    cost_usd: float = 0.0

    def __call__(self, event: Event) -> None:
        self.counts[type(event).__name__] += 1
        if isinstance(event, TakeStored):
            self.cost_usd += event.cost_usd
        self.emit(event)


def preflight(plans: Sequence[Plan | Failed]) -> None:
    """What must hold before anything is asked or spent: a key for each engine, a folder for each book.

    Raises `EngineMissing`, or `SettingsError` where two books would overwrite each other.
    """
    for plan in plans:
        if isinstance(plan, Plan):
            key_for(plan.profile)
    _refuse_shared_folders(plans)


def _refuse_shared_folders(plans: Sequence[Plan | Failed]) -> None:
    owners: dict[Path, Plan] = {}
    for plan in plans:
        if isinstance(plan, Plan):
            other = owners.setdefault(folder_of(_out(plan), plan.credits), plan)
            if other is not plan:
                raise SettingsError(
                    f"{other.job.source} and {plan.job.source} would both be delivered as {plan.title!r}",
                    remedy="give one of the two [[book]]s a `run.out` of its own",
                )


async def make_books(plans: Sequence[Plan | Failed], emit: Emit) -> RunReport:
    """Make every planned book, one after the other, each to its end; what happens to one never stops the others."""
    return_large_blocks()
    reports: list[BookReport] = []
    limits = [plan.job.settings.pace.budget_usd for plan in plans if isinstance(plan, Plan)]
    budget = Budget(max(limits, default=0.0))
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_DISK_THREADS, thread_name_prefix="disk"))
    with _stop_on_signals() as stop:
        for plan in plans:
            if isinstance(plan, Failed):
                reports.append(_failure(str(plan.job.source), plan.error, emit))
            else:
                reports.append(await _book(plan, budget, stop, emit))
    return RunReport(exit_code=max((report.exit_code for report in reports), default=0), books=reports)


async def _book(plan: Plan, budget: Budget, stop: asyncio.Event, emit: Emit) -> BookReport:
    tally = _Tally(emit)
    folder = folder_of(_out(plan), plan.credits)
    session = Session(plan, budget, emit=tally, stop=stop)
    try:
        if stop.is_set():
            raise Interrupted("interrupted before this book was begun")
        ensure_writable(folder)
        announce_choice(plan, emit)
        _announce_plan(plan, emit)
        made = await session.make(_out(plan))
        report = _success(plan, made)
    except PipelineError as error:
        report = _failure(str(plan.job.source), error, emit).model_copy(update={"failed": _failed(plan, session)})
    report = report.model_copy(update=_facts(plan, tally))
    if report.exit_code != MachineError.exit_code:
        _write_report(folder, report, has_cover=plan.book.cover is not None)
    if not report.error:
        emit(BookDelivered(plan.title, tuple(report.files), report.seconds))
    return report


def _announce_plan(plan: Plan, emit: Emit) -> None:
    missing = plan.missing(TakeStore(plan.job.settings.run.takes_folder))
    emit(
        BookPlanned(
            plan.title,
            len(plan.chapters),
            len(plan.orders),
            len(plan.orders) - len(missing),
            plan.expected_s,
            sum(order.cost_usd for order in missing),
        )
    )


def _success(plan: Plan, made: Made) -> BookReport:
    delivery = made.delivery
    timeline = accounts.timeline(plan, made.encoded, delivery.marks)
    write_atomic(delivery.folder / "timeline.json", timeline.model_dump_json(indent=1) + "\n")
    return BookReport(
        source=str(plan.job.source),
        files=[str(path) for path in delivery.audio],
        folder=str(delivery.folder),
        seconds=delivery.marks[-1].end_frame / PIPELINE_FORMAT.rate,
        chapters=accounts.chapter_reports(plan, made.encoded, delivery),
    )


def _failure(source: str, error: PipelineError, emit: Emit) -> BookReport:
    emit(BookFailed(source, str(error), error.exit_code))
    return BookReport(source=source, error=str(error), exit_code=error.exit_code)


def _facts(plan: Plan, tally: _Tally) -> dict[str, object]:
    return {
        "title": plan.title,
        "engine": plan.profile.engine,
        "model": plan.profile.name,
        "voice": plan.voice,
        "chunks": len(plan.orders),
        "rendered": tally.counts["TakeStored"],
        "reused": tally.counts["TakeReused"],
        "retries": tally.counts["RetryScheduled"],
        "cost_usd": round(tally.cost_usd, 6),
        "coverage": accounts.coverage_data(plan.book),
        "notes": list(plan.book.notes),
    }


def _failed(plan: Plan, session: Session) -> list[FailedChunk]:
    return [
        FailedChunk(
            chapter=chapter.title,
            key=planned.order.key,
            text=planned.chunk.text,
            reason=session.failures[planned.order.key].what,
        )
        for chapter in plan.chapters
        for planned in chapter.chunks
        if planned.order.key in session.failures
    ]


def _write_report(folder: Path, report: BookReport, *, has_cover: bool) -> None:
    write_atomic(folder / "report.json", report.model_dump_json(indent=1) + "\n")
    write_atomic(folder / "report.html", page_of(report, has_cover=has_cover))


def _out(plan: Plan) -> Path:
    return Path(plan.job.settings.run.out).expanduser()


@contextmanager
def _stop_on_signals() -> Iterator[asyncio.Event]:
    """SIGINT or SIGTERM sets the event: nothing new is sent, what is in flight arrives. A second one stops at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def on_signal() -> None:
        if stop.is_set() and task is not None:
            task.cancel()
        stop.set()

    signals = (signal.SIGINT, signal.SIGTERM)
    try:
        for number in signals:
            loop.add_signal_handler(number, on_signal)
    except (NotImplementedError, RuntimeError):  # Windows, or not the main thread: Ctrl-C stops at once there
        yield stop
        return
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
