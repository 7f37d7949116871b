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
    Event,
    Notice,
    PaceChanged,
    RetryScheduled,
    ServiceBack,
    ServiceDown,
    TakeDamaged,
    TakeReused,
    TakeStored,
    TrackFinished,
)


class Progress(Protocol):
    """Watches a run."""

    def __call__(self, event: Event) -> None: ...

    def close(self) -> None: ...


class Bars:
    """One bar a book on a terminal: chunks, time left, minutes of audio, chapters encoded, money, retries."""

    def __init__(self, stream: TextIO, *, verbose: bool = False) -> None:
        self._stream = stream
        self._verbose = verbose
        self._bar: tqdm[NoReturn] | None = None
        self._audio_s = 0.0
        self._cost_usd = 0.0
        self._retries = self._encoded = self._chapters = 0

    def __call__(self, event: Event) -> None:
        match event:
            case BookPlanned():
                self._begin(event)
            case TakeStored():
                self._advance(event.seconds, event.cost_usd)
            case TakeReused():
                self._advance(event.seconds, 0.0)
            case RetryScheduled():
                self._retries += 1
            case TrackFinished():
                self._encoded += 1
                self._show()
            case BookDelivered() | BookFailed():
                self.close()
        for line in spoken_lines(event) + (detail_lines(event) if self._verbose else []):
            tqdm.write(line, file=self._stream)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _begin(self, event: BookPlanned) -> None:
        self.close()
        self._audio_s = self._cost_usd = 0.0
        self._encoded, self._chapters, self._retries = 0, event.chapters, 0
        self._bar = tqdm(
            total=event.chunks, desc=event.book[:40], unit="chunk", file=self._stream, dynamic_ncols=True, smoothing=0.1
        )

    def _advance(self, seconds: float, cost_usd: float) -> None:
        self._audio_s += seconds
        self._cost_usd += cost_usd
        self._show(chunks=1)

    def _show(self, *, chunks: int = 0) -> None:
        if self._bar is None:
            return
        facts = [f"{self._audio_s / 60:.0f} min", f"{self._encoded}/{self._chapters} ch"]
        facts += [f"${self._cost_usd:.2f}"] if self._cost_usd else []
        facts += [f"{self._retries} retries"] if self._retries else []
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
    match event:
        case Notice(text=text):
            return [text]
        case TakeDamaged(key=key, reason=reason):
            return [f"stored take {key[:12]} set aside: {reason}; it is rendered again"]
        case ServiceDown(service=service, reason=reason, probe_in_s=probe_in_s):
            return [f"{service} is down ({reason}); asking again in {probe_in_s:.0f} s"]
        case ServiceBack(service=service):
            return [f"{service} is back"]
        case ChunkFailed(chapter=chapter, text=text, reason=reason):
            return [f"failed in {chapter}: {reason}: “{text[:60]}…”"]
        case _:
            return []


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
        case _:
            return []
