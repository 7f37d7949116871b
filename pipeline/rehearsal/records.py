"""The service's books: what each generation cost, what the key has spent, which models there are.

The shapes are those of OpenRouter (facts/speech-api.md 1.7, 1.8); fields that mean nothing here are left out.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pipeline.rehearsal.contract import Refusal
from pipeline.speech.profiles import ModelProfile

_NATIVE_FINISH_REASONS = {"stop": "STOP", "length": "MAX_TOKENS", "error": "OTHER"}
"""OpenRouter's word → Google's own."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One rendering that was made, and is paid for whether it arrives or not."""

    id: str
    model: str
    cost_usd: float
    audio_s: float
    tokens_prompt: int
    tokens_completion: int
    finish_reason: str
    created_at_s: float
    latency_s: float
    api_type: str = "tts"

    def record(self) -> dict[str, Any]:
        """As `GET /generation` tells it; times in milliseconds, money in USD."""
        return {
            "id": self.id,
            "model": self.model,
            "api_type": self.api_type,
            "provider_name": "Rehearsal",
            "total_cost": self.cost_usd,
            "usage": self.cost_usd,
            "tokens_prompt": self.tokens_prompt,
            "tokens_completion": self.tokens_completion,
            "native_tokens_prompt": self.tokens_prompt,
            "native_tokens_completion": self.tokens_completion,
            "finish_reason": self.finish_reason,
            "native_finish_reason": _NATIVE_FINISH_REASONS[self.finish_reason],
            "created_at": datetime.fromtimestamp(self.created_at_s, UTC).isoformat(),
            "latency": round(1000 * self.latency_s),
            "generation_time": round(1000 * self.latency_s),
            "streamed": False,
            "cancelled": False,
        }


class Records:
    """Every generation since the server started, by id, and the key's account.

    Records lag: one is found only `lag_s` after it was made. `limit_usd` is what the key may spend, None anything.
    """

    def __init__(self, *, lag_s: float = 0.0, limit_usd: float | None = None) -> None:
        self._by_id: dict[str, Generation] = {}
        self._lag_s = lag_s
        self._limit_usd = limit_usd
        self.spent_usd = 0.0

    def add(self, generation: Generation) -> None:
        self._by_id[generation.id] = generation
        self.spent_usd += generation.cost_usd

    def find(self, generation_id: str, *, now_s: float) -> Generation:
        """Raises `Refusal` 404 for an id that was never given, or too lately."""
        generation = self._by_id.get(generation_id)
        if generation is None or now_s < generation.created_at_s + self._lag_s:
            raise Refusal(404, f"Generation {generation_id} not found")
        return generation

    def top_up(self, usd: float) -> None:
        """Raise what the key may spend; a key without a limit stays without."""
        if self._limit_usd is not None:
            self._limit_usd += usd

    def check_credit(self) -> None:
        """Raises `Refusal` 402 when all is spent. What is under way then is still made, and overdraws the key."""
        if self._limit_usd is not None and self.spent_usd >= self._limit_usd:
            raise Refusal(402)

    def key(self) -> dict[str, Any]:
        """As `GET /key` tells it; None for the limit and what remains of it where there is none."""
        limit = self._limit_usd
        return {
            "label": "rehearsal",
            "limit": limit,
            "limit_remaining": None if limit is None else max(0.0, limit - self.spent_usd),
            "limit_reset": None,
            "usage": self.spent_usd,
            "usage_daily": self.spent_usd,
            "usage_weekly": self.spent_usd,
            "usage_monthly": self.spent_usd,
            "is_free_tier": False,
            "expires_at": None,
        }


def tokens_of(audio_s: float, profile: ModelProfile) -> int:
    return math.ceil(audio_s * profile.audio_tokens_per_s)


def model_entry(profile: ModelProfile, *, expires: str) -> dict[str, Any]:
    """As `GET /models` lists it; prices are strings, in USD per token, `expires` an ISO date or empty."""
    return {
        "id": profile.name,
        "canonical_slug": profile.name,
        "name": profile.name,
        "context_length": profile.max_input_tokens,
        "architecture": {
            "input_modalities": ["text"],
            "output_modalities": [_modality(profile)],
            "tokenizer": "Gemini",
        },
        "pricing": {
            "prompt": _per_token(profile.usd_per_m_input),
            "completion": _per_token(profile.usd_per_m_output),
        },
        "top_provider": {
            "context_length": profile.max_input_tokens,
            "max_completion_tokens": profile.max_output_tokens,
        },
        "supported_voices": list(profile.voices) or None,
        "supported_parameters": list(profile.parameters) + (["seed"] if profile.sends_seed else []),
        "expiration_date": expires or None,
    }


def models_answer(
    profiles: Iterable[ModelProfile], *, output_modalities: str, expires: Mapping[str, str]
) -> dict[str, Any]:
    """The listing of the modalities that are asked for; the parameter's default is `text`."""
    wanted = {modality.strip() for modality in output_modalities.split(",")}
    listed = [profile for profile in profiles if wanted & {_modality(profile), "all"}]
    return {"data": [model_entry(profile, expires=expires.get(profile.name, "")) for profile in listed]}


def _modality(profile: ModelProfile) -> str:
    """What makes a sound has a rate of tokens a second, or voices."""
    return "speech" if profile.audio_tokens_per_s or profile.voices else "text"


def _per_token(usd_per_m: float) -> str:
    return format((Decimal(str(usd_per_m)) / 1_000_000).normalize(), "f")
