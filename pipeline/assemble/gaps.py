"""The silences inside a clip, measured against its own speech: where a sentence may have ended."""

import numpy as np
from numpy.typing import NDArray

from pipeline.recording import PIPELINE_FORMAT, Samples

_BLOCK_FRAMES = PIPELINE_FORMAT.frames_of_ms(5)
"""Resolution of the search: a gap's edges are exact to this."""

_SHORTEST_BLOCKS = 12
"""60 ms. The closure of a plosive is shorter as a rule, and neural voices leave no more between quick sentences."""

_LONGEST_CLICK_BLOCKS = 2
"""10 ms: a click of the lips or of an encoder does not end a silence; no sound of a language is so short alone."""

_SPEECH_PERCENTILE, _FLOOR_PERCENTILE = 90, 10
"""The level of the stressed vowels, and of what remains when nobody speaks: pauses are over a tenth of a reading."""

_DEPTH_DB, _LEAST_DEPTH_DB = 32.0, 20.0
"""A gap lies so far under the vowels: weak consonants are 25 dB under them, rooms of a quiet recording 45 and more."""

_OVER_FLOOR_DB = 6.0
"""In a noisy recording what stays this near to its floor is a gap, if it is at least the smaller depth under speech."""


def gaps_of(samples: Samples) -> tuple[tuple[int, int], ...]:
    """The inner silences of a clip in order, each as first frame and frames; those at its ends are none."""
    is_quiet = _without_clicks(_is_quiet(_block_levels_db(samples)))
    starts, ends = _runs(is_quiet)
    return tuple(
        (int(start) * _BLOCK_FRAMES, int(end - start) * _BLOCK_FRAMES)
        for start, end in zip(starts, ends, strict=True)
        if end - start >= _SHORTEST_BLOCKS and start > 0 and end < len(is_quiet)
    )


def _block_levels_db(samples: Samples) -> NDArray[np.float32]:
    """Mean power of each whole block in dB; digital silence is at 0 dB, a square wave of full scale at 90."""
    count = len(samples) // _BLOCK_FRAMES
    blocks = samples[: count * _BLOCK_FRAMES].reshape(count, _BLOCK_FRAMES).astype(np.float32)
    power = np.einsum("ij,ij->i", blocks, blocks) / np.float32(_BLOCK_FRAMES)
    levels_db: NDArray[np.float32] = 10 * np.log10(power + np.float32(1))
    return levels_db


def _is_quiet(levels_db: NDArray[np.float32]) -> NDArray[np.bool_]:
    if not len(levels_db):
        return np.zeros(0, dtype=np.bool_)
    floor_db, speech_db = np.percentile(levels_db, (_FLOOR_PERCENTILE, _SPEECH_PERCENTILE))
    threshold_db = floor_db + _OVER_FLOOR_DB
    if threshold_db > speech_db - _LEAST_DEPTH_DB:  # the floor of a clip without a pause is speech
        threshold_db = -np.inf
    is_quiet: NDArray[np.bool_] = levels_db < max(threshold_db, speech_db - _DEPTH_DB)
    return is_quiet


def _without_clicks(is_quiet: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Quiet also where a sound too short to be speech has as long a quiet on either side as a gap needs in all."""
    mended = is_quiet.copy()
    starts, ends = _runs(~is_quiet)
    for start, end in zip(starts, ends, strict=True):
        before, after = is_quiet[max(0, start - _SHORTEST_BLOCKS) : start], is_quiet[end : end + _SHORTEST_BLOCKS]
        if end - start <= _LONGEST_CLICK_BLOCKS and len(before) and len(after) and before.all() and after.all():
            mended[start:end] = True
    return mended


def _runs(flags: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and past-the-last index of each stretch of true values."""
    turns = np.flatnonzero(np.diff(flags, prepend=False, append=False))
    return turns[::2], turns[1::2]
