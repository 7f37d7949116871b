"""The arithmetic voice: as long, as loud and as lively as speech, and never the same twice."""

import numpy as np
import pytest

from pipeline.rehearsal.tone import tone

RATE = 24_000
PROSE = (
    "It is a truth universally acknowledged, that a single man in possession of a good fortune, must be in want of a "
    "wife. However little known the feelings or views of such a man may be on his first entering a neighbourhood, this "
    "truth is so well fixed in the minds of the surrounding families, that he is considered as the rightful property "
    "of some one or other of their daughters."
)
SPOKEN = tone(PROSE, variant="m1")


def frames_rms(samples, ms=20):
    size = RATE * ms // 1000
    whole = samples[: len(samples) // size * size].reshape(-1, size).astype(np.float64)
    return np.sqrt(np.mean(whole**2, axis=1))


def seconds(text):
    return len(tone(text, variant="m1")) / RATE


def pitch_hz(samples):
    """The median over voiced frames of 60 ms, by autocorrelation."""
    size, found = RATE * 60 // 1000, []
    for start in range(0, len(samples) - size, 3 * size):
        frame = samples[start : start + size].astype(np.float64)
        if np.sqrt(np.mean(frame**2)) > 1_500:
            same = np.correlate(frame, frame, "full")[size - 1 :]
            found.append(RATE / (60 + np.argmax(same[60:400])))
    return float(np.median(found))


def test_prose_is_as_long_as_when_it_is_read():
    assert len(PROSE) / (len(SPOKEN) / RATE) == pytest.approx(15.0, abs=0.8)


@pytest.mark.parametrize(
    ("text", "shortest_s", "longest_s"),
    [
        ("No.", 0.3, 0.8),
        ("Hello.", 0.5, 1.1),
        ("これは夢である。", 1.0, 1.8),
        ("Мороз и солнце!", 0.9, 1.8),
    ],
)
def test_short_lines_and_other_scripts(text, shortest_s, longest_s):
    assert shortest_s < seconds(text) < longest_s


def test_punctuation_pauses_and_only_between_words():
    assert seconds("One, two") - seconds("One two") == pytest.approx(0.19 - 0.018, abs=0.001)
    assert seconds("One. Two") - seconds("One Two") == pytest.approx(0.42 - 0.018, abs=0.001)
    assert seconds("One two.") == seconds("One two") == seconds("\n\n“One two!” …")


def test_it_is_as_loud_as_speech_and_never_clips():
    level_dbfs = 20 * np.log10(np.sqrt(np.mean(SPOKEN.astype(np.float64) ** 2)) / 32768)
    assert -26 < level_dbfs < -18
    assert np.abs(SPOKEN.astype(np.int32)).max() < 0.7 * 32768


def test_it_swells_and_falls_as_syllables_do():
    loud = frames_rms(SPOKEN) > 500
    syllables = np.count_nonzero(np.diff(loud.astype(int)) == 1)
    assert 2 < syllables / (len(SPOKEN) / RATE) < 7
    assert 0.5 < loud.mean() < 0.95


def test_no_silence_is_longer_than_a_pause_and_none_is_all_zeros():
    runs = "".join("x" if rms > 100 else " " for rms in frames_rms(SPOKEN)).strip().split("x")
    assert 0.02 * max(len(run) for run in runs) < 0.6
    assert frames_rms(SPOKEN).min() > 0.5


def test_most_of_it_lies_where_voices_lie():
    power = np.abs(np.fft.rfft(SPOKEN)) ** 2
    hertz = np.fft.rfftfreq(len(SPOKEN), 1 / RATE)
    share = {
        low: power[(hertz >= low) & (hertz < high)].sum() / power.sum()
        for low, high in ((0, 60), (60, 1000), (1000, 4000), (4000, 12000))
    }
    assert share[0] < 0.001
    assert share[60] > 0.6
    assert 0.01 < share[1000] < 0.3
    assert 0.001 < share[4000] < 0.1


def test_nothing_repeats_not_even_the_same_words():
    twice = tone(f"{PROSE} {PROSE}", variant="m1")
    half = len(twice) // 2
    first, second = frames_rms(twice[:half]), frames_rms(twice[-half:])
    assert np.corrcoef(first, second)[0, 1] < 0.9
    assert not np.array_equal(tone("ha ha ha ha", variant="m1")[:20_000], tone("ho ho ho ho", variant="m1")[:20_000])


def test_a_voice_has_a_pitch_and_keeps_it():
    other = "Whether I shall turn out to be the hero of my own life, or whether that station will be held by anybody."
    pitches = {variant: pitch_hz(tone(PROSE, variant=variant)) for variant in ("m1", "m5", "f1", "f4")}
    assert 80 < pitches["m1"] < 150
    assert 170 < pitches["f1"] < 240
    assert len({round(pitch) for pitch in pitches.values()}) == 4
    assert pitch_hz(tone(other, variant="m1")) == pytest.approx(pitches["m1"], rel=0.12)


def test_nothing_to_say_is_only_quiet():
    assert np.abs(tone("", variant="m1")).max() < 20
    assert 0.1 < seconds(" — … ") < 0.5
