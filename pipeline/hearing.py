"""An audition held: every trial spoken as a book would be, as loud as the next, and put on a page to compare."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pipeline import accounts
from pipeline.assemble.names import IGNORE_NAME, file_name
from pipeline.assemble.tags import ChapterTags
from pipeline.assemble.tracks import EncodedChapter
from pipeline.assemble.wav import write_wav
from pipeline.atomic import ensure_writable, write_atomic
from pipeline.auditions import Audition, share_of
from pipeline.bill import READING_SPEED, priced
from pipeline.errors import PipelineError
from pipeline.events import BookDelivered, BookPlanned, Emit
from pipeline.facilities import Facilities, opened
from pipeline.planning import Plan
from pipeline.preflight import reasons_against
from pipeline.recording import PIPELINE_FORMAT
from pipeline.report.audition import AuditionReport, Trial, audition_page
from pipeline.report.text import money
from pipeline.session import Session
from pipeline.speech.voices import characters_of
from pipeline.takes.store import TakeStore

PAGE, RECORD = "audition.html", "audition.json"


def folder_for(plan: Plan) -> Path:
    """Where an audition of a book is delivered: under the book's own folder."""
    return plan.folder / "audition"


def price_line(auditions: Sequence[Audition]) -> str:
    """What an audition takes, before it is held: requests, those still to be asked for, and their price."""
    plan = auditions[0].plan
    store = TakeStore(plan.job.settings.run.takes_folder)
    lacking = {order.key: order for one in auditions for order in one.plan.missing(store)}
    requests = {order.key for one in auditions for order in one.plan.orders}
    who = "parts" if auditions[0].part else "voices"
    length = sum(one.passage.seconds for one in auditions) / len(auditions)
    said = f"audition of {len(auditions)} {who}, about {length:.0f} s each: {len(requests)} requests"
    if not lacking:
        return f"{said}, and all of their takes are there: it costs nothing"
    cost = f"about {money(sum(order.cost_usd for order in lacking.values()))}" if plan.profile.is_paid else "for free"
    return f"{said}, {len(lacking)} of them still to be asked for, {cost}"


async def hold(auditions: Sequence[Audition], plan: Plan, emit: Emit) -> AuditionReport:
    """Have every trial spoken and delivered, whatever happens to the others. `plan` is that of the whole book.

    Raises `MachineError` where nothing can be delivered.
    """
    folder = folder_for(plan)
    ensure_writable(folder)
    async with opened([plan.job.settings], emit) as facilities:
        trials = await _Hearing(auditions, plan, facilities, emit).trials()
        await facilities.last_prices()
        account = accounts.account_data(await facilities.account())
    report = _report(plan, trials, folder).model_copy(update={"account": account if account.attempts else None})
    await asyncio.to_thread(_deliver, report, folder)
    emit(BookDelivered(plan.title, tuple(files_of(report)), sum(trial.seconds for trial in trials)))
    return report


def files_of(report: AuditionReport) -> list[str]:
    """What is handed over: the sounds in order, and the page."""
    return [str(Path(report.folder, name)) for name in (*(one.file for one in report.trials if one.file), PAGE)]


