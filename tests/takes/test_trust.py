"""Whether what a service sends is worth buying any longer."""

import pytest

from pipeline.errors import StoppedOnPurpose
from pipeline.takes.trust import MOST_REJECTED, WINDOW, Trust


def test_a_bad_night_is_not_distrusted():
    trust = Trust()
    for number in range(300):
        trust.note(is_take=number % 3 != 0)


def test_when_most_takes_are_none_no_more_are_bought():
    trust = Trust()
    for _ in range(MOST_REJECTED - 1):
        trust.note(is_take=False)
    with pytest.raises(StoppedOnPurpose, match=f"{MOST_REJECTED} of the last {MOST_REJECTED} takes"):
        trust.note(is_take=False)


def test_what_is_long_past_is_forgotten():
    trust = Trust()
    for is_take in [False] * (MOST_REJECTED - 1) + [True] * WINDOW + [False] * (MOST_REJECTED - 1):
        trust.note(is_take=is_take)
