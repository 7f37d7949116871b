"""A look-ahead limiter for true peaks: what would exceed the ceiling is turned down smoothly, all else is untouched.

The gain around a peak is the smallest that is needed within `_REACH` of it, smoothed by a window as long: so it is down
in time, comes back as gently, and never stands above what a peak needs. It is a function of the sound within twice
that of a frame, so the result does not depend on how the sound is cut into pieces.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from pipeline.assemble.peaks import PEAK_FRAMES_AFTER, true_peaks
from pipeline.recording import PIPELINE_FORMAT, Sound

_REACH = PIPELINE_FORMAT.frames_of_ms(8)
"""Frames. Longer than a period of the lowest voices (about 80 Hz is 12 ms, bridged from both sides), so that a voiced
sound is turned down as a whole; short enough that a syllable beside a peak keeps its level."""

_CONTEXT = 2 * _REACH + PEAK_FRAMES_AFTER
_BLOCK = PIPELINE_FORMAT.frames_of_ms(4_500)


def limited(pieces: Iterable[Sound], ceiling_dbtp: float) -> Iterator[Sound]:
    """The same number of frames, none of them with a true peak (BS.1770-4, annex 2) above `ceiling_dbtp`."""
    ceiling = 10 ** (ceiling_dbtp / 20)
    held = np.zeros(_CONTEXT, dtype=np.float32)
    for piece in pieces:
        held = np.concatenate([held, piece])
        while len(held) >= _BLOCK + 2 * _CONTEXT:
            yield _limited(held[: _BLOCK + 2 * _CONTEXT], ceiling)
            held = held[_BLOCK:]
    if len(held) > _CONTEXT:
        yield _limited(np.concatenate([held, np.zeros(_CONTEXT, dtype=np.float32)]), ceiling)


def _limited(window: Sound, ceiling: float) -> Sound:
    """The middle of a window, which has `_CONTEXT` on each side of it."""
    middle = window[_CONTEXT:-_CONTEXT]
    peaks = true_peaks(window, above=ceiling)
    if peaks.max() <= ceiling:
        return middle
    needed = np.minimum(1, ceiling / np.maximum(peaks, ceiling))
    gain = _smoothed(_lowest_within(needed, _REACH), _REACH)
    return middle * gain[_CONTEXT - 2 * _REACH : len(gain) - (_CONTEXT - 2 * _REACH)].astype(np.float32)


def _lowest_within(values: Sound, reach: int) -> Sound:
    """For each place but the outermost `reach`, the smallest value no further than `reach` away. By doubling."""
    width, span = 2 * reach + 1, 1
    lowest = values
    while 2 * span <= width:
        lowest = np.minimum(lowest[:-span], lowest[span:])
        span *= 2
    rest = width - span
    return np.minimum(lowest[: len(lowest) - rest], lowest[rest:]) if rest else lowest


def _smoothed(values: Sound, reach: int) -> Sound:
    """The mean over `reach` to both sides, twice over half of it: a triangle, without corners one could hear."""
    for _ in range(2):
        sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
        values = (sums[reach + 1 :] - sums[: -reach - 1]) / (reach + 1)
    return values
