"""What a meter says of sounds whose answers are known, and that it does not matter how they come in."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.assemble.loudness import Channels
from pipeline.assemble.meter import Measured, Meter
from tests.assemble.signals import bursts, reading, room, sine

RATE = 24_000


def measured(sound: Channels, *, rate: int = RATE, cuts: list[int] | None = None) -> Measured:
    planes = np.atleast_2d(sound)
    meter = Meter(rate=rate, channels=len(planes))
    for piece in np.split(planes, sorted(cuts or []), axis=1):
        meter.feed(piece)
    return meter.finish()


def test_a_sine() -> None:
    said = measured(np.stack([sine(1000, 10, rate=48_000, db=-23)] * 2), rate=48_000)
    assert (said.seconds, said.rate, said.channels) == (10, 48_000, 2)
    assert said.lufs == pytest.approx(-23, abs=0.05)
    assert said.rms_db == pytest.approx(-26.01, abs=0.01)
    assert said.peak.db == pytest.approx(-23, abs=0.01)
    assert said.true_peak.db == pytest.approx(-23, abs=0.05)
    assert said.floor.db == pytest.approx(-26.01, abs=0.01)
    assert (said.head_ms, said.tail_ms, said.clipped, said.zero_s, said.broken_frames) == (0, 0, 0, 0, 0)
    assert said.dc < 1e-6


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 24_000, 44_100, 48_000])
def test_head_tail_floor_and_their_places(rate: int) -> None:
    speech = np.sign(room(6, rate=rate, db=0)) * 0.1  # loud from its first frame to its last
    sound = np.concatenate([np.zeros(round(0.75 * rate)), speech, np.zeros(round(3 * rate))])
    sound = sound + room(len(sound) / rate, rate=rate, db=-70)[: len(sound)]
    sound[round(6.99 * rate) : round(7.51 * rate)] *= 0.1  # the quietest half second
    said = measured(sound.astype(np.float32), rate=rate)
    assert said.head_ms == pytest.approx(750, abs=10)
    assert said.tail_ms == pytest.approx(3000, abs=20)
    assert said.floor.db == pytest.approx(-90, abs=0.5)
    assert said.floor.at_s == pytest.approx(7, abs=0.02)


def test_a_soft_beginning_is_no_silence() -> None:
    """A consonant 34 dB under the vowels, as an f or an h is."""
    soft, loud = room(0.2, rate=RATE, db=-54), room(3, rate=RATE, db=-20)
    silence = room(1, rate=RATE, db=-75)
    said = measured(np.concatenate([silence, soft, loud, soft, silence]))
    assert said.head_ms == pytest.approx(1000, abs=20)
    assert said.tail_ms == pytest.approx(1000, abs=20)


def test_a_click_is_no_speech() -> None:
    sound = np.concatenate([room(1, rate=RATE, db=-75), room(3, rate=RATE, db=-20)])
    sound[5000:5020] = 0.5
    assert measured(sound).head_ms == pytest.approx(1000, abs=20)


def test_a_noisy_room_is_silence_all_the_same() -> None:
    sound = room(5, rate=RATE, db=-50)
    sound[RATE : 3 * RATE] += room(2, rate=RATE, db=-20, seed=1)
    said = measured(sound)
    assert said.head_ms == pytest.approx(1000, abs=10)
    assert said.tail_ms == pytest.approx(2000, abs=10)


def test_the_floor_is_the_quietest_window_there_is() -> None:
    sound = bursts(8, rate=RATE) + room(8, rate=RATE, db=-65)
    said = measured(sound)
    steps = np.square(sound.astype(np.float64)).reshape(-1, 240).mean(axis=1)
    windows = [steps[start : start + 50].mean() for start in range(len(steps) - 49)]
    assert said.floor.db == pytest.approx(10 * np.log10(min(windows)), abs=0.01)
    assert said.floor.at_s == pytest.approx(0.01 * int(np.argmin(windows)), abs=0.001)


def test_peaks_are_told_where_they_are() -> None:
    sound = 0.1 * bursts(30, rate=RATE)
    sound[17 * RATE] = 0.9
    said = measured(sound)
    assert said.peak.at_s == 17
    assert said.peak.db == pytest.approx(20 * np.log10(0.9), abs=0.001)
    assert said.true_peak.at_s == pytest.approx(17, abs=0.001)


def test_a_batch_has_no_edges() -> None:
    """Seen as one, the end of a batch in a crest would read a decibel too high."""
    wave = sine(50.125, 20, rate=RATE, db=-6)
    wave[:2400] *= np.linspace(0, 1, 2400, dtype=np.float32)
    wave[-2400:] *= np.linspace(1, 0, 2400, dtype=np.float32)
    assert measured(wave).true_peak.db == pytest.approx(-6, abs=0.01)


def test_clipping_is_three_frames_at_full_scale() -> None:
    sound = 0.5 * bursts(10, rate=RATE)
    sound[100:102] = 1.0  # two frames: a crest
    sound[3 * RATE : 3 * RATE + 5] = 1.0
    sound[7 * RATE : 7 * RATE + 3] = -1.0
    said = measured(sound)
    assert (said.clipped, said.clipped_at_s) == (2, 3.0)


def test_digital_silence_is_told_from_a_quiet_room() -> None:
    sound = reading(5, rate=RATE, tone_db=-80)
    assert (measured(sound).zero_s, measured(sound).zero_at_s) == (0, -1)
    sound[2 * RATE : round(2.05 * RATE)] = 0  # 50 ms are none
    sound[4 * RATE : round(4.4 * RATE)] = 0
    said = measured(sound)
    assert said.zero_s == pytest.approx(0.4, abs=0.011)
    assert said.zero_at_s == pytest.approx(4.0, abs=0.011)


def test_dc_is_that_of_the_worst_channel() -> None:
    said = measured(np.stack([bursts(5, rate=RATE), bursts(5, rate=RATE) + 0.02]))
    assert said.dc == pytest.approx(0.02, abs=0.001)


def test_frames_that_are_no_numbers_are_counted_and_do_no_harm() -> None:
    sound = bursts(5, rate=RATE)
    whole = measured(sound)
    sound[[1000, 70_000]] = np.nan, np.inf
    said = measured(sound)
    assert said.broken_frames == 2
    assert said.lufs == pytest.approx(whole.lufs, abs=0.01)
    assert np.isfinite(said.true_peak.db)


@pytest.mark.parametrize("frames", [0, 1, 50, 1000, 6000])
def test_very_short_sounds_have_an_answer(frames: int) -> None:
    said = measured(np.full(frames, 0.25, dtype=np.float32))
    assert said.seconds == frames / RATE
    assert said.peak.db == pytest.approx(-12.04, abs=0.01) if frames else said.peak.db == -np.inf
    assert said.rms_db == pytest.approx(-12.04, abs=0.01) if frames else said.rms_db == -np.inf


def test_silence_measures_nothing() -> None:
    said = measured(np.zeros(3 * RATE, dtype=np.float32))
    assert said.lufs == said.rms_db == said.floor.db == said.true_peak.db == said.speech_db == -np.inf
    assert (said.head_ms, said.tail_ms, said.zero_s, said.zero_at_s) == (3000, 3000, 3, 0)


@settings(max_examples=25)
@given(st.lists(st.integers(0, 7 * RATE), max_size=12), st.sampled_from([1, 2]))
def test_it_does_not_matter_where_pieces_end(cuts: list[int], channels: int) -> None:
    sound = np.stack([reading(5, rate=RATE, head_s=1, tail_s=1), 0.3 * bursts(7, rate=RATE, seed=2)])[:channels]
    sound[:, 2 * RATE - 2 : 2 * RATE + 2] = 1.0  # over the edge of a batch
    sound[:, 4 * RATE - 2000 : 4 * RATE + 2000] = 0.0
    assert _flat(measured(sound, cuts=cuts)) == pytest.approx(_flat(measured(sound)), abs=1e-5)


def _flat(said: Measured) -> tuple[object, ...]:
    values = dataclasses.astuple(said)
    return tuple(each for value in values for each in (value if isinstance(value, tuple) else (value,)))
