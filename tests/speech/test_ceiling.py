"""What is known of one hidden limit, in plain values."""

import math

import pytest

from pipeline.speech.ceiling import Ceiling


def climbed(ceiling: Ceiling, *amounts: int, at_s: float = 1_000.0) -> Ceiling:
    for amount in amounts:
        ceiling = ceiling.let_in(amount, left_at_s=at_s)
    return ceiling


def let_in_often(ceiling: Ceiling, count: int = 100) -> Ceiling:
    return climbed(ceiling, *[1] * count)


def test_what_was_never_refused_rises_a_quarter_above_what_was_let_in():
    assert Ceiling(4).level == 6
    assert climbed(Ceiling(4), 5, 6).level == 8
    assert climbed(Ceiling(4), 64).level == 81


def test_what_is_not_bound_allows_anything_and_still_takes_note():
    rate = climbed(Ceiling(0, is_bound=False), 300)
    assert (rate.level, rate.good) == (math.inf, 300)
    assert rate.refused(310, now_s=5).level == 310


def test_the_first_refusal_says_where_the_limit_is():
    refused = Ceiling(18).refused(16, now_s=5)
    assert (refused.level, refused.limit, refused.good) == (16, 16, 16)


def test_with_nothing_let_in_between_the_next_refusals_halve():
    once = Ceiling(60, 64).refused(63, now_s=5)
    levels = []
    for others in (62, 31, 15):
        once = once.refused(others, now_s=once.lowered_at_s + 1)
        levels.append(once.level)
    assert levels == [32, 16, 8], "half, and the one that is tried"


def test_something_let_in_ends_the_halving():
    once = Ceiling(60, 64).refused(63, now_s=5).let_in(40, left_at_s=6)
    assert once.strikes == 0
    assert once.refused(62, now_s=7).level == 62


def test_one_that_left_before_the_refusal_says_nothing():
    refused = Ceiling(60, 64).refused(63, now_s=5)
    assert refused.let_in(63, left_at_s=5) == refused


def test_a_refusal_far_under_the_limit_is_forgotten_unless_it_is_repeated():
    once = Ceiling(60, 64).refused(20, now_s=5)
    assert (once.level, once.limit) == (21, 64)
    assert climbed(once, 21, 27, 34, 43, 54).level == 64
    assert once.refused(20, now_s=6).limit == 20


def test_after_a_halving_the_way_back_ends_at_the_limit():
    ceiling = Ceiling(60, 64).refused(63, now_s=5).refused(62, now_s=6)
    while ceiling.level < 62:
        ceiling = ceiling.let_in(int(ceiling.level), left_at_s=1_000)
    assert climbed(ceiling, 62, 62).level == 62


@pytest.mark.parametrize(("seconds", "count", "allowed"), [(29, 100, 16), (31, 79, 16), (31, 80, 17)])
def test_a_limit_is_tried_again_after_half_a_minute_and_eighty_requests(seconds, count, allowed):
    ceiling = climbed(Ceiling(18).refused(16, now_s=0), *[16] * count)
    assert ceiling.allowed(now_s=seconds) == allowed


def test_probes_that_find_nothing_are_made_rarer_up_to_two_minutes():
    ceiling, waits_s = Ceiling(18).refused(16, now_s=0), []
    for _ in range(5):
        waits_s.append(ceiling.probe_at_s - ceiling.lowered_at_s)
        ceiling = let_in_often(ceiling).refused(16, now_s=100)
    assert waits_s == [30, 60, 120, 120, 120]


def test_a_probe_that_costs_a_rest_is_made_rarer_still():
    assert Ceiling(18).refused(16, now_s=0, rest_s=4).probe_at_s == 200
    assert Ceiling(18).refused(16, now_s=0, rest_s=47).probe_at_s == 300


def test_three_probes_let_in_lift_the_limit():
    ceiling = let_in_often(Ceiling(18).refused(16, now_s=0))
    ceiling = climbed(ceiling, 17)
    assert ceiling.allowed(now_s=100) == 18, "the next probe may follow at once"
    ceiling = climbed(ceiling, 18)
    assert ceiling.limit == 18
    ceiling = climbed(ceiling, 19)
    assert (ceiling.limit, ceiling.level) == (math.inf, 24)


def test_one_probe_that_slipped_in_lifts_nothing():
    ceiling = climbed(let_in_often(Ceiling(18).refused(16, now_s=0)), 17).refused(16, now_s=2_000)
    assert (ceiling.limit, ceiling.level, ceiling.is_probe_due(now_s=2_001)) == (16, 16, False)


def test_a_rate_met_once_is_doubted_and_tried_at_once():
    rate = Ceiling(0, is_bound=False).refused(25, now_s=0)
    assert rate.allowed(now_s=1) == 26
    assert math.isinf(climbed(rate, 26, 27, 28).limit)
    confirmed = rate.refused(25, now_s=2)
    assert (confirmed.allowed(now_s=3), confirmed.level, confirmed.is_doubted) == (25, 25, False)


def test_nothing_goes_below_one():
    ceiling = Ceiling(1, 1)
    for second in range(20):
        ceiling = ceiling.refused(0, now_s=second).resumed()
        assert ceiling.level >= 1
