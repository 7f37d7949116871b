"""Who is rendering what: a lease on a key, so that two runs over one store never buy the same take.

    leases/ab/abcd…      who holds it, as JSON; its time of change says when that was last confirmed

Files, not rows of the ledger: two machines may share a folder over a network, where SQLite's write-ahead log must not
be used. A lease of a process that died is free at once on its own machine, and elsewhere once nobody confirmed it for
`EXPIRY_S`; time is the file system's own, so the clocks of two machines need not agree. Within a process, too, only one
may hold a lease: books of one run may have a chunk in common.
"""

import contextlib
import os
from pathlib import Path

from pipeline.atomic import locked, machine_errors
from pipeline.speech.request import Key
from pipeline.takes.owner import Owner, owner_from, this_process

EXPIRY_S = 120.0
"""Without a confirmation for so long a lease is nobody's; six missed heartbeats."""

HEARTBEAT_S = 20.0


class Leases:
    """The leases of this process over a store's folder."""

    def __init__(self, root: Path, *, owner: Owner | None = None) -> None:
        self._root = root
        self._owner = owner or this_process()
        self._held: set[Key] = set()

    def take(self, key: Key) -> bool:
        """Take the lease on `key`; false while a living process holds it, this one included."""
        path = self._path(key)
        with locked(path.parent), machine_errors(path):
            if key in self._held or self._is_held_by_another(path):
                return False
            path.write_text(str(self._owner), "utf-8")
            self._held.add(key)
        return True

    def release(self, key: Key) -> None:
        """Let go of `key`; nothing happens if it is not held, or if it passed to another one meanwhile."""
        if key not in self._held:
            return
        path = self._path(key)
        with locked(path.parent), machine_errors(path):
            self._held.discard(key)
            if not self._is_held_by_another(path):
                path.unlink(missing_ok=True)

    def confirm(self) -> None:
        """Say of all that is held that it still is; to be called every `HEARTBEAT_S`."""
        for key in tuple(self._held):
            with contextlib.suppress(OSError):  # the next one may pass; five may be missed
                os.utime(self._path(key))

    def clear(self) -> None:
        """Remove what processes that are no more have left behind."""
        for path in self._root.glob("??/[0-9a-f]*"):
            with locked(path.parent), machine_errors(path):
                if path.name not in self._held and not self._is_held_by_another(path):
                    path.unlink(missing_ok=True)

    def _path(self, key: Key) -> Path:
        return self._root / key[:2] / key

    def _is_held_by_another(self, path: Path) -> bool:
        try:
            holder = owner_from(path.read_text("utf-8"))
            confirmed_s = path.stat().st_mtime
        except FileNotFoundError:
            return False
        except (ValueError, TypeError, KeyError):
            return False  # written by half when the power went
        if holder == self._owner or holder.is_dead:
            return False
        return holder.is_alive or self._now_s(path.parent) - confirmed_s < EXPIRY_S

    def _now_s(self, folder: Path) -> float:
        """The file system's time."""
        probe = folder / f".now.{self._owner.host}.{self._owner.pid}"
        probe.touch()
        now_s = probe.stat().st_mtime
        probe.unlink(missing_ok=True)
        return now_s
