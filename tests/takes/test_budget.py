"""Purses: what may be spent, one inside the other."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import StoppedOnPurpose
from pipeline.takes.budget import Purse


def spend(purse: Purse, usd: float) -> None:
    with purse.holding(usd) as held:
        held.usd = usd


def test_what_an_attempt_came_to_is_spent_when_it_ends():
    purse = Purse(1.0)
    with purse.holding(0.4) as held:
        assert purse.spent_usd == 0
        held.usd = 0.3
    assert purse.spent_usd == 0.3


def test_an_attempt_of_which_nobody_says_what_it_came_to_costs_nothing():
    purse = Purse(1.0)
    with pytest.raises(ZeroDivisionError), purse.holding(0.9):
        raise ZeroDivisionError
    assert purse.spent_usd == 0
    spend(purse, 1.0)
    assert purse.spent_usd == 1.0


def test_what_failed_may_have_been_paid_for_all_the_same():
    purse = Purse(1.0)
    with pytest.raises(ZeroDivisionError), purse.holding(0.9) as held:
        held.usd = 0.9
        raise ZeroDivisionError
    assert purse.spent_usd == 0.9


def test_money_that_is_on_its_way_counts():
    purse = Purse(1.0)
    with purse.holding(0.6), purse.holding(0.4):
        with pytest.raises(StoppedOnPurpose) as caught, purse.holding(0.01):
            pytest.fail("a request left above the budget")
        assert "$1.00" in str(caught.value)
        assert caught.value.exit_code == 5


def test_to_be_refused_leaves_the_purse_as_it_was():
    purse = Purse(1.0)
    for _ in range(3):
        with pytest.raises(StoppedOnPurpose), purse.holding(1.01):
            pytest.fail("above the budget")
    spend(purse, 1.0)
    assert purse.spent_usd == 1.0


def test_no_limit_is_no_limit():
    purse = Purse(0)
    spend(purse, 1e6)
    assert purse.spent_usd == 1e6


def test_what_a_book_spends_the_run_has_spent():
    run = Purse(1.0)
    one, other = Purse(0.5, outer=run, whose=" for this book"), Purse(0, outer=run)
    spend(one, 0.5)
    with pytest.raises(StoppedOnPurpose, match="for this book"), one.holding(0.01):
        pytest.fail("above the book's budget")
    with other.holding(0.5), pytest.raises(StoppedOnPurpose, match="is reached"), other.holding(0.01):
        pytest.fail("above the run's budget")
    assert (one.spent_usd, other.spent_usd, run.spent_usd) == (0.5, 0, 0.5)


def test_a_book_that_is_refused_holds_nothing_back_from_the_others():
    run = Purse(1.0)
    book = Purse(0.1, outer=run)
    with pytest.raises(StoppedOnPurpose), book.holding(0.5):
        pytest.fail("above the book's budget")
    spend(Purse(0, outer=run), 1.0)


def test_what_turned_out_cheaper_can_be_spent_again():
    run = Purse(1.0)
    book = Purse(0, outer=run)
    spend(book, 1.0)
    book.spend(-0.25)
    spend(book, 0.25)
    assert run.spent_usd == 1.0


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 60), st.integers(0, 60))), st.integers(1, 200))
def test_never_more_than_the_limits_is_spent_or_held(attempts, limit):
    """Whole dollars, so that sums are exact; no attempt comes to more than was held back for it."""
    run = Purse(limit)
    books = {True: Purse(50, outer=run), False: Purse(0, outer=run)}
    with contextlib.ExitStack() as under_way:
        for which, most, usd in attempts:
            with contextlib.suppress(StoppedOnPurpose):
                under_way.enter_context(books[which].holding(most)).usd = min(most, usd)
    assert run.spent_usd == books[True].spent_usd + books[False].spent_usd <= limit
    assert books[True].spent_usd <= 50
