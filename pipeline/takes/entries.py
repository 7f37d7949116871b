"""What stands in the ledger: the attempts and their states, and what they add up to. Pure."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pipeline.speech.request import Key

SCHEMA = 1
"""Of these tables: to be raised where a program that knows only the last one could not go on with them."""

TABLES = """
CREATE TABLE IF NOT EXISTS attempts (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    run TEXT NOT NULL,
    owner TEXT NOT NULL,
    service TEXT NOT NULL,
    model TEXT NOT NULL,
    language TEXT NOT NULL,
    pcm_rate INTEGER NOT NULL,
    request TEXT NOT NULL,          -- canonical JSON; emptied once it stands in a take's own record
    body TEXT NOT NULL,             -- the spool's name for what arrives
    state TEXT NOT NULL,
    estimated_usd REAL NOT NULL,
    actual_usd REAL,                -- as the service's own record says
    sent_at REAL NOT NULL,
    arrived_at REAL,
    ended_at REAL,
    content_type TEXT NOT NULL DEFAULT '',
    generation_id TEXT NOT NULL DEFAULT '',
    bytes INTEGER,
    audio_s REAL,
    verdict TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS attempts_by_state ON attempts (state);
CREATE INDEX IF NOT EXISTS attempts_by_generation ON attempts (generation_id);
CREATE INDEX IF NOT EXISTS attempts_unpriced ON attempts (service) WHERE actual_usd IS NULL;
CREATE TABLE IF NOT EXISTS paces (service TEXT PRIMARY KEY, memory TEXT NOT NULL, at REAL NOT NULL);
"""


class State(StrEnum):
    """Where an attempt stands. The last four are ends; what is `doubtful` may have been paid for and never came."""

    SENT = "sent"
    ARRIVED = "arrived"
    STORED = "stored"
    REJECTED = "rejected"
    REFUSED = "refused"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True)
class Sending:
    """An attempt about to leave."""

    key: Key
    run: str
    owner: str
    service: str
    model: str
    language: str
    pcm_rate: int
    request: str
    body: str
    estimated_usd: float
    sent_at: float


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """An attempt without an end."""

    id: int
    key: Key
    owner: str
    model: str
    language: str
    pcm_rate: int
    request: str
    body: str
    state: State
    estimated_usd: float
    content_type: str
    generation_id: str


@dataclass(frozen=True, slots=True)
class Account:
    """Money by how sure it is. `actual_usd` is what the service's records say of what was paid for, `estimated_usd`
    what the rest of it is expected to be, `doubtful_usd` the most that answers which never came can have cost.
    """

    attempts: int = 0
    stored: int = 0
    rejected: int = 0
    refused: int = 0
    doubtful: int = 0
    unpriced: int = 0
    actual_usd: float = 0.0
    estimated_usd: float = 0.0
    doubtful_usd: float = 0.0

    def __add__(self, other: "Account") -> "Account":
        pairs = zip(dataclasses.astuple(self), dataclasses.astuple(other), strict=True)
        return Account(*(one + another for one, another in pairs))


@dataclass(frozen=True, slots=True)
class Paid:
    """What an attempt came to; `actual_usd` once the service's records have told it."""

    key: str
    state: State
    actual_usd: float | None
    estimated_usd: float


def account_of(rows: Mapping[State, Mapping[str, Any]]) -> Account:
    """The account that rows add up to: for each state `n` attempts, how many are `priced`, and the sums of money."""

    def count(state: State) -> int:
        return int(rows[state]["n"]) if state in rows else 0

    paid = [rows[state] for state in (State.STORED, State.REJECTED) if state in rows]
    open_ended = [rows[state] for state in (State.SENT, State.ARRIVED, State.DOUBTFUL) if state in rows]
    return Account(
        attempts=sum(int(row["n"]) for row in rows.values()),
        stored=count(State.STORED),
        rejected=count(State.REJECTED),
        refused=count(State.REFUSED),
        doubtful=sum(int(row["n"]) for row in open_ended),
        unpriced=sum(int(row["n"] - row["priced"]) for row in paid),
        actual_usd=sum(float(row["actual"]) for row in paid),
        estimated_usd=sum(float(row["estimated"]) for row in paid),
        doubtful_usd=sum(float(row["actual"] + row["estimated"]) for row in open_ended),
    )
