"""When everything fails, and how it is found out that it no longer does."""

import math

import pytest

from pipeline.speech.breaker import Breaker


def failing(
    times: int, *, apart_s: float, chunks: int = 9, is_refusal: bool = False, outage_s: float = 7200
) -> Breaker:
    breaker = Breaker(outage_s=outage_s)
    for n in range(times):
        breaker.failed(f"chunk {n % chunks}", now_s=n * apart_s, is_refusal=is_refusal)
    return breaker


@pytest.mark.parametrize(
    ("times", "apart_s", "chunks", "is_open"),
    [(5, 2, 9, True), (4, 9, 9, False), (50, 0.01, 9, False), (50, 2, 2, False), (6, 1, 3, True)],
    ids=["a row", "too few", "a hiccup", "two cursed chunks", "three chunks"],
)
def test_enough_failures_of_enough_chunks_over_some_seconds_are_an_outage(times, apart_s, chunks, is_open):
    assert failing(times, apart_s=apart_s, chunks=chunks).is_open is is_open


def test_refusals_for_the_pace_are_one_only_after_two_minutes():
    assert not failing(50, apart_s=2, is_refusal=True).is_open
    assert failing(70, apart_s=2, is_refusal=True).is_open


def test_an_answer_between_them_ends_the_row():
    breaker = failing(4, apart_s=5)
    assert not breaker.answered()
    assert not breaker.failed("chunk 5", now_s=30)
    assert not breaker.is_open


def test_it_says_once_that_the_service_is_down():
    breaker = failing(4, apart_s=2)
    assert breaker.failed("chunk 4", now_s=8)
    assert not breaker.failed("chunk 5", now_s=8.1), "that one left before"
    assert breaker.hold_s(now_s=8) == 10


@pytest.mark.parametrize(("times", "is_suspect"), [(4, False), (5, True)])
def test_five_failures_at_once_are_suspect_and_no_outage_yet(times, is_suspect):
    assert failing(times, apart_s=0.01).is_suspect is is_suspect
    assert not failing(times, apart_s=0.01, is_refusal=True).is_suspect


def test_one_probe_at_a_time_and_each_wait_is_twice_the_last_up_to_a_minute():
    breaker, now_s, waits_s = failing(5, apart_s=2), 8.0, []
    for n in range(5):
        waits_s.append(breaker.hold_s(now_s=now_s))
        now_s += waits_s[-1]
        assert breaker.hold_s(now_s=now_s) == 0
        breaker.left(f"probe {n}")
        assert breaker.last_probe == f"probe {n}"
        assert breaker.hold_s(now_s=now_s) > 1_000, "nobody else while it is on its way"
        assert breaker.failed(f"probe {n}", now_s=now_s)
    assert waits_s == [10, 20, 40, 60, 60]


def test_an_answered_probe_ends_the_outage():
    breaker = failing(5, apart_s=2)
    breaker.left("probe")
    assert breaker.answered()
    assert (breaker.is_open, breaker.hold_s(now_s=9), breaker.last_probe) == (False, 0, None)


def test_a_probe_that_never_left_leaves_its_place_to_another():
    breaker = failing(5, apart_s=2)
    breaker.left("probe")
    breaker.never_left("probe")
    assert breaker.hold_s(now_s=18) == 0


def test_a_service_down_for_too_long_is_given_up():
    breaker = failing(5, apart_s=2, outage_s=100)
    breaker.left("a probe that hangs")
    assert breaker.hold_s(now_s=90) == 10
    assert not breaker.is_given_up(now_s=99)
    assert breaker.is_given_up(now_s=100)


def test_a_service_that_says_it_is_out_for_longer_than_is_waited_for_is_given_up_at_once():
    breaker = Breaker(outage_s=7_200)
    breaker.sent_away("chunk", now_s=5, rest_s=7_200)
    assert not breaker.is_given_up(now_s=5)
    breaker.sent_away("chunk", now_s=6, rest_s=86_400)
    assert breaker.is_given_up(now_s=6)
    assert breaker.answered()
    assert not breaker.is_given_up(now_s=7)


def test_a_service_that_says_it_is_out_is_asked_when_it_said():
    breaker = Breaker()
    breaker.sent_away("chunk", now_s=5, rest_s=3_600)
    assert breaker.is_open
    assert breaker.hold_s(now_s=5) == 3_600
    assert not breaker.is_given_up(now_s=math.pi * 1e6)
