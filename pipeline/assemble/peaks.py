"""How high sound peaks between its frames: true peak, ITU-R BS.1770-4, annex 2. Pure numbers, no files."""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pipeline.assemble.loudness import Channels

_TAPS = 16
PEAK_FRAMES_BEFORE, PEAK_FRAMES_AFTER = _TAPS // 2 - 1, _TAPS // 2
"""How far a true peak looks around its frame; beyond the ends of a sound there is silence."""

_POINTS = (0.25, 0.5, 0.75)  # of the way from a frame to the next: four times as many points as frames
_KAISER_BETA = 5.0


def _interpolating_filters() -> NDArray[np.float32]:
    """One row of taps for each of `_POINTS`: Kaiser-windowed sinc, flat within 0.05 dB up to 0.4 of the rate.

    BS.1770-4, annex 2, leaves the filter open; the example it prints, of 12 taps, wavers by 0.24 dB.
    """
    distances = np.arange(_TAPS) - PEAK_FRAMES_BEFORE - np.array(_POINTS)[:, np.newaxis]
    taps = np.sinc(distances) * np.i0(_KAISER_BETA * np.sqrt(1 - (2 * distances / _TAPS) ** 2))
    filters: NDArray[np.float32] = (taps / taps.sum(axis=1, keepdims=True)).astype(np.float32)
    return filters


_FILTERS = _interpolating_filters()
_HIGHEST_GAIN = float(np.abs(_FILTERS).sum(axis=1).max()) * (1 + 1e-5)  # the rest is float32's rounding
_STEP = 8  # frames whose peaks one row of a product gives; rows overlap, and the overlap is copied
_SPAN = 1024  # frames that are looked at, or passed over, together
_SPANS_AT_ONCE = 8  # as many as stay in the cache


class Peak(NamedTuple):
    """How high, in full scale, and between which frame and the next."""

    value: float
    frame: int


def true_peak(sound: Channels) -> float:
    """The highest level between or on the frames of any channel, in full scale; 0 for none."""
    return highest_peak(sound).value


def highest_peak(sound: Channels, *, above: float = 0.0) -> Peak:
    """The true peak and where it is, or (`above`, -1) if nothing is higher. Exact, though most of the sound is skipped:
    what is so quiet that the filter cannot lift it over the highest found.
    """
    edges = (PEAK_FRAMES_BEFORE, PEAK_FRAMES_AFTER)
    return highest_peak_between(np.pad(np.atleast_2d(sound), ((0, 0), edges)), above=above)


def highest_peak_between(sound: Channels, *, above: float = 0.0) -> Peak:
    """The same of sound whose first `PEAK_FRAMES_BEFORE` and last `PEAK_FRAMES_AFTER` frames only surround the rest.

    Frame 0 is the first of the rest.
    """
    best = Peak(above, -1)
    for channel in np.atleast_2d(sound):
        best = _highest_of(channel, best)
    return best


def _highest_of(padded: Channels, best: Peak) -> Peak:
    spans, frames = _spans(padded), len(padded) - (_TAPS - 1)
    bounds = _bounds(spans)
    order = np.argsort(-bounds)
    for start in range(0, len(order), _SPANS_AT_ONCE):
        chosen = order[start : start + _SPANS_AT_ONCE]
        chosen = chosen[bounds[chosen] > best.value]
        if not len(chosen):
            break
        peaks = _peaks_of(spans[chosen])
        peaks[chosen == len(spans) - 1, frames - (len(spans) - 1) * _SPAN :] = (
            0  # what fills up the last span is no sound
        )
        row, column = divmod(int(peaks.argmax()), _SPAN)
        if peaks[row, column] > best.value:
            best = Peak(float(peaks[row, column]), int(chosen[row]) * _SPAN + column)
    return best


def true_peaks(sound: Channels, *, above: float = 0.0) -> Channels:
    """For every frame the highest level of any channel from it to the next: a limiter turns down both their sides.

    Zero where no peak can be higher than `above`; whatever is higher is there.
    """
    edges = (PEAK_FRAMES_BEFORE, PEAK_FRAMES_AFTER)
    padded = np.pad(np.atleast_2d(sound), ((0, 0), edges))
    frames = padded.shape[1] - sum(edges)
    channels = [_peaks_above(_spans(channel), above).reshape(-1)[:frames] for channel in padded]
    return channels[0] if len(channels) == 1 else np.maximum.reduce(channels)


def _peaks_above(spans: Channels, above: float) -> Channels:
    peaks = np.zeros((len(spans), _SPAN), dtype=np.float32)
    chosen = np.flatnonzero(_bounds(spans) > above)
    peaks[chosen] = _peaks_of(spans[chosen])
    return peaks


def _bounds(spans: Channels) -> Channels:
    """The level that no true peak of a span is above: that of its frames, lifted as high as the filter can."""
    bounds: Channels = _HIGHEST_GAIN * np.maximum(spans.max(axis=1, initial=0), -spans.min(axis=1, initial=0))
    return bounds


def _spans(padded: Channels) -> Channels:
    """Rows of `_SPAN` frames and what surrounds them, the last one filled up with silence."""
    frames = len(padded) - (_TAPS - 1)
    if frames <= 0:
        return np.zeros((0, _SPAN + _TAPS - 1), dtype=np.float32)
    missing = -frames % _SPAN
    filled = np.pad(padded, (0, missing)) if missing else padded
    return sliding_window_view(filled, _SPAN + _TAPS - 1)[::_SPAN]


def _peaks_of(spans: Channels) -> Channels:
    """The peak from every frame to the next, by row: three points between them, and the frame itself."""
    rows = np.ascontiguousarray(sliding_window_view(spans, _STEP + _TAPS - 1, axis=1)[:, ::_STEP])
    points = np.abs(rows @ _product_matrix()).reshape(len(spans), _SPAN, len(_POINTS))
    peaks = np.abs(spans[:, PEAK_FRAMES_BEFORE : PEAK_FRAMES_BEFORE + _SPAN])
    for number in range(len(_POINTS)):
        np.maximum(peaks, points[:, :, number], out=peaks)
    return peaks


@cache
def _product_matrix() -> NDArray[np.float32]:
    """What turns `_STEP` frames and their surroundings into the points after each of the frames."""
    matrix = np.zeros((_STEP + _TAPS - 1, _STEP, len(_POINTS)), dtype=np.float32)
    for frame in range(_STEP):
        matrix[frame : frame + _TAPS, frame] = _FILTERS.T
    return matrix.reshape(len(matrix), -1)
