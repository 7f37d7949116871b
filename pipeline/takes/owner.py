"""Which process this is, so that another one can tell whether it still lives."""

import json
import os
import platform
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_STATE_FIELD = 0  # of /proc/<pid>/stat after the name in brackets: the state (proc(5), 3)
_START_FIELD = 19  # the start time in clock ticks since boot (proc(5), 22)
_ENDED = {"Z", "X", "x"}
"""States of a process that has ended and that its parent has not noticed yet."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A process: its machine, the machine's boot, its number, and when that number was given to it."""

    host: str
    boot: str
    pid: int
    started: str

    def __str__(self) -> str:
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @property
    def is_here(self) -> bool:
        """Whether it is of this machine, so that one can look whether it lives."""
        return self.host == platform.node()

    @property
    def is_dead(self) -> bool:
        """Whether it has certainly ended; one of another machine may live as long as nothing else says so."""
        if not self.is_here:
            return False
        return self.boot != _boot() or _started(self.pid) != self.started

    @property
    def is_alive(self) -> bool:
        """Whether it certainly lives; where a number may since have been given to another process, one cannot say."""
        return self.is_here and self.boot != "" and not self.is_dead


def owner_from(text: str) -> Owner:
    """Read back what `str(owner)` wrote. Raises `ValueError`, `TypeError` or `KeyError` for anything else."""
    return Owner(**json.loads(text))


def this_process() -> Owner:
    return _owner_of(os.getpid())


@cache
def _owner_of(pid: int) -> Owner:
    return Owner(platform.node(), _boot(), pid, _started(pid))


def _boot() -> str:
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except OSError:
        return ""  # no Linux: a process number then stands for itself


def _started(pid: int) -> str:
    """When a process started, "" if there is none; elsewhere than on Linux only whether there is one."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        return "" if fields[_STATE_FIELD] in _ENDED else fields[_START_FIELD]
    except (OSError, IndexError):
        return "" if _BOOT_ID.exists() else _is_running(pid)


def _is_running(pid: int) -> str:
    if os.name == "nt":
        return "running"  # there, to ask is to send Ctrl-C; time alone tells
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        return "running"
    return "running"
