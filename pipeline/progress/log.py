"""A run's own file, `OUT/logs/RUN.jsonl`: every event as the line `--json` would print. No key is ever in it.

A log is a courtesy: where it cannot be written the run goes on, and says so when it is over.
"""

import contextlib
import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from pipeline.assemble.names import IGNORE_NAME
from pipeline.config import Settings
from pipeline.discretion import without_keys
from pipeline.errors import MachineError
from pipeline.events import Emit, Event, Notice, RunEnded
from pipeline.progress.lines import line_of, now

_FOLDER = "logs"


class RunLog:
    """Written line by line from the first event on; the `kept` newest logs of a folder stay."""

    def __init__(self, folder: Path, run: str, *, kept: int, clock: Callable[[], datetime] = now) -> None:
        self.path = folder / f"{run}.jsonl"
        self._run = run
        self._kept = kept
        self._clock = clock
        self._file: TextIO | None = None
        self._has_failed = False

    def write(self, event: Event) -> str:
        """Why it could not be written, the first time it could not; else nothing."""
        if self._has_failed:
            return ""
        try:
            if self._file is None:
                self._file = self._opened()
            self._file.write(line_of(event, run=self._run, at=self._clock()) + "\n")
        except OSError as error:
            self._has_failed = True
            return f"the log of this run could not be written: {error}"
        return ""

    def close(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def _opened(self) -> TextIO:
        folder = self.path.parent
        folder.mkdir(parents=True, exist_ok=True)
        (folder / IGNORE_NAME).touch()  # no author of that name
        for old in sorted(folder.glob("*.jsonl"))[: -self._kept + 1 or None]:
            old.unlink(missing_ok=True)
        return self.path.open("a", encoding="utf-8", errors="backslashreplace", buffering=1)


@contextlib.contextmanager
def recorded(watch: Emit, run: str, settings: Sequence[Settings], secrets: Iterable[str]) -> "Iterator[Recorded]":
    """What is emitted in the block goes to `watch` and, where the settings want one, into the run's log."""
    first = next(iter(settings), None)
    log = None
    if first is not None and first.run.logs:
        log = RunLog(Path(first.run.out).expanduser() / _FOLDER, run, kept=first.run.logs)
    record = Recorded(watch, log, secrets)
    try:
        yield record
    finally:
        record.close()


class Recorded:
    """What a watcher is told is also written down; neither is told a secret."""

    def __init__(self, watch: Emit, log: RunLog | None, secrets: Iterable[str]) -> None:
        self.log = log
        self._watch = watch
        self._secrets = list(secrets)
        self._trouble = ""

    def __call__(self, event: Event) -> None:
        event = without_secrets(event, self._secrets)
        self._watch(event)
        if self.log is not None:
            self._trouble = self.log.write(event) or self._trouble
        is_told = isinstance(event, RunEnded) and event.exit_code != MachineError.exit_code  # that says it, and more
        if is_told and self._trouble:
            self._watch(Notice(self._trouble))

    def close(self) -> None:
        if self.log is not None:
            self.log.close()


def without_secrets(event: Event, secrets: Iterable[str]) -> Event:
    """The event with every secret, and everything that looks like a key, made unreadable."""
    known = list(secrets)
    said = {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}
    hidden = {name: _hidden(value, known) for name, value in said.items()}
    return event if hidden == said else dataclasses.replace(event, **hidden)


def _hidden(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, tuple):
        return tuple(_hidden(each, secrets) for each in value)
    if not isinstance(value, str):
        return value
    return without_keys(value, secrets)
