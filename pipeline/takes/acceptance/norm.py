"""What is normal for one voice: its pace, level, pitch and spectrum, learnt from its own good takes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

import pipeline.takes.acceptance.limits as bounds
from pipeline.takes.acceptance.limits import Tempo
from pipeline.takes.acceptance.measures import BAND_NAMES

ENOUGH_TAKES = 8
"""Of takes of `_LONG_S` and more: a median of fewer may be of two bad ones."""

_LONG_S = 8.0
"""Sounding seconds from which a take tells of the voice and not of its words."""

_MOST_TAKES = 200
"""Of both lengths together, the latest: a norm that runs along, and a fit that takes a millisecond."""

_LEAST_SPREAD = 3.0
"""Longest to shortest text from which a slope and a start can be told apart."""

_KEPT = ("spoken_chars", "doubtful_chars", "sounding_s", "pause_s", "break_s", "level_dbfs", "pitch_hz", *BAND_NAMES)


@dataclass(frozen=True)
class VoiceNorm:
    """The figures of a voice's good takes, oldest first. Of no effect until `is_known`.

    A value: `learn` gives the norm with one more take, so that a thread may judge by one while another is made.
    """

    takes: tuple[Mapping[str, float], ...] = ()

    @classmethod
    def of(cls, figures: Iterable[Mapping[str, float]]) -> "VoiceNorm":
        """Refitted from what stands in the takes' JSON."""
        usable = (take for take in figures if take.get("sounding_s", 0) > 0 and take.get("spoken_chars", 0) > 0)
        return cls(tuple({name: take.get(name, 0.0) for name in _KEPT} for take in usable)[-_MOST_TAKES:])

    def learn(self, figures: Mapping[str, float]) -> "VoiceNorm":
        """The norm with another good take in it."""
        return VoiceNorm.of((*self.takes, figures))

    @property
    def is_known(self) -> bool:
        return len(self._long) >= ENOUGH_TAKES

    @cached_property
    def _long(self) -> tuple[Mapping[str, float], ...]:
        return tuple(take for take in self.takes if take["sounding_s"] >= _LONG_S)

    @cached_property
    def tempo(self) -> Tempo:
        """Robust line through (spoken characters, sounding seconds): Theil and Sen's, the start held near its prior."""
        chars, seconds = self._column("spoken_chars", self.takes), self._column("sounding_s", self.takes)
        if chars.max() < _LEAST_SPREAD * chars.min():
            return Tempo(bounds.START_S, float(np.median((seconds - bounds.START_S) / chars)))
        first, second = np.triu_indices(len(chars), 1)
        apart = np.abs(chars[second] - chars[first]) > 0.3 * np.median(chars)
        slopes = (seconds[second] - seconds[first])[apart] / (chars[second] - chars[first])[apart]
        start_s = float(np.clip(np.median(seconds - np.median(slopes) * chars), -0.3, 0.6))
        long_chars, long_seconds = self._column("spoken_chars"), self._column("sounding_s")
        return Tempo(start_s, float(np.median((long_seconds - start_s) / long_chars)))

    @cached_property
    def sigma(self) -> float:
        """Scatter of the long takes about the pace, as a share, by the median deviation: no outlier widens it."""
        expected = self.tempo.start_s + self.tempo.char_s * self._column("spoken_chars")
        return max(bounds.KNOWN_SIGMA, 1.48 * float(np.median(np.abs(self._column("sounding_s") / expected - 1))))

    @cached_property
    def level_dbfs(self) -> float:
        return float(np.median(self._column("level_dbfs")))

    @cached_property
    def pitch_hz(self) -> float:
        return float(np.median(self._column("pitch_hz")))

    @cached_property
    def bands_db(self) -> NDArray[np.float64]:
        return np.array([np.median(self._column(name)) for name in BAND_NAMES])

    @cached_property
    def longest_pause_s(self) -> float:
        return max(float(self._column(name).max()) for name in ("pause_s", "break_s"))

    def _column(self, name: str, takes: tuple[Mapping[str, float], ...] | None = None) -> NDArray[np.float64]:
        return np.array([take[name] for take in (self._long if takes is None else takes)])
