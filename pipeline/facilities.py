"""What the books of a run share: the archive of each take store, the engine and pace of each service, the encoders."""

import asyncio
import dataclasses
import random
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Self

from pipeline.config import Settings, api_key
from pipeline.errors import EngineMissing
from pipeline.events import Emit, Notice, Recovered
from pipeline.memory import return_large_blocks
from pipeline.reader import Reader
from pipeline.runs import new_run
from pipeline.speech.engine import Engine
from pipeline.speech.espeak import EspeakEngine
from pipeline.speech.openrouter import OpenRouterEngine
from pipeline.speech.pace import Pace, PaceMemory, PaceRules
from pipeline.speech.profiles import ModelProfile
from pipeline.speech.records import Records
from pipeline.speech.retry import Chance
from pipeline.speech.settings import service_named, service_of
from pipeline.speech.tempo import Tempo
from pipeline.stopping import Stop, stopping_at, stopping_on_signals
from pipeline.takes.budget import Purse
from pipeline.takes.entries import Account
from pipeline.takes.leases import HEARTBEAT_S, Leases
from pipeline.takes.ledger import Ledger
from pipeline.takes.listener import Listener
from pipeline.takes.prices import PriceWatch
from pipeline.takes.recovery import recover
from pipeline.takes.spool import Spool
from pipeline.takes.store import TakeStore
from pipeline.takes.studio import Archive, Booth
from pipeline.takes.trust import Trust

_LAST_PRICES_S = 3.0
"""What a run that is done gives the service to tell the last prices. What it does not, the next run asks for."""

_DISK_THREADS = 2
"""Threads that check and store takes. Each keeps an arena of its own as large as its largest take, so they are few."""


class Facilities:
    """Opened with a run and closed with it; what a book asks for first is made then, and shared from there on."""

    def __init__(self, *, workers: int, emit: Emit, stop: Stop, budget_usd: float = 0.0, run: str = "") -> None:
        self.run = run or new_run()
        self.stop = stop
        self.purse = Purse(budget_usd)
        self.encoders = ThreadPoolExecutor(workers, thread_name_prefix="encode")
        self.encoding = asyncio.Semaphore(workers)
        self.listener = Listener()
        self._emit = emit
        self._archives: dict[Path, Archive] = {}
        self._engines: dict[tuple[str, ...], Engine] = {}
        self._paces: dict[tuple[str, ...], Pace] = {}
        self._trust: dict[tuple[str, ...], Trust] = {}
        self._remembering: list[tuple[Archive, str, Pace]] = []
        self._records: dict[tuple[str, ...], Records] = {}
        self._watches: dict[tuple[Path, str], PriceWatch] = {}
        self._opening = asyncio.Lock()
        self._background: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._background_ended()
        for engine in self._engines.values():
            await engine.aclose()
        for archive, service, pace in self._remembering:
            await archive.ledger.remember_pace(service, dataclasses.asdict(pace.memory), at=archive.now())
        for archive in self._archives.values():
            await asyncio.to_thread(archive.ledger.close)
        self.encoders.shutdown()

    def purse_for(self, settings: Settings) -> Purse:
        """What one book may spend, within what the run may."""
        return Purse(settings.pace.book_budget_usd, outer=self.purse, whose=" for this book")

    async def archive(self, root: Path) -> Archive:
        """The archive of a take store, after what earlier runs left open has been looked after."""
        async with self._opening:
            if root not in self._archives:
                self._archives[root] = await self._opened(root)
            return self._archives[root]

    async def account(self) -> Account:
        """What this run has spent, over all its stores."""
        accounts = [await asyncio.to_thread(one.ledger.account, run=self.run) for one in self._archives.values()]
        return sum(accounts, Account())

    def booth(self, settings: Settings, reader: Reader, archive: Archive) -> Booth:
        """Who speaks for a reader; books that ask the same service share its engine and its pace.

        The pace begins with what the archive's ledger remembers of the service.
        """
        address = address_of(reader)
        self._hire(settings, reader)
        if address not in self._paces:
            self._paces[address] = self._pace(settings, reader, archive)
        return Booth(
            engine=self._engines[address],
            profile=reader.profile,
            pace=self._paces[address],
            pace_settings=settings.pace,
            retry=settings.retry,
            chance=Chance(jitter=random.random, sleep=Tempo(self.stop.sleep, settings.pace.speedup).sleep),
            trust=self._trust[address],
            go_on=self.stop.check,
            place=service_of(reader.settings, reader.profile),
        )

    def records(self, settings: Settings, reader: Reader) -> Records | None:
        """Who tells of key, models and prices at a reader's service; None where nobody does."""
        self._hire(settings, reader)
        return self._records.get(address_of(reader))

    def watch_prices(self, settings: Settings, reader: Reader, archive: Archive) -> None:
        """From now on, and until the run ends, have what a reader's takes in an archive really cost written down."""
        records = self.records(settings, reader)
        service = service_named(reader.profile, place=service_of(reader.settings, reader.profile))
        if records is None or (archive.store.root, service) in self._watches:
            return
        tempo = Tempo(asyncio.sleep, settings.pace.speedup)
        watch = PriceWatch(
            records, archive, service, self.purse.spend, self._emit, clock=tempo.now_s, sleep=tempo.sleep
        )
        self._watches[archive.store.root, service] = watch
        self._background.append(asyncio.create_task(watch.keep_asking()))

    async def last_prices(self) -> None:
        """Ask once more for the prices that are pending, all services at once; briefly, whatever they answer.

        A run that was cut off does not even wait for that.
        """
        await self._background_ended()
        if self.stop.is_cut_off:
            return
        watches = self._watches.values()
        rounds = (watch.last_round(within_s=_LAST_PRICES_S) for watch in watches)
        await asyncio.gather(*rounds, return_exceptions=True)

    async def _background_ended(self) -> None:
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        self._background.clear()

    def _hire(self, settings: Settings, reader: Reader) -> None:
        """Have the engine of a reader's service ready, if it is not."""
        address, profile = address_of(reader), reader.profile
        if address in self._engines:
            return
        if profile.engine == "espeak":
            self._engines[address] = EspeakEngine(workers=settings.run.worker_count)
        else:
            self._engines[address] = engine = engine_of(reader)
            if profile.records:
                self._records[address] = engine
        self._trust[address] = Trust()

    def _pace(self, settings: Settings, reader: Reader, archive: Archive) -> Pace:
        tempo = Tempo(self.stop.sleep, settings.pace.speedup)
        service = " ".join(address_of(reader))
        is_embedded = reader.profile.engine == "espeak"
        memory = {} if is_embedded else archive.ledger.pace(service)
        pace = Pace(
            rules_of(settings, reader),
            clock=tempo.now_s,
            sleep=tempo.sleep,
            start=PaceMemory(**memory) if memory.keys() == PaceMemory.__annotations__.keys() else None,
            emit=self._emit,
        )
        if not is_embedded:
            self._remembering.append((archive, service, pace))
        return pace

    async def _opened(self, root: Path) -> Archive:
        store, ledger = TakeStore(root), Ledger(root)
        archive = Archive(store, Spool(root / "spool"), ledger, Leases(root / "leases"), self.run, time.time)
        await asyncio.to_thread(store.prepare)
        await asyncio.to_thread(archive.spool.prepare)
        if not await asyncio.to_thread(ledger.open):
            self._emit(Notice(f"the ledger in {root} could not be read; it was set aside, and the takes are all there"))
        recovery = await recover(archive, self.listener.judge)
        if recovery.kept or recovery.rejected or recovery.doubtful:
            self._emit(Recovered(recovery.kept, recovery.rejected, recovery.doubtful, recovery.doubtful_usd))
        self._background.append(asyncio.create_task(_confirmed(archive.leases)))
        return archive


