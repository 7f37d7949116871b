"""The thread that writes the ledger: it commits together what came in together, so that many attempts share a sync."""

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import MachineError

_LONGEST_BATCH = 256

Work = Callable[[sqlite3.Connection], Any]
"""What is to be written, and what it answers."""


@dataclass(slots=True)
class _Write:
    work: Work
    loop: asyncio.AbstractEventLoop
    done: "asyncio.Future[Any]"


class Writer:
    """Takes over a connection to the ledger at `path`, and closes it in the end."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._path = path
        self._queue: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_all, args=[connection], name="ledger", daemon=True)
        self._thread.start()

    async def written(self, work: Work) -> Any:
        """What `work` answers, when it is on the disk. Raises `MachineError`."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()
        self._queue.put(_Write(work, loop, done))
        return await done

    def close(self) -> None:
        """Write what is waiting, and let go of the file."""
        self._queue.put(None)
        self._thread.join()

    def _write_all(self, writing: sqlite3.Connection) -> None:
        """The thread: commits what is waiting, all of it together, until it is told to end."""
        with contextlib.closing(writing) as connection:
            while (first := self._queue.get()) is not None:
                batch, is_last = self._waiting_with(first)
                _commit(connection, batch, self._path)
                if is_last:
                    return

    def _waiting_with(self, first: _Write) -> tuple[list[_Write], bool]:
        batch = [first]
        while len(batch) < _LONGEST_BATCH:
            try:
                following = self._queue.get_nowait()
            except queue.Empty:
                break
            if following is None:
                return batch, True
            batch.append(following)
        return batch, False


def _commit(connection: sqlite3.Connection, batch: list[_Write], path: Path) -> None:
    """All or, where one of them fails, each for itself, so that a fault reaches only who caused it."""
    results: list[Any]
    try:
        with database_errors(path), connection:
            results = [write.work(connection) for write in batch]
    except MachineError as error:
        if len(batch) > 1:
            for write in batch:
                _commit(connection, [write], path)
            return
        results = [error]
    for write, result in zip(batch, results, strict=True):
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            write.loop.call_soon_threadsafe(_settle, write.done, result)


def _settle(done: "asyncio.Future[Any]", result: Any) -> None:
    if done.done():
        return  # whoever waited was cancelled
    if isinstance(result, MachineError):
        done.set_exception(result)
    else:
        done.set_result(result)


@contextlib.contextmanager
def database_errors(path: Path) -> Iterator[None]:
    """What SQLite cannot do, as the error of ours that says where: no foreign one may end the writing thread."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise MachineError(f"the ledger cannot be used: {error}", where=str(path)) from error