class _Hearing:
    """The trials of one book under way, all at once: how many requests leave is the pace's matter."""

    def __init__(self, auditions: Sequence[Audition], plan: Plan, facilities: Facilities, emit: Emit) -> None:
        self._auditions = auditions
        self._plan = plan
        self._facilities = facilities
        self._emit = emit
        self._folder = folder_for(plan)
        self._store = TakeStore(plan.job.settings.run.takes_folder)
        self._purse = facilities.purse_for(plan.job.settings)

    async def trials(self) -> list[Trial]:
        plans = [one.plan for one in self._auditions]
        refused = await reasons_against(plans, self._facilities, now=datetime.now(UTC), emit=self._emit)
        await asyncio.to_thread(self._announce)
        pairs = zip(self._auditions, refused, strict=True)
        return list(await asyncio.gather(*(self._trial(one, refusal) for one, refusal in pairs)))

    def _announce(self) -> None:
        resolved = [one.plan.resolved(self._store) for one in self._auditions]
        chunks = sum(len(one.plan.orders) for one in self._auditions)
        self._emit(
            BookPlanned(
                self._plan.title,
                len(self._auditions),
                chunks,
                chunks - sum(len(one.unspoken) for one in resolved),
                sum(one.plan.expected_s for one in self._auditions),
                sum(order.cost_usd for one in resolved for order in one.lacking.values()),
                sum(order.expected_s for one in resolved for order in one.lacking.values()),
                self._plan.job.settings.pace.budget_usd,
            )
        )

    async def _trial(self, audition: Audition, refusal: PipelineError | None) -> Trial:
        session = Session(audition.plan, self._facilities, self._purse, emit=self._emit, place=audition.number)
        try:
            if refusal is not None:
                raise refusal
            encoded = await self._facilities.stop.until_cut_off(session.encoded())
            return await asyncio.to_thread(self._spoken, audition, encoded[0])
        except PipelineError as error:
            why = next(iter(session.failures.values()), error)
            return _described(audition).model_copy(update={"error": str(why), "exit_code": error.exit_code})

    def _spoken(self, audition: Audition, encoded: EncodedChapter) -> Trial:
        """The trial's file written, and what it took."""
        plan = audition.plan
        resolved = plan.resolved(self._store)
        spoken_s = sum(part.take.seconds for found in resolved.chunks.values() for part in found.parts)
        sound_usd = plan.profile.cost_usd(input_tokens=0, chars=0, audio_s=spoken_s - plan.expected_s)
        share = share_of(self._plan, audition.part, pace=spoken_s / plan.expected_s)
        facts = {
            "file": self._write_sound(audition, encoded),
            "seconds": encoded.track.frames / PIPELINE_FORMAT.rate,
            "cost_usd": sum(order.cost_usd for order in plan.orders) + sound_usd,
            "book_seconds": share.seconds,
            "book_cost_usd": share.cost_usd,
            "suspect": [reason for one in accounts.suspects(plan, self._store, resolved) for reason in one.reasons],
        }
        return _described(audition).model_copy(update=facts)

    def _write_sound(self, audition: Audition, encoded: EncodedChapter) -> str:
        """The name of the file. It is tagged as a work of its own: players must not shelve it among the chapters."""
        name = f"{audition.number:02} - {file_name(audition.name)}.wav"
        credits = audition.plan.credits
        own = replace(credits, book=replace(credits.book, title=f"{credits.title} – audition"))
        tags = ChapterTags(audition.name, audition.number, len(self._auditions), own)
        write_wav(self._folder / name, encoded.files["pcm"], tags, cover=None)
        return name


def _described(audition: Audition) -> Trial:
    """What is known of a trial before it is spoken."""
    plan = audition.plan
    role = plan.reader.asker.cast.role(audition.part) if audition.part else None
    return Trial(
        number=audition.number,
        name=audition.name,
        voice=audition.voice,
        character=characters_of(plan.profile).get(audition.voice, ""),
        language=(role.language if role else "") or plan.language,
        chapter=audition.passage.chapter,
        is_own=audition.is_own,
        paragraphs=list(audition.passage.paragraphs),
        choose=_choice_of(audition),
    )


def _choice_of(audition: Audition) -> str:
    """The flag, or the lines of a job file or cast file, by which the voice is chosen."""
    if not audition.part:
        return f"--voice {audition.voice}"
    is_embedded = audition.plan.profile.engine == "espeak"
    table = f"cast.{json.dumps(audition.part, ensure_ascii=False)}" + (".embedded" if is_embedded else "")
    return f"[{table}]\nvoice = {json.dumps(audition.voice, ensure_ascii=False)}"


def _report(plan: Plan, trials: list[Trial], folder: Path) -> AuditionReport:
    bill = priced(plan.orders, plan.profile, length=READING_SPEED, price=None)
    return AuditionReport(
        title=plan.title,
        author=plan.credits.author,
        source=str(plan.job.source),
        model=plan.profile.name,
        language=plan.language,
        is_paid=plan.profile.is_paid,
        of_cast=any(trial.choose.startswith("[") for trial in trials),
        book_seconds=plan.expected_s,
        low_usd=bill.low_usd,
        high_usd=bill.high_usd,
        folder=str(folder),
        exit_code=max(trial.exit_code for trial in trials),
        trials=trials,
    )


def _deliver(report: AuditionReport, folder: Path) -> None:
    """The page and the record, and word to library servers that trials are no part of the book.

    Sounds of an audition before this one that are no part of it go.
    """
    kept = {trial.file for trial in report.trials}
    for name in _earlier_files(folder) - kept:
        (folder / name).unlink(missing_ok=True)
    write_atomic(folder / IGNORE_NAME, "")
    write_atomic(folder / RECORD, report.model_dump_json(indent=1) + "\n")
    write_atomic(folder / PAGE, audition_page(report))


def _earlier_files(folder: Path) -> set[str]:
    with suppress(FileNotFoundError, ValueError):
        earlier = AuditionReport.model_validate_json((folder / RECORD).read_bytes())
        return {Path(trial.file).name for trial in earlier.trials if trial.file}
    return set()