@asynccontextmanager
async def opened(settings: Sequence[Settings], emit: Emit, *, run: str = "") -> AsyncIterator[Facilities]:
    """What a run of books with these settings needs, until it ends: by itself, by a signal or at its curfew."""
    return_large_blocks()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_DISK_THREADS, thread_name_prefix="disk"))
    stop = Stop()
    workers = max((one.run.worker_count for one in settings), default=1)
    grace_s = max((one.pace.grace_s for one in settings), default=0.0)
    stop_at = next((one.pace.stop_at for one in settings if one.pace.stop_at), "")
    budget_usd = budget_of(settings)
    curfew = stopping_at(stop, stop_at, now=datetime.now(), grace_s=grace_s)
    with stopping_on_signals(stop, grace_s=grace_s), curfew:
        async with Facilities(workers=workers, emit=emit, stop=stop, budget_usd=budget_usd, run=run) as facilities:
            yield facilities


def budget_of(settings: Sequence[Settings]) -> float:
    """USD that a run may spend on all its books; 0: no budget."""
    return max((one.pace.budget_usd for one in settings), default=0.0)


async def _confirmed(leases: Leases) -> None:
    while True:
        await asyncio.sleep(HEARTBEAT_S)
        await asyncio.to_thread(leases.confirm)


def slots_of(settings: Settings, profile: ModelProfile) -> int:
    """Requests at once: as set for a service, one a worker process for the embedded voice."""
    return settings.run.worker_count if profile.engine == "espeak" else settings.pace.max_concurrency


def rules_of(settings: Settings, reader: Reader) -> PaceRules:
    """What the pace has to keep to: the embedded voice knows no limit but its worker processes."""
    if reader.profile.engine == "espeak":
        return PaceRules(settings.run.worker_count, service=reader.profile.engine)
    return settings.pace.rules_for(reader.settings.base_url_of(reader.profile))


def address_of(reader: Reader) -> tuple[str, ...]:
    """What makes two books ask the same service: then one limit holds for both."""
    profile, speech = reader.profile, reader.settings
    return (profile.engine, speech.base_url_of(profile), speech.model_name_of(profile), profile.api_key_env)


def engine_of(reader: Reader) -> OpenRouterEngine:
    """The engine that asks a reader's service. Raises `EngineMissing` where its key is not at hand."""
    profile, speech = reader.profile, reader.settings
    base_url, model_name = speech.base_url_of(profile), speech.model_name_of(profile)
    return OpenRouterEngine(profile, base_url=base_url, model_name=model_name, api_key=key_for(profile))


def key_for(profile: ModelProfile) -> str:
    """The key a model asks for; empty where it asks for none. Raises `EngineMissing` if the environment has it not."""
    key = api_key(profile.api_key_env)
    if profile.api_key_env and not key:
        raise EngineMissing(
            f"no key for {profile.name}: {profile.api_key_env} is not set",
            remedy=f"export {profile.api_key_env}=…, or use `--engine espeak` for a free draft",
        )
    return key
