"""Requests refused where more had been let in just before."""

import math

from pipeline.speech.blame import Refusal
from pipeline.speech.ceiling import Ceiling
from pipeline.speech.whims import Whims

HIGH = 10


def after(outcomes: str) -> Whims:
    """What is known after requests a second apart: `.` let in, `x` refused lower than those, `X` higher."""
    whims = Whims()
    for now_s, outcome in enumerate(outcomes):
        if outcome == ".":
            whims.let_in(HIGH, HIGH, left_at_s=now_s)
        else:
            height = HIGH - 3 if outcome == "x" else HIGH
            whims.refused(Refusal(height, height), now_s=now_s + 0.1)
    return whims


def test_three_refusals_apart_where_more_was_let_in_are_whims():
    assert not after("..........x.........x....").are_common
    assert after("..........x.........x.........x").are_common


def test_refusals_at_a_new_height_are_about_a_limit():
    assert not after("..........X.........X.........X.........X").are_common


def test_refusals_in_a_row_are_one():
    assert not after("....................xxxxx").are_common


def test_one_in_four_is_too_much_for_a_whim():
    assert not after("...x" * 20).are_common


def test_a_service_that_has_come_to_rest_is_taken_at_its_word_again():
    whims = after("..........x.........x.........x" + "." * 300)
    assert not whims.are_common


def test_a_whim_lowers_nothing_and_a_second_one_in_a_row_does():
    known = Ceiling(16.0, 16.0)
    once = known.spared(12, now_s=1.0)
    assert (once.limit, once.good, once.level) == (16.0, 16.0, 16.0)
    again = once.spared(12, now_s=2.0)
    assert again.level < 12


def test_what_is_let_in_above_a_doubtful_limit_frees_what_was_free_before():
    doubted = Ceiling(0.0, is_bound=False).spared(20, now_s=1.0)
    assert doubted.is_doubted
    assert doubted.level < math.inf
    for amount in (21, 22, 23):
        doubted = doubted.let_in(amount, left_at_s=2.0)
    assert doubted.level == math.inf
