"""How loud takes and chapters are made: pure arithmetic on what was measured. Gains in dB, loudness in LUFS."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.assemble.loudness import LoudnessHistogram

_TELLING_S = 2.0
"""Seconds of sound below which a take's loudness says little about its level: one loud word decides it."""

_LARGEST_MATCH_DB = 6.0
"""What a take is moved at most to match its chapter: a whisper or a shout further off is meant."""

TRUSTED_S = 60.0
"""Seconds of speech from which on a chapter's loudness is its own. A shorter one, a title or a dedication, is held to
the book: a single take of a few words can measure 2 LU off, and made as loud as a chapter it would jump at the
listener."""

_CLAMP_LU = 1.0
"""How far the gain of such a short chapter may stand from the book's."""


@dataclass(frozen=True, slots=True)
class TakeLevel:
    """How loud a take of so many seconds is, and in which voice. `is_played`: asked to be loud, soft or otherwise
    unlike the voice's usual.
    """

    lufs: float
    seconds: float
    voice: str = ""
    is_played: bool = False

    @property
    def is_telling(self) -> bool:
        return self.seconds >= _TELLING_S and math.isfinite(self.lufs)


def matching_gains(takes: Sequence[TakeLevel], *, match_db: float) -> list[float]:
    """A gain for every take of a chapter; 0 for a `match_db` of 0 leaves all as they are.

    A take that is more than `match_db` off the level of its voice is brought to it; a played one is as it was meant.
    Where there are several voices, all takes of each, short ones too, are moved by what it is off the chapter's level.
    A level is the median of takes by their length.
    """
    telling = [take for take in takes if take.is_telling]
    if not telling or not match_db:
        return [0.0] * len(takes)
    usual = _level(telling)
    levels = {voice: _voice_level(voice, takes, usual=usual) for voice in {take.voice for take in takes}}
    return [_match(take, usual, levels[take.voice], match_db=match_db) for take in takes]


def _voice_level(voice: str, takes: Sequence[TakeLevel], *, usual: float) -> float:
    """By its long takes; by a few short ones together, where it has no other; of a word or two nothing is known."""
    own = [take for take in takes if take.voice == voice and math.isfinite(take.lufs)]
    telling = [take for take in own if take.is_telling]
    if not telling and sum(take.seconds for take in own) < _TELLING_S:
        return usual
    return _level(telling or own)


def _level(takes: Sequence[TakeLevel]) -> float:
    plain = [take for take in takes if not take.is_played]
    return _median([(take.lufs, take.seconds) for take in plain or takes])


def _match(take: TakeLevel, usual: float, own: float, *, match_db: float) -> float:
    distance_db = own - take.lufs if take.is_telling and not take.is_played else 0.0
    gain_db = usual - own + (distance_db if abs(distance_db) > match_db else 0.0)
    return round(max(-_LARGEST_MATCH_DB, min(_LARGEST_MATCH_DB, gain_db)), 2)


def _median(weighted: Sequence[tuple[float, float]]) -> float:
    ordered = sorted(weighted)
    half, passed = sum(weight for _, weight in ordered) / 2, 0.0
    for value, weight in ordered:
        passed += weight
        if passed >= half:
            return value
    return ordered[-1][0]


def chapter_gains(chapters: Sequence[LoudnessHistogram], *, target_lufs: float) -> list[float]:
    """One gain a chapter, to the target; that of a short chapter within `_CLAMP_LU` of the whole book's.

    To two decimals, so that a gain can be part of a name. A chapter without any sound is left as it is.
    """
    book = sum(chapters, LoudnessHistogram())
    book_gain = target_lufs - book.integrated_lufs
    return [round(_gain(chapter, target_lufs, book_gain), 2) for chapter in chapters]


def _gain(chapter: LoudnessHistogram, target_lufs: float, book_gain: float) -> float:
    own = target_lufs - chapter.integrated_lufs
    if not math.isfinite(own):
        return 0.0
    if chapter.passing_s >= TRUSTED_S:
        return own
    return max(book_gain - _CLAMP_LU, min(book_gain + _CLAMP_LU, own))
