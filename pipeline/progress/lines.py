"""Events as JSON lines for programs, or as next to nothing for pipes and log files."""

import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO

from pipeline.events import Event, RunPlanned
from pipeline.progress.talk import detail_lines, spoken_lines
from pipeline.report.event_schema import VERSION


def now() -> datetime:
    return datetime.now(UTC)


def line_of(event: Event, *, run: str, at: datetime) -> str:
    """One JSON object: the event's type under `event`, when it was, in which run, and what it says."""
    when = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    head = {"event": type(event).__name__, "at": when, "run": run, "version": VERSION}
    return json.dumps(head | dataclasses.asdict(event), ensure_ascii=False)


class Lines:
    """Each event as one JSON object a line; `run-pipeline schema events` prints what they look like."""

    def __init__(self, stream: TextIO, *, clock: Callable[[], datetime] = now) -> None:
        self._stream = stream
        self._run = ""
        self._clock = clock

    def __call__(self, event: Event) -> None:
        if isinstance(event, RunPlanned):
            self._run = event.run
        print(line_of(event, run=self._run, at=self._clock()), file=self._stream, flush=True)

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
