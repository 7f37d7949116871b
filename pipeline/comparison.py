"""Chunks taken again and put beside what spoke them before: the same loudness, on a page, both kept."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pipeline import accounts
from pipeline.assemble.names import IGNORE_NAME
from pipeline.assemble.tags import ChapterTags
from pipeline.assemble.tracks import EncodedChapter
from pipeline.assemble.wav import write_wav
from pipeline.atomic import ensure_writable, replacing, write_atomic
from pipeline.errors import PipelineError, Rejected
from pipeline.events import BookPlanned, Emit
from pipeline.facilities import Facilities, opened
from pipeline.planning import Plan
from pipeline.preflight import reasons_against
from pipeline.recording import Take
from pipeline.report.retakes import RetakenChunk, RetakeReport, Version, retakes_page
from pipeline.retakes import Candidate, heard_alone, with_retakes
from pipeline.session import Session
from pipeline.speech.request import Key, key_of, shortened
from pipeline.takes.chain import Rejection
from pipeline.takes.choices import NO_RETAKE, asked_for
from pipeline.takes.store import TakeStore

PAGE, RECORD = "retakes.html", "retakes.json"


def folder_for(plan: Plan) -> Path:
    """Where takes are put side by side: under the book's own folder."""
    return plan.folder / "retakes"


async def compared(candidates: Sequence[Candidate], plan: Plan, emit: Emit) -> RetakeReport:
    """Have every retake spoken, whatever becomes of the others; nothing is chosen yet. `plan` is that of the book.

    Raises `MachineError` where nothing can be written.
    """
    folder = folder_for(plan)
    ensure_writable(folder)
    write_atomic(folder / IGNORE_NAME, "")
    async with opened([plan.job.settings], emit) as facilities:
        chunks = await _Comparison(candidates, plan, facilities, emit).chunks()
        await facilities.last_prices()
        account = accounts.account_data(await facilities.account())
    facts = {"chunks": chunks, "account": account if account.attempts else None}
    return report_on(plan).model_copy(update={**facts, "exit_code": max(chunk.exit_code for chunk in chunks)})


def report_on(plan: Plan) -> RetakeReport:
    """What is known of a book before anything of it is taken again."""
    return RetakeReport(
        title=plan.title,
        author=plan.credits.author,
        source=str(plan.job.source),
        model=plan.profile.name,
        language=plan.language,
        is_paid=plan.profile.is_paid,
        folder=str(folder_for(plan)),
    )


def write_comparison(report: RetakeReport) -> None:
    """The page and the record beside the sounds. Raises `MachineError`."""
    folder = Path(report.folder)
    write_atomic(folder / RECORD, report.model_dump_json(indent=1) + "\n")
    write_atomic(folder / PAGE, retakes_page(report))


def files_of(report: RetakeReport) -> list[str]:
    """The sounds in order, and the page; nothing where nothing was taken again."""
    versions = [version for chunk in report.chunks for version in (chunk.old, chunk.new) if version.file]
    page = [str(Path(report.folder, PAGE))] if report.chunks else []
    return [place_of(version, report) for version in versions] + page


def place_of(version: Version, report: RetakeReport) -> str:
    """The path of its sound."""
    return str(Path(report.folder, version.file))


