"""Whether a rendering may count as a take: the first, coarse sieve, from signal and text alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from pipeline.errors import BadAudio
from pipeline.recording import PIPELINE_FORMAT, Samples


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105  no password
    SUSPECT = "suspect"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reasons for people and its figures; of several takes that of the least `badness` is best."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    badness: float = 0.0


def judge(samples: Samples, text: str) -> Judgement:
    try:
        return Judgement(Verdict.PASS, (), check(samples, text))
    except BadAudio as error:
        return Judgement(Verdict.FAIL, (error.what,), badness=100.0)


_SHORTEST_S = 0.05
"""Less than this cannot hold a syllable (the shortest are about 80 ms)."""

_SILENT_PEAK = 33
"""−60 dBFS: a peak below it is silence recorded as success (facts, 3.11)."""

_SHORTEST_S_PER_CHAR = 1 / 75
"""Five times the fastest natural reading: shorter is a truncated answer, whatever the voice or language."""


def check(samples: Samples, text: str) -> dict[str, float]:
    """The figures the verdict rests on. Raises `BadAudio` with the reason if this is no rendering of `text`."""
    seconds = PIPELINE_FORMAT.seconds_of(len(samples))
    if seconds < _SHORTEST_S:
        raise BadAudio(f"the take is empty ({seconds:.3f} s)")
    peak = max(int(samples.max()), -int(samples.min()))
    if peak < _SILENT_PEAK:
        raise BadAudio(f"the take is {seconds:.1f} s of silence")
    letters = len(re.findall(r"\w", text))
    if seconds < letters * _SHORTEST_S_PER_CHAR:
        raise BadAudio(f"the take is cut: {seconds:.1f} s for {letters} letters")
    return {"seconds": round(seconds, 3), "peak_dbfs": round(20 * float(np.log10(peak / 32768)), 2)}
