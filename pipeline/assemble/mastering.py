"""A chapter's sound brought to what its target asks: level, tone, ceiling; and corrected where the encoder missed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.assemble.crests import Crests
from pipeline.assemble.limiter import limited
from pipeline.assemble.meter import Measured
from pipeline.assemble.targets import Target
from pipeline.assemble.tone import with_tone
from pipeline.recording import Sound

_HEADROOM_DB = 1.0
"""What the limiter keeps under the target's ceiling, for an encoder moves peaks up: on five voices, a minute and a half
each, by 0.0 to 0.4 dB, and by 0.95 on a neural one (AAC at 48 to 96 kb/s, MP3 at 64 and 192)."""

_MISSED_LU = 0.2
"""Off by more, a chapter is encoded again: well inside every target's tolerance."""

_PEAK_STEP_DB = 0.4
"""By how much more than it was over a peak is taken down: encoded again it falls otherwise, not just lower."""

_RMS_MARGIN_DB = 0.3
"""How far inside the target's window a corrected file is aimed."""


@dataclass(frozen=True, slots=True)
class Trim:
    """What a mix is given on its way to the encoder: a gain in dB, and the ceiling of its true peaks in dBTP."""

    gain_db: float
    ceiling_dbtp: float


def first_trim(crests: Crests, gain_db: float, target: Target) -> Trim:
    """The trim that makes a mix of such crests louder by `gain_db`, whatever the limiter takes of it."""
    ceiling = target.ceiling_dbtp - _HEADROOM_DB
    return Trim(round(crests.gain_for(gain_db, ceiling), 2), ceiling)


def mastered(pieces: Iterable[Sound], trim: Trim, target: Target) -> Iterator[Sound]:
    """The mix at its level, with the target's room tone, no true peak above the ceiling."""
    gain = np.float32(10 ** (trim.gain_db / 20))
    return limited(with_tone((piece * gain for piece in pieces), target.tone_db), trim.ceiling_dbtp)


def corrected(trim: Trim, heard: Measured, target: Target, *, aim_lufs: float | None) -> Trim:
    """The trim with which the chapter, encoded again, should not miss; the same one where it did not.

    `heard` is what the decoded file measured, `aim_lufs` the loudness it was to have, None if it was too short to tell.
    """
    over_db = heard.true_peak.db - target.ceiling_dbtp
    ceiling = trim.ceiling_dbtp - (over_db + _PEAK_STEP_DB if over_db > 0 else 0)
    return Trim(trim.gain_db + _step_db(heard, target, aim_lufs), ceiling)


def _step_db(heard: Measured, target: Target, aim_lufs: float | None) -> float:
    """How much louder it has to be made, 0 for what is near enough. A window for the RMS goes before the loudness."""
    step_db = 0.0 if aim_lufs is None else aim_lufs - heard.lufs
    if target.rms_db is not None:
        lowest, highest = target.rms_db
        step_db = max(lowest + _RMS_MARGIN_DB, min(highest - _RMS_MARGIN_DB, heard.rms_db + step_db)) - heard.rms_db
    return step_db if abs(step_db) > _MISSED_LU and np.isfinite(step_db) else 0.0
