"""Ends of sentences fall into the silences that are theirs; the sentences tile the clip whatever its gaps are."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.alignment import Gap, Wording, sentence_edges, timed_sentences
from pipeline.recording import PIPELINE_FORMAT, Boundary, Clip
from pipeline.script import Chunk, Line
from pipeline.script.direction import Tag
from tests.bench.espeak_truth import spoken_book
from tests.bench.sentence_times import SAMPLES, errors_of, summary

RATE = PIPELINE_FORMAT.rate
LEAD = PIPELINE_FORMAT.frames_of_ms(40)


def _clip(*parts: tuple[float, float]) -> tuple[int, list[Gap]]:
    """The frames and gaps of a clip that sounds and is silent for so many seconds in turn."""
    position, gaps = 0, []
    for sound_s, silence_s in parts:
        position += round(sound_s * RATE)
        if silence_s:
            gaps.append((position, round(silence_s * RATE)))
        position += round(silence_s * RATE)
    return position, gaps


def _words(*seconds: float) -> list[Wording]:
    return [Wording(each) for each in seconds]


def _after(gap: Gap) -> int:
    """Where the sentence after a gap begins."""
    return sum(gap) - LEAD


def test_a_sentence_begins_shortly_before_the_sound_after_its_gap() -> None:
    frames, gaps = _clip((2.0, 0.4), (3.0, 0.4), (1.0, 0.0))
    assert sentence_edges(_words(2.0, 3.0, 1.0), frames, gaps) == (0, _after(gaps[0]), _after(gaps[1]), frames)


def test_short_silences_at_commas_end_nothing() -> None:
    frames, gaps = _clip((1.9, 0.12), (0.4, 0.4), (1.0, 0.12), (2.0, 0.4), (1.0, 0.0))
    edges = sentence_edges(_words(2.0, 3.2, 1.0), frames, gaps)
    assert edges[1:3] == (_after(gaps[1]), _after(gaps[3]))


def test_of_two_gaps_as_long_the_one_at_the_right_pace_is_taken() -> None:
    frames, gaps = _clip((1.0, 0.4), (3.0, 0.4), (4.0, 0.0))
    assert sentence_edges(_words(4.1, 3.9), frames, gaps)[1] == _after(gaps[1])
    assert sentence_edges(_words(1.1, 6.9), frames, gaps)[1] == _after(gaps[0])


def test_the_pace_is_that_of_the_clip() -> None:
    frames, gaps = _clip((3.0, 0.3), (0.5, 0.3), (4.5, 0.0))
    assert sentence_edges(_words(1.5, 2.5), frames, gaps)[1] == _after(gaps[0])


def test_a_paragraph_ends_in_the_longer_of_two_gaps() -> None:
    frames, gaps = _clip((2.6, 0.3), (0.8, 0.75), (2.6, 0.0))
    wordings = _words(3.1, 2.9)
    assert sentence_edges([replace(wordings[0], ends_paragraph=True), wordings[1]], frames, gaps)[1] == _after(gaps[1])


def test_an_end_without_a_gap_lies_in_proportion_between_its_neighbours() -> None:
    frames, gaps = _clip((2.0, 0.4), (4.0, 0.4), (2.0, 0.0))
    edges = sentence_edges(_words(2.0, 1.0, 3.0, 2.0), frames, gaps)
    assert (edges[1], edges[3]) == (_after(gaps[0]), _after(gaps[1]))
    assert abs(edges[2] - (sum(gaps[0]) + 1.0 * RATE)) <= 2


def test_without_any_gap_the_frames_are_shared_by_what_the_texts_take() -> None:
    assert sentence_edges(_words(1.0, 3.0), 4 * RATE, ()) == (0, RATE, 4 * RATE)


def test_one_sentence_is_the_whole_clip() -> None:
    assert sentence_edges(_words(2.0), 1_000, [(200, 300)]) == (0, 1_000)


@given(
    parts=st.lists(st.tuples(st.floats(0.01, 4), st.floats(0.06, 1)), min_size=1, max_size=12),
    seconds=st.lists(st.tuples(st.floats(0, 8), st.booleans()), min_size=1, max_size=12),
)
def test_sentences_tile_the_clip(parts: list[tuple[float, float]], seconds: list[tuple[float, bool]]) -> None:
    frames, gaps = _clip(*parts, (0.1, 0.0))
    edges = sentence_edges([Wording(*each) for each in seconds], frames, gaps)
    assert (edges[0], edges[-1], len(edges)) == (0, frames, len(seconds) + 1)
    shortest = min(PIPELINE_FORMAT.frames_of_ms(10), frames // len(seconds))
    assert all(end - start >= shortest for start, end in pairwise(edges))


def test_the_samples_sentences_begin_when_the_embedded_voice_begins_them() -> None:
    spoken = [one for book in SAMPLES for one in spoken_book(book, 75)]
    found = summary(errors_of(spoken))
    assert found.count > 150
    assert found.are_small, found
    by_length_alone = summary(errors_of(replace(one, clip=replace(one.clip, gaps=())) for one in spoken))
    assert not by_length_alone.are_small, "the silences are what makes the difference"


def test_a_pause_that_was_asked_for_inside_a_sentence_does_not_end_it() -> None:
    """It is longer than the silence that does."""
    text = "He waited a while, and then he spoke. She did not."
    at = text.index("he spoke")
    frames, gaps = _clip((2.3, 1.1), (0.7, 0.3), (0.5, 0.0))
    clip = Clip(1, "key", 0, 0, frames, gaps=tuple(gaps))
    for words, gap in (("long pause", gaps[1]), ("whispers", gaps[0])):
        line = Line(text, 0, 0, len(text), tags=(Tag(at, words),))
        first, second = timed_sentences(Chunk((line,), Boundary.CHAPTER), clip, language="en")
        assert (first.start_frame, first.end_frame, second.end_frame) == (0, _after(gap), frames)
        assert text[second.start : second.end] == "She did not."
