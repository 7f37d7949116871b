"""One book at work: chunks are rendered in reading order while finished chapters are mixed and encoded beside it."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.assemble.delivery import Delivery, deliver
from pipeline.assemble.mix import Spoken
from pipeline.assemble.tracks import ChapterOrder, EncodedChapter, TrackShelf
from pipeline.config import Settings, api_key
from pipeline.errors import ChunksFailed, EngineMissing, Interrupted, SpeechError
from pipeline.events import ChunkFailed, Emit, TakeDamaged, TrackFinished
from pipeline.planning import Plan, PlannedChapter
from pipeline.recording import Take
from pipeline.speech.engine import Engine
from pipeline.speech.espeak import EspeakEngine
from pipeline.speech.openrouter import OpenRouterEngine
from pipeline.speech.pace import Pace, PaceRules
from pipeline.speech.profiles import ModelProfile
from pipeline.speech.retry import Chance
from pipeline.speech.tempo import Tempo
from pipeline.takes.budget import Budget
from pipeline.takes.render import Order, Outcome, Studio, render, render_all
from pipeline.takes.store import DamagedTake, TakeStore

_WORKERS_PER_SLOT = 2
"""Renders under way for each request slot: while one is checked and stored, the next is on the wire."""


@dataclass(frozen=True, slots=True)
class Made:
    """A finished book: its chapters in order, and what was delivered."""

    encoded: list[EncodedChapter]
    delivery: Delivery


@dataclass(slots=True)
class _Desk:
    """Which takes have come in, and which chapters still wait for some."""

    plan: Plan
    takes: dict[str, Take] = field(default_factory=dict)
    failures: dict[str, SpeechError] = field(default_factory=dict)
    _waiting: dict[int, set[str]] = field(default_factory=dict)
    _chapters_of: dict[str, list[PlannedChapter]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for chapter in self.plan.chapters:
            keys: set[str] = {planned.order.key for planned in chapter.chunks}
            self._waiting[chapter.number] = keys
            for key in keys:
                self._chapters_of[key].append(chapter)

    def settle(self, key: str, outcome: Outcome) -> list[PlannedChapter]:
        """Note what came of an order; the chapters whose last take this was."""
        if isinstance(outcome, SpeechError):
            self.failures[key] = outcome
            return []
        self.takes[key] = outcome
        complete = []
        for chapter in self._chapters_of[key]:
            self._waiting[chapter.number].discard(key)
            if not self._waiting[chapter.number]:
                complete.append(chapter)
        return complete

    def chapter_order(self, chapter: PlannedChapter) -> ChapterOrder:
        spoken = tuple(
            Spoken(planned.number, self.takes[planned.order.key], planned.chunk.after) for planned in chapter.chunks
        )
        return ChapterOrder(chapter.number, chapter.title, spoken)


class Session:
    """Makes one planned book. `failed` takes the chunks that could not be had, for the report."""

    def __init__(self, plan: Plan, budget: Budget, *, emit: Emit, stop: asyncio.Event) -> None:
        self._plan = plan
        self._settings = plan.job.settings
        self._budget = budget
        self._emit = emit
        self._stop = stop
        self._store = TakeStore(self._settings.run.takes_folder)
        self._desk = _Desk(plan)
        self._orders: dict[str, Order] = {order.key: order for order in plan.orders}
        self._encoders = asyncio.Semaphore(self._settings.run.worker_count)
        self._shelf = TrackShelf(
            self._store.root / "tracks",
            sound=self._settings.sound,
            encodings=self._settings.delivery.encodings,
            samples=self._store.samples,
        )

    @property
    def failures(self) -> dict[str, SpeechError]:
        """Key → why that chunk could not be had."""
        return self._desk.failures

    async def make(self, out: Path) -> Made:
        """Render, mix, encode, deliver. Raises the `PipelineError` that stopped the book."""
        await asyncio.to_thread(self._store.prepare)
        with ThreadPoolExecutor(self._settings.run.worker_count, thread_name_prefix="encode") as pool:
            async with self._studio() as studio:
                encoded = await self._rendered_and_encoded(studio, pool)
        delivery = await asyncio.to_thread(
            deliver,
            out,
            encoded,
            credits=self._plan.credits,
            cover=self._plan.book.cover,
            settings=self._settings.delivery,
        )
        return Made(encoded, delivery)

    async def _rendered_and_encoded(self, studio: Studio, pool: ThreadPoolExecutor) -> list[EncodedChapter]:
        encoding: dict[int, asyncio.Task[EncodedChapter]] = {}

        async def settle(order: Order, outcome: Outcome) -> None:
            if isinstance(outcome, SpeechError):
                self._announce_failure(order, outcome)
            for chapter in self._desk.settle(order.key, outcome):
                encoding[chapter.number] = asyncio.create_task(self._encoded(chapter, studio, pool))

        workers = _WORKERS_PER_SLOT * slots_of(self._settings, self._plan.profile)
        try:
            await render_all(self._plan.orders, studio, workers=workers, stop=self._stop, on_outcome=settle)
        finally:
            await asyncio.gather(*encoding.values(), return_exceptions=True)
        if self._desk.failures:
            raise self._chunks_failed()
        if len(encoding) < len(self._plan.chapters):
            raise Interrupted(f"interrupted with the takes of {len(encoding)} of {len(self._plan.chapters)} chapters")
        return [encoding[chapter.number].result() for chapter in self._plan.chapters]

    async def _encoded(self, chapter: PlannedChapter, studio: Studio, pool: ThreadPoolExecutor) -> EncodedChapter:
        """The chapter mixed and encoded; a take found damaged on the way is rendered again first."""
        loop = asyncio.get_running_loop()
        while True:
            order = self._desk.chapter_order(chapter)
            try:
                async with self._encoders:
                    self._refuse_if_stopped()
                    done = await loop.run_in_executor(pool, self._shelf.chapter, order)
            except DamagedTake as damage:
                await self._rendered_again(damage, studio)
                continue
            seconds = done.track.frames / order.spoken[0].take.format.rate
            self._emit(TrackFinished(self._plan.title, chapter.number, chapter.title, seconds, done.reused))
            return done

    def _refuse_if_stopped(self) -> None:
        if self._stop.is_set():
            raise Interrupted("interrupted before all chapters were encoded")

    async def _rendered_again(self, damage: DamagedTake, studio: Studio) -> None:
        self._emit(TakeDamaged(damage.key, damage.reason))
        outcome = await render(self._orders[damage.key], studio)
        if isinstance(outcome, SpeechError):
            raise outcome
        self._desk.takes[damage.key] = outcome

    def _announce_failure(self, order: Order, error: SpeechError) -> None:
        chapter = next(
            chapter for chapter in self._plan.chapters if any(p.order.key == order.key for p in chapter.chunks)
        )
        self._emit(ChunkFailed(self._plan.title, chapter.title, order.key, order.request.text, error.what))

    def _chunks_failed(self) -> ChunksFailed:
        first = next(iter(self._desk.failures.values()))
        count = len(self._desk.failures)
        return ChunksFailed(
            f"{count} of {len(self._plan.orders)} chunks failed, the first because: {first.what}",
            where=self._plan.title,
        )

    @asynccontextmanager
    async def _studio(self) -> AsyncIterator[Studio]:
        engine = engine_of(self._settings, self._plan.profile)
        tempo = Tempo(self._interruptible_sleep, self._settings.pace.speedup)
        try:
            yield Studio(
                engine=engine,
                profile=self._plan.profile,
                pace=Pace(
                    rules_of(self._settings, self._plan.profile),
                    clock=tempo.now_s,
                    sleep=tempo.sleep,
                    emit=self._emit,
                ),
                pace_settings=self._settings.pace,
                retry=self._settings.retry,
                chance=Chance(jitter=random.random, sleep=tempo.sleep),
                budget=self._budget,
                store=self._store,
                emit=self._emit,
            )
        finally:
            await engine.aclose()

    async def _interruptible_sleep(self, seconds: float) -> None:
        """Wait, but not longer than until the run is told to stop: then this chunk is given up."""
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return
        raise Interrupted("interrupted while waiting to send a request again")


def slots_of(settings: Settings, profile: ModelProfile) -> int:
    """Requests at once: as set for a service, one a worker process for the embedded voice."""
    return settings.run.worker_count if profile.engine == "espeak" else settings.pace.max_concurrency


def rules_of(settings: Settings, profile: ModelProfile) -> PaceRules:
    """What the pace has to keep to: the embedded voice knows no limit but its worker processes."""
    if profile.engine == "espeak":
        return PaceRules(settings.run.worker_count, service=profile.engine)
    return settings.pace.rules_for(settings.speech.base_url or profile.base_url)


def engine_of(settings: Settings, profile: ModelProfile) -> Engine:
    """The engine that speaks for a model profile."""
    if profile.engine == "espeak":
        return EspeakEngine(workers=settings.run.worker_count)
    base_url = settings.speech.base_url or profile.base_url
    return OpenRouterEngine(profile, base_url=base_url, model_name=settings.speech.model_name, api_key=key_for(profile))


def key_for(profile: ModelProfile) -> str:
    """The key a model asks for; empty where it asks for none. Raises `EngineMissing` if the environment has it not."""
    key = api_key(profile.api_key_env)
    if profile.api_key_env and not key:
        raise EngineMissing(
            f"no key for {profile.name}: {profile.api_key_env} is not set",
            remedy=f"export {profile.api_key_env}=…, or use `--engine espeak` for a free draft",
        )
    return key
