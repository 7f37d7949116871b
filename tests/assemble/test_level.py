"""What is made louder or quieter, by how much, and what is left as it was spoken."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.assemble.level import TakeLevel, chapter_gains, matching_gains
from pipeline.assemble.loudness import LoudnessHistogram, block_energies, integrated_lufs
from tests.assemble.sounds import RATE, as_float, noise

LONG_S, SHORT_S = 120, 8


def chapter(level_db: float, seconds: float, *, seed: int = 1) -> LoudnessHistogram:
    """A chapter of noise at `level_db` dBFS of peak."""
    sound = as_float(noise(4, seed=seed, peak=30_000)) * np.float32(10 ** (level_db / 20))
    energies = block_energies(sound, rate=RATE)
    return LoudnessHistogram.of(np.resize(energies, round(seconds * 10)))


def loudness(level_db: float) -> float:
    return chapter(level_db, LONG_S).integrated_lufs


def matched(lufs: list[float], seconds: list[float], *, match_db: float = 1.5, voices: str = "") -> list[float]:
    """Of takes by one voice, or by those that letters stand for; a capital letter is a played take of that voice."""
    who = voices or "a" * len(lufs)
    takes = [TakeLevel(a, b, v.lower(), is_played=v.isupper()) for a, b, v in zip(lufs, seconds, who, strict=True)]
    return matching_gains(takes, match_db=match_db)


def test_takes_that_differ_little_are_left_as_they_are() -> None:
    assert matched([-20.0, -21.4, -19.0], [30, 30, 30]) == [0, 0, 0]


def test_a_take_that_differs_is_brought_to_the_others() -> None:
    assert matched([-20.0, -23.0, -20.2, -17.0], [30, 30, 30, 30]) == [0, 2.8, 0, -3.2]


def test_a_whisper_is_not_made_a_shout() -> None:
    assert matched([-20.0, -45.0, -20.0], [30, 30, 30]) == [0, 6, 0]


def test_the_usual_level_is_that_of_most_of_the_speech() -> None:
    """Three words said loudly do not outvote a minute."""
    assert matched([-15.0, -15.0, -22.0], [3, 3, 60]) == [-6, -6, 0]


def test_a_word_or_two_says_nothing_about_a_level() -> None:
    assert matched([-20.0, -28.0], [30, 0.8]) == [0, 0]
    assert matched([-20.0, -np.inf], [30, 30]) == [0, 0]
    assert matched([-28.0], [0.5]) == [0]
    assert matched([-20.0, -28.0], [30, 0.8], voices="ab") == [0, 0]


def test_matching_can_be_switched_off() -> None:
    assert matched([-20.0, -29.0], [30, 30], match_db=0) == [0, 0]
    assert matched([-20.0, -29.0], [30, 30], match_db=0, voices="ab") == [0, 0]


def test_a_voice_comes_to_the_others_with_its_short_lines_and_keeps_what_it_plays() -> None:
    """Its "Oh!" would else be as many decibels under the rest of what it says as the voice is under the others."""
    lufs, seconds = [-20.0, -25.0, -26.0, -21.0, -32.0], [60, 10, 0.5, 10, 10]
    assert matched(lufs, seconds, voices="abbaB") == [0, 5, 5, 0, 5]


def test_voices_that_differ_by_less_than_takes_may_are_level_too() -> None:
    """One answers the other throughout, so that it is heard."""
    assert matched([-20.0, -21.2, -20.0, -21.3], [30, 4, 30, 0.7], voices="abab") == [0, 1.2, 0, 1.2]


def test_a_voice_of_short_lines_alone_is_known_by_all_of_them() -> None:
    assert matched([-20.0, -24.0, -23.0, -23.5], [60, 0.9, 0.9, 0.9], voices="abbb") == [0, 3.5, 3.5, 3.5]


def test_long_chapters_come_to_the_target_each() -> None:
    levels = [-10.0, -16.0, -3.0]
    gains = chapter_gains([chapter(level, LONG_S) for level in levels], target_lufs=-18)
    reached = [loudness(level) + gain for level, gain in zip(levels, gains, strict=True)]
    assert reached == pytest.approx([-18] * 3, abs=0.06)


def test_a_short_chapter_stays_within_a_step_of_the_book() -> None:
    title, book = chapter(-20, SHORT_S), chapter(-10, 600)
    title_gain, book_gain = chapter_gains([title, book], target_lufs=-18)
    assert title_gain == pytest.approx(book_gain + 1, abs=0.1)
    same, _ = chapter_gains([chapter(-10.5, SHORT_S), book], target_lufs=-18)
    assert same == pytest.approx(book_gain + 0.5, abs=0.1)


def test_a_short_chapter_alone_comes_to_the_target() -> None:
    [gain] = chapter_gains([chapter(-20, SHORT_S)], target_lufs=-18)
    assert loudness(-20) + gain == pytest.approx(-18, abs=0.06)


def test_silence_is_left_alone() -> None:
    silent = LoudnessHistogram.of(np.zeros(600))
    assert chapter_gains([silent, chapter(-10, LONG_S)], target_lufs=-18)[0] == 0


@given(st.lists(st.tuples(st.floats(-30, 0), st.integers(2, 200)), min_size=1, max_size=6))
def test_one_chapter_more_changes_no_long_ones_gain(chapters: list[tuple[float, int]]) -> None:
    """So an edit makes one chapter anew, not the book."""
    some = [chapter(level, seconds) for level, seconds in chapters]
    before = chapter_gains(some, target_lufs=-18)
    after = chapter_gains([*some, chapter(-25, 300)], target_lufs=-18)
    for (_, seconds), old, new in zip(chapters, before, after[:-1], strict=True):
        assert seconds < 61 or old == new


def test_the_loudness_of_a_take_is_what_is_measured() -> None:
    sound = as_float(noise(3, seed=2, peak=20_000))
    energies = block_energies(sound, rate=RATE)
    assert LoudnessHistogram.of(energies).integrated_lufs == pytest.approx(integrated_lufs(energies), abs=0.06)
