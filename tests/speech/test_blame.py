"""One too many at once, or one too many in the minute."""

import pytest

from pipeline.speech.blame import Refusal, is_about_rate
from pipeline.speech.ceiling import Ceiling

UNMET = Ceiling(40)
FREE = Ceiling(60, is_bound=False)


def blamed(refusal: Refusal, *before: Refusal, concurrency: Ceiling = UNMET, rate: Ceiling = FREE) -> str:
    is_rate = is_about_rate(refusal, concurrency=concurrency, rate=rate, before=before)
    return "rate" if is_rate else "concurrency"


@pytest.mark.parametrize(
    ("stated", "expected"),
    [(60, "rate"), (61, "rate"), (40, "concurrency"), (39, "concurrency"), (1_000, "concurrency"), (50, "concurrency")],
)
def test_the_number_the_service_names_decides_if_it_is_one_of_the_two(stated, expected):
    assert blamed(Refusal(40, 60, stated)) == expected


def test_a_number_that_could_be_either_decides_nothing():
    assert blamed(Refusal(60, 60, 60), concurrency=Ceiling(59)) == "concurrency"


def test_alone_it_can_only_be_the_rate():
    assert blamed(Refusal(0, 10), concurrency=Ceiling(1, 1)) == "rate"


def test_with_both_at_their_highest_it_is_what_is_in_flight():
    assert blamed(Refusal(40, 60)) == "concurrency"


def test_a_service_that_takes_fewer_than_it_was_begun_with_is_no_slow_one():
    assert blamed(Refusal(2, 2), concurrency=Ceiling(4), rate=Ceiling(0, is_bound=False)) == "concurrency"


def test_when_half_is_refused_as_well_it_was_the_rate():
    concurrency = UNMET.refused(40, now_s=1).refused(39, now_s=2)
    assert blamed(Refusal(19, 60), concurrency=concurrency) == "rate"


def test_a_rate_that_was_never_refused_is_not_blamed_below_what_it_let_in():
    assert blamed(Refusal(12, 102), concurrency=Ceiling(15, 15), rate=Ceiling(115, is_bound=False)) == "concurrency"


def test_a_concurrency_that_was_never_refused_is_not_blamed_below_what_it_let_in():
    assert blamed(Refusal(20, 590), rate=Ceiling(600, 600)) == "rate"


def test_of_two_known_limits_it_is_the_one_that_is_reached():
    assert blamed(Refusal(16, 300), concurrency=Ceiling(16, 16), rate=Ceiling(600, 600)) == "concurrency"
    assert blamed(Refusal(9, 600), concurrency=Ceiling(16, 16), rate=Ceiling(600, 600)) == "rate"


def test_what_repeats_is_to_blame():
    known = {"concurrency": Ceiling(16, 16), "rate": Ceiling(17, 17)}
    assert blamed(Refusal(4, 51), Refusal(4, 18), Refusal(4, 30), **known) == "concurrency"
    known = {"concurrency": Ceiling(5, 5), "rate": Ceiling(90, 90)}
    assert blamed(Refusal(5, 60), Refusal(20, 60), Refusal(11, 59), **known) == "rate"
