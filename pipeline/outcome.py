"""What came of a book: its report, in words and in its folder."""

import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline import accounts, findings
from pipeline.alongside import write_alongside
from pipeline.assemble.delivery import missed_rules
from pipeline.assemble.excerpts import write_excerpts
from pipeline.atomic import write_atomic
from pipeline.errors import CheckFailed, MachineError
from pipeline.events import Emit, Event, TakeRejected, TakeStored
from pipeline.planning import Failed, Plan
from pipeline.recording import PIPELINE_FORMAT
from pipeline.report.book_page import page_of
from pipeline.report.evidence import Evidence
from pipeline.report.schema import BookReport, FailedChunk
from pipeline.report.shelf import ShelfEntry, shelf_page
from pipeline.session import Made, Session
from pipeline.takes.store import TakeStore

SOUNDS = "report"
"""Folder beside the report with the takes that are to be listened to."""


@dataclass(slots=True)
class Tally:
    """What happened to one book's chunks, counted from the events as they pass to `emit`."""

    emit: Emit
    counts: Counter[str] = field(default_factory=Counter)
    cost_usd: float = 0.0

    def __call__(self, event: Event) -> None:
        self.counts[type(event).__name__] += 1
        if isinstance(event, TakeStored | TakeRejected):
            self.cost_usd += event.cost_usd
        self.emit(event)


def success(plan: Plan, made: Made) -> BookReport:
    """The report of a book that has been made; its timeline and what it is read along with are written.

    It is delivered even where it misses its target, and then says so by its exit code.
    """
    delivery = made.delivery
    timeline = accounts.timeline(plan, made, delivery.marks)
    starts_s = {
        (chapter.number, clip.chunk): clip.start_frame / timeline.rate
        for chapter in timeline.chapters
        for clip in reversed(chapter.clips)
    }
    write_atomic(delivery.folder / "timeline.json", timeline.model_dump_json(indent=1) + "\n")
    write_alongside(plan, made, timeline)
    target = plan.job.settings.delivery.goal
    missed = accounts.missed_data(missed_rules(made.encoded, target))
    return BookReport(
        source=str(plan.job.source),
        exit_code=CheckFailed.exit_code if missed else 0,
        target=target.name,
        target_lufs=None if target.is_rms else target.loudness_lufs,
        missed=missed,
        files=[str(path) for path in delivery.audio],
        folder=str(delivery.folder),
        seconds=delivery.marks[-1].end_frame / PIPELINE_FORMAT.rate,
        chapters=accounts.chapter_reports(made.encoded, delivery),
        evidence=_shown(plan, starts_s=starts_s),
    )


def failure_shown(plan: Plan, report: BookReport, session: Session) -> BookReport:
    """The report of a book that was not made, with what there is to show for it.

    Sounds are put beside it where chunks failed: who was stopped by hand or by the budget has nothing to wait for.
    """
    failed = failed_chunks(plan, session)
    if report.exit_code == MachineError.exit_code:
        return report.model_copy(update={"failed": failed})
    failures = {chunk.key: chunk.reason for chunk in failed}
    evidence = _shown(plan, failures=failures) if failed else _evidence(plan)
    return report.model_copy(update={"failed": failed, "evidence": evidence})


def _shown(
    plan: Plan, *, starts_s: Mapping[findings.Place, float] | None = None, failures: Mapping[str, str] | None = None
) -> Evidence:
    """What there is to show, and its sounds beside the report. Raises `MachineError`."""
    evidence = _evidence(plan, starts_s=starts_s, failures=failures)
    sounds = findings.sounds_of(evidence, TakeStore(plan.job.settings.run.takes_folder))
    return findings.with_files(evidence, SOUNDS, write_excerpts(folder_for(plan) / SOUNDS, sounds))


