"""How loud takes and chapters are made: pure arithmetic on what was measured. Gains in dB, loudness in LUFS."""

import math
from collections.abc import Sequence

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


def matching_gains(loudness_lufs: Sequence[float], seconds: Sequence[float], *, match_db: float) -> list[float]:
    """A gain for every take of a chapter: to the chapter's usual level where it is more than `match_db` off, else 0.

    The usual level is the median of the takes by their length. 0 for `match_db` leaves all as they are.
    """
    telling = [
        (lufs, length)
        for lufs, length in zip(loudness_lufs, seconds, strict=True)
        if length >= _TELLING_S and math.isfinite(lufs)
    ]
    if not telling or not match_db:
        return [0.0] * len(loudness_lufs)
    usual = _median(telling)
    return [
        _match(usual - lufs, match_db) if length >= _TELLING_S and math.isfinite(lufs) else 0.0
        for lufs, length in zip(loudness_lufs, seconds, strict=True)
    ]


def _match(distance_db: float, match_db: float) -> float:
    if abs(distance_db) <= match_db:
        return 0.0
    return round(max(-_LARGEST_MATCH_DB, min(_LARGEST_MATCH_DB, distance_db)), 2)


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
