"""A run's purse."""

import pytest

from pipeline.errors import StoppedOnPurpose
from pipeline.takes.budget import Budget


def test_what_is_reserved_is_spent_when_it_ends_well():
    budget = Budget(1.0)
    with budget.reserved(0.4):
        assert budget.spent_usd == 0
    assert budget.spent_usd == 0.4


def test_what_fails_costs_nothing():
    budget = Budget(1.0)
    with pytest.raises(ZeroDivisionError), budget.reserved(0.9):
        raise ZeroDivisionError
    with budget.reserved(0.9):
        pass
    assert budget.spent_usd == 0.9


def test_money_that_is_on_its_way_counts():
    budget = Budget(1.0)
    with budget.reserved(0.6), budget.reserved(0.4):
        with pytest.raises(StoppedOnPurpose) as caught, budget.reserved(0.01):
            pytest.fail("a request left above the budget")
        assert "$1.00" in str(caught.value)
        assert caught.value.exit_code == 5
    assert budget.spent_usd == 1.0


def test_to_be_refused_leaves_the_purse_as_it_was():
    budget = Budget(1.0)
    for _ in range(3):
        with pytest.raises(StoppedOnPurpose), budget.reserved(1.01):
            pytest.fail("above the budget")
    with budget.reserved(1.0):
        pass
    assert budget.spent_usd == 1.0


def test_no_limit_is_no_limit():
    budget = Budget(0)
    with budget.reserved(1e6):
        pass
    assert budget.spent_usd == 1e6
