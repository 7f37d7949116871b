"""Which attempt goes wrong and how: a script, the draw, and one small function for each way to spoil good sound.

A fault is chosen by its position (the how-manieth attempt since the server started) or by probability. The
probability draw depends on the script's seed, the request's own bytes and how often these were asked before, never on
the order of arrival: two runs of sixteen workers meet the same faults.

To add a fault: its name in `Kind`, and a function in `DISTORTIONS` (samples) or `WRAPPINGS` (bytes).
"""

import hashlib
import io
import wave
from collections.abc import Callable, Mapping
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline.recording import PIPELINE_FORMAT, Samples

Kind = Literal["status", "hang", "cut", "empty", "truncated", "silent", "wav-as-pcm", "odd"]
"""status: refused · hang: no answer · cut: the connection drops in mid-body · empty: 200 without a byte · truncated:
shorter, valid · silent: zeros · wav-as-pcm: a WAV file labelled PCM · odd: half a sample too few."""

_Frozen = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Fault(BaseModel):
    """One way to go wrong and when. `share` is how much is left of the sound (truncated) or the body (cut)."""

    model_config = _Frozen

    kind: Kind
    attempts: tuple[Annotated[int, Field(ge=1)], ...] = ()
    probability: float = Field(default=0.0, ge=0, le=1)
    status: int | None = Field(default=None, ge=400, le=599)
    error_type: str = ""
    message: str = ""
    retry_after_s: float | None = Field(default=None, ge=0)
    share: float = Field(default=0.5, ge=0, lt=1)
    hold_s: float = Field(default=600.0, ge=0)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if (self.kind == "status") != (self.status is not None):
            raise ValueError('`status = …` belongs to kind "status", and to no other')
        if not self.attempts and not self.probability:
            raise ValueError("say when: `attempts = [3, 7]` or `probability = 0.05`")
        return self

    @property
    def name(self) -> str:
        """As the request log calls it: `429`, `cut`, `hang` …"""
        return self.kind if self.status is None else str(self.status)


class FaultScript(BaseModel):
    """What goes wrong in a rehearsal. Without faults everything is answered."""

    model_config = _Frozen

    seed: int = 1
    faults: tuple[Fault, ...] = Field(default=(), alias="fault")

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if sum(fault.probability for fault in self.faults) > 1 + 1e-9:
            raise ValueError("the probabilities add up to more than 1")
        return self


def drawn(script: FaultScript, *, attempt: int, digest: str, asked_before: int) -> Fault | None:
    """The fault of this attempt, or None. A position (`attempt`, from 1) wins over the draw.

    `digest` is the hash of the request, `asked_before` how often it has been drawn for: each retry draws anew.
    """
    for fault in script.faults:
        if attempt in fault.attempts:
            return fault
    level = _uniform(f"{script.seed}:{digest}:{asked_before}")
    for fault in script.faults:
        if level < fault.probability:
            return fault
        level -= fault.probability
    return None


def _uniform(text: str) -> float:
    """A number in [0, 1) that belongs to `text`; 53 bits, as many as a float holds."""
    return (int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 11) / 2**53


def distorted(samples: Samples, fault: Fault | None) -> Samples:
    """The samples as this fault leaves them: themselves where it is not about the sound."""
    distort = DISTORTIONS.get(fault.kind) if fault else None
    return distort(samples, fault) if distort and fault else samples


def wrapped(pcm: bytes, fault: Fault | None) -> bytes:
    """The body as this fault sends it: the PCM itself where it is not about the bytes."""
    wrap = WRAPPINGS.get(fault.kind) if fault else None
    return wrap(pcm) if wrap else pcm


def _truncated(samples: Samples, fault: Fault) -> Samples:
    return samples[: int(len(samples) * fault.share)]


def _silent(samples: Samples, _fault: Fault) -> Samples:
    return np.zeros_like(samples)


def _empty(samples: Samples, _fault: Fault) -> Samples:
    return samples[:0]


def _as_wav(pcm: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setparams((PIPELINE_FORMAT.channels, 2, PIPELINE_FORMAT.rate, 0, "NONE", ""))
        wav.writeframes(pcm)
    return file.getvalue()


def _odd(pcm: bytes) -> bytes:
    return pcm[:-1]


DISTORTIONS: Mapping[str, Callable[[Samples, Fault], Samples]] = {
    "truncated": _truncated,
    "silent": _silent,
    "empty": _empty,
}
WRAPPINGS: Mapping[str, Callable[[bytes], bytes]] = {"wav-as-pcm": _as_wav, "odd": _odd}
