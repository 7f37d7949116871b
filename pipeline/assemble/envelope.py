"""How the level of a sound goes, in steps of 10 ms: its silences, its noise floor, where it begins and ends."""

from math import inf, log10
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.assemble.runs import Runs

Energies = NDArray[np.float64]

STEP_MS = 10
_FLOOR_STEPS = 50  # 500 ms: what the noise floor is measured over
_ZERO_STEPS = 10  # 100 ms: no word has a gap so long, and no room is without a sound so long
_ZERO_ENERGY = 2.0**-32  # half a step of 16 bits, squared: what is heard of it is zero

_BIN_DB = 0.5
_LOWEST_DB, _HIGHEST_DB = -120.0, 20.0
_BINS = round((_HIGHEST_DB - _LOWEST_DB) / _BIN_DB)

_LOUD_SHARE = 0.1  # of what is sound at all: vowels
_AUDIBLE_DB = -70.0  # what the share is counted of; quieter is a room
_UNDER_SPEECH_DB = 40.0  # the softest consonants lie some 35 dB under the loud vowels
_OVER_FLOOR_DB = 12.0  # a noise's own steps of 10 ms stay within this of its level
_SURELY_SPEECH_DB = 15.0  # under the loud vowels; however noisy the room, this much is no part of it


class Outline(NamedTuple):
    """What there is to say of a whole sound. Levels are RMS in dBFS, places in steps from its beginning.

    speech_db            what the loudest tenth of the audible steps reach: the level of vowels
    floor_db, floor_at   the quietest 500 ms (of sound shorter than that, all of it), and where they begin
    head, tail           steps before the first sound and after the last
    zeros, zeros_at      steps of the longest digital silence of at least 100 ms, and where it begins, -1: none
    zero_steps           steps of all of them together
    """

    speech_db: float
    floor_db: float
    floor_at: int
    head: int
    tail: int
    zeros: int
    zeros_at: int
    zero_steps: int


class Envelope:
    """Takes the mean squares of the steps in order; its size does not depend on their number.

    Sound begins and ends where two steps in a row are louder than 40 dB under the speech, or, in a noisy room, than
    12 dB over its noise floor. Both are known at the end only, so for each level the first and the last place are kept.
    """

    def __init__(self) -> None:
        self._steps = 0
        self._energy = 0.0
        self._recent: Energies = np.zeros(0)
        self._quietest, self._quietest_at = inf, 0
        self._zeros = Runs(_ZERO_STEPS)
        self._counts = np.zeros(_BINS, dtype=np.int64)
        self._first = np.full(_BINS, -1)
        self._last = np.full(_BINS, -1)

    def feed(self, energies: Energies) -> None:
        self._zeros.feed(energies < _ZERO_ENERGY)
        self._energy += float(energies.sum())
        known = np.concatenate([self._recent, energies])
        self._look_for_floor(known)
        self._note_levels(known[-len(energies) - 1 :] if len(energies) else known[:0])
        self._steps += len(energies)
        self._recent = known[-_FLOOR_STEPS + 1 :]

    def _look_for_floor(self, known: Energies) -> None:
        if len(known) < _FLOOR_STEPS:
            return
        sums = np.concatenate([[0.0], np.cumsum(known)])
        windows = np.maximum(sums[_FLOOR_STEPS:] - sums[:-_FLOOR_STEPS], 0) / _FLOOR_STEPS
        place = int(windows.argmin())
        if windows[place] < self._quietest:
            quiet = known[place : place + _FLOOR_STEPS]  # again, without what the differences of sums lose
            self._quietest, self._quietest_at = float(quiet.mean()), self._steps - len(self._recent) + place

    def _note_levels(self, energies: Energies) -> None:
        """From the last known step on: how loud each pair of steps is throughout."""
        bins = _bins_of(np.minimum(energies[:-1], energies[1:]))
        if not len(bins):
            return
        self._counts += np.bincount(bins, minlength=_BINS)
        places = np.arange(len(bins)) + max(self._steps - 1, 0)
        self._last[bins] = places  # of several places for one level numpy keeps the last
        first = np.full(_BINS, -1)
        first[bins[::-1]] = places[::-1]
        self._first = np.where(self._first < 0, first, self._first)

    def finish(self) -> Outline:
        """Nothing comes any more."""
        self._zeros.finish()
        speech_db, floor_db = self._speech_db(), _db_of(self._floor)
        is_silent = speech_db == -inf
        head, tail = (self._steps,) * 2 if is_silent else self._ends(_bin_of(_threshold_db(speech_db, floor_db)))
        zeros = self._zeros
        return Outline(speech_db, floor_db, self._quietest_at, head, tail, zeros.longest, zeros.longest_at, zeros.total)

    @property
    def _floor(self) -> float:
        if self._steps < _FLOOR_STEPS:
            return self._energy / self._steps if self._steps else 0.0
        return self._quietest

    def _speech_db(self) -> float:
        audible = self._counts.copy()
        audible[: _bin_of(_AUDIBLE_DB)] = 0
        from_above = np.cumsum(audible[::-1])
        if not from_above[-1]:
            return -inf
        reached = int(np.searchsorted(from_above, _LOUD_SHARE * from_above[-1]))
        return _LOWEST_DB + _BIN_DB * (_BINS - 1 - reached)

    def _ends(self, threshold: int) -> tuple[int, int]:
        """Steps before the first place that is in a bin or louder, and after the last."""
        first, last = self._first[threshold:], self._last[threshold:]
        return int(first[first >= 0].min()), max(0, self._steps - int(last.max()) - 2)


def _threshold_db(speech_db: float, floor_db: float) -> float:
    under_speech = max(speech_db - _UNDER_SPEECH_DB, floor_db + _OVER_FLOOR_DB)
    return max(min(under_speech, speech_db - _SURELY_SPEECH_DB), _LOWEST_DB)


def _db_of(energy: float) -> float:
    return 10 * log10(energy) if energy > 0 else -inf


def _bin_of(db: float) -> int:
    return min(max(round((db - _LOWEST_DB) / _BIN_DB), 0), _BINS - 1)


def _bins_of(energies: Energies) -> NDArray[np.intp]:
    levels = 10 * np.log10(np.maximum(energies, 1e-30))
    bins: NDArray[np.intp] = np.clip((levels - _LOWEST_DB) / _BIN_DB, 0, _BINS - 1).astype(np.intp)
    return bins
