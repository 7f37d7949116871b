"""What each fault does to the sound, on speech-like samples: by how much, from where on, and always the same."""

import numpy as np
import pytest

from pipeline.rehearsal.faults import Fault
from pipeline.rehearsal.sound_faults import DISTORTIONS, distorted
from pipeline.rehearsal.tone import tone

RATE = 24_000
GOOD = tone("The rain fell in torrents, except at occasional intervals, when it was checked by a gust.", variant="m1")


def spoiled(kind, **keys):
    return distorted(GOOD, Fault(kind=kind, attempts=(1,), **keys))


def rms(samples):
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))


def level_db(samples):
    """Against the good sound."""
    return 20 * np.log10(rms(samples) / rms(GOOD))


@pytest.mark.parametrize("kind", sorted(DISTORTIONS))
def test_the_same_sound_is_spoiled_into_the_same_samples(kind):
    once, again = spoiled(kind), spoiled(kind)
    assert once.dtype == np.int16
    assert np.array_equal(once, again)
    assert not np.array_equal(once, GOOD)


@pytest.mark.parametrize("kind", sorted(DISTORTIONS))
def test_nothing_cannot_be_spoiled(kind):
    assert len(distorted(GOOD[:0], Fault(kind=kind, attempts=(1,)))) == 0


def test_no_fault_and_faults_of_other_things_leave_the_sound_alone():
    assert distorted(GOOD, None) is GOOD
    assert spoiled("hang") is GOOD


def test_truncated_is_the_beginning():
    assert np.array_equal(spoiled("truncated", share=0.25), GOOD[: len(GOOD) // 4])


def test_looped_whole_twice():
    assert np.array_equal(spoiled("looped"), np.concatenate([GOOD, GOOD]))


def test_looped_the_tail_thrice():
    tail = GOOD[len(GOOD) - round(0.2 * len(GOOD)) :]
    assert np.array_equal(spoiled("looped", share=0.2, times=3), np.concatenate([GOOD, tail, tail]))


def test_fading_ends_where_it_says():
    faded = spoiled("fading", level_db=-40.0, at=0.5)
    half, end = len(GOOD) // 2, len(GOOD) - RATE // 2
    assert np.array_equal(faded[:half], GOOD[:half])
    loss_db = 20 * np.log10(rms(GOOD[end:]) / rms(faded[end:]))
    assert 30 < loss_db < 40


def test_noise_is_as_loud_as_it_says_and_begins_where_it_says():
    noisy = spoiled("noise", level_db=-12.0, at=0.5)
    half = len(GOOD) // 2
    assert np.array_equal(noisy[:half], GOOD[:half])
    noise = noisy[half:].astype(np.float64) - GOOD[half:]
    assert level_db(noise) == pytest.approx(-12.0, abs=0.3)
    spectrum = np.abs(np.fft.rfft(noise)) ** 2
    low, high = np.array_split(spectrum, 2)
    assert high.mean() == pytest.approx(low.mean(), rel=0.1)


def test_a_drone_stands_at_its_pitch():
    hum = spoiled("drone", level_db=-6.0, hertz=200.0).astype(np.float64) - GOOD
    assert level_db(hum) == pytest.approx(-6.0, abs=0.3)
    loudest = np.argmax(np.abs(np.fft.rfft(hum))) * RATE / len(hum)
    assert loudest == pytest.approx(200.0, abs=1.0)


def test_a_gap_is_put_in_and_nothing_is_taken_out():
    split = spoiled("gap", seconds=1.5, at=0.5)
    half, gap, edge = len(GOOD) // 2, int(1.5 * RATE), RATE // 200
    assert len(split) == len(GOOD) + gap
    assert not split[half : half + gap].any()
    assert np.array_equal(split[: half - edge], GOOD[: half - edge])
    assert np.array_equal(split[half + gap + edge :], GOOD[half + edge :])


@pytest.mark.parametrize("at", [0.0, 0.001, 0.999])
def test_a_gap_fits_at_the_very_edges(at):
    assert len(spoiled("gap", at=at)) == len(GOOD) + 2 * RATE


def test_trailing_silence():
    late = spoiled("trailing", seconds=3.0)
    assert np.array_equal(late[: len(GOOD)], GOOD)
    assert late[len(GOOD) :].tolist() == [0] * 3 * RATE


def test_clipped_hits_both_ends_often():
    loud = spoiled("clipped", gain_db=30.0)
    assert (loud.min(), loud.max()) == (-32768, 32767)
    assert np.mean(np.abs(loud.astype(np.int32)) >= 32767) > 0.05


def test_silent_is_as_long_as_it_was():
    assert spoiled("silent").tolist() == [0] * len(GOOD)


def test_resampled_is_shorter_and_higher():
    quick = spoiled("resampled", hertz=16_000.0)
    assert len(quick) == pytest.approx(len(GOOD) * 16 / 24, abs=2)

    def centre_hz(samples):
        power = np.abs(np.fft.rfft(samples)) ** 2
        return float(np.sum(power * np.fft.rfftfreq(len(samples), 1 / RATE)) / power.sum())

    assert centre_hz(quick) > 1.2 * centre_hz(GOOD)
