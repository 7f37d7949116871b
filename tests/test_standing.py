"""What a service says of itself, judged."""

from datetime import UTC, date, datetime, timedelta

import pytest

from pipeline.bill import Bill
from pipeline.errors import PaymentRequired, ServiceRefused, SettingsError
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, load_profiles
from pipeline.speech.records import KeyRecord, ModelRecord
from pipeline.standing import (
    Remarks,
    Wanted,
    credit_remarks,
    key_remarks,
    model_remarks,
    voice_remarks,
)
from tests.test_bill import orders

PROFILES = load_profiles({})
PROFILE = PROFILES[DEFAULT_PAID_MODEL]
SUCCESSOR = PROFILES[PROFILE.successor]
TODAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 22, tzinfo=UTC)
WANTED = Wanted(PROFILE.name, PROFILE, SUCCESSOR, tuple(orders(80)))
BILL = Bill(expected_usd=9.2, low_usd=7.0, high_usd=10.0)


def offered(*, expires_on=None, price_in=1.0, price_out=20.0, voices=()):
    record = ModelRecord(PROFILE.name, expires_on, price_in, price_out, voices)
    return {PROFILE.name: record, SUCCESSOR.name: ModelRecord(SUCCESSOR.name, None, 0.5, 9.0)}


@pytest.mark.parametrize("key", [None, KeyRecord(), KeyRecord(9.2), KeyRecord(50.0)])
def test_a_key_with_enough_or_without_a_limit_is_not_spoken_of(key):
    assert credit_remarks(key, [BILL], budget_usd=0) == Remarks()


def test_a_key_that_certainly_does_not_reach_is_refused_with_the_way_to_go_as_far_as_it_does():
    refusal = credit_remarks(KeyRecord(3.0), [BILL], budget_usd=0).refusal
    assert isinstance(refusal, PaymentRequired)
    assert refusal.exit_code == 5
    assert "$3.00 left" in str(refusal)
    assert "$9.20" in str(refusal)
    assert "--budget 3.00" in str(refusal)


@pytest.mark.parametrize("budget_usd", [3.0, 0.5])
def test_a_budget_that_the_key_covers_ends_the_run_first(budget_usd):
    remarks = credit_remarks(KeyRecord(3.0), [BILL], budget_usd=budget_usd)
    assert remarks.refusal is None
    assert f"budget of ${budget_usd:.2f}" in remarks.notices[0]


def test_a_budget_above_the_credit_does_not_help():
    assert credit_remarks(KeyRecord(3.0), [BILL], budget_usd=20.0).refusal is not None


def test_a_key_that_may_reach_is_warned_of():
    remarks = credit_remarks(KeyRecord(8.0), [BILL], budget_usd=0)
    assert remarks.refusal is None
    assert "$7.00" in remarks.notices[0]


def test_all_books_of_a_key_are_paid_with_it():
    assert credit_remarks(KeyRecord(10.0), [BILL], budget_usd=0) == Remarks()
    assert credit_remarks(KeyRecord(10.0), [BILL, BILL], budget_usd=0).refusal is not None


@pytest.mark.parametrize("left_usd", [0.0, -2.0])
def test_an_empty_key_names_no_budget(left_usd):
    refusal = credit_remarks(KeyRecord(left_usd), [BILL], budget_usd=1.0).refusal
    assert "$0.00 left" in str(refusal)
    assert "--budget" not in str(refusal)


def test_keys_end():
    assert key_remarks(None, now=NOW) == key_remarks(KeyRecord(), now=NOW) == Remarks()
    assert key_remarks(KeyRecord(expires_at=NOW + timedelta(days=30)), now=NOW) == Remarks()
    assert "2026-11-26" in key_remarks(KeyRecord(expires_at=NOW + timedelta(hours=9)), now=NOW).notices[0]
    assert isinstance(key_remarks(KeyRecord(expires_at=NOW), now=NOW).refusal, ServiceRefused)


def test_a_model_that_is_there_to_stay_is_not_spoken_of():
    assert model_remarks(WANTED, offered(), today=TODAY) == Remarks()
    assert model_remarks(WANTED, offered(expires_on=date(2027, 11, 25)), today=TODAY) == Remarks()


@pytest.mark.parametrize("ends", [TODAY, TODAY + timedelta(days=23), TODAY + timedelta(days=60)])
def test_a_model_that_is_going_has_its_successor_named_with_its_price_at_the_service(ends):
    remarks = model_remarks(WANTED, offered(expires_on=ends), today=TODAY)
    assert remarks.refusal is None
    [notice] = remarks.notices
    assert f"ends on {ends}" in notice
    assert f"`--model {SUCCESSOR.name}` ($0.50 in and $9.00 out a million tokens, about $1.06" in notice


@pytest.mark.parametrize(
    "offers",
    [offered(expires_on=TODAY - timedelta(days=1)), {SUCCESSOR.name: offered()[SUCCESSOR.name]}],
    ids=["past", "absent"],
)
def test_a_model_that_is_gone_is_refused_and_so_is_its_successor_named(offers):
    refusal = model_remarks(WANTED, offers, today=TODAY).refusal
    assert isinstance(refusal, ServiceRefused)
    assert refusal.exit_code == 6
    assert PROFILE.name in refusal.what
    assert f"`--model {SUCCESSOR.name}` ($0.50 in" in str(refusal)


def test_a_successor_that_is_gone_as_well_is_not_recommended():
    refusal = model_remarks(WANTED, {"another": ModelRecord("another")}, today=TODAY).refusal
    assert SUCCESSOR.name not in str(refusal)
    assert "speech.preflight=false" in str(refusal)


def test_another_price_than_the_profiles_is_said():
    [notice] = model_remarks(WANTED, offered(price_out=30.0), today=TODAY).notices
    assert "$30.00 out" in notice
    assert "reckons with $1.00 in and $20.00 out" in notice
    assert model_remarks(WANTED, offered(price_in=None, price_out=None), today=TODAY) == Remarks()


def test_a_voice_that_is_not_listed_is_refused_where_the_list_is_all_there_is():
    offer = offered(voices=("Kore", "Puck"))[PROFILE.name]
    assert voice_remarks(PROFILE, "kore", offer) == Remarks()
    assert voice_remarks(PROFILE, "Charon", offered()[PROFILE.name]) == Remarks()
    refusal = voice_remarks(PROFILE, "Charon", offer).refusal
    assert isinstance(refusal, SettingsError)
    assert "Kore, Puck" in str(refusal)
    beyond = voice_remarks(SUCCESSOR, "Ludo", offer)
    assert (beyond.refusal, len(beyond.notices)) == (None, 1)
