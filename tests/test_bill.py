"""The range of what a book will cost: by the price list, by its own takes, by its own prices."""

import pytest

from pipeline.bill import READING_SPEED, Rate, own_rate, priced
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, load_profiles
from pipeline.speech.request import SpeechRequest, Turn, key_of
from pipeline.takes.order import Order

PROFILE = load_profiles({})[DEFAULT_PAID_MODEL]


def orders(count, *, chars=675):
    """Orders of 45 s of English each."""
    for number in range(count):
        request = SpeechRequest("openrouter", PROFILE.name, (Turn(f"{number:03}" + "x" * (chars - 3), "Kore"),))
        seconds = chars / 15
        usd = PROFILE.cost_usd(input_tokens=chars, chars=chars, audio_s=seconds)
        yield Order(key_of(request), request, seconds, usd)


def test_an_hour_costs_what_the_price_page_and_the_measured_record_say():
    bill = priced(list(orders(80)), PROFILE, length=READING_SPEED, price=None)
    assert bill.low_usd == pytest.approx(3600 * 25 * 20e-6 * 15 / 15.6 + 80 * 675 // 4 * 1e-6, rel=0.01)
    assert bill.high_usd == pytest.approx((3600 * 32 * 20 * 15 / 14.2 + 80 * 675) * 1e-6)
    assert (round(bill.low_usd, 2), round(bill.expected_usd, 2), round(bill.high_usd, 2)) == (1.74, 2.36, 2.49)


def test_own_takes_and_own_prices_narrow_it():
    some = list(orders(80))
    length = own_rate([(45 * 1.1 + wobble, 45.0) for wobble in (-2, -1, 0, 1, 2) * 4], ahead=80)
    by_length = priced(some, PROFILE, length=length, price=None)
    by_both = priced(some, PROFILE, length=length, price=own_rate([(0.8, 1.0)] * 20, ahead=80))
    first = priced(some, PROFILE, length=READING_SPEED, price=None)
    widths = [bill.high_usd - bill.low_usd for bill in (first, by_length, by_both)]
    assert widths == sorted(widths, reverse=True)
    assert widths[2] < widths[0] / 5
    assert by_both.low_usd < 0.8 * 1.1 * by_both.expected_usd < by_both.high_usd * 1.01
    assert by_both.expected_usd == first.expected_usd, "what a budget holds back does not follow"


def test_a_rate_is_told_by_the_sums_so_that_headings_count_little():
    rate = own_rate([(3.0, 1.0), (3.0, 1.0), *[(45.0, 45.0)] * 10], ahead=100)
    assert (rate.low + rate.high) / 2 == pytest.approx(456 / 452)


def test_a_rate_gets_surer_with_what_is_known_and_with_what_is_to_come():
    pairs = [(40.0, 45.0), (50.0, 45.0)]
    few, more = own_rate(pairs * 3, ahead=10), own_rate(pairs * 30, ahead=10)
    single = own_rate(pairs * 30, ahead=1)
    assert few.high - few.low > more.high - more.low
    assert single.high - single.low > more.high - more.low
    assert own_rate([(45.0, 45.0)] * 9, ahead=9) == Rate(1.0, 1.0)


@pytest.mark.parametrize(("pairs", "ahead"), [([], 5), ([(1.0, 1.0)] * 4, 5), ([(1.0, 1.0)] * 9, 0)])
def test_too_few_tell_nothing(pairs, ahead):
    assert own_rate(pairs, ahead=ahead) is None


def test_nothing_missing_costs_nothing():
    assert priced([], PROFILE, length=READING_SPEED, price=None).high_usd == 0


def test_a_model_without_a_low_rate_spreads_by_length_alone():
    plain = PROFILE.model_copy(update={"audio_tokens_per_s_low": 0.0, "usd_per_m_input": 0.0})
    bill = priced(list(orders(3)), plain, length=Rate(0.5, 2.0), price=None)
    assert bill.high_usd == pytest.approx(4 * bill.low_usd)
