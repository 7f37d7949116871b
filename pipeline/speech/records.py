"""What a service says of the key, of its models and of what a generation cost: read with care, None where it is silent.

Other servers of the protocol have none of these records, or have them in another shape. What is not there or not of the
expected type counts as unsaid; nothing here ever fails.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key: what may still be spent with it (None: it has no limit of its own, or that is unsaid), and what was."""

    remaining_usd: float | None = None
    used_usd: float | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """A model on offer. `expires_on`: the day after which it may be removed. No voices: the service names none."""

    name: str
    expires_on: date | None = None
    usd_per_m_input: float | None = None
    usd_per_m_output: float | None = None
    voices: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()


class Records(Protocol):
    """Who can be asked. None: this service does not say. Raises a `SpeechError` where it cannot be asked at all."""

    async def key(self) -> KeyRecord | None: ...

    async def models(self) -> Mapping[str, ModelRecord] | None: ...

    async def generation_usd(self, generation_id: str) -> float | None:
        """What a generation cost; None while there is no record of it: they lag behind the answers."""


def key_from(body: bytes) -> KeyRecord | None:
    """The answer to `GET /key`."""
    data = _data(body)
    if not isinstance(data, dict) or not {"limit_remaining", "usage", "limit"} & set(data):
        return None
    return KeyRecord(_number(data.get("limit_remaining")), _number(data.get("usage")), _moment(data.get("expires_at")))


def models_from(body: bytes) -> dict[str, ModelRecord] | None:
    """The answer to `GET /models`, by every name a model goes under; None for a listing that lists nothing."""
    data = _data(body)
    entries = [entry for entry in data if isinstance(entry, dict)] if isinstance(data, list) else []
    records: dict[str, ModelRecord] = {}
    for entry in entries:
        record = _model(entry)
        names = (entry.get("canonical_slug"), entry.get("id"))
        records.update({name: record for name in names if isinstance(name, str) and name})
    return records or None


def generation_usd_from(body: bytes) -> float | None:
    """The price in the answer to `GET /generation`; None for one that names none."""
    data = _data(body)
    cost_usd = _number(data.get("total_cost")) if isinstance(data, dict) else None
    return cost_usd if cost_usd is not None and cost_usd >= 0 else None


def _model(entry: Mapping[str, Any]) -> ModelRecord:
    pricing = entry.get("pricing")
    prices = pricing if isinstance(pricing, dict) else {}
    expires_at = _moment(entry.get("expiration_date"))
    return ModelRecord(
        name=_text(entry.get("id")),
        expires_on=expires_at.date() if expires_at else None,
        usd_per_m_input=_per_million(prices.get("prompt")),
        usd_per_m_output=_per_million(prices.get("completion")),
        voices=_names(entry.get("supported_voices")),
        parameters=_names(entry.get("supported_parameters")),
    )


def _data(body: bytes) -> Any:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer.get("data") if isinstance(answer, dict) else None


def _number(value: Any) -> float | None:
    """Prices come as strings, sums as numbers; NaN and infinity are neither."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < float("inf") else None


def _per_million(value: Any) -> float | None:
    """USD a million tokens. Negative is how a router says that the price depends."""
    number = _number(value)
    return None if number is None or number < 0 else round(number * 1_000_000, 6)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _names(value: Any) -> tuple[str, ...]:
    """Names as they are or, as some list them, under `id` or `name`."""
    items = value if isinstance(value, list) else []
    named = [item.get("id") or item.get("name") if isinstance(item, dict) else item for item in items]
    return tuple(name for name in named if isinstance(name, str) and name)


def _moment(value: Any) -> datetime | None:
    """An ISO date or moment, in UTC where it names no zone."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
