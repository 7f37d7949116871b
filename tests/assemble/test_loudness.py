"""Loudness and true peak against what the standards promise, and against FFmpeg's own meter."""

import json
from itertools import pairwise

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.assemble.loudness import Channels, LoudnessHistogram, block_energies, block_frames, integrated_lufs
from pipeline.assemble.peaks import (
    PEAK_FRAMES_AFTER,
    PEAK_FRAMES_BEFORE,
    highest_peak,
    highest_peak_between,
    true_peak,
    true_peaks,
)
from tests.assemble.signals import bursts, sine

RATES = (16_000, 22_050, 24_000, 44_100, 48_000)


def lufs(sound: Channels, rate: int) -> float:
    return integrated_lufs(block_energies(sound, rate=rate))


def by_ffmpeg(sound: Channels, rate: int) -> tuple[float, float]:
    """LUFS and true peak (dBTP) as FFmpeg's `ebur128` filter has them."""
    planes = np.ascontiguousarray(np.atleast_2d(sound))
    layout = ("mono", "stereo")[len(planes) - 1]
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=rate, format="fltp", layout=layout)
    meter, sink = graph.add("ebur128", "metadata=1:peak=true"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=layout)
    frame.sample_rate, frame.pts = rate, 0
    graph.push(frame)
    graph.push(None)
    said: dict[str, str] = {}
    while True:
        try:
            said = dict(graph.pull().metadata) or said
        except av.EOFError:
            break
    peak = max(float(value) for name, value in said.items() if "true_peaks_ch" in name)
    return float(said["lavfi.r128.I"]), 20 * np.log10(peak)


# -- what the standards promise


@pytest.mark.parametrize("rate", [44_100, 48_000])
@pytest.mark.parametrize("db", [-23.0, -33.0])
def test_a_stereo_sine_reads_its_level(rate: int, db: float) -> None:
    """EBU Tech 3341, cases 1 and 2."""
    assert lufs(np.stack([sine(1000, 20, rate=rate, db=db)] * 2), rate) == pytest.approx(db, abs=0.05)


def test_one_channel_of_full_scale_reads_3_lu_less() -> None:
    """BS.1770-4: 0 dBFS at 997 Hz in one channel is -3.01 LKFS."""
    assert lufs(sine(997, 5, rate=48_000), 48_000) == pytest.approx(-3.01, abs=0.02)


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([(-36, 10), (-23, 60), (-36, 10)], -23.0),  # case 3: the relative gate
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),  # case 4: the absolute one too
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),  # case 5: nothing is gated
    ],
)
def test_the_gates(levels: list[tuple[float, float]], expected: float) -> None:
    """EBU Tech 3341, with its tolerance of 0.1 LU."""
    channel = np.concatenate([sine(1000, seconds, rate=48_000, db=db) for db, seconds in levels])
    energies = block_energies(np.stack([channel, channel]), rate=48_000)
    assert integrated_lufs(energies) == pytest.approx(expected, abs=0.1)
    assert LoudnessHistogram.of(energies).integrated_lufs == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(("phase", "hz", "expected"), [(0, 12_000, -6.0), (45, 12_000, -6.0), (60, 8_000, -6.0)])
def test_true_peaks_between_the_frames(phase: float, hz: float, expected: float) -> None:
    """EBU Tech 3341, cases 15 to 17: sines whose frames miss their crests; -0.4 to +0.2 dB are allowed."""
    sound = sine(hz, 1, rate=48_000, db=expected, phase=np.deg2rad(phase))
    inner = sound * np.minimum(1, np.minimum(np.arange(len(sound)), np.arange(len(sound))[::-1]) / 480)  # no edge
    assert -0.4 <= 20 * np.log10(true_peak(inner.astype(np.float32))) - expected <= 0.2