def _evidence(
    plan: Plan, *, starts_s: Mapping[findings.Place, float] | None = None, failures: Mapping[str, str] | None = None
) -> Evidence:
    store = TakeStore(plan.job.settings.run.takes_folder)
    return findings.evidence_of(plan, store, starts_s=starts_s or {}, failures=failures or {})


def facts_of(plan: Plan, tally: Tally, *, is_done: bool) -> dict[str, object]:
    """What a report says of a book however it ended, by the names of its fields."""
    store = TakeStore(plan.job.settings.run.takes_folder)
    resolved = plan.resolved(store)
    return {
        "title": plan.title,
        "engine": plan.profile.engine,
        "model": plan.profile.name,
        "voice": plan.voice,
        "chunks": len(plan.orders),
        "rendered": tally.counts["TakeStored"],
        "reused": tally.counts["TakeReused"],
        "rejected": tally.counts["TakeRejected"],
        "retries": tally.counts["RetryScheduled"],
        "retakes": accounts.chosen_retakes(plan),
        "suspects": accounts.suspects(plan, store, resolved),
        "remaining": None if is_done else accounts.remaining(resolved),
        "cost_usd": round(tally.cost_usd, 6),
        "coverage": accounts.coverage_data(plan.book),
        "voices": accounts.voice_uses(plan),
        "notes": list(plan.notes),
        "creators": list(plan.book.metadata.creators),
        "language": plan.language,
    }


def failed_chunks(plan: Plan, session: Session) -> list[FailedChunk]:
    """The chunks that could not be had, in reading order."""
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


def write_report(plan: Plan, report: BookReport) -> None:
    """As data and as a page, in the book's folder. Raises `MachineError` where that cannot be."""
    write_atomic(folder_for(plan) / "report.json", report.model_dump_json(indent=1) + "\n")
    _write_page(plan, report)


def _write_page(plan: Plan, report: BookReport, *, paid: str = "") -> None:
    has_cover = plan.book.cover is not None
    write_atomic(folder_for(plan) / "report.html", page_of(report, has_cover=has_cover, paid=paid))


def tell_what_was_paid(plans: Sequence[Plan | Failed], reports: Sequence[BookReport], paid: str) -> None:
    """Put what the run has paid into the pages: it is known when the last price has come, long after a book is done.

    A page that cannot be written again stays as it is: its book was delivered, and the summary says the same.
    """
    if not paid:
        return
    for plan, report in zip(plans, reports, strict=True):
        if isinstance(plan, Plan) and report.exit_code != MachineError.exit_code:
            with contextlib.suppress(MachineError):
                _write_page(plan, report, paid=paid)


def write_shelves(plans: Sequence[Plan | Failed], reports: Sequence[BookReport], paid: str) -> None:
    """Where a run had several books: a page on them all in each folder they went to.

    A page that cannot be written is done without: the books are delivered, and the summary says the same.
    """
    if len(reports) < 2:
        return
    shelves: dict[Path, list[ShelfEntry]] = {}
    for plan, report in zip(plans, reports, strict=True):
        shelves.setdefault(Path(plan.job.settings.run.out).expanduser(), []).append(_shelved(plan, report))
    for out, entries in shelves.items():
        with contextlib.suppress(MachineError):
            write_atomic(out / "shelf.html", shelf_page(entries, paid=paid))


def _shelved(plan: Plan | Failed, report: BookReport) -> ShelfEntry:
    if not isinstance(plan, Plan):
        return ShelfEntry(report=report)
    folder, out = folder_for(plan), out_of(plan)

    def beside(name: str) -> str:
        return (folder / name).relative_to(out).as_posix() if name and (folder / name).exists() else ""

    file = next((chapter.file for chapter in report.chapters), "")
    return ShelfEntry(report=report, page=beside("report.html"), cover=beside("cover.jpg"), file=beside(file))


def folder_for(plan: Plan) -> Path:
    return plan.folder


def out_of(plan: Plan) -> Path:
    return Path(plan.job.settings.run.out).expanduser()
