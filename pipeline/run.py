"""A run: every book from plan to report. Reads like a table of contents; each stage is elsewhere.

plan_of → Session.make (render, mix, encode, deliver) → report
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pipeline import accounts
from pipeline.announcing import announce_plan, announce_run
from pipeline.atomic import ensure_writable
from pipeline.config import api_key, secrets_of
from pipeline.errors import EngineMissing, MachineError, PipelineError, SettingsError
from pipeline.events import BookDelivered, BookFailed, Emit, Notice, RunEnded
from pipeline.facilities import Facilities, key_for, opened
from pipeline.notify.channels import tell
from pipeline.outcome import (
    Tally,
    facts_of,
    failed_chunks,
    failure_shown,
    folder_for,
    out_of,
    success,
    tell_what_was_paid,
    write_report,
    write_shelves,
)
from pipeline.planning import Failed, Plan, announce_choice
from pipeline.preflight import refusals
from pipeline.progress.log import recorded
from pipeline.report.schema import BookReport, RunReport
from pipeline.report.text import account_line
from pipeline.runs import new_run
from pipeline.session import Session


def preflight(plans: Sequence[Plan | Failed]) -> None:
    """What must hold before anything is asked or spent: a key for some book, a folder for each.

    Raises `EngineMissing` where no book has its key, or `SettingsError` where two books would overwrite each other.
    A book that lacks its key among others that have theirs fails when its turn comes.
    """
    missing = [missing_key(plan) for plan in plans if isinstance(plan, Plan)]
    first = next(iter(missing), None)
    if first is not None and None not in missing:
        raise first
    _refuse_shared_folders(plans)


def missing_key(plan: Plan) -> EngineMissing | None:
    """Why a book cannot be asked for, if its key is not at hand: then it cannot spend anything either."""
    try:
        key_for(plan.profile)
    except EngineMissing as error:
        return error
    return None


def _refuse_shared_folders(plans: Sequence[Plan | Failed]) -> None:
    owners: dict[Path, Plan] = {}
    for plan in plans:
        if isinstance(plan, Plan):
            other = owners.setdefault(folder_for(plan), plan)
            if other is not plan:
                raise SettingsError(
                    f"{other.job.source} and {plan.job.source} would both be delivered as {plan.title!r}",
                    remedy="give one of the two [[book]]s a `run.out` of its own",
                )


async def make_books(plans: Sequence[Plan | Failed], emit: Emit) -> RunReport:
    """Make every planned book, each to its end; what happens to one never stops the others.

    Books take turns as `run.books` says: in order, a book's chunks leave once all of the one before have left; fairly,
    chunk by chunk. What happens is written down in the run's log, and whoever wants it is told of the end.
    """
    run = new_run()
    settings = [plan.job.settings for plan in plans]
    secrets = set().union(*map(secrets_of, settings))
    with recorded(emit, run, settings, secrets) as watch:
        began_s = time.monotonic()
        announce_run(plans, watch, run=run)
        report = await _made(plans, watch, run=run)
        failed = sum(bool(book.error) for book in report.books)
        watch(RunEnded(report.exit_code, len(report.books) - failed, failed, round(time.monotonic() - began_s, 3)))
        log = str(watch.log.path) if watch.log else ""
        for one in settings[:1]:
            told = await tell(
                report, one.notify, run=run, log=log, secrets=secrets, token=api_key(one.notify.token_env)
            )
            for trouble in told:
                watch(Notice(trouble))
    return report


async def _made(plans: Sequence[Plan | Failed], emit: Emit, *, run: str) -> RunReport:
    settings = [plan.job.settings for plan in plans if isinstance(plan, Plan)]
    async with opened(settings, emit, run=run) as facilities:
        reports = await _reports(plans, facilities, emit)
        await facilities.last_prices()
        account = accounts.account_data(await facilities.account())
    paid = account_line(account)
    tell_what_was_paid(plans, reports, paid)
    write_shelves(plans, reports, paid)
    return RunReport(
        exit_code=max((report.exit_code for report in reports), default=0),
        account=account if account.attempts else None,
        books=reports,
    )


async def _reports(plans: Sequence[Plan | Failed], facilities: Facilities, emit: Emit) -> list[BookReport]:
    good = [plan for plan in plans if isinstance(plan, Plan)]
    asking = asyncio.create_task(refusals(good, facilities, now=datetime.now(UTC), emit=emit))
    facilities.stop.watch(asking)
    refused = await asking
    why_not = {id(plan): refusal for plan, refusal in zip(good, refused, strict=True)}
    turn = asyncio.Event()
    turn.set()
    books: list[asyncio.Task[BookReport]] = []
    for place, plan in enumerate(plans):
        book = _Book(plan, facilities, emit, refusal=why_not.get(id(plan)), place=place)
        books.append(asyncio.create_task(book.made(after=turn)))
        turn = turn if book.is_fair else book.has_left
    return list(await asyncio.gather(*books))


class _Book:
    """One book of the run, from its turn to its report. `has_left` is set when the next one may begin.

    One with a `refusal` is not begun.
    """

    def __init__(
        self, plan: Plan | Failed, facilities: Facilities, emit: Emit, *, refusal: PipelineError | None, place: int
    ) -> None:
        self._refusal = refusal
        self._place = place
        self.has_left = asyncio.Event()
        self.is_fair = plan.job.settings.run.books == "fair"
        self._plan = plan
        self._facilities = facilities
        self._purse = facilities.purse_for(plan.job.settings)
        self._emit = emit

    async def made(self, *, after: asyncio.Event) -> BookReport:
        await after.wait()
        try:
            if isinstance(self._plan, Failed):
                return _failure(str(self._plan.job.source), self._plan.error, self._emit)
            return await self._report(self._plan)
        finally:
            self.has_left.set()

    async def _report(self, plan: Plan) -> BookReport:
        tally = Tally(self._emit)
        session = Session(plan, self._facilities, self._purse, emit=tally, place=self._place)
        watching = asyncio.create_task(self._leave_when(session))
        try:
            report = await self._made_or_cut_off(plan, session, tally)
        except PipelineError as error:
            report = _failure(str(plan.job.source), error, self._emit, title=plan.title)
            report = await self._shown(plan, report, session)
        finally:
            watching.cancel()
        report = await self._told(plan, report, tally)
        if not report.error:
            self._emit(BookDelivered(plan.title, tuple(report.files), report.seconds))
        return report

    async def _shown(self, plan: Plan, report: BookReport, session: Session) -> BookReport:
        """With what there is to show for a failure, as far as the disk takes it: it failed for another reason."""
        try:
            return await asyncio.to_thread(failure_shown, plan, report, session)
        except MachineError:
            return report.model_copy(update={"failed": failed_chunks(plan, session)})

    async def _told(self, plan: Plan, report: BookReport, tally: Tally) -> BookReport:
        """The report with its facts, and in the book's folder: where that cannot be, this book has failed."""
        try:
            facts = await asyncio.to_thread(facts_of, plan, tally, is_done=not report.error)
            report = report.model_copy(update=facts)
            if report.exit_code != MachineError.exit_code:
                write_report(plan, report)
        except MachineError as error:
            if report.exit_code != error.exit_code:
                self._emit(BookFailed(plan.title, str(error), error.exit_code))
                report = report.model_copy(update=_failed_by(error))
            return report.model_copy(update={"title": plan.title})
        return report

    async def _made_or_cut_off(self, plan: Plan, session: Session, emit: Emit) -> BookReport:
        """Only the making is cut off: a book still waiting for its turn, or telling what came of it, has a report."""
        return await self._facilities.stop.until_cut_off(self._made(plan, session, emit))

    async def _made(self, plan: Plan, session: Session, emit: Emit) -> BookReport:
        ensure_writable(folder_for(plan))  # first: whatever ends the book otherwise, its report goes there
        self._facilities.stop.check()
        if self._refusal is not None:
            raise self._refusal
        announce_choice(plan, emit)
        due = announce_plan(plan, emit)
        return await asyncio.to_thread(success, plan, await session.make(out_of(plan), is_awaited=due > 0))

    async def _leave_when(self, session: Session) -> None:
        await session.drained.wait()
        self.has_left.set()


def _failure(source: str, error: PipelineError, emit: Emit, *, title: str = "") -> BookReport:
    emit(BookFailed(title or source, str(error), error.exit_code))
    return BookReport.model_validate({"source": source, **_failed_by(error)})


def _failed_by(error: PipelineError) -> dict[str, str | int]:
    """What a book's report says of the error that ended it."""
    return {"error": str(error), "error_entry": error.entry, "exit_code": error.exit_code}
