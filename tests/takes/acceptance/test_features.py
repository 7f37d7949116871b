"""Levels, bands, silences, pitch: the numbers under all others."""

import numpy as np
import pytest

from pipeline.takes.acceptance.features import BANDS, sound_of
from pipeline.takes.acceptance.pitch import pitches_hz
from tests.bench.detection.faults import pcm

RATE = 24_000


def tone(hertz: float, seconds: float = 2.0, *, harmonics: int = 1, peak: float = 16_000) -> np.ndarray:
    turns = np.arange(int(seconds * RATE)) * (2 * np.pi * hertz / RATE)
    return pcm(peak / harmonics * sum(np.sin(number * turns) for number in range(1, harmonics + 1)))


def test_a_full_scale_sine_is_at_minus_three_decibels():
    sound = sound_of(tone(400, peak=32_767))
    assert sound.level_db == pytest.approx(np.full(100, -3.01), abs=0.1)


def test_white_noise_is_flat_over_the_bands():
    noise = pcm(np.random.default_rng(1).normal(0, 3_000, 10 * RATE))
    bands = sound_of(noise).mel_db.mean(axis=0)
    assert bands.shape == (BANDS,)
    assert np.ptp(bands[1:]) < 3


def test_a_higher_tone_is_in_a_higher_band():
    bands = [int(sound_of(tone(hertz)).mel_db.mean(axis=0).argmax()) for hertz in (150, 500, 1_000, 3_000, 8_000)]
    assert bands == sorted(set(bands))


def test_silences_are_runs_of_hops():
    gap = np.zeros(RATE // 2, np.int16)
    sound = sound_of(np.concatenate([gap, tone(300), gap, tone(300)]))
    assert sound.silences == [(0, 25), (125, 150)]


def test_what_is_36_decibels_under_the_loud_is_silent():
    loud, weak = tone(300), tone(300, peak=16_000 / 10 ** (36 / 20))
    assert not sound_of(np.concatenate([loud, weak])).is_sounding[110:].any()
    assert sound_of(weak).is_sounding.all()


@pytest.mark.parametrize("hertz", [75, 110, 165, 220, 330])
def test_a_fundamental_is_found_by_its_harmonics(hertz):
    found = pitches_hz(sound_of(tone(hertz, harmonics=8)))
    assert len(found) > 50
    assert np.median(found) == pytest.approx(hertz, rel=0.04)


def test_noise_has_no_pitch():
    found = pitches_hz(sound_of(pcm(np.random.default_rng(1).normal(0, 3_000, 5 * RATE))))
    assert len(found) < 20
