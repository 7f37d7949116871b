"""What time-outs tell of a service that refuses nobody."""

import math
from dataclasses import dataclass

from pipeline.speech.congestion import Congestion
from pipeline.speech.throttle import PaceRules, Throttle
from pipeline.speech.traffic import Request


def test_a_hang_now_and_then_is_an_accident():
    congestion = Congestion()
    for second in range(2_000):
        if second % 10 == 0:
            congestion.timed_out(left_at_s=second, now_s=second, in_flight=32)
        congestion.answered()
    assert math.isinf(congestion.at_once)


def test_many_time_outs_halve_it_once_and_answers_raise_it_again():
    congestion = Congestion()
    for second in range(20):  # all of them left before the fourth of them was given up
        congestion.timed_out(left_at_s=second / 100, now_s=60.0 + second, in_flight=32 - second)
    assert congestion.at_once == (32 - 3) // 2
    answers = 0
    while congestion.at_once < math.floor(0.8 * 29):
        congestion.answered()
        answers += 1
    assert answers < 220  # one more a round
    for _ in range(300):
        congestion.answered()
    assert congestion.at_once == 24  # and slowly from there


@dataclass
class Spoken:
    """A request at a service that serves eight at once at full speed, and any number more slowly."""

    request: Request
    done_s: float = 0.0


def test_a_service_that_takes_everybody_in_and_serves_eight_is_not_driven_to_its_knees():
    """Ten seconds of work each, given up after twenty: with more than sixteen at once, none is ever answered."""
    throttle, under_way, answered, late = Throttle(PaceRules(64)), [], 0, 0
    for tick in range(36_000):
        now_s = tick / 10
        while throttle.hold_s(now_s) == 0:
            under_way.append(Spoken(throttle.depart(now_s)))
        share = min(1.0, 8 / max(1, len(under_way)))
        for spoken in list(under_way):
            spoken.done_s += share / 10
            if spoken.done_s >= 10:
                throttle.answered(spoken.request)
                answered += 1
            elif now_s - spoken.request.left_at_s >= 20:
                throttle.timed_out(spoken.request, now_s)
                late += 1
            else:
                continue
            under_way.remove(spoken)
    assert answered > 0.85 * 3_600 * 8 / 10
    assert late < 0.05 * answered
