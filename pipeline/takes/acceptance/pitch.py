"""How high a voice is: the fundamental of its loud hops."""

import numpy as np

from pipeline.recording import PIPELINE_FORMAT
from pipeline.takes.acceptance.features import HOP_FRAMES, Floats, Sound

_DECIMATION = 4
"""6 kHz hold every fundamental and its first harmonics, at a quarter of the work."""

_RATE = PIPELINE_FORMAT.rate // _DECIMATION
_WINDOW = 256
"""43 ms at 6 kHz: two periods of a voice of 60 Hz and more."""

_LOWEST_HZ, _HIGHEST_HZ = 60, 420
"""From a bass to a child."""

_VOICED = 0.55
"""A peak of the normalised autocorrelation under this is no voice but noise."""

_MOST_WINDOWS = 200
"""So many tell a median to a percent."""


def pitches_hz(sound: Sound) -> Floats:
    """The fundamental at voiced moments in their order, at most 200 of them, evenly over the take."""
    loud = np.flatnonzero(sound.level_db > max(sound.loud_db - 15, -60))
    loud = loud[(loud + 3) * HOP_FRAMES < len(sound.samples)]
    if not len(loud):
        return np.zeros(0, np.float32)
    chosen = loud[np.linspace(0, len(loud) - 1, min(_MOST_WINDOWS, len(loud))).astype(int)]
    at = chosen[:, None] * HOP_FRAMES + np.arange(_WINDOW * _DECIMATION)[None, :]
    waves = sound.samples[at].reshape(len(chosen), _WINDOW, _DECIMATION).mean(axis=2, dtype=np.float32)
    waves -= waves.mean(axis=1, keepdims=True)
    return _fundamentals(waves)


def _fundamentals(waves: Floats) -> Floats:
    window = np.hanning(_WINDOW).astype(np.float32)
    spectra = np.fft.rfft(np.stack([*(waves * window), window]), n=2 * _WINDOW, axis=1)
    products = np.fft.irfft(spectra.real**2 + spectra.imag**2, axis=1)
    products = products[:-1] / products[-1]  # undo the window's own taper, as Boersma does (1993)
    first, last = _RATE // _HIGHEST_HZ, _RATE // _LOWEST_HZ
    strength = products[:, first : last + 1] / np.maximum(products[:, :1], 1e-9)
    lags = np.arange(first, last + 1)
    strength = strength - 0.03 * np.log2(
        lags / first
    )  # of two octaves the higher: a period's double is as good a period
    best = strength.argmax(axis=1)
    is_voiced = strength[np.arange(len(best)), best] > _VOICED
    hertz: Floats = (_RATE / lags[best[is_voiced]]).astype(np.float32)
    return hertz
