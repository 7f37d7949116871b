"""What was asked for, what arrived, what became of it, and what it cost: a row for every attempt.

SQLite in WAL mode with `synchronous = FULL`: a call that has returned is on the disk. The rows are written ahead: an
attempt is `sent` before its request leaves, and `arrived` before anybody looks at the body.

The ledger is never needed to find a take; lost, it is made again from the takes. Each machine writes one of its own,
since two that share a folder over a network must not share an SQLite file.
"""

import contextlib
import json
import platform
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.atomic import locked
from pipeline.errors import MachineError
from pipeline.speech.request import Key
from pipeline.takes.entries import SCHEMA, TABLES, Account, OpenAttempt, Paid, Sending, State, account_of
from pipeline.takes.writer import Work, Writer, database_errors

_BUSY_TIMEOUT_S = 60.0

_LAST_PRICES = 500
"""Prices that a plan looks back on: more tell it nothing new, and older ones may be of another price list."""

_KEYS_AT_ONCE = 900
"""SQLite takes 999 values in a question by default where it is old."""


class Ledger:
    """The ledger of this machine over the store at `root`. Open it, and close it when the run ends."""

    def __init__(self, root: Path) -> None:
        self.path = root / f"ledger-{_plain(platform.node())}.sqlite"
        self._writer: Writer | None = None

    def open(self) -> bool:
        """Make it ready; false if what was there could not be read and was set aside. Raises `MachineError`.

        One process at a time: SQLite does not wait its turn while another one turns the file to write-ahead logging.
        """
        is_whole = True
        with locked(self.path.parent), database_errors(self.path):
            try:
                self._prepare()
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                self._set_aside()
                self._prepare()
                is_whole = False
            self._writer = Writer(self._connection(), self.path)
        return is_whole

    def close(self) -> None:
        """Write what is waiting, and let go of the file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def begin_anew(self) -> None:
        """Set aside what there is, and make an empty ledger."""
        with database_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._set_aside()
            self._prepare()

    def fill(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows as they are, for a ledger that is made again."""
        with database_errors(self.path), contextlib.closing(self._connection()) as connection, connection:
            for row in rows:
                columns, marks = ", ".join(row), ", ".join("?" * len(row))
                connection.execute(
                    f"INSERT INTO attempts ({columns}) VALUES ({marks})",  # noqa: S608  names of ours
                    [*row.values()],
                )

    async def sent(self, sending: Sending) -> int:
        """Note that a request is about to leave; on the disk when this returns. The attempt's number."""
        names = Sending.__slots__
        columns, marks = ", ".join(names), ", ".join("?" * len(names))
        values = [getattr(sending, name) for name in names]

        def write(connection: sqlite3.Connection) -> int:
            statement = f"INSERT INTO attempts ({columns}, state) VALUES ({marks}, ?)"  # noqa: S608  names of ours
            return int(connection.execute(statement, [*values, State.SENT]).lastrowid or 0)

        return int(await self._written(write))

    async def taken_over(self, attempt: int, *, owner: str) -> None:
        """Note who ends an attempt instead of its dead run: a run that begins now would end it as well."""
        await self._update(attempt, owner=owner)

    async def arrived(self, attempt: int, **facts: Any) -> None:
        """Note that a whole body is on the disk: `at`, `bytes`, `content_type`, `generation_id`."""
        at = facts.pop("at")
        await self._update(attempt, state=State.ARRIVED, arrived_at=at, **facts)

    async def ended(self, attempt: int, state: State, *, at: float, **facts: Any) -> None:
        """Note what became of an attempt; `facts` are further columns (reason, verdict, audio_s …)."""
        await self._update(attempt, state=state, ended_at=at, **facts)

    async def priced(self, generation_id: str, usd: float, *, run: str = "") -> float:
        """Note what the service says a generation cost; what that is above the estimate of `run`'s attempts, or below.

        Attempts of other runs are noted all the same, but no purse that is still open held their money.
        """

        def write(connection: sqlite3.Connection) -> float:
            held = connection.execute(
                "SELECT COALESCE(SUM(? - estimated_usd), 0) FROM attempts "
                "WHERE generation_id = ? AND run = ? AND actual_usd IS NULL",
                [usd, generation_id, run],
            ).fetchone()
            connection.execute("UPDATE attempts SET actual_usd = ? WHERE generation_id = ?", [usd, generation_id])
            return float(held[0])

        return float(await self._written(write))

    def ended_bodies(self, names: Sequence[str]) -> list[str]:
        """Those of the spool's names whose attempts have ended: what lies there under them is looked at no more."""
        marks = ", ".join("?" * len(names))
        with self.reading() as connection:
            rows = connection.execute(
                f"SELECT body FROM attempts WHERE body IN ({marks}) AND state NOT IN (?, ?)",  # noqa: S608
                [*names, State.SENT, State.ARRIVED],
            ).fetchall()
        return [row[0] for row in rows]

    async def remember_pace(self, service: str, memory: dict[str, Any], *, at: float) -> None:
        """Keep what was learned about how fast a service may be asked."""
        row = [service, json.dumps(memory), at]

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR REPLACE INTO paces VALUES (?, ?, ?)", row)

        await self._written(write)

    def pace(self, service: str) -> dict[str, Any]:
        """What was last learned about a service; nothing if nothing was."""
        with self.reading() as connection:
            row = connection.execute("SELECT memory FROM paces WHERE service = ?", [service]).fetchone()
        try:
            memory: dict[str, Any] = json.loads(row[0]) if row else {}
        except ValueError:
            return {}
        return memory

    def open_attempts(self) -> list[OpenAttempt]:
        """Attempts without an end, of this run and of others, in the order they were sent."""
        names = OpenAttempt.__slots__
        with self.reading() as connection:
            rows = connection.execute(
                f"SELECT {', '.join(names)} FROM attempts WHERE state IN (?, ?) ORDER BY id",  # noqa: S608
                [State.SENT, State.ARRIVED],
            ).fetchall()
        return [OpenAttempt(**{**dict(row), "key": Key(row["key"]), "state": State(row["state"])}) for row in rows]

    def unpriced(self, service: str, *, since: float = 0.0) -> list[str]:
        """Generations of a service, sent after `since`, that were paid for and whose price is not known yet."""
        with self.reading() as connection:
            rows = connection.execute(
                "SELECT DISTINCT generation_id FROM attempts WHERE service = ? AND generation_id != '' AND "
                "actual_usd IS NULL AND state IN (?, ?) AND sent_at > ? ORDER BY id",
                [service, State.STORED, State.REJECTED, since],
            ).fetchall()
        return [row[0] for row in rows]

    def prices(self, service: str) -> list[tuple[float, float]]:
        """Actual and estimated USD of the last generations of a service that both are known of.

        Empty where no ledger can be read: who asks is a plan, and that needs none.
        """
        if not self.path.exists():
            return []
        try:
            with self.reading() as connection:
                rows = connection.execute(
                    "SELECT actual_usd, estimated_usd FROM attempts WHERE service = ? AND actual_usd > 0 AND "
                    "estimated_usd > 0 AND state IN (?, ?) ORDER BY id DESC LIMIT ?",
                    [service, State.STORED, State.REJECTED, _LAST_PRICES],
                ).fetchall()
        except (MachineError, sqlite3.DatabaseError):
            return []
        return [(row[0], row[1]) for row in rows]

    def account(self, *, run: str = "") -> Account:
        """What was spent, in all or by one run."""
        with self.reading() as connection:
            rows = connection.execute(
                "SELECT state, COUNT(*) AS n, COUNT(actual_usd) AS priced, COALESCE(SUM(actual_usd), 0) AS actual, "
                "COALESCE(SUM(CASE WHEN actual_usd IS NULL THEN estimated_usd ELSE 0 END), 0) AS estimated "
                "FROM attempts WHERE ? IN ('', run) GROUP BY state",
                [run],
            ).fetchall()
        return account_of({State(row["state"]): row for row in rows})

    def attempts_for(self, keys: Sequence[str]) -> list[Paid]:
        """What is known of every attempt at one of `keys`, the latest last; nothing where no ledger can be read."""
        if not self.path.exists():
            return []
        try:
            with self.reading() as connection:
                return [
                    Paid(row["key"], State(row["state"]), row["actual_usd"], row["estimated_usd"])
                    for first in range(0, len(keys), _KEYS_AT_ONCE)
                    for row in _attempts_at(connection, keys[first : first + _KEYS_AT_ONCE])
                ]
        except (MachineError, sqlite3.DatabaseError):
            return []

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for questions; rows answer by column name. Raises `MachineError`."""
        with database_errors(self.path), contextlib.closing(self._connection()) as connection:
            yield connection

    async def _update(self, attempt: int, **columns: Any) -> None:
        changes = ", ".join(f"{name} = ?" for name in columns)

        def write(connection: sqlite3.Connection) -> None:
            connection.execute(
                f"UPDATE attempts SET {changes} WHERE id = ?",  # noqa: S608  names of ours
                [*columns.values(), attempt],
            )

        await self._written(write)

    async def _written(self, work: Work) -> Any:
        assert self._writer is not None, "a ledger is opened before it is written to"
        return await self._writer.written(work)

    def _prepare(self) -> None:
        with contextlib.closing(self._connection()) as connection, connection:
            self._refuse_newer(connection)
            connection.executescript(TABLES)
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
            connection.execute("SELECT * FROM attempts WHERE state IN (?, ?)", [State.SENT, State.ARRIVED]).fetchall()
            connection.execute("SELECT * FROM attempts ORDER BY id DESC LIMIT 1").fetchone()

    def _refuse_newer(self, connection: sqlite3.Connection) -> None:
        (schema,) = connection.execute("PRAGMA user_version").fetchone()
        if schema > SCHEMA:
            raise MachineError(
                f"a newer run-pipeline wrote this ledger (schema {schema}; this one knows {SCHEMA})",
                where=str(self.path),
                remedy="update run-pipeline, or have `run-pipeline takes repair` make one from the takes for this one",
            )

    def _connection(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=_BUSY_TIMEOUT_S, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def _set_aside(self) -> None:
        folder = self.path.parent / "damaged"
        folder.mkdir(parents=True, exist_ok=True)
        for path in self.path.parent.glob(f"{self.path.name}*"):
            path.replace(folder / path.name)


def _attempts_at(connection: sqlite3.Connection, keys: Sequence[str]) -> list[sqlite3.Row]:
    marks = ", ".join("?" * len(keys))
    return connection.execute(
        f"SELECT key, state, actual_usd, estimated_usd FROM attempts WHERE key IN ({marks}) ORDER BY id",  # noqa: S608
        keys,
    ).fetchall()


def _plain(host: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]+", "-", host).strip("-").lower() or "this-machine"