# -- another meter


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("channels", [1, 2])
def test_agrees_with_ffmpeg(rate: int, channels: int) -> None:
    sound = np.stack([bursts(12, rate=rate, seed=seed) for seed in range(channels)])
    expected_lufs, expected_dbtp = by_ffmpeg(sound, rate)
    assert lufs(sound, rate) == pytest.approx(expected_lufs, abs=0.05)
    assert 20 * np.log10(true_peak(sound)) == pytest.approx(expected_dbtp, abs=0.1)


# -- the edges of what can come


def test_silence_and_nothing_have_no_loudness() -> None:
    for frames in (0, 1, 100, 24_000):
        sound = np.zeros(frames, dtype=np.float32)
        energies = block_energies(sound, rate=24_000)
        assert integrated_lufs(energies) == -np.inf
        assert LoudnessHistogram.of(energies).integrated_lufs == -np.inf
        assert true_peak(sound) == 0.0
        assert len(true_peaks(sound)) == frames


def test_what_is_shorter_than_a_window_is_one_window() -> None:
    short, long = sine(1000, 0.2, rate=24_000, db=-20), sine(1000, 3, rate=24_000, db=-20)
    assert lufs(short, 24_000) == pytest.approx(lufs(long, 24_000), abs=0.1)


def test_a_part_of_a_block_at_the_end_is_left_out() -> None:
    sound = bursts(2, rate=24_000)
    more = np.concatenate([sound, np.ones(block_frames(24_000) - 1, dtype=np.float32)])
    assert block_energies(more, rate=24_000).tolist() == block_energies(sound, rate=24_000).tolist()


# -- sums of chapters


def test_histograms_of_chapters_add_up_to_the_books() -> None:
    chapters = [bursts(9, rate=24_000, seed=seed) * 10 ** (-seed / 20) for seed in range(6)]
    energies = [block_energies(chapter.astype(np.float32), rate=24_000) for chapter in chapters]
    book = sum((LoudnessHistogram.of(each) for each in energies), LoudnessHistogram())
    assert book.integrated_lufs == pytest.approx(integrated_lufs(np.concatenate(energies)), abs=0.05)
    assert LoudnessHistogram.from_json(json.loads(json.dumps(book.to_json()))) == book


# -- true peaks, one by one


@given(st.integers(0, 5000), st.integers(0, 2**32 - 1), st.sampled_from([1, 2]))
def test_skipping_what_is_quiet_loses_no_peak(frames: int, seed: int, channels: int) -> None:
    random = np.random.default_rng(seed)
    sound = random.standard_normal((channels, frames)) * np.exp(random.standard_normal(frames))
    sound = sound.astype(np.float32)
    each = true_peaks(sound)
    peak = highest_peak(sound)
    assert (np.abs(sound).max(axis=0) <= each).all()
    assert peak.value == pytest.approx(float(each.max(initial=0)), rel=1e-5)
    assert peak.frame == -1 or each[peak.frame] == pytest.approx(peak.value, rel=1e-5)
    assert highest_peak(sound, above=peak.value + 1).frame == -1


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=5), st.sampled_from([40.0, 440.0, 9000.0]))
def test_peaks_can_be_looked_for_in_pieces(cuts: list[int], hz: float) -> None:
    """Of a wave that is nowhere louder than elsewhere: a cut seen as an edge would overshoot by a decibel."""
    around = PEAK_FRAMES_BEFORE + PEAK_FRAMES_AFTER
    wave = sine(hz, 1, rate=24_000)[: 3000 + around]
    pieces = [wave[start : end + around] for start, end in pairwise([0, *sorted(cuts), 3000])]
    highest = max(highest_peak_between(piece).value for piece in pieces)
    assert highest == pytest.approx(float(true_peaks(wave)[PEAK_FRAMES_BEFORE:-PEAK_FRAMES_AFTER].max()), rel=1e-6)
    assert highest == pytest.approx(1, abs=0.03)


def test_a_peak_is_told_where_it_is() -> None:
    sound = np.zeros(5000, dtype=np.float32)
    sound[3000:3002] = 0.5, 0.5  # their crest lies between them
    peak = highest_peak(sound)
    assert peak.frame == 3000
    assert 0.55 < peak.value < 0.7
