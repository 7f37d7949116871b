"""The ledger made again from the takes alone, where it was lost or damaged."""

import json
from collections.abc import Iterator
from typing import Any

from pipeline.speech.request import Key
from pipeline.speech.settings import service_asked
from pipeline.takes.entries import State
from pipeline.takes.ledger import Ledger
from pipeline.takes.store import TakeStore


def rebuild(store: TakeStore, ledger: Ledger) -> int:
    """Replace the ledger by one with a row for every take and every sound that was none; how many takes there are.

    What the service's records said of prices is lost, and asked again by the generations' names.
    """
    rows = list(_rows(store))
    ledger.begin_anew()
    ledger.fill(rows)
    return sum(row["state"] == State.STORED for row in rows)


def _rows(store: TakeStore) -> Iterator[dict[str, Any]]:
    for key in store.all_keys():
        take = store.find(key)
        if take is not None:
            yield _row(key, store.record(key), State.STORED, audio_s=take.seconds)
    for key in store.rejected_keys():
        if store.rejected_sound(key) is not None and store.rejection(key) is not None:
            record = json.loads(store.rejected_path(key, ".json").read_bytes())
            yield _row(key, record, State.REJECTED, audio_s=None)


def _row(key: Key, record: dict[str, Any], state: State, *, audio_s: float | None) -> dict[str, Any]:
    request, facts = record["request"], record.get("facts", {})
    at = float(facts.get("stored_at", 0))
    checks = facts.get("checks", {})
    return {
        "key": key,
        "run": "repair",
        "owner": "",
        "service": service_asked(request),
        "model": request.get("model", ""),
        "language": "",
        "pcm_rate": request.get("format", {}).get("rate", 0),
        "request": "",
        "body": "",
        "state": state,
        "estimated_usd": float(facts.get("estimated_cost_usd", 0.0)),
        "actual_usd": record.get("cost_usd"),
        "sent_at": at,
        "arrived_at": at,
        "ended_at": at,
        "generation_id": record.get("generation_id", ""),
        "audio_s": audio_s,
        "verdict": str(checks.get("verdict", "")),
        "reason": "; ".join(checks.get("reasons", ())),
    }
