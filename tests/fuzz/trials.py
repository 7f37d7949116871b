"""One book read in a process of its own that may be killed: what came of it, how long it took, how much it held.

Seconds are the process's own (CPU), so that a busy machine finds nothing that an idle one does not.
"""

import contextlib
import multiprocessing
import os
import re
import resource
import tempfile
import time
import traceback
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.fuzz.mutants import Mutant

MAX_SECONDS = 5.0
MAX_MB = 500
TOO_SLOW = f"slower than {MAX_SECONDS:.0f} s"
_ROOM_BYTES = 3 * 2**30  # address space beyond the start's: a bomb is stopped before it takes the machine with it
_START_S = 60.0  # a worker's imports, on a busy machine
_MAX_WAIT_S = 60.0  # a book that waits for something is as wrong as one that computes
_LOOK_S = 0.5
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_ORDINARY_LINE = re.compile(r'File "([^"]+)", line (\d+)')


class Verdict(StrEnum):
    """A finding is anything but a book or a refusal."""

    BOOK = "book"
    REFUSED = "refused"
    FINDING = "finding"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`what` is the refusal's class, or what is wrong; `detail` a traceback where there is one."""

    verdict: Verdict
    what: str
    seconds: float = 0.0
    peak_mb: float = 0.0
    detail: str = ""


class Reader:
    """A worker process, replaced when it dies or takes too long."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def read(self, mutant: Mutant) -> Outcome:
        self._pipe.send((mutant.suffix, mutant.data))
        if not self._answers():
            self._replace()
            return Outcome(Verdict.FINDING, TOO_SLOW, MAX_SECONDS)
        try:
            outcome: Outcome = self._pipe.recv()
        except (EOFError, ConnectionResetError):
            code = self._replace()
            return Outcome(Verdict.FINDING, f"the process died with {code}")
        return outcome

    def _answers(self) -> bool:
        """Whether there is an answer before the process has used its time."""
        begun_s, started = self._used_s(), time.monotonic()
        while not self._pipe.poll(_LOOK_S):
            if self._used_s() - begun_s > MAX_SECONDS or time.monotonic() - started > _MAX_WAIT_S:
                return False
        return True

    def _used_s(self) -> float:
        """Processor time so far, in user and system mode: fields 14 and 15 of `stat`, proc(5)."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # it is gone; the pipe says so too
            return 0.0
        return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND

    def _start(self) -> None:
        self._pipe, theirs = self._context.Pipe()
        self._process = self._context.Process(target=_read_on_request, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        if not self._pipe.poll(_START_S):
            raise RuntimeError("the reading process does not start")
        self._pipe.recv()

    def _stop(self) -> int | None:
        self._process.kill()
        self._process.join()
        self._pipe.close()
        return self._process.exitcode

    def _replace(self) -> int | None:
        self._process.join(0.2)  # so that a process that died says of what
        code = self._process.exitcode
        self._stop()
        self._start()
        return code


# -- in the worker


def _read_on_request(pipe: Connection) -> None:
    from pipeline.ingest import read_book  # the parent needs none of it

    mapped_bytes = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped_bytes + _ROOM_BYTES,) * 2)
    pipe.send("ready")
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder, contextlib.suppress(EOFError):
        while True:
            suffix, data = pipe.recv()
            path = Path(folder) / f"book{suffix}"
            path.write_bytes(data)
            Path("/proc/self/clear_refs").write_text("5")  # the peak is counted anew
            started = time.process_time()
            verdict, what, detail = _tried(read_book, path)
            seconds, peak_mb = time.process_time() - started, _peak_mb()
            if seconds > MAX_SECONDS and verdict is not Verdict.FINDING:
                verdict, what = Verdict.FINDING, TOO_SLOW
            if peak_mb > MAX_MB and verdict is not Verdict.FINDING:
                verdict, what = Verdict.FINDING, f"more than {MAX_MB} MB"
            pipe.send(Outcome(verdict, what, seconds, peak_mb, detail))


def _tried(read_book, path: Path) -> tuple[Verdict, str, str]:  # type: ignore[no-untyped-def]
    from pipeline.errors import BookError, CoverageError

    try:
        book = read_book(path)
    except CoverageError:  # typed, but it says of itself that it is a bug of ours
        return Verdict.FINDING, f"CoverageError at {_place()}", traceback.format_exc()
    except BookError as error:
        return Verdict.REFUSED, type(error).__name__, ""
    except BaseException as error:  # noqa: BLE001  whatever it is, it is what was looked for
        return Verdict.FINDING, f"{type(error).__name__} at {_place()}", traceback.format_exc()
    if book.coverage.missing_chars or not book.coverage.spoken_chars or not book.chapters:
        return Verdict.FINDING, "a book that does not add up", str(book.coverage)
    return Verdict.BOOK, "book", ""


def _place() -> str:
    """The innermost line of ours that the exception passed: findings with the same one are the same finding."""
    lines = [match for match in _ORDINARY_LINE.findall(traceback.format_exc()) if "/pipeline/" in match[0]]
    return ":".join((Path(lines[-1][0]).name, lines[-1][1])) if lines else "?"


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split(maxsplit=1)[0]) / 1024
