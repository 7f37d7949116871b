"""What is learnt of a voice, and when it counts."""

import numpy as np
import pytest

from pipeline.takes.acceptance import VoiceNorm
from pipeline.takes.acceptance.measures import BAND_NAMES
from pipeline.takes.acceptance.norm import ENOUGH_TAKES


def figures(chars: float, *, char_s: float = 0.06, start_s: float = 0.3, **more: float) -> dict[str, float]:
    usual = {"level_dbfs": -15.0, "pitch_hz": 110.0, "pause_s": 0.5, "break_s": 0.9, **dict.fromkeys(BAND_NAMES, 0.0)}
    return {"spoken_chars": chars, "doubtful_chars": 0.0, "sounding_s": start_s + char_s * chars, **usual, **more}


LENGTHS = (20, 40, 200, 300, 350, 400, 500, 550, 600, 700)


def test_a_pace_is_found_again():
    tempo = VoiceNorm.of(map(figures, LENGTHS)).tempo
    assert (tempo.start_s, tempo.char_s) == (pytest.approx(0.3, abs=0.01), pytest.approx(0.06, abs=0.0005))


def test_a_third_of_bad_takes_does_not_move_it():
    good = [figures(chars) for chars in (*LENGTHS, 450, 650)]
    bad = [figures(chars, char_s=0.03, pitch_hz=300.0, level_dbfs=-40.0) for chars in (320, 420, 520, 620)]
    norm = VoiceNorm.of([*good, *bad])
    assert norm.tempo.seconds(500) == pytest.approx(30.3, rel=0.03)
    assert (norm.pitch_hz, norm.level_dbfs) == (110.0, -15.0)


def test_takes_of_one_length_tell_a_pace_but_no_start():
    tempo = VoiceNorm.of(figures(chars) for chars in range(500, 520)).tempo
    assert tempo.seconds(510) == pytest.approx(0.3 + 0.06 * 510, rel=0.01)
    assert tempo.start_s == pytest.approx(0.2)


def test_it_is_of_no_effect_until_it_has_heard_enough():
    norm = VoiceNorm()
    for number in range(ENOUGH_TAKES):
        assert not norm.is_known
        norm = norm.learn(figures(300 + number))
    assert norm.is_known


def test_short_lines_alone_make_no_norm():
    assert not VoiceNorm.of(figures(10) for _ in range(50)).is_known


def test_takes_without_speech_teach_nothing():
    norm = VoiceNorm.of([{"seconds": 1.0, "sounding_s": 0.0, "spoken_chars": 9.0}, {"sounding_s": 2.0}])
    assert norm.takes == ()


def test_it_runs_along_with_the_latest_takes():
    norm = VoiceNorm.of(
        [*(figures(400, pitch_hz=100.0) for _ in range(300)), *(figures(400, pitch_hz=120.0) for _ in range(150))]
    )
    assert len(norm.takes) == 200
    assert norm.pitch_hz == 120.0


def test_the_scatter_is_at_least_what_any_voice_has():
    assert VoiceNorm.of(map(figures, LENGTHS)).sigma == pytest.approx(0.035)
    chance = np.random.default_rng(1)
    wild = [figures(chars, char_s=0.06 * chance.normal(1, 0.1)) for chars in chance.integers(200, 700, 60)]
    assert VoiceNorm.of(wild).sigma == pytest.approx(0.1, abs=0.03)
