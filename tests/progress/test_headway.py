"""How far it has come and when the rest will be there, from plain events and a clock of numbers."""

import pytest

from pipeline.events import AttemptEnded, AttemptStarted, BookPlanned, ChunkSpoken, TakeReused, TakeStored
from pipeline.progress.headway import Headway, Speed, headway_of


def begun(*, chunks: int = 20, reused: int = 0, missing_s: float = 600.0) -> Headway:
    return headway_of(BookPlanned("B", 2, chunks, reused, 900.0, 1.0, missing_s))


def rendered(headway: Headway, number: int, *, at_s: float, seconds: float = 30.0) -> None:
    headway.note(TakeStored("B", f"k{number}", seconds, 0.1, 1), at_s)
    headway.note(ChunkSpoken("B", f"k{number}", seconds, 1, False), at_s)


def test_the_time_left_follows_from_what_this_run_has_rendered() -> None:
    headway = begun()
    headway.note(AttemptStarted("B", "k1", 1), 100.0)
    for number in (1, 2, 3):
        rendered(headway, number, at_s=100.0 + 10 * number)
    assert headway.left_s(130.0) == pytest.approx((600 - 90) / (90 / 30))


def test_reused_chunks_are_progress_but_no_speed() -> None:
    headway = begun(reused=10)
    for number in range(10):
        headway.note(TakeReused("B", f"r{number}", 30.0), 1.0)
        headway.note(ChunkSpoken("B", f"r{number}", 30.0, 1, False), 1.0)
    assert (headway.spoken, headway.audio_s, headway.left_s(2.0)) == (10, 300.0, None)
    headway.note(AttemptStarted("B", "k1", 1), 2.0)
    for number in (1, 2, 3):
        rendered(headway, number, at_s=2.0 + number)
    assert headway.left_s(5.0) == pytest.approx((600 - 90) / 30)


def test_another_take_of_a_chunk_brings_the_end_no_nearer() -> None:
    headway = begun()
    headway.note(AttemptStarted("B", "k1", 1), 0.0)
    for at_s in (10.0, 20.0, 30.0, 40.0):
        rendered(headway, 1, at_s=at_s)
    assert headway.rendered_s == 30.0


def test_a_service_that_says_nothing_any_more_moves_the_end_away() -> None:
    headway = begun()
    headway.note(AttemptStarted("B", "k1", 1), 0.0)
    for number in (1, 2, 3):
        rendered(headway, number, at_s=float(number))
    soon, late = headway.left_s(3.0), headway.left_s(60.0)
    assert soon is not None and late is not None and late == pytest.approx(20 * soon)


def test_only_the_last_takes_tell_the_speed() -> None:
    speed = Speed()
    speed.begin(0.0)
    for number in range(1, 101):
        speed.note(number * 1.0, number * 1.0)
    for number in range(1, 101):
        speed.note(100.0 + number * 10.0, 100.0 + number)
    assert speed.at(200.0) == pytest.approx(10.0)


@pytest.mark.parametrize("takes", [0, 1, 2])
def test_too_few_takes_tell_nothing(takes: int) -> None:
    headway = begun()
    headway.note(AttemptStarted("B", "k1", 1), 0.0)
    for number in range(takes):
        rendered(headway, number, at_s=float(number))
    assert headway.left_s(10.0) is None


def test_nothing_is_left_of_what_is_done() -> None:
    headway = begun(chunks=4, missing_s=1000.0)
    headway.note(AttemptStarted("B", "k1", 1), 0.0)
    for number in range(4):
        rendered(headway, number, at_s=1.0 + number)
    assert headway.left_s(9.0) is None
    assert headway.share == 1.0


def test_requests_under_way_go_up_and_down() -> None:
    headway = begun()
    for _ in range(3):
        headway.note(AttemptStarted("B", "k", 1), 0.0)
    headway.note(AttemptEnded("B", "k", 1), 1.0)
    assert headway.at_once == 2
