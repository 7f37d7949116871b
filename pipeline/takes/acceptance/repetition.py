"""What is heard twice: passages of a take that sound like other passages of it."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pipeline.takes.acceptance.features import HOP_S, Floats, Sound
from pipeline.takes.acceptance.limits import LIKENESS

_STEP_HOPS = 2
"""Rows of 40 ms: a phone is longer."""

_ROW_S = _STEP_HOPS * HOP_S

PASSAGE_ROWS = 40
"""1.6 s: five words or so. No two different passages of that length sound alike in all bands."""

_QUERY_ROWS = 10
"""A passage is looked for every 0.4 s."""

_SHORTEST_LAG_ROWS = 6
"""A loop of 240 ms is the shortest told from a held vowel."""

_BANDS_JOINED = 2


def _passages(sound: Sound) -> tuple[Floats, NDArray[np.intp]]:
    """Rows of unit length (passages, of 1.6 s each, begun every 40 ms) and which of them are looked for."""
    rows = _rows(sound)
    if len(rows) <= PASSAGE_ROWS + _SHORTEST_LAG_ROWS:
        return np.zeros((0, 0), np.float32), np.zeros(0, np.intp)
    windows = sliding_window_view(rows, PASSAGE_ROWS, axis=0).reshape(len(rows) - PASSAGE_ROWS + 1, -1)
    norms = np.sqrt(np.einsum("ij,ij->i", windows, windows))
    full = norms > 0
    units = windows / np.maximum(norms, 1e-6)[:, None]
    return units.astype(np.float32), np.arange(0, len(units), _QUERY_ROWS)[full[::_QUERY_ROWS]]


def _rows(sound: Sound) -> Floats:
    """Spectra of 40 ms less the take's own mean spectrum; silence is nothing, so that pauses are not alike."""
    hops = len(sound.mel_db) // _STEP_HOPS * _STEP_HOPS
    heard = sound.is_sounding[:hops]
    if not heard.any():
        return np.zeros((0, 1), np.float32)
    mel = sound.mel_db[:hops].reshape(hops, -1, _BANDS_JOINED).mean(axis=2)
    mel = np.maximum(mel, mel.max() - 60)
    mel = (mel - mel[heard].mean(axis=0)) * heard[:, None]
    return mel.reshape(-1, _STEP_HOPS, mel.shape[1]).mean(axis=1)


def repeated_seconds(sound: Sound) -> tuple[float, float]:
    """Seconds that repeat what stood just before (a stuck decoder), and seconds heard again anywhere else."""
    units, queries = _passages(sound)
    if not len(queries):
        return 0.0, 0.0
    alike = units[queries] @ units.T
    lag = np.abs(np.arange(len(units))[None, :] - queries[:, None])
    is_far, is_near = lag >= PASSAGE_ROWS, (lag >= _SHORTEST_LAG_ROWS) & (lag < PASSAGE_ROWS)
    far = int((np.where(is_far, alike, -1).max(axis=1) > LIKENESS).sum())
    near = int((np.where(is_near, alike, -1).max(axis=1) > LIKENESS).sum())
    return near * _QUERY_ROWS * _ROW_S, far * _QUERY_ROWS * _ROW_S
