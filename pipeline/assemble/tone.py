"""Room tone: very quiet noise under a whole chapter, for listeners and stores that take digital silence for a fault."""

from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np

from pipeline.recording import PIPELINE_FORMAT, Sound

_LOOP_FRAMES = 11 * PIPELINE_FORMAT.rate
"""The tone repeats after eleven seconds: at 50 dB under speech nobody hears it do so."""

_LOWEST_HZ, _HIGHEST_HZ = 60, 8_000
_SEED = 20_260


def with_tone(pieces: Iterable[Sound], level_db: float | None) -> Iterator[Sound]:
    """The same sound with tone of `level_db` dBFS RMS under it; None leaves it as it is."""
    if level_db is None:
        yield from pieces
        return
    loop = _loop() * np.float32(10 ** (level_db / 20))
    at = 0
    for piece in pieces:
        yield piece + np.take(loop, np.arange(at, at + len(piece)), mode="wrap")
        at = (at + len(piece)) % _LOOP_FRAMES


@cache
def _loop() -> Sound:
    """Pink noise (3 dB less an octave) of RMS 1, made so that its end meets its beginning."""
    hz = np.fft.rfftfreq(_LOOP_FRAMES, 1 / PIPELINE_FORMAT.rate)
    is_heard = (hz >= _LOWEST_HZ) & (hz <= _HIGHEST_HZ)
    amplitude = np.where(is_heard, 1 / np.sqrt(np.maximum(hz, _LOWEST_HZ)), 0)
    turns = np.random.PCG64(_SEED).random_raw(len(hz)) / 2**64
    noise = np.fft.irfft(amplitude * np.exp(2j * np.pi * turns), _LOOP_FRAMES)
    loop: Sound = (noise / np.sqrt(np.mean(noise**2))).astype(np.float32)
    return loop
