"""What a ceiling costs: how much of a sound's energy is under which peaks, and so what is lost when they are cut."""

from dataclasses import dataclass
from math import log10

import numpy as np

from pipeline.recording import PIPELINE_FORMAT, Sound

_BLOCK_FRAMES = PIPELINE_FORMAT.frames_of_ms(16)
"""What a limiter turns down around a peak."""

_LOWEST_DB, _STEP_DB = -60.0, 0.5
_BINS = 160
"""Up to +20 dBFS: a gain may lift a peak so high before it is cut."""

_BETWEEN_FRAMES_DB = 0.2
"""A true peak of speech stands so far above the highest sample of its block, on average."""


@dataclass(frozen=True, slots=True)
class Crests:
    """Energy by the peak of the block it is in, in steps of 0.5 dB from -60 dBFS."""

    energies: tuple[float, ...] = (0.0,) * _BINS

    @classmethod
    def of(cls, sound: Sound) -> "Crests":
        count = len(sound) // _BLOCK_FRAMES
        blocks = sound[: count * _BLOCK_FRAMES].reshape(count, _BLOCK_FRAMES)
        peaks = np.maximum(np.maximum(blocks.max(axis=1), -blocks.min(axis=1)), 1e-6)
        bins = np.clip((20 * np.log10(peaks) - _LOWEST_DB) / _STEP_DB, 0, _BINS - 1).astype(np.intp)
        energies = np.bincount(bins, weights=np.einsum("ij,ij->i", blocks, blocks), minlength=_BINS)
        return cls(tuple(np.round(energies, 3).tolist()))

    def louder(self, gain_db: float) -> "Crests":
        """Those of the same sound with a gain, to the nearest step."""
        steps = round(gain_db / _STEP_DB)
        moved = np.zeros(_BINS)
        for number, energy in enumerate(self.energies):
            moved[min(_BINS - 1, max(0, number + steps))] += energy * 10 ** (gain_db / 10)
        return Crests(tuple(np.round(moved, 3).tolist()))

    def __add__(self, other: "Crests") -> "Crests":
        return Crests(tuple(a + b for a, b in zip(self.energies, other.energies, strict=True)))

    def lost_db(self, gain_db: float, ceiling_dbtp: float) -> float:
        """By how much the sound, made louder by a gain, gets quieter again when its peaks are held under a ceiling."""
        energies = np.array(self.energies)
        if not energies.any():
            return 0.0
        peaks_db = _LOWEST_DB + _STEP_DB * (np.arange(_BINS) + 0.5) + gain_db + _BETWEEN_FRAMES_DB
        left = np.minimum(1.0, 10 ** ((ceiling_dbtp - peaks_db) / 10))
        return -10 * log10(float(energies @ left) / energies.sum())

    def gain_for(self, wanted_db: float, ceiling_dbtp: float) -> float:
        """The gain that, less what the ceiling takes, makes the sound louder by `wanted_db`; at most 6 dB more."""
        gain_db = wanted_db
        for _ in range(_ROUNDS):
            gain_db = min(wanted_db + 6, wanted_db + self.lost_db(gain_db, ceiling_dbtp))
        return gain_db


_ROUNDS = 12
"""Each brings the gain nearer by the share of what is cut; for speech a hundredth of a decibel is left after five."""
