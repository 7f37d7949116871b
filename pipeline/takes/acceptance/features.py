"""What is heard in a take, as numbers: levels, silences, log-mel frames. Pure numpy, one pass over the samples."""

import functools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipeline.recording import PIPELINE_FORMAT, Samples

Floats = NDArray[np.float32]

HOP_FRAMES = 480
"""20 ms: short enough to see a plosive's closure, long enough that 45 s are only 2,250 rows."""

HOP_S = HOP_FRAMES / PIPELINE_FORMAT.rate

_FFT_FRAMES = 512
"""The power of two above a hop: bins of 47 Hz."""

BANDS = 24
"""Mel bands: about as many as the ear has critical bands up to 12 kHz."""

_LOWEST_HZ = 60.0
"""Under it is rumble and mains hum's first harmonic, no speech."""

_FLOOR_POWER = 1e-10
"""−100 dBFS: the step of 16 bits is at −98, so less is nothing."""

SILENCE_UNDER_DB = 35.0
"""A hop so far under the loud ones is a pause: words die away within 30 dB, rooms and hiss begin at 40."""

_LOUD_PERCENTILE = 95
"""The level of stressed vowels; a click or a shout moves it little."""

_SILENCE_DBFS = -60.0
"""Whatever the loud hops are, less than this nobody hears."""


@dataclass(frozen=True)
class Sound:
    """A take in hops of 20 ms: `level_db` (dBFS, RMS) a hop, `mel_db` (hops x bands)."""

    samples: Samples
    level_db: Floats
    mel_db: Floats

    @property
    def seconds(self) -> float:
        return PIPELINE_FORMAT.seconds_of(len(self.samples))

    @cached_property
    def loud_db(self) -> float:
        return float(np.percentile(self.level_db, _LOUD_PERCENTILE)) if len(self.level_db) else -100.0

    @cached_property
    def is_sounding(self) -> NDArray[np.bool_]:
        return self.level_db > max(self.loud_db - SILENCE_UNDER_DB, _SILENCE_DBFS)

    @cached_property
    def silences(self) -> list[tuple[int, int]]:
        """Runs of silent hops, start and end (exclusive)."""
        return runs_of(~self.is_sounding)


def sound_of(samples: Samples) -> Sound:
    """Measure a take; a last part of a hop is left to those who look at the very end."""
    hops = len(samples) // HOP_FRAMES
    waves = samples[: hops * HOP_FRAMES].reshape(hops, HOP_FRAMES).astype(np.float32)
    waves *= np.float32(1 / 32768)
    power = np.einsum("ij,ij->i", waves, waves) / HOP_FRAMES
    level_db = 10 * np.log10(np.maximum(power, _FLOOR_POWER))
    return Sound(samples, level_db.astype(np.float32), _mel_db(waves))


def _mel_db(waves: Floats) -> Floats:
    window, bank = _window(), _mel_bank()
    spectrum = np.fft.rfft(waves * window, n=_FFT_FRAMES, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    bands = power.astype(np.float32) @ bank
    found: Floats = 10 * np.log10(np.maximum(bands, np.float32(_FLOOR_POWER)))
    return found


@functools.cache
def _window() -> Floats:
    window = np.hanning(HOP_FRAMES).astype(np.float32)
    return window / np.float32(
        np.sqrt((window**2).sum() * HOP_FRAMES)
    )  # so that a bin's power is per hop, as levels are


@functools.cache
def _mel_bank() -> Floats:
    """Triangles over the bins of the FFT, each a mean over its bins: flat noise is flat in it (O'Shaughnessy 1987)."""
    top = PIPELINE_FORMAT.rate / 2
    mels = np.linspace(_mel(_LOWEST_HZ), _mel(top), BANDS + 2)
    edges = 700 * (10 ** (mels / 2595) - 1)
    hertz = np.fft.rfftfreq(_FFT_FRAMES, 1 / PIPELINE_FORMAT.rate)
    rising = (hertz[:, None] - edges[None, :-2]) / np.maximum(edges[1:-1] - edges[:-2], 1)
    falling = (edges[None, 2:] - hertz[:, None]) / np.maximum(edges[2:] - edges[1:-1], 1)
    bank = np.clip(np.minimum(rising, falling), 0, None)
    for band in np.flatnonzero(bank.sum(axis=0) == 0):  # narrower than a bin: the nearest one
        bank[np.argmin(np.abs(hertz - edges[band + 1])), band] = 1
    found: Floats = (bank / bank.sum(axis=0)).astype(np.float32)
    return found


def _mel(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))


def runs_of(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and end (exclusive) of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
