"""A chapter reaches its target: asked of the mix before the encoder, and of what comes back after it."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.assemble.crests import Crests
from pipeline.assemble.mastering import Trim, corrected, first_trim, mastered
from pipeline.assemble.meter import Measured, Meter, Spot
from pipeline.assemble.targets import targets
from pipeline.assemble.tone import with_tone
from pipeline.recording import Sound
from tests.assemble.sounds import RATE, as_float, joined, silence, tone
from tests.assemble.test_limiter import speechlike

PERSONAL, ACX = targets()["personal"], targets()["acx"]


def test_room_tone_is_as_loud_as_it_is_to_be_and_the_same_every_time() -> None:
    pieces = [np.zeros(size, np.float32) for size in (RATE, 7, 30 * RATE)]
    heard = np.concatenate(list(with_tone(pieces, -70.0)))
    assert 20 * np.log10(np.sqrt(np.mean(heard**2))) == pytest.approx(-70, abs=0.2)
    assert np.array_equal(heard, np.concatenate(list(with_tone([np.zeros(len(heard), np.float32)], -70.0))))
    halves = [np.sqrt(np.mean(half**2)) for half in np.split(heard[: 60 * RATE // 2], 60)]
    assert max(halves) < 1.5 * min(halves)


def test_without_room_tone_silence_is_zero() -> None:
    assert not np.concatenate(list(mastered([np.zeros(RATE, np.float32)], Trim(6.0, -2.0), PERSONAL))).any()


def test_a_mix_is_made_louder_by_its_gain() -> None:
    sound = as_float(joined(silence(0.5), tone(500, 1.0, peak=3_000), silence(0.5)))
    heard = np.concatenate(list(mastered([sound], Trim(6.0, -2.8), PERSONAL)))
    assert np.allclose(heard, sound * 10 ** (6 / 20), atol=1e-6)


def heard(*, lufs: float = -20.0, rms_db: float = -20.6, peak_dbtp: float = -3.2) -> Measured:
    meter = Meter(rate=RATE)
    meter.feed(np.zeros(RATE, np.float32))
    return replace(meter.finish(), lufs=lufs, rms_db=rms_db, true_peak=Spot(peak_dbtp, 0.5))


def test_what_is_near_enough_is_left() -> None:
    trim = Trim(2.0, -4.0)
    assert corrected(trim, heard(), ACX, aim_lufs=-20.0) == trim
    assert corrected(trim, heard(lufs=-20.15), ACX, aim_lufs=-20.0) == trim


def test_a_miss_is_made_up_for() -> None:
    trim = Trim(2.0, -4.0)
    assert corrected(trim, heard(lufs=-20.5), ACX, aim_lufs=-20.0) == Trim(2.5, -4.0)
    assert corrected(trim, heard(peak_dbtp=-2.5), ACX, aim_lufs=-20.0) == Trim(2.0, pytest.approx(-4.9))
    assert corrected(trim, heard(lufs=-25.0), PERSONAL, aim_lufs=None).gain_db == 2.0


@pytest.mark.parametrize(("rms_db", "lufs"), [(-23.6, -20.2), (-17.5, -19.0), (-22.9, -19.0)])
def test_the_window_of_the_rms_goes_before_the_loudness(rms_db: float, lufs: float) -> None:
    """And the result stays there: what it measures then is left as it is."""
    trim = Trim(2.0, -4.0)
    better = corrected(trim, heard(rms_db=rms_db, lufs=lufs), ACX, aim_lufs=-20.0)
    step_db = better.gain_db - trim.gain_db
    assert -23 < rms_db + step_db < -18
    assert corrected(better, heard(rms_db=rms_db + step_db, lufs=lufs + step_db), ACX, aim_lufs=-20.0) == better


def test_what_a_ceiling_takes_is_known_beforehand() -> None:
    """The gain asked of the crests brings speech to its level through the limiter, whatever that cuts."""
    sound = voiced(8.0)
    crests = Crests.of(sound)
    for wanted_db in (0.0, 4.0, 8.0):
        trim = first_trim(crests, wanted_db, PERSONAL)
        through = np.concatenate(list(mastered([sound], trim, PERSONAL)))
        gained_db = 10 * np.log10(np.mean(through**2) / np.mean(sound**2))
        assert gained_db == pytest.approx(wanted_db, abs=0.2)
    assert trim.gain_db > wanted_db + 0.5


def voiced(seconds: float) -> Sound:
    """Pulses of a voice at 110 Hz, each ringing down, in syllables of different loudness."""
    at = np.arange(round(seconds * RATE))
    since_pulse = at % (RATE // 110) / RATE
    syllables = np.abs(np.sin(2 * np.pi * 2.1 * at / RATE) * np.sin(2 * np.pi * 0.37 * at / RATE + 1))
    rings = np.exp(-300 * since_pulse) * np.sin(2 * np.pi * 600 * since_pulse)
    return (0.4 * syllables * rings).astype(np.float32)


def test_crests_add_up_and_move_with_the_gain() -> None:
    one, two = speechlike(3.0, seed=1, peak=0.2), speechlike(3.0, seed=2, peak=0.8)
    together = Crests.of(one) + Crests.of(two)
    assert sum(together.energies) == pytest.approx(float(one @ one + two @ two), rel=0.01)
    louder = Crests.of(one).louder(6.0)
    assert sum(louder.energies) == pytest.approx(float(one @ one) * 10**0.6, rel=0.01)
    assert Crests().lost_db(6.0, -3.0) == 0.0
