"""What a script of faults can say, as data: each kind with the keys it takes, and when it strikes.

A kind is one line in `KEYS` and one small pure function in exactly one table:

    sound_faults.DISTORTIONS     samples → samples
    reading_faults.MISREADINGS   the lines to be read → other lines
    wire_faults                  JOURNEYS: how the body travels · WRAPPINGS: its bytes · LABELS: its Content-Type
    refusals.REFUSALS            the answer that is no sound
    chat_faults.MISLEADINGS      what a chat model proposes
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

SoundKind = Literal[
    "truncated", "looped", "fading", "noise", "gap", "trailing", "clipped", "drone", "silent", "empty", "resampled"
]
ReadingKind = Literal["preamble", "voice-swap", "babble"]
WireKind = Literal["odd", "wav-as-pcm", "mislabelled", "untyped", "cut", "slow", "stall", "reset", "lost"]
RefusalKind = Literal["status", "error-as-200", "filter", "gone", "revoked"]
ChatKind = Literal["changed-words", "unknown-tags", "broken-json", "refusal", "cut-short"]
Kind = Literal["hang", SoundKind, ReadingKind, WireKind, RefusalKind, ChatKind]

KEYS: Mapping[str, Mapping[str, Any]] = {
    "status": {"status": None, "error_type": "", "message": "", "retry_after_s": None},
    "error-as-200": {"error_type": "", "message": ""},
    "filter": {"message": ""},
    "gone": {"expiration_date": "", "message": ""},
    "revoked": {"message": ""},
    "hang": {"hold_s": 600.0},
    "stall": {"hold_s": 600.0, "share": 0.0},
    "cut": {"share": 0.5},
    "slow": {"seconds": 60.0, "bytes_per_s": 0.0},
    "reset": {},
    "lost": {},
    "odd": {},
    "wav-as-pcm": {},
    "mislabelled": {"hertz": 16_000.0},
    "untyped": {},
    "empty": {},
    "silent": {},
    "truncated": {"share": 0.5},
    "looped": {"share": 1.0, "times": 2},
    "fading": {"level_db": -20.0, "at": 0.0},
    "noise": {"level_db": -20.0, "at": 0.0},
    "gap": {"seconds": 2.0, "at": 0.5},
    "trailing": {"seconds": 4.0},
    "clipped": {"gain_db": 24.0},
    "drone": {"level_db": -20.0, "at": 0.0, "hertz": 120.0},
    "resampled": {"hertz": 16_000.0},
    "preamble": {"words": 0},
    "voice-swap": {"at": 0.0},
    "babble": {"seconds": 5.0},
    "changed-words": {"share": 1.0},
    "unknown-tags": {"share": 1.0},
    "broken-json": {},
    "refusal": {"message": ""},
    "cut-short": {"share": 0.5},
}
"""The keys of each kind and what they are where the script does not say. None: it has to."""

STANDING: tuple[Kind, ...] = ("revoked", "gone")
"""Kinds that are a state of the service, asked about before a request is let in and not drawn among the others."""

WHOLE_KINDS = frozenset({"slow", "untyped", "wav-as-pcm"})
"""A client that waits and sniffs gets all of the sound as it should be: such an answer counts as a good one."""

CHAT_KINDS = frozenset(get_args(ChatKind))
"""They strike questions about direction alone …"""

SOUND_KINDS = frozenset((*get_args(SoundKind), *get_args(ReadingKind), "odd", "wav-as-pcm", "mislabelled", "untyped"))
"""… and these speech alone."""

_Frozen = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return text


class Fault(BaseModel):
    """One way to go wrong and when.

    It strikes at its positions (`attempts` of the server's life, from 1) and by its chance (`probability`, drawn anew
    each time a request is asked, or with `per_text` once and for all for a text); without either always. All of that
    only from `from_attempt` on, from second `from_s` to `until_s`, for this `model`, and where `text` is found in the
    words to be spoken.
    """

    model_config = _Frozen

    kind: Kind
    attempts: tuple[Annotated[int, Field(ge=1)], ...] = ()
    from_attempt: int | None = Field(default=None, ge=1)
    from_s: float | None = Field(default=None, ge=0)
    until_s: float | None = Field(default=None, gt=0)
    text: Annotated[str, BeforeValidator(_pattern)] = ""
    model: str = ""
    probability: float | None = Field(default=None, ge=0, le=1)
    per_text: bool = False

    status: int | None = Field(default=None, ge=400, le=599)
    error_type: str = ""
    message: str = ""
    retry_after_s: float | None = Field(default=None, ge=0)
    expiration_date: str = Field(default="", pattern=r"^(\d{4}-\d\d-\d\d)?$")
    share: float = Field(default=0.0, ge=0, le=1)
    at: float = Field(default=0.0, ge=0, lt=1)
    seconds: float = Field(default=0.0, ge=0)
    hold_s: float = Field(default=0.0, ge=0)
    bytes_per_s: float = Field(default=0.0, ge=0)
    level_db: float = Field(default=0.0, ge=-96, le=48)
    gain_db: float = Field(default=0.0, ge=0, le=96)
    hertz: float = Field(default=0.0, ge=0, le=192_000)
    times: int = Field(default=0, ge=0, le=100)
    words: int = Field(default=0, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _with_its_defaults(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("kind"), str):
            return {**KEYS.get(data["kind"], {}), **data}
        return data

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if (self.kind == "status") != (self.status is not None):
            raise ValueError('`status = …` belongs to kind "status", and to no other')
        foreign = self.model_fields_set & _OPTIONS - KEYS[self.kind].keys()
        if foreign:
            raise ValueError(f"`{min(foreign)}` does not belong to kind {self.kind!r}")
        if self.kind in STANDING and self.probability is not None:
            raise ValueError(f"{self.kind!r} is a state, not a chance: say `from_attempt` or `from_s`")
        if not self.has_when and not self.expiration_date:
            raise ValueError("say when: `attempts = [3, 7]`, `probability = 0.05`, `from_s = 60`, `text = '…'`")
        return self

    @property
    def has_when(self) -> bool:
        """Without one it never strikes: a model that only announces its end lives on through the rehearsal."""
        times = (self.from_attempt, self.from_s, self.until_s, self.probability)
        return bool(self.attempts or self.text) or any(time is not None for time in times)

    @property
    def name(self) -> str:
        """As the request log calls it: `429`, `cut`, `hang` …"""
        return self.kind if self.status is None else str(self.status)

    @property
    def is_by_chance(self) -> bool:
        """Takes part in the draw that all chances share, of which one at most strikes."""
        return self.probability is not None and not self.is_per_text

    @property
    def is_per_text(self) -> bool:
        """A content filter is asked about the words alone, so its chance always belongs to them."""
        return self.per_text or self.kind == "filter"


_WHEN = frozenset({"attempts", "from_attempt", "from_s", "until_s", "text", "model", "probability", "per_text"})
_OPTIONS = frozenset(Fault.model_fields) - _WHEN - {"kind"}


class LimitsFrom(BaseModel):
    """Limits that hold from `from_s` on. What it does not name stays as it was; 0 is no limit."""

    model_config = _Frozen

    from_s: float = Field(default=0.0, ge=0)
    requests_per_minute: int | None = Field(default=None, ge=0)
    max_concurrency: int | None = Field(default=None, ge=0)
    latency_per_audio_s: float | None = Field(default=None, ge=0)


class TopUp(BaseModel):
    """Credit that is added at `from_s`."""

    model_config = _Frozen

    from_s: float = Field(ge=0)
    usd: float = Field(gt=0)


class FaultScript(BaseModel):
    """What goes wrong in a rehearsal, how generous the service is, and what the key may spend (None: anything)."""

    model_config = _Frozen

    seed: int = 1
    record_lag_s: float = Field(default=0.0, ge=0)
    credit_usd: float | None = Field(default=None, ge=0)
    top_ups: tuple[TopUp, ...] = Field(default=(), alias="top_up")
    limits: tuple[LimitsFrom, ...] = ()
    faults: tuple[Fault, ...] = Field(default=(), alias="fault")

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if sum(fault.probability or 0.0 for fault in self.faults if fault.is_by_chance) > 1 + 1e-9:
            raise ValueError("the probabilities add up to more than 1")
        if self.top_ups and self.credit_usd is None:
            raise ValueError("a top_up needs a `credit_usd` to be added to")
        return self
