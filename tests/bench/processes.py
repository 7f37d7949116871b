"""A process and all it starts, watched for time and peak memory (from /proc, so on Linux)."""

import contextlib
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_LOOK_S = 0.05


@dataclass(frozen=True)
class Watched:
    """`main_mb` is the peak of the process itself, `child_mb` the highest of its children's."""

    out: str
    seconds: float
    main_mb: float
    child_mb: float


def watched(command: Sequence[str]) -> Watched:
    """Run a command to its end. Raises if it fails."""
    started = time.perf_counter()
    main_kb = child_kb = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        while True:
            main_kb = max(main_kb, _peak_kb(process.pid))
            child_kb = max(child_kb, *map(_peak_kb, _children(process.pid)), 0)
            with contextlib.suppress(subprocess.TimeoutExpired):
                out, _ = process.communicate(timeout=_LOOK_S)
                break
    seconds = time.perf_counter() - started
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Watched(out, seconds, main_kb / 1024, child_kb / 1024)


def _peak_kb(pid: int) -> int:
    """VmHWM: the most physical memory a process has held so far; it only grows."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            found += map(int, children.read_text().split())
    return found
