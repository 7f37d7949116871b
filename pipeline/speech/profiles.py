"""Model profiles: what one model accepts and costs, as data (`models.toml`, extended by job files)."""

import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import SettingsError
from pipeline.languages import language_tag, primary_subtag
from pipeline.speech.tags import TagSyntax

EngineName = Literal["openrouter", "openai", "espeak"]

EMBEDDED_MODEL = "espeak-ng"
DEFAULT_PAID_MODEL = "google/gemini-3.1-flash-tts-preview"

_MOST_VOICES = 2
"""Google: exactly two speaker configurations; and what packs lines into requests knows pairs."""


class ModelProfile(BaseModel):
    """One model. Limits are per request, 0 where none is known; prices are USD; see `models.toml` for each key."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    name: str
    engine: EngineName
    base_url: str = ""
    api_key_env: str = ""
    response_format: str = "wav"
    pcm_rate: int = Field(default=24_000, gt=0)
    default_voice: str = ""
    voices: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    tag_syntax: TagSyntax = "none"
    direction: Literal["input", "instructions", "speech_metadata", "none"] = "none"
    normalise: tuple[str, ...] = ()
    ipa_syntax: str = ""
    turns: Literal["list", "labelled", "none"] = "none"
    max_speakers: int = Field(default=1, ge=1)
    parameters: tuple[str, ...] = ()
    sends_seed: bool = False
    max_input_tokens: int = Field(default=0, ge=0)
    max_output_tokens: int = Field(default=0, ge=0)
    max_chars: int = Field(default=2_000, gt=0)
    max_direction_chars: int = Field(default=0, ge=0)
    audio_tokens_per_s: float = Field(default=0.0, ge=0)
    audio_tokens_per_s_low: float = Field(default=0.0, ge=0)
    usd_per_m_input: float = Field(default=0.0, ge=0)
    usd_per_m_output: float = Field(default=0.0, ge=0)
    usd_per_m_chars: float = Field(default=0.0, ge=0)
    wait_per_audio_s: float = Field(default=2.0, ge=0)
    successor: str = ""
    records: bool = False
    watermark: str = ""

    @property
    def voices_at_once(self) -> int:
        """Voices one request can ask for: one, where there is no form for turns; never more than Google's two."""
        return 1 if self.turns == "none" else min(_MOST_VOICES, self.max_speakers)

    @property
    def is_paid(self) -> bool:
        return bool(self.usd_per_m_input or self.usd_per_m_output or self.usd_per_m_chars)

    def cost_usd(self, *, input_tokens: int, chars: int, audio_s: float) -> float:
        """Expected price of one request. Sources: token prices of the model's page, tokens a second as measured."""
        return (
            input_tokens * self.usd_per_m_input
            + audio_s * self.audio_tokens_per_s * self.usd_per_m_output
            + chars * self.usd_per_m_chars
        ) / 1_000_000

    def text_cost_usd(self, text: str, *, audio_s: float) -> float:
        """The same for a text: a token for each of its bytes, which is the most it can be."""
        return self.cost_usd(input_tokens=len(text.encode()), chars=len(text), audio_s=audio_s)

    def least_cost_usd(self, *, input_tokens: int, chars: int, audio_s: float) -> float:
        """What `cost_usd` is at the lowest token rate any source names."""
        low = self.audio_tokens_per_s_low or self.audio_tokens_per_s
        thrifty = self.model_copy(update={"audio_tokens_per_s": low})
        return thrifty.cost_usd(input_tokens=input_tokens, chars=chars, audio_s=audio_s)

    def speaks(self, language: str) -> bool:
        return not self.languages or not language or primary_subtag(language_tag(language)) in self.languages


def load_profiles(overrides: Mapping[str, Mapping[str, Any]]) -> dict[str, ModelProfile]:
    """The built-in tables with a job's laid over them. Raises `SettingsError` for a table that makes no profile."""
    tables = tomllib.loads(resources.files("pipeline.speech").joinpath("models.toml").read_text("utf-8"))
    for name, table in overrides.items():
        tables[name] = {**tables.get(name, {}), **table}
    return {name: _profile(name, table, tables) for name, table in tables.items()}


def _profile(name: str, table: dict[str, Any], tables: Mapping[str, Mapping[str, Any]]) -> ModelProfile:
    fields = dict(table)
    shared = fields.pop("languages_of", None)
    if shared is not None and shared not in tables:
        raise SettingsError(f"languages_of names no model profile: {shared!r}", where=f'models."{name}"')
    if shared is not None:
        fields["languages"] = tables[shared].get("languages", ())
    if "name" in fields:
        raise SettingsError(
            "name: the table's own name is the model's", where=f'models."{name}"', remedy="leave it out"
        )
    try:
        return ModelProfile(name=name, **fields)
    except ValueError as error:
        raise SettingsError(_first_line(error), where=f'models."{name}"') from error


def _first_line(error: ValueError) -> str:
    lines = str(error).splitlines()
    return ": ".join(line.strip() for line in lines[1:3]) or lines[0]
