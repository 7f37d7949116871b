"""What the sound says twice, what the text says twice, and what is said before the text."""

import numpy as np
import pytest

from pipeline.takes.acceptance.alignment import preamble_of
from pipeline.takes.acceptance.features import sound_of
from pipeline.takes.acceptance.refrains import repeated_chars, repeats_a_word
from pipeline.takes.acceptance.repetition import repetition_of
from pipeline.takes.acceptance.spoken_form import spoken_form
from tests.bench.detection import faults
from tests.bench.detection.faults import Scene
from tests.takes.acceptance.conftest import OTHERS, PARAGRAPH


@pytest.fixture
def scene(clips, paragraph) -> Scene:
    return Scene(paragraph, clips["en+m3", OTHERS[0]].samples, paragraph.samples, np.random.default_rng(2))


def test_a_plain_reading_repeats_next_to_nothing(paragraph):
    found = repetition_of(sound_of(paragraph.samples))
    assert found.repeated_s < 1
    assert found.stuck_s < 1.3


def test_the_seconds_said_again_are_counted_in_both_places(scene):
    again_s = repetition_of(sound_of(faults.passage_again(scene, 6.0))).repeated_s
    assert again_s == pytest.approx(2 * (6.0 - 1.2), abs=2.5)


def test_a_stuck_loop_is_as_long_as_it_is(scene):
    assert repetition_of(sound_of(faults.stuck(scene, 5.0))).stuck_s == pytest.approx(5.0, abs=0.8)


def test_silence_repeats_nothing():
    found = repetition_of(sound_of(np.zeros(240_000, np.int16)))
    assert (found.stuck_s, found.repeated_s, found.halves) == (0, 0, 0)


def test_halves_of_a_short_take_are_compared(clips):
    line = clips["en+m3", "Chapter 1"].samples
    assert repetition_of(sound_of(line)).halves < 0.7
    assert repetition_of(sound_of(np.concatenate([line, line]))).halves > 0.85


def refrain(text: str) -> float:
    return repeated_chars(text, spoken_form(text, language="en"))


def test_a_refrain_counts_wherever_it_stands():
    line = "and the rain came down upon the roof"
    assert refrain(f"We sat, {line}. Nobody spoke, {line}.") == pytest.approx(2 * len(line), rel=0.2)
    assert refrain(PARAGRAPH) == 0
    assert refrain("") == refrain("…") == 0


@pytest.mark.parametrize(("text", "does"), [("No, no!", True), ("Ha ha ha", True), ("No.", False), ("", False)])
def test_a_word_said_twice_by_the_text(text, does):
    assert repeats_a_word(text) is does


def test_words_before_the_text_move_every_pause(scene, paragraph):
    _, plain = preamble_of(sound_of(paragraph.samples), PARAGRAPH, language="en")
    shift_s, fit = preamble_of(sound_of(faults.preamble(scene, 6)), PARAGRAPH, language="en")
    assert plain < 1
    assert fit > plain + 1
    assert shift_s == pytest.approx(2.0, abs=0.4)


@pytest.mark.parametrize("text", ["No.", "", "…", "One word after another without a mark"])
def test_without_marks_nothing_is_said_about_what_comes_before(text, paragraph):
    assert preamble_of(sound_of(paragraph.samples), text, language="en") == (0, 0)
