"""What is heard twice: passages of a take that sound like other passages of it."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pipeline.takes.acceptance.features import HOP_S, Floats, Sound, runs_of
from pipeline.takes.acceptance.limits import LIKENESS, STUCK_LIKENESS

_STEP_HOPS = 2
"""Rows begin every 40 ms: a phone is longer."""

_SMOOTH_HOPS = 4
"""Each is the mean of 80 ms, so that a copy that begins between two rows still looks like the first."""

_ROW_S = _STEP_HOPS * HOP_S

_PASSAGE_ROWS = 30
"""1.2 s: three or four words. Different passages of that length do not sound alike in all bands."""

_LEAST_HEARD = 0.7
"""Of a passage: one name before a pause ("Algernon:") is no passage, and a play says it twenty times."""

_QUERY_ROWS = 5
"""A passage is looked for every 0.2 s."""

_STUCK_ROWS = 15
"""0.6 s: what a stuck decoder says again is shorter."""

_STUCK_LAGS = range(5, 26)
"""0.2 s to 1 s: less is a held vowel, more is a passage."""

_BANDS_JOINED = 2

_RANGE_DB = 60.0
"""What lies deeper under the loudest band is nothing, whatever its decibels."""

_TWICE_ROWS = 125
"""A take of up to 5 s may be the whole text twice without holding two passages."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """Seconds that repeat what stood just before, seconds heard again elsewhere, likeness of a short take's halves."""

    stuck_s: float
    repeated_s: float
    halves: float


def repetition_of(sound: Sound) -> Repetition:
    rows = _rows(sound)
    return Repetition(_stuck_s(rows), _repeated_s(rows), _halves(rows))


def _rows(sound: Sound) -> Floats:
    """Spectra less the take's own mean spectrum; silence is nothing, so that pauses are not alike."""
    heard = sound.is_sounding
    if len(heard) < _SMOOTH_HOPS or not heard.any():
        return np.zeros((0, 1), np.float32)
    mel = sound.mel_db.reshape(len(heard), -1, _BANDS_JOINED).mean(axis=2)
    mel = np.maximum(mel, mel.max() - _RANGE_DB)
    mel = (mel - mel[heard].mean(axis=0)) * heard[:, None]
    sums = np.cumsum(mel, axis=0, dtype=np.float64)
    return ((sums[_SMOOTH_HOPS:] - sums[:-_SMOOTH_HOPS])[::_STEP_HOPS] / _SMOOTH_HOPS).astype(np.float32)


def _repeated_s(rows: Floats) -> float:
    """Passages whose like stands further away than their length."""
    if len(rows) <= 2 * _PASSAGE_ROWS:
        return 0.0
    windows = sliding_window_view(rows, _PASSAGE_ROWS, axis=0).reshape(len(rows) - _PASSAGE_ROWS + 1, -1)
    norms = np.sqrt(np.einsum("ij,ij->i", windows, windows))
    units = windows / np.maximum(norms, 1e-6)[:, None]
    is_full = sliding_window_view(rows.any(axis=1), _PASSAGE_ROWS).mean(axis=1) >= _LEAST_HEARD
    queries = np.flatnonzero(is_full[::_QUERY_ROWS]) * _QUERY_ROWS
    if not len(queries):
        return 0.0
    alike = units[queries] @ units.T
    lag = np.abs(np.arange(len(units))[None, :] - queries[:, None])
    alike[(lag < _PASSAGE_ROWS) | ~is_full[None, :]] = -1
    return int((alike.max(axis=1) > LIKENESS).sum()) * _QUERY_ROWS * _ROW_S


def _stuck_s(rows: Floats) -> float:
    """The longest stretch whose every 0.6 s are like the 0.6 s before by one and the same lag."""
    energy = np.einsum("ij,ij->i", rows, rows)
    longest = 0
    for lag in _STUCK_LAGS:
        if len(rows) <= lag + _STUCK_ROWS:
            break
        products = _windowed(np.einsum("ij,ij->i", rows[lag:], rows[:-lag]))
        norms = np.sqrt(_windowed(energy[lag:]) * _windowed(energy[:-lag]))
        alike = products > STUCK_LIKENESS * np.maximum(norms, 1e-3)
        longest = max([longest, *(end - start for start, end in runs_of(alike))])
    return (longest + _STUCK_ROWS) * _ROW_S if longest else 0.0


def _windowed(values: NDArray[np.float32]) -> NDArray[np.float64]:
    sums = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
    return sums[_STUCK_ROWS:] - sums[:-_STUCK_ROWS]


def _halves(rows: Floats) -> float:
    """How much the second half of a short take is the first again, at the likest split."""
    heard = np.flatnonzero(rows.any(axis=1))
    if not len(heard) or not _STUCK_LAGS.start < len(heard) <= _TWICE_ROWS:
        return 0.0
    rows = rows[heard[0] : heard[-1] + 1]
    energy = np.einsum("ij,ij->i", rows, rows)
    best = 0.0
    for lag in range(max(3, int(0.4 * len(rows))), int(0.7 * len(rows))):
        norm = float(np.sqrt(energy[lag:].sum() * energy[: len(rows) - lag].sum()))
        best = max(best, float((rows[lag:] * rows[: len(rows) - lag]).sum()) / max(norm, 1e-3))
    return best
