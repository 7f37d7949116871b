"""Frozen facts about a run that others may watch: progress bars, JSON lines, logs, tests.

Stages call `emit(event)` and know nothing of who listens.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BookPlanned:
    """The plan of one book: chunks to speak, of them already in the store, seconds and money expected."""

    book: str
    chapters: int
    chunks: int
    reused: int
    seconds: float
    cost_usd: float


@dataclass(frozen=True, slots=True)
class AttemptStarted:
    key: str
    attempt: int


@dataclass(frozen=True, slots=True)
class RetryScheduled:
    """An attempt failed in passing; the next one leaves after `wait_s`."""

    key: str
    attempt: int
    wait_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class TakeStored:
    key: str
    seconds: float
    cost_usd: float
    attempts: int


@dataclass(frozen=True, slots=True)
class TakeReused:
    key: str
    seconds: float


@dataclass(frozen=True, slots=True)
class TakeDamaged:
    """A stored take failed its verification, was set aside and will be rendered again."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class ChunkFailed:
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
class BookDelivered:
    book: str
    files: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class BookFailed:
    book: str
    reason: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class PaceChanged:
    """A limit of the service was met or is gone: what is sent now at once, and in a minute (0: no limit known)."""

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
    service: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A line for people that is no failure: which engine was chosen, what was repaired."""

    text: str


Event = (
    BookPlanned
    | AttemptStarted
    | RetryScheduled
    | TakeStored
    | TakeReused
    | TakeDamaged
    | ChunkFailed
    | TrackFinished
    | BookDelivered
    | BookFailed
    | PaceChanged
    | ServiceDown
    | ServiceBack
    | Notice
)
Emit = Callable[[Event], None]
