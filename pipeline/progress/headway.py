"""How far a book or a whole run has come, counted from events; when the rest will be there, from its own speed."""

from collections import deque
from dataclasses import dataclass, field

from pipeline.events import (
    AttemptEnded,
    AttemptStarted,
    BookDelivered,
    BookFailed,
    BookPlanned,
    ChunkFailed,
    ChunkSpoken,
    Event,
    PricesArrived,
    RetryScheduled,
    RunPlanned,
    TakeRejected,
    TakeStored,
    TrackFinished,
)

_WINDOW = 60
"""Takes by which speed is told: some minutes of a paid run, so that a service that slows down is soon seen to."""

_TELLING = 3
"""Takes before an estimate is worth showing."""


@dataclass(slots=True)
class Speed:
    """Seconds of new speech in a second, over the last takes. What is reused takes no time and does not count."""

    _marks: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=_WINDOW))

    def begin(self, now_s: float) -> None:
        """The first request leaves."""
        if not self._marks:
            self._marks.append((now_s, 0.0))

    def note(self, rendered_s: float, now_s: float) -> None:
        """So many seconds of speech have been rendered in all by now."""
        self._marks.append((now_s, rendered_s))

    def at(self, now_s: float) -> float | None:
        """The speed; None where nothing can be said yet. While nothing comes it falls."""
        if len(self._marks) <= _TELLING:
            return None
        (first_s, before), (_, rendered) = self._marks[0], self._marks[-1]
        elapsed_s = now_s - first_s
        return (rendered - before) / elapsed_s if elapsed_s > 0 and rendered > before else None


@dataclass(slots=True)
class Headway:
    """One book's, or the whole run's. `name` is whose; no `chapters` for a run, no `books` for a book."""

    name: str
    chunks: int
    planned_s: float
    missing_s: float
    budget_usd: float = 0.0
    chapters: int = 0
    books: int = 0
    spoken: int = 0
    audio_s: float = 0.0
    cost_usd: float = 0.0
    encoded: int = 0
    books_done: int = 0
    at_once: int = 0
    retries: int = 0
    rejected: int = 0
    suspect: int = 0
    failed: int = 0
    _rendered_s: dict[str, float] = field(default_factory=dict)
    _speed: Speed = field(default_factory=Speed)

    def note(self, event: Event, now_s: float) -> None:
        """Count what has happened by `now_s`, seconds of any clock that does not go back."""
        match event:
            case AttemptStarted():
                self.at_once += 1
                self._speed.begin(now_s)
            case AttemptEnded():
                self.at_once -= 1
            case TakeStored():
                self.cost_usd += event.cost_usd
                self._rendered_s[event.key] = event.seconds  # another take of the same chunk brings no more of the book
                self._speed.note(self.rendered_s, now_s)
            case PricesArrived():
                self.cost_usd += event.difference_usd
            case _:
                self._count(event)

    def _count(self, event: Event) -> None:
        match event:
            case ChunkSpoken():
                self.spoken += 1
                self.audio_s += event.seconds
                self.suspect += event.is_suspect
            case TakeRejected():
                self.rejected += 1
                self.cost_usd += event.cost_usd
            case RetryScheduled():
                self.retries += 1
            case ChunkFailed():
                self.failed += 1
            case TrackFinished():
                self.encoded += 1
            case BookDelivered() | BookFailed():
                self.books_done += 1

    @property
    def rendered_s(self) -> float:
        """Seconds of speech of this run's own."""
        return sum(self._rendered_s.values())

    @property
    def share(self) -> float:
        return min(1.0, self.spoken / self.chunks) if self.chunks else 1.0

    def left_s(self, now_s: float) -> float | None:
        """Seconds until the last take is there; None where nothing is left to render, or nothing can be said yet."""
        speed = self._speed.at(now_s)
        missing_s = self.missing_s - self.rendered_s
        if speed is None or self.spoken >= self.chunks or missing_s <= 0:
            return None
        return missing_s / speed


def headway_of(plan: BookPlanned | RunPlanned) -> Headway:
    """Nothing done yet."""
    if isinstance(plan, RunPlanned):
        name, chapters, books = f"all {plan.books} books", 0, plan.books
    else:
        name, chapters, books = plan.book, plan.chapters, 0
    return Headway(name, plan.chunks, plan.seconds, plan.missing_seconds, plan.budget_usd, chapters, books)
