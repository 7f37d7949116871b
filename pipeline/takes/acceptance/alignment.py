"""Whether the pauses of a take stand where the text's marks do, or all of them later: something was said before it."""

import re

import numpy as np
from numpy.typing import NDArray

from pipeline.takes.acceptance.features import HOP_S, Sound
from pipeline.takes.acceptance.spoken_form import spoken_form

_MARKS = re.compile(r"[.!?;:,…—–。、！？；]+[”’»\"')\]]*(?=\s|$)|[。、！？；]|\n+")

_MOST_MARKS = 12
"""The first of them: further on the places are known too badly."""

_SHORTEST_PAUSE_S = 0.14
"""At a comma; a plosive's closure is shorter."""

_SHIFTS_S = np.arange(0.0, 8.01, 0.1)
_LEAST_SHIFT_S = 0.9
"""Three words; a heading read at length ("II" as "the second") is less."""

_SCALES = np.linspace(0.92, 1.08, 9)
"""The beginning may be read so much faster or slower than the whole."""

_TOLERANCE_S, _TOLERANCE_SHARE = 0.12, 0.025
"""How exactly a mark's place is known, and how that grows with the way from the beginning."""


def preamble_of(sound: Sound, text: str, *, language: str) -> tuple[float, float]:
    """Seconds by which all pauses fit better, and how many marks more then have their pause."""
    marks, chars = _marks(text, language)
    pauses = _pauses(sound)
    sounding_s = float(pauses[-1]) if len(pauses) else 0.0
    if len(marks) < 3 or len(pauses) < 4 or sounding_s < 4:
        return 0.0, 0.0
    fits = _fits(marks / chars, pauses[:-1], sounding_s)
    unshifted = fits[_SHIFTS_S < _LEAST_SHIFT_S / 2].max()
    has_pause = np.abs(_SHIFTS_S[:, None] - pauses[None, :-1]).min(axis=1) < 2 * _TOLERANCE_S
    fits[(_SHIFTS_S < _LEAST_SHIFT_S) | ~has_pause] = 0
    best = int(fits.argmax())
    return float(_SHIFTS_S[best]), float(fits[best] - unshifted)


def _marks(text: str, language: str) -> tuple[NDArray[np.float64], float]:
    """Spoken characters before each of the first marks, and in all."""
    pieces = [spoken_form(piece, language=language).chars for piece in _MARKS.split(text)]
    ends = np.cumsum([piece for piece in pieces if piece])
    return ends[:-1][:_MOST_MARKS], float(ends[-1]) if len(ends) else 1.0


def _pauses(sound: Sound) -> NDArray[np.float64]:
    """Sounding seconds before each pause, and in all; pauses themselves do not count."""
    heard = np.flatnonzero(sound.is_sounding)
    inner = [
        (a, b) for a, b in sound.silences if heard[0] < a and b <= heard[-1] and (b - a) * HOP_S >= _SHORTEST_PAUSE_S
    ]
    lengths = np.cumsum([0, *(b - a for a, b in inner)])
    starts = np.array([*(a for a, _ in inner), heard[-1] + 1]) - heard[0]
    places: NDArray[np.float64] = (starts - lengths) * HOP_S
    return places


def _fits(marks: NDArray[np.float64], pauses: NDArray[np.float64], sounding_s: float) -> NDArray[np.float64]:
    """For each shift: how many marks have a pause near their place, at the best of the scales."""
    expected = _SHIFTS_S[:, None, None] + _SCALES[None, :, None] * marks * (sounding_s - _SHIFTS_S)[:, None, None]
    nearest = np.abs(expected[..., None] - pauses).min(axis=-1)
    tolerance = _TOLERANCE_S + _TOLERANCE_SHARE * expected
    fits: NDArray[np.float64] = np.exp(-((nearest / tolerance) ** 2)).sum(axis=-1).max(axis=1)
    return fits
