"""When the next request may leave, in plain calls."""

import math

import pytest

from pipeline.speech.throttle import PaceMemory, PaceRules, Throttle, unasked_rest_s
from pipeline.speech.traffic import Request


def sent(throttle: Throttle, now_s: float) -> list[Request]:
    """All that may leave now."""
    requests = []
    while throttle.hold_s(now_s) == 0:
        requests.append(throttle.depart(now_s))
    return requests


def test_it_begins_with_four_and_goes_on_one_by_one():
    throttle = Throttle(PaceRules(64))
    assert len(sent(throttle, 0.0)) == 4
    assert 0 < throttle.hold_s(0.0) <= 1
    assert len(sent(throttle, 1.0)) == 1
    assert len(sent(throttle, 1.5)) == 1


def test_a_service_of_which_nothing_is_heard_is_not_flooded():
    throttle = Throttle(PaceRules(512))
    for tenth in range(1, 3_000):
        sent(throttle, tenth / 10)
    assert throttle.in_flight == 16


def test_one_refusal_lowers_and_those_that_left_before_do_not():
    throttle = Throttle(PaceRules(64))
    requests = sent(throttle, 0.0)
    throttle.refused(requests[3], 0.2)
    assert throttle.concurrency.level == 3
    throttle.refused(requests[2], 0.3)
    assert throttle.concurrency.level == 3


def test_a_rest_ends_with_one_that_feels_its_way():
    throttle = Throttle(PaceRules(64), start=PaceMemory(concurrency=40, concurrency_limit=40))
    requests = sent(throttle, 0.0)
    throttle.refused(requests[-1], 0.2, rest_s=30)
    for request in requests[:-1]:
        throttle.answered(request)
    assert len(sent(throttle, 31.0)) == 1
    assert len(sent(throttle, 32.0)) <= 2


def test_from_the_third_refusal_in_a_row_on_it_waits_unasked_up_to_half_a_minute():
    assert [unasked_rest_s(strikes) for strikes in range(10)] == [0, 0, 0, 1, 2, 4, 8, 16, 30, 30]
    assert unasked_rest_s(10_000) == 30


def test_short_answers_do_not_keep_it_from_trying_more():
    """Each answer lets another one leave at once; that one is no reason not to try one more than was good."""
    throttle, under_way = Throttle(PaceRules(64)), []
    for tenth in range(100):
        under_way += sent(throttle, tenth / 10)
        throttle.answered(under_way.pop(0))
    assert throttle.concurrency.good > 8


def test_many_time_outs_lower_once_and_only_for_those_that_left_after_the_last():
    throttle = Throttle(PaceRules(64), start=PaceMemory(concurrency=40))
    requests = [throttle.depart(second / 100) for second in range(20)]
    before = throttle.requests_at_once
    for request in requests[:3]:
        throttle.timed_out(request, 100.0)
    assert throttle.requests_at_once == before, "three may be an accident"
    for request in requests[3:]:
        throttle.timed_out(request, 100.0)
    assert throttle.requests_at_once == (20 - 3) // 2
    assert throttle.concurrency.strikes == 0, "nothing was refused"


def test_failures_of_the_service_leave_the_pace_as_it_is():
    throttle = Throttle(PaceRules(64))
    for request in sent(throttle, 0.0):
        throttle.failed(request)
    assert throttle.concurrency.good == 4


@pytest.mark.parametrize(
    ("start", "good", "limit", "per_minute"),
    [
        (PaceMemory(), 4, math.inf, 0),
        (PaceMemory(60, 64, 0), 30, 64, 0),
        (PaceMemory(3, 3, 0), 3, 3, 0),
        (PaceMemory(20, 0, 600), 10, math.inf, 600),
    ],
)
def test_a_memory_is_begun_from_half_of_what_was_good(start, good, limit, per_minute):
    throttle = Throttle(PaceRules(64), start=start)
    assert (throttle.concurrency.good, throttle.concurrency.limit) == (good, limit)
    assert throttle.memory.requests_per_minute == per_minute


def test_a_rate_that_is_doubted_is_not_remembered():
    throttle = Throttle(PaceRules(64))
    (request, *others) = sent(throttle, 0.0)
    for other in others:
        throttle.answered(other)
    throttle.refused(request, 0.2)
    assert throttle.rate.is_doubted
    assert throttle.memory.requests_per_minute == 0
