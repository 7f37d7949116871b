"""What is too loud is turned down and nothing else is touched, however the sound comes in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.assemble.limiter import limited
from pipeline.assemble.peaks import true_peak
from pipeline.recording import Sound
from tests.assemble.sounds import RATE, as_float, noise, silence, tone

CEILING_DB = -3.0
CEILING = 10 ** (CEILING_DB / 20)


def through(sound: Sound, *, cuts: tuple[int, ...] = (), ceiling_db: float = CEILING_DB) -> Sound:
    return np.concatenate([np.zeros(0, np.float32), *limited(np.split(sound, sorted(cuts)), ceiling_db)])


def speechlike(seconds: float, *, seed: int, peak: float) -> Sound:
    """Noise in bursts, as syllables are: mostly far under its peak."""
    sound = as_float(noise(seconds, seed=seed, peak=30_000))
    at = np.arange(len(sound)) / RATE
    bursts = np.maximum(0, np.sin(2 * np.pi * 3 * at)) ** 4
    return (peak * sound * bursts / np.abs(sound).max()).astype(np.float32)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 99), st.floats(0.1, 4.0), st.floats(0.0, 2.5))
def test_no_true_peak_is_above_the_ceiling(seed: int, peak: float, seconds: float) -> None:
    sound = speechlike(seconds, seed=seed, peak=peak) if seconds * RATE >= 1 else np.zeros(0, np.float32)
    heard = through(sound)
    assert len(heard) == len(sound)
    assert true_peak(heard) <= CEILING * 1.002


def test_a_peak_between_the_samples_counts() -> None:
    """A sine at a quarter of the rate, sampled off its crests: 3 dB more than its highest sample."""
    at = np.arange(RATE)
    sound = (0.99 * np.sin(np.pi / 2 * at + np.pi / 4)).astype(np.float32)
    assert np.abs(sound).max() < 0.71
    assert true_peak(sound[1_000:-1_000]) > 0.95
    assert true_peak(through(sound)) <= CEILING * 1.002


def test_what_is_under_the_ceiling_is_not_touched() -> None:
    sound = speechlike(3.0, seed=1, peak=0.3)
    assert np.array_equal(through(sound), sound)


def test_only_the_neighbourhood_of_a_peak_is_turned_down() -> None:
    sound = np.concatenate([as_float(tone(200, 1.0, peak=9_000)), as_float(silence(1.0))])
    sound[RATE // 2] = 1.5
    heard = through(sound)
    changed = np.flatnonzero(heard != sound)
    assert changed.min() > RATE // 2 - RATE // 40
    assert changed.max() < RATE // 2 + RATE // 40


def test_a_steady_tone_is_turned_down_as_a_whole() -> None:
    """Cut crest by crest it would be distorted: all that is left of it must be the tone."""
    heard = through(as_float(tone(110, 2.0, peak=32_000)))
    middle = heard[RATE // 2 : RATE // 2 + RATE]
    spectrum = np.abs(np.fft.rfft(middle)) ** 2
    rest = spectrum.sum() - spectrum[105:116].sum()
    assert rest < 1e-6 * spectrum.sum()


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 3 * RATE), max_size=6))
def test_the_sound_does_not_depend_on_the_sizes_of_the_pieces(cuts: list[int]) -> None:
    sound = speechlike(3.0, seed=5, peak=2.0)
    assert np.array_equal(through(sound, cuts=tuple(cuts)), through(sound))


@pytest.mark.parametrize("frames", [0, 1, 100, 107_999, 108_000, 108_001])
def test_any_length_comes_out_as_it_went_in(frames: int) -> None:
    assert len(through(np.full(frames, 2, np.float32))) == frames
