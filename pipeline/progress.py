"""Events as bars on a terminal, as JSON lines for programs, or as nothing but warnings."""

import dataclasses
import json
from typing import NoReturn, Protocol, TextIO

from tqdm import tqdm

from pipeline.events import (
    BookDelivered,
    BookFailed,
    BookPlanned,
    ChunkFailed,
    ChunkSpoken,
    Event,
    Notice,
    PaceChanged,
    PricesArrived,
    Recovered,
    RetryScheduled,
    ServiceBack,
    ServiceDown,
    TakeDamaged,
    TakeRejected,
    TakeStored,
    TrackFinished,
)


class Progress(Protocol):
    """Watches a run."""

    def __call__(self, event: Event) -> None: ...

    def close(self) -> None: ...


class Bars:
    """One bar a book on a terminal: chunks, time left, minutes of audio, chapters encoded, money, retries, rejects."""

    def __init__(self, stream: TextIO, *, verbose: bool = False) -> None:
        self._stream = stream
        self._verbose = verbose
        self._books: dict[str, _BookBar] = {}

    def __call__(self, event: Event) -> None:
        match event:
            case BookPlanned():
                self._begin(event)
            case BookDelivered(book=book):
                self._end(book)
            case BookFailed():
                self._end(event.book)
            case _:
                bar = self._books.get(getattr(event, "book", ""))
                if bar is not None:
                    bar.note(event)
        for line in spoken_lines(event) + (detail_lines(event) if self._verbose else []):
            tqdm.write(line, file=self._stream)

    def close(self) -> None:
        for book in tuple(self._books):
            self._end(book)

    def _begin(self, event: BookPlanned) -> None:
        self._end(event.book)
        self._books[event.book] = _BookBar(event, self._stream)

    def _end(self, book: str) -> None:
        bar = self._books.pop(book, None)
        if bar is not None:
            bar.close()


class _BookBar:
    """The bar of one book and what stands behind it."""

    def __init__(self, plan: BookPlanned, stream: TextIO) -> None:
        self._chapters = plan.chapters
        self._audio_s = self._cost_usd = 0.0
        self._encoded = self._retries = self._rejected = self._suspect = 0
        self._bar: tqdm[NoReturn] = tqdm(
            total=plan.chunks, desc=plan.book[:40], unit="chunk", file=stream, dynamic_ncols=True, smoothing=0.1
        )

    def note(self, event: Event) -> None:
        match event:
            case ChunkSpoken():
                self._audio_s += event.seconds
                self._suspect += event.is_suspect
                self._show(chunks=1)
            case TakeStored():
                self._cost_usd += event.cost_usd
            case TakeRejected():
                self._rejected += 1
                self._cost_usd += event.cost_usd
            case RetryScheduled():
                self._retries += 1
            case TrackFinished():
                self._encoded += 1
                self._show()

    def close(self) -> None:
        self._bar.close()

    def _show(self, *, chunks: int = 0) -> None:
        facts = [f"{self._audio_s / 60:.0f} min", f"{self._encoded}/{self._chapters} ch"]
        facts += [f"${self._cost_usd:.2f}"] if self._cost_usd else []
        counts = {"retries": self._retries, "rejected": self._rejected, "suspect": self._suspect}
        facts += [f"{count} {what}" for what, count in counts.items() if count]
        self._bar.set_postfix_str(", ".join(facts), refresh=not chunks)
        self._bar.update(chunks)


class Lines:
    """Each event as one JSON object a line, its type under `event`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, event: Event) -> None:
        record = {"event": type(event).__name__, **dataclasses.asdict(event)}
        print(json.dumps(record, ensure_ascii=False), file=self._stream, flush=True)

    def close(self) -> None:
        """Nothing is held open."""


class Quiet:
    """Only what a person must know, as plain lines: for pipes and log files. With `verbose`, each chapter and retry."""

    def __init__(self, stream: TextIO, *, verbose: bool = False) -> None:
        self._stream = stream
        self._verbose = verbose

    def __call__(self, event: Event) -> None:
        for line in spoken_lines(event) + (detail_lines(event) if self._verbose else []):
            print(line, file=self._stream, flush=True)

    def close(self) -> None:
        """Nothing is held open."""


class Silent:
    """Nothing at all; errors still leave by the exit code and the summary."""

    def __call__(self, event: Event) -> None:
        """Not watched."""

    def close(self) -> None:
        """Nothing is held open."""


def spoken_lines(event: Event) -> list[str]:
    """What an event says to people; most say nothing."""
    line = ""
    match event:
        case Notice(text=text):
            line = text
        case TakeDamaged(key=key, reason=reason):
            line = f"stored take {key[:12]} set aside: {reason}; it is rendered again"
        case Recovered():
            line = _recovered(event)
        case ServiceDown(service=service, reason=reason, probe_in_s=probe_in_s):
            line = f"{service} is down ({reason}); asking again in {probe_in_s:.0f} s"
        case ServiceBack(service=service):
            line = f"{service} is back"
        case ChunkFailed(chapter=chapter, text=text, reason=reason):
            line = f"failed in {chapter}: {reason}: “{text[:60]}…”"
    return [line] if line else []


def _recovered(event: Recovered) -> str:
    judged, doubtful = event.kept + event.rejected, event.doubtful
    arrived = f"{judged} answers that had arrived were judged, {event.kept} of them kept" if judged else ""
    lost = f"{doubtful} never came and may have cost up to ${event.doubtful_usd:.2f}" if doubtful else ""
    return "of an earlier run, " + ", ".join(filter(None, (arrived, lost)))


def detail_lines(event: Event) -> list[str]:
    """What an event says to people who asked for more."""
    match event:
        case TrackFinished(chapter=number, title=title, seconds=seconds, reused=reused):
            done = "was finished before" if reused else "is finished"
            return [f"chapter {number} {done}: {title} ({seconds / 60:.1f} min)"]
        case PaceChanged(service=service, concurrency=at_once, requests_per_minute=per_minute):
            rate = f", {per_minute} a minute" if per_minute else ""
            return [f"{service} takes {at_once} requests at once{rate}"]
        case RetryScheduled(key=key, attempt=attempt, wait_s=wait_s, reason=reason):
            return [f"attempt {attempt} at {key[:12]} failed ({reason}); the next in {wait_s:.1f} s"]
        case PricesArrived(generations=count, cost_usd=usd, pending=pending):
            return [f"{count} takes cost ${usd:.4f}, says the service; the price of {pending} is not known yet"]
        case TakeRejected(key=key, take=number, reason=reason):
            return [f"take {number} of {key[:12]} is none ({reason})"]
        case _:
            return []
