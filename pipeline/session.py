"""One book at work: chunks are rendered in reading order while finished chapters are mixed and encoded beside it."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.assemble import listening
from pipeline.assemble.delivery import Delivery, deliver
from pipeline.assemble.tags import folder_of
from pipeline.assemble.tracks import EncodedChapter
from pipeline.errors import ChunksFailed, Interrupted, MachineError, SpeechError
from pipeline.events import ChapterListenable, ChunkFailed, ChunkSpoken, Emit, Notice, TakeDamaged, TrackFinished
from pipeline.facilities import Facilities, slots_of
from pipeline.mixing import Mixing
from pipeline.planning import Plan, PlannedChapter
from pipeline.reader import Reader
from pipeline.recording import PIPELINE_FORMAT
from pipeline.script import Chunk
from pipeline.speech.turns import Priority
from pipeline.takes.budget import Purse
from pipeline.takes.order import Order
from pipeline.takes.probe import probe_among, rendered_alone
from pipeline.takes.render import Elsewhere, render, render_all
from pipeline.takes.store import DamagedTake, TakeStore
from pipeline.takes.studio import Archive, Piece, Studio

_WORKERS_PER_SLOT = 2
"""Renders under way for each request slot: while one is checked and stored, the next is on the wire."""

_ELSEWHERE_POLL_S = 2.0

Settle = Callable[[Order, tuple[Piece, ...] | SpeechError], Awaitable[None]]
"""Told what came of an order."""


@dataclass(frozen=True, slots=True)
class Made:
    """A finished book: its chapters in order, what each of their clips says, and what was delivered."""

    encoded: list[EncodedChapter]
    parts: dict[int, list[Chunk]]
    delivery: Delivery


@dataclass(slots=True)
class _Desk:
    """Which chunks have what speaks them, and which chapters still wait for some."""

    plan: Plan
    failures: dict[str, SpeechError] = field(default_factory=dict)
    _waiting: dict[int, set[str]] = field(default_factory=dict)
    _chapters_of: dict[str, list[PlannedChapter]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for chapter in self.plan.chapters:
            keys: set[str] = {planned.order.key for planned in chapter.chunks}
            self._waiting[chapter.number] = keys
            for key in keys:
                self._chapters_of[key].append(chapter)

    def settle(self, key: str, outcome: tuple[Piece, ...] | SpeechError) -> list[PlannedChapter]:
        """Note what came of an order; the chapters whose last chunk this was."""
        if isinstance(outcome, SpeechError):
            self.failures[key] = outcome
            return []
        complete = []
        for chapter in self._chapters_of[key]:
            self._waiting[chapter.number].discard(key)
            if not self._waiting[chapter.number]:
                complete.append(chapter)
        return complete


class Session:
    """Makes one planned book. `drained` is set when all of its chunks are under way or done."""

    def __init__(self, plan: Plan, facilities: Facilities, purse: Purse, *, emit: Emit, place: int = 0) -> None:
        self.drained = asyncio.Event()
        self._plan = plan
        self._settings = plan.job.settings
        self._facilities = facilities
        self._stop = facilities.stop
        self._purse = purse
        self._emit = emit
        self._place = place
        self._desk = _Desk(plan)
        self._positions: dict[str, int] = {order.key: position for position, order in enumerate(plan.orders)}
        self._probe = ""
        self._listening: Path | None = None
        self._chunks: dict[str, Chunk] = {
            planned.order.key: planned.chunk for chapter in plan.chapters for planned in chapter.chunks
        }
        self._mixing = Mixing.of(plan, TakeStore(self._settings.run.takes_folder), facilities)

    @property
    def failures(self) -> dict[str, SpeechError]:
        """Key → why that chunk could not be had."""
        return self._desk.failures

    async def make(self, out: Path, *, is_awaited: bool = False) -> Made:
        """Render, mix, encode, deliver. Raises the `PipelineError` that stopped the book.

        Where it `is_awaited`, chapters can be heard as they are finished.
        """
        folder = folder_of(out, self._plan.credits)
        await asyncio.to_thread(listening.take_in, folder)
        self._listening = folder if is_awaited and self._settings.delivery.listen_early else None
        encoded = await self.encoded()
        await asyncio.to_thread(listening.take_in, folder)
        delivery = await asyncio.to_thread(
            deliver,
            out,
            encoded,
            credits=self._plan.credits,
            cover=self._plan.book.cover,
            settings=self._settings.delivery,
            sample=self._mixing.sample,
        )
        return Made(encoded, self._mixing.parts, delivery)

    async def encoded(self) -> list[EncodedChapter]:
        """The same as far as the delivery: the chapters in the order of the book."""
        return await self._rendered_and_encoded(await self._studio())

    async def _rendered_and_encoded(self, studio: Studio) -> list[EncodedChapter]:
        encoding: dict[int, asyncio.Task[None]] = {}

        async def settle(order: Order, outcome: tuple[Piece, ...] | SpeechError) -> None:
            self._announce(order, outcome)
            for chapter in self._desk.settle(order.key, outcome):
                encoding[chapter.number] = asyncio.create_task(self._encoded(chapter, studio))

        workers = _WORKERS_PER_SLOT * slots_of(self._settings, self._plan.profile)
        try:
            await self._probed(studio, settle)
            await render_all(self._orders_in_turn(), studio, workers=workers, stop=self._stop.event, on_outcome=settle)
        finally:
            self.drained.set()
            await asyncio.gather(*encoding.values(), return_exceptions=True)
        if self._desk.failures:
            raise self._chunks_failed()
        if len(encoding) < len(self._plan.chapters):
            self._stop.check()
            raise Interrupted(f"interrupted with the takes of {len(encoding)} of {len(self._plan.chapters)} chapters")
        for task in encoding.values():
            task.result()
        while stale := self._mixing.stale():
            await asyncio.gather(*(self._encoded(chapter, studio) for chapter in stale))
        return self._mixing.done

    async def _probed(self, studio: Studio, settle: Settle) -> None:
        """Where that is asked for, have one missing chunk of a paid book spoken before the others leave.

        Raises `ChunksFailed` if it could not be had.
        """
        if not (self._settings.speech.probe and self._plan.profile.is_paid):
            return
        missing = {order.key for order in await asyncio.to_thread(self._plan.missing, studio.archive.store)}
        order = probe_among(order for order in self._plan.orders if order.key in missing)
        outcome = Elsewhere() if order is None else await rendered_alone(order, studio)
        if order is None or isinstance(outcome, Elsewhere):
            return
        self._probe = order.key
        await settle(order, outcome)
        if isinstance(outcome, SpeechError):
            what = f"the probe failed, and nothing else was asked for: {outcome.what}"
            raise ChunksFailed(what, where=self._plan.title, remedy=outcome.way_out)

    def _orders_in_turn(self) -> Iterator[Order]:
        """The orders in reading order; when the last has been taken, another book's may be."""
        yield from (order for order in self._plan.orders if order.key != self._probe)
        self.drained.set()

    async def _encoded(self, chapter: PlannedChapter, studio: Studio) -> None:
        """The chapter mixed and encoded; a take found damaged on the way is rendered again first."""
        is_first = not self._mixing.has(chapter)
        while True:
            try:
                done = await self._mixing.chapter(chapter)
            except DamagedTake as damage:
                self._emit(TakeDamaged(self._plan.title, damage.key, damage.reason))
                continue
            if isinstance(done, list):
                break
            await self._rendered_again(done, studio)
        if is_first:
            seconds = sum(portion.track.frames for portion in done) / PIPELINE_FORMAT.rate
            is_reused = all(portion.reused for portion in done)
            self._emit(TrackFinished(self._plan.title, chapter.number, chapter.title, seconds, is_reused))
            await self._put_out(chapter, done, seconds)

    async def _put_out(self, chapter: PlannedChapter, done: list[EncodedChapter], seconds: float) -> None:
        """Have a chapter heard while others are still to come; a disk without room for that still has the book."""
        if self._listening is None or all(map(self._mixing.has, self._plan.chapters)):
            return
        try:
            put_out = listening.put_out
            files = await asyncio.to_thread(put_out, self._listening, chapter.number, chapter.title, done)
        except MachineError as error:
            self._listening = None
            self._emit(Notice(f"chapters cannot be heard before the book is there: {error.what}"))
            return
        names = tuple(map(str, files))
        self._emit(ChapterListenable(self._plan.title, chapter.number, chapter.title, names, seconds))

    async def _rendered_again(self, order: Order, studio: Studio) -> None:
        while isinstance(outcome := await render(order, studio), Elsewhere):
            await self._stop.sleep(_ELSEWHERE_POLL_S)
        if isinstance(outcome, SpeechError):
            raise outcome

    def _announce(self, order: Order, outcome: tuple[Piece, ...] | SpeechError) -> None:
        if isinstance(outcome, SpeechError):
            chapter = next(
                chapter for chapter in self._plan.chapters if any(p.order.key == order.key for p in chapter.chunks)
            )
            self._emit(ChunkFailed(self._plan.title, chapter.title, order.key, order.request.text, outcome.what))
            return
        seconds = sum(piece.take.seconds for piece in outcome)
        is_suspect = any(piece.take.is_suspect for piece in outcome)
        self._emit(ChunkSpoken(self._plan.title, order.key, seconds, len(outcome), is_suspect))

    def _chunks_failed(self) -> ChunksFailed:
        first = next(iter(self._desk.failures.values()))
        count = len(self._desk.failures)
        return ChunksFailed(
            f"{count} of {len(self._plan.orders)} chunks failed, the first because: {first.what}",
            where=self._plan.title,
        )

    async def _studio(self) -> Studio:
        """The studio of this book's reader, and behind it that of the fallback."""
        archive = await self._facilities.archive(self._settings.run.takes_folder)
        second = self._plan.fallback
        behind = None if second is None else self._studio_of(second, archive, lambda _: None)

        def fallback(order: Order) -> tuple[Order, Studio] | None:
            if second is None or behind is None:
                return None
            return second.order_of(self._chunks[order.key]), behind

        return self._studio_of(self._plan.reader, archive, fallback)

    def _studio_of(
        self, reader: Reader, archive: Archive, fallback: Callable[[Order], tuple[Order, Studio] | None]
    ) -> Studio:
        self._facilities.watch_prices(self._settings, reader, archive)
        return Studio(
            book=self._plan.title,
            language=self._plan.language,
            booth=self._facilities.booth(self._settings, reader, archive),
            archive=archive,
            purse=self._purse,
            acceptance=self._settings.acceptance,
            judge=self._facilities.listener.judge,
            recall=self._facilities.listener.recall,
            halves=self._halves,
            fallback=fallback,
            priority=self._priority,
            emit=self._emit,
            choices=self._plan.choices,
        )

    def _halves(self, order: Order) -> list[Order]:
        """The orders for the halves of what an order is for."""
        halves = self._plan.halves(self._chunks[order.key])
        orders = [self._plan.reader.order_of(half) for half in halves]
        self._chunks.update((half_order.key, half) for half_order, half in zip(orders, halves, strict=True))
        self._positions.update(dict.fromkeys((half.key for half in orders), self._positions[order.key]))
        return orders

    def _priority(self, order: Order) -> Priority:
        """In order, all of a book goes before the next one; fairly, the books' first chunks go before the second."""
        position = self._positions.get(order.key, 0)
        return (position, self._place) if self._settings.run.books == "fair" else (self._place, position)
