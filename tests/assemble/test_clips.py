"""What is done to one clip, and what never is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.assemble.clips import crossfaded, cut_of, faded, without_dc
from pipeline.recording import Samples
from tests.assemble.sounds import RATE, as_float, joined, noise, silence, tone

STEP_FRAMES = RATE * 5 // 1000


def trimmed(samples: Samples, *, silence_db: float = 45.0, keep_ms: int = 40) -> Samples:
    cut = cut_of(samples, silence_db=silence_db, keep_ms=keep_ms)
    assert 0 <= cut.offset <= cut.offset + cut.frames <= len(samples)
    return samples[cut.offset : cut.offset + cut.frames]


edges = st.integers(0, 30_000)


@given(lead=edges, body=st.integers(STEP_FRAMES, 10_000), tail=edges, keep_ms=st.integers(0, 200))
def test_trimming_cuts_no_sound_and_keeps_what_it_was_told(lead: int, body: int, tail: int, keep_ms: int) -> None:
    sounding = np.full(body, 9_000, dtype=np.int16)
    sounding[1::2] = -9_000
    whole = joined(np.zeros(lead, np.int16), sounding, np.zeros(tail, np.int16))
    cut = cut_of(whole, silence_db=45, keep_ms=keep_ms)
    offset, frames, keep = cut.offset, cut.frames, keep_ms * 24
    assert 0 <= lead - (offset + cut.lead) <= STEP_FRAMES
    assert 0 <= (offset + frames - cut.tail) - (lead + body) <= STEP_FRAMES
    assert offset <= lead
    assert offset + frames >= lead + body
    assert lead - offset <= keep + 2 * STEP_FRAMES
    assert offset + frames - (lead + body) <= keep + 2 * STEP_FRAMES


def test_inner_pauses_are_left_as_they_are() -> None:
    whole = joined(silence(0.5), tone(300, 0.4), silence(2.0), tone(300, 0.4), silence(0.5))
    assert abs(len(trimmed(whole)) - round(2.88 * RATE)) <= 4 * STEP_FRAMES


def test_silence_is_judged_by_the_takes_own_level() -> None:
    for peak in (30_000, 3_000, 300):
        whole = joined(silence(0.5), tone(200, 1.0, peak=peak), silence(0.5))
        assert abs(len(trimmed(whole)) - round(1.08 * RATE)) <= 4 * STEP_FRAMES


def test_a_soft_consonant_within_the_threshold_survives() -> None:
    """−40 dB under the peak is a breathy "h", not silence at 45 dB."""
    breath = noise(0.05, seed=1, peak=200)
    kept = trimmed(joined(silence(0.4), breath, tone(200, 0.5, peak=20_000), silence(0.4)), keep_ms=0)
    assert len(kept) >= len(breath) + RATE // 2


def test_a_take_without_sound_is_kept_whole() -> None:
    assert len(trimmed(silence(0.7))) == round(0.7 * RATE)


@given(st.integers(1, 5_000), st.integers(0, 50), st.integers(0, 50))
def test_fades_touch_the_edges_only(frames: int, in_ms: int, out_ms: int) -> None:
    samples = np.full(frames, 10_000, dtype=np.int16)
    edited = faded(samples, in_ms=in_ms, out_ms=out_ms)
    head, tail = in_ms * 24, out_ms * 24
    assert len(edited) == frames
    assert np.all(np.abs(edited) <= 10_000)
    if frames <= head + tail:
        assert np.array_equal(edited, samples)
        return
    assert np.array_equal(edited[head : frames - tail], samples[head : frames - tail])
    assert not head or edited[0] < 1_500
    assert not tail or edited[-1] < 1_500


def test_fading_leaves_the_given_samples_alone() -> None:
    samples = tone(200, 0.1)
    before = samples.copy()
    faded(samples, in_ms=10, out_ms=10)
    assert np.array_equal(samples, before)


def test_a_take_off_centre_is_found_and_centred() -> None:
    off = tone(200, 0.5) + np.int16(500)
    cut = cut_of(joined(off[:1] * 0 + np.int16(500), off), silence_db=45, keep_ms=40)
    assert cut.dc == 500
    assert np.array_equal(without_dc(off, cut.dc), tone(200, 0.5))
    assert without_dc(np.full(4, -32768, np.int16), 500).tolist() == [-32768] * 4


def test_silence_off_centre_is_silence() -> None:
    """A converter's offset of 1 % is far above the threshold of any voice."""
    whole = joined(silence(0.5), tone(200, 1.0, peak=3_000), silence(0.5)) + np.int16(300)
    assert abs(len(trimmed(whole)) - round(1.08 * RATE)) <= 4 * STEP_FRAMES


def test_a_crossfade_of_unlike_sounds_keeps_its_level() -> None:
    """Equal power: the level in the middle stands within a decibel of the ends', where a linear one dips by 3 dB."""
    first, second = as_float(noise(0.5, seed=1)), as_float(noise(0.5, seed=2))
    mixed = crossfaded(first, second)
    middle = mixed[len(mixed) * 2 // 5 : len(mixed) * 3 // 5]
    level_db = 20 * np.log10(np.sqrt(np.mean(middle**2)) / np.sqrt(np.mean(first**2)))
    assert abs(level_db) < 0.5


def test_a_crossfade_begins_with_the_first_and_ends_with_the_second() -> None:
    mixed = crossfaded(np.full(480, 0.25, np.float32), np.full(480, -0.25, np.float32))
    assert np.allclose([mixed[0], mixed[-1]], [0.25, -0.25], atol=1e-6)


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_the_shortest_crossfades_keep_their_length(frames: int) -> None:
    loud = np.ones(frames, np.float32)
    assert len(crossfaded(loud, loud)) == frames
