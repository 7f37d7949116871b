"""Frozen facts about a run that others may watch: progress bars, JSON lines, logs, tests.

Stages call `emit(event)` and know nothing of who listens.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunPlanned:
    """A run begins: what all of its books take together, as `BookPlanned` says it of each when its turn comes."""

    run: str
    books: int
    chunks: int
    reused: int
    seconds: float
    missing_seconds: float
    cost_usd: float
    budget_usd: float


@dataclass(frozen=True, slots=True)
class BookPlanned:
    """The plan of one book: chunks to speak, of them already in the store, seconds and money expected.

    `missing_seconds` are those of what is still to be rendered, `budget_usd` what this book may cost (0: no limit).
    """

    book: str
    chapters: int
    chunks: int
    reused: int
    seconds: float
    cost_usd: float
    missing_seconds: float = 0.0
    budget_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class AttemptStarted:
    """A request leaves."""

    book: str
    key: str
    attempt: int


@dataclass(frozen=True, slots=True)
class AttemptEnded:
    """That request is answered, refused or given up: whatever came of it, its place is free."""

    book: str
    key: str
    attempt: int


@dataclass(frozen=True, slots=True)
class RetryScheduled:
    """An attempt failed in passing; the next one leaves after `wait_s`."""

    book: str
    key: str
    attempt: int
    wait_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class TakeStored:
    """A take is in the store; `cost_usd` is what it should have cost by its length."""

    book: str
    key: str
    seconds: float
    cost_usd: float
    attempts: int
    is_suspect: bool = False


@dataclass(frozen=True, slots=True)
class TakeReused:
    """A take that was in the store speaks its chunk."""

    book: str
    key: str
    seconds: float
    is_suspect: bool = False


@dataclass(frozen=True, slots=True)
class TakeRejected:
    """Take number `take` of a chunk was none, or was refused; another one, or its halves, will be asked for.

    `cost_usd` is what it should have cost all the same: a sound that is no take is paid for, a refusal is not.
    """

    book: str
    key: str
    take: int
    reason: str
    cost_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Recovered:
    """What an earlier run left behind: answers that had arrived, and the most that lost ones can have cost."""

    kept: int
    rejected: int
    doubtful: int
    doubtful_usd: float


@dataclass(frozen=True, slots=True)
class PricesArrived:
    """A service's records have told what some generations cost, and by how much that differs from what this run took
    them to cost; `pending` are still unknown.
    """

    service: str
    generations: int
    cost_usd: float
    difference_usd: float
    pending: int


@dataclass(frozen=True, slots=True)
class TakeDamaged:
    """A stored take failed its verification, was set aside and will be rendered again."""

    book: str
    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class ChunkSpoken:
    """A chunk has what speaks it: one take or, where it had to be halved, several."""

    book: str
    key: str
    seconds: float
    takes: int
    is_suspect: bool


@dataclass(frozen=True, slots=True)
class ChunkFailed:
    """A chunk could not be had: its chapter, and so its book, is not delivered."""

    book: str
    chapter: str
    key: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class TrackFinished:
    """A chapter is mixed and encoded (`reused`: it already was)."""

    book: str
    chapter: int
    title: str
    seconds: float
    reused: bool


@dataclass(frozen=True, slots=True)
class ChapterListenable:
    """A finished chapter can be played while others are still rendered: `files` are gone once its book is delivered."""

    book: str
    chapter: int
    title: str
    files: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class BookDelivered:
    """The files of a book are there."""

    book: str
    files: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class BookFailed:
    """A book was stopped, or could not be made; `exit_code` says which."""

    book: str
    reason: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class RunEnded:
    """Every book has come to its end; nothing follows but how people are told."""

    exit_code: int
    delivered: int
    failed: int
    seconds: float


@dataclass(frozen=True, slots=True)
class PaceChanged:
    """A limit of the service was met or is gone, or too much was answered too late: what is sent now at once, and in a
    minute (0: no limit known).
    """

    service: str
    concurrency: int
    requests_per_minute: int


@dataclass(frozen=True, slots=True)
class ServiceDown:
    """Nothing but failures came back: nothing leaves but one request after `probe_in_s`, to ask whether it is back."""

    service: str
    reason: str
    probe_in_s: float


@dataclass(frozen=True, slots=True)
class ServiceBack:
    """It answers again."""

    service: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A line for people that is no failure: which engine was chosen, what was repaired."""

    text: str


Event = (
    RunPlanned
    | BookPlanned
    | AttemptStarted
    | AttemptEnded
    | RetryScheduled
    | TakeStored
    | TakeReused
    | TakeRejected
    | Recovered
    | PricesArrived
    | TakeDamaged
    | ChunkSpoken
    | ChunkFailed
    | TrackFinished
    | ChapterListenable
    | BookDelivered
    | BookFailed
    | RunEnded
    | PaceChanged
    | ServiceDown
    | ServiceBack
    | Notice
)
Emit = Callable[[Event], None]