class _Comparison:
    """The retakes of one book under way, all at once: how many requests leave is the pace's matter."""

    def __init__(self, candidates: Sequence[Candidate], plan: Plan, facilities: Facilities, emit: Emit) -> None:
        self._candidates = candidates
        self._plan = plan
        self._facilities = facilities
        self._emit = emit
        self._folder = folder_for(plan)
        self._store = TakeStore(plan.job.settings.run.takes_folder)
        self._purse = facilities.purse_for(plan.job.settings)
        keys: Iterator[str] = (planned.order.key for chapter in plan.chapters for planned in chapter.chunks)
        self._places = Counter(keys)

    async def chunks(self) -> list[RetakenChunk]:
        retaken = with_retakes(self._plan, self._candidates)
        [refusal] = await reasons_against([retaken], self._facilities, now=datetime.now(UTC), emit=self._emit)
        await asyncio.to_thread(self._announce, retaken)
        pairs = enumerate(self._candidates, start=1)
        return list(await asyncio.gather(*(self._chunk(one, refusal, place) for place, one in pairs)))

    def _announce(self, retaken: Plan) -> None:
        """Both takes of a chunk pass through; the old one is there."""
        resolved = retaken.resolved(self._store)
        chunks = 2 * len(self._candidates)
        cost_usd = sum(order.cost_usd for order in resolved.lacking.values())
        reused = chunks - len(resolved.unspoken)
        self._emit(BookPlanned(self._plan.title, chunks, chunks, reused, 2 * retaken.expected_s, cost_usd))

    async def _chunk(self, one: Candidate, refusal: PipelineError | None, place: int) -> RetakenChunk:
        old, new = await asyncio.to_thread(self._before, one), Version(number=one.retake.number, says=one.retake.says)
        chunk = RetakenChunk(
            key=one.place.key,
            chapter=one.place.chapter.title,
            text=one.place.planned.chunk.text,
            places=self._places[one.place.key],
            old=old,
            new=new,
        )
        sessions = {number: self._session(one, number, place) for number in (old.number, new.number)}
        try:
            if refusal is not None:
                raise refusal
            stop = self._facilities.stop
            sounds = {number: await stop.until_cut_off(session.encoded()) for number, session in sessions.items()}
            return await asyncio.to_thread(self._heard, one, chunk, sounds)
        except PipelineError as error:
            why = next((reason for session in sessions.values() for reason in session.failures.values()), error)
            return chunk.model_copy(update={"error": str(why), "exit_code": error.exit_code})

    def _session(self, one: Candidate, number: int, place: int) -> Session:
        alone = heard_alone(self._plan, one, number)
        return Session(alone, self._facilities, self._purse, emit=self._emit, place=place)

    def _before(self, one: Candidate) -> Version:
        """What speaks the chunk now; one that is spoken in parts has no figures as a whole."""
        used, takes = one.choice.used, one.place.takes
        is_used = used is not None and takes[0].key == key_of(asked_for(one.place.request, used))
        version = Version(number=one.choice.use if is_used else NO_RETAKE, says=used.says if used and is_used else "")
        return self._with_facts(version, takes)

    def _heard(self, one: Candidate, chunk: RetakenChunk, sounds: dict[int, list[EncodedChapter]]) -> RetakenChunk:
        """The chunk with both sounds written. A retake that is none shows what came instead, as it came."""
        old = chunk.old.model_copy(update={"file": self._write(one, chunk.old.number, sounds[chunk.old.number])})
        number, outcome = one.retake.number, self._store.look_up(one.request)
        if isinstance(outcome, Take):
            new = self._with_facts(chunk.new, [outcome])
            new = new.model_copy(update={"file": self._write(one, number, sounds[number])})
        else:
            reason = outcome.reason if isinstance(outcome, Rejection) else "no answer came"
            new = chunk.new.model_copy(update={"refused": reason, "file": self._rejected(one)})
        exit_code = Rejected.exit_code if new.refused else 0
        return chunk.model_copy(update={"old": old, "new": new, "exit_code": exit_code})

    def _write(self, one: Candidate, number: int, encoded: Sequence[EncodedChapter]) -> str:
        """The name of a take's file. It is tagged as a work of its own: players must not shelve it among chapters."""
        name = _name_of(one, number)
        credits = self._plan.credits
        own = replace(credits, book=replace(credits.book, title=f"{credits.title} – retakes"))
        tags = ChapterTags(f"{one.place.words} ({_number_in_words(number)})", number + 1, number + 1, own)
        write_wav(self._folder / name, encoded[0].files["pcm"], tags, cover=None)
        return name

    def _rejected(self, one: Candidate) -> str:
        sound = self._store.rejected_sound(key_of(one.request))
        if sound is None:
            return ""
        name = _name_of(one, one.retake.number)
        with replacing(self._folder / name) as part:
            shutil.copyfile(sound, part)
        return name

    def _with_facts(self, version: Version, takes: Sequence[Take]) -> Version:
        """With what is known of the take, or the takes of the parts: of these no key, no figures."""
        records = [self._store.record(Key(take.key))["facts"] for take in takes]
        costs = [take.cost_usd for take in takes]
        facts: dict[str, object] = {
            "seconds": sum(take.seconds for take in takes),
            "cost_usd": sum(
                record.get("estimated_cost_usd", 0.0) if cost is None else cost
                for record, cost in zip(records, costs, strict=True)
            ),
            "suspect": [
                str(reason)
                for take, record in zip(takes, records, strict=True)
                if take.is_suspect
                for reason in record.get("checks", {}).get("reasons", ())
            ],
        }
        if len(takes) == 1:
            figures = records[0].get("checks", {}).get("figures", {})
            facts |= {"key": takes[0].key, "digest": takes[0].digest, "figures": dict(figures)}
        return version.model_copy(update=facts)


def _name_of(one: Candidate, number: int) -> str:
    return f"{shortened(one.place.key)} {_number_in_words(number)}.wav"


def _number_in_words(number: int) -> str:
    return "own take" if number == NO_RETAKE else f"retake {number}"
