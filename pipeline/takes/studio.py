"""What a rendering goes through on its way: who speaks, how fast, for how much, what counts, and where it is kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.events import Emit
from pipeline.recording import Samples, Take
from pipeline.speech.engine import Engine
from pipeline.speech.pace import Pace, PaceSettings
from pipeline.speech.profiles import ModelProfile
from pipeline.speech.prompt import framing_of
from pipeline.speech.request import Key, SpeechRequest
from pipeline.speech.retry import Chance, RetrySettings
from pipeline.speech.settings import service_named
from pipeline.speech.turns import Priority
from pipeline.takes.acceptance import Judgement
from pipeline.takes.budget import Purse
from pipeline.takes.chain import AcceptanceSettings
from pipeline.takes.choices import Choices
from pipeline.takes.leases import Leases
from pipeline.takes.ledger import Ledger
from pipeline.takes.order import Order
from pipeline.takes.spool import Spool
from pipeline.takes.store import TakeStore
from pipeline.takes.trust import Trust

Judge = Callable[[Samples, SpeechRequest, str], Judgement]
"""Says whether samples are a good reading of a request's text, in the language that is named."""

Recall = Callable[[SpeechRequest, str, Callable[[], Mapping[str, float]]], None]
"""Tells who judges of a take that was found good before: request, language, and what reads its figures."""


@dataclass(frozen=True, slots=True)
class Booth:
    """Who speaks, how fast it may be asked, and how failures of a single attempt are met.

    `place` is empty at the service the profile names, and says which one it is elsewhere.
    """

    engine: Engine
    profile: ModelProfile
    pace: Pace
    pace_settings: PaceSettings
    retry: RetrySettings
    chance: Chance
    trust: Trust
    go_on: Callable[[], None]
    place: str = ""

    @property
    def service(self) -> str:
        return service_named(self.profile, place=self.place)

    @property
    def framing(self) -> str:
        return framing_of(self.profile)


@dataclass(frozen=True, slots=True)
class Archive:
    """Where everything is kept and written down."""

    store: TakeStore
    spool: Spool
    ledger: Ledger
    leases: Leases
    run: str
    now: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Studio:
    """Everything a rendering of one book goes through on its way.

    `halves` cuts an order that failed for good in two, or gives nothing where it cannot be cut. `fallback` is another
    studio and what the order is there, for what cannot be cut. Orders leave by their `priority`, the lowest first.
    `choices` are takes that a person chose.
    """

    book: str
    language: str
    booth: Booth
    archive: Archive
    purse: Purse
    acceptance: AcceptanceSettings
    judge: Judge
    recall: Recall
    halves: Callable[[Order], Sequence[Order]]
    fallback: Callable[[Order], "tuple[Order, Studio] | None"]
    priority: Callable[[Order], Priority]
    emit: Emit
    choices: Choices = field(default_factory=Choices)


@dataclass(frozen=True, slots=True)
class Piece:
    """A take and the order it is of: a whole chunk's, or that of a part of one."""

    key: Key
    take: Take
