"""When a failure is worth another attempt, and after how long."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import (
    BadAudio,
    ConnectionTrouble,
    Passing,
    PaymentRequired,
    PipelineError,
    RateLimited,
    RequestRefused,
    ServiceRefused,
    ServiceTrouble,
    TimedOut,
)
from pipeline.speech.retry import LONGEST_RETRY_AFTER_S, Chance, RetrySettings, wait_s, with_retries

SETTINGS = RetrySettings(attempts=6, first_wait_s=2, longest_wait_s=60)


class Attempts:
    """Fails with each of `errors` in turn, then gives the attempt's number; `slept` and `told` are what was seen."""

    def __init__(self, *errors: Exception, jitter: float = 0.0) -> None:
        self._errors = list(errors)
        self._jitter = jitter
        self.numbers: list[int] = []
        self.slept: list[float] = []
        self.told: list[tuple[int, float, Passing]] = []

    async def __call__(self, number: int) -> int:
        self.numbers.append(number)
        if self._errors:
            raise self._errors.pop(0)
        return number

    async def _sleep(self, seconds: float) -> None:
        assert len(self.told) == len(self.slept) + 1, "told of each wait before it begins"
        self.slept.append(seconds)

    def run(self, settings: RetrySettings = SETTINGS) -> int:
        chance = Chance(jitter=lambda: self._jitter, sleep=self._sleep)
        tell = lambda *told: self.told.append(told)  # noqa: E731  # a method of three lines would say no more
        return asyncio.run(with_retries(self, settings, chance=chance, on_retry=tell))


@pytest.mark.parametrize(
    ("attempt", "jitter", "seconds"),
    [(1, 0, 1), (1, 1, 2), (2, 0, 2), (2, 1, 4), (5, 1, 32), (6, 1, 60), (6, 0, 30), (50, 1, 60)],
)
def test_back_off_doubles_up_to_its_limit_and_half_of_it_is_chance(attempt, jitter, seconds):
    assert wait_s(SETTINGS, attempt, retry_after_s=None, jitter=jitter) == pytest.approx(seconds)


@given(st.integers(1, 50), st.floats(0, 1), st.one_of(st.none(), st.floats(0, 900)))
def test_a_wait_is_never_shorter_than_asked_nor_longer_than_allowed(attempt, jitter, retry_after_s):
    seconds = wait_s(SETTINGS, attempt, retry_after_s=retry_after_s, jitter=jitter)
    if retry_after_s is None:
        assert 1 <= seconds <= 60
    else:
        assert retry_after_s <= seconds <= retry_after_s * 1.1


def test_success_needs_no_second_attempt():
    attempts = Attempts()
    assert attempts.run() == 1
    assert (attempts.slept, attempts.told) == ([], [])


def test_passing_failures_are_tried_again_and_each_wait_is_told():
    errors = [ServiceTrouble("500"), ConnectionTrouble("cut"), TimedOut("hang"), RateLimited("429")]
    attempts = Attempts(*errors)
    assert attempts.run() == 5
    assert attempts.numbers == [1, 2, 3, 4, 5]
    assert attempts.slept == [1, 2, 4, 8]
    assert attempts.told == list(zip([1, 2, 3, 4], [1, 2, 4, 8], errors, strict=True))


def test_the_last_error_is_raised_when_the_attempts_are_spent():
    errors = [ServiceTrouble(f"number {n}") for n in range(1, 9)]
    attempts = Attempts(*errors)
    with pytest.raises(ServiceTrouble, match="number 6"):
        attempts.run()
    assert len(attempts.slept) == 5


def test_one_attempt_means_one():
    attempts = Attempts(ServiceTrouble("500"))
    with pytest.raises(ServiceTrouble):
        attempts.run(RetrySettings(attempts=1, first_wait_s=2, longest_wait_s=60))
    assert (attempts.numbers, attempts.told) == ([1], [])


def test_what_the_service_asks_for_is_honoured_and_spread():
    assert Attempts(RateLimited("429", retry_after_s=7), jitter=0).run() == 2
    attempts = Attempts(RateLimited("429", retry_after_s=100), RateLimited("429", retry_after_s=0), jitter=0.5)
    attempts.run()
    assert attempts.slept == pytest.approx([105, 0])


def test_a_service_that_is_out_for_the_night_is_not_waited_for():
    attempts = Attempts(RateLimited("429", retry_after_s=LONGEST_RETRY_AFTER_S + 1))
    with pytest.raises(RateLimited):
        attempts.run()
    assert (attempts.numbers, attempts.slept, attempts.told) == ([1], [], [])
    assert Attempts(RateLimited("429", retry_after_s=LONGEST_RETRY_AFTER_S)).run() == 2


def test_what_fails_while_the_service_is_down_spends_no_attempt_and_waits_the_least():
    counted = iter([True, *[False] * 40, True, True])
    attempts = Attempts(*[ServiceTrouble(f"number {n}", retry_after_s=800) for n in range(1, 60)])
    chance = Chance(jitter=lambda: 0.0, sleep=attempts._sleep)
    settings = RetrySettings(attempts=3, first_wait_s=2, longest_wait_s=60)
    tell = lambda *told: attempts.told.append(told)  # noqa: E731  # as above
    with pytest.raises(ServiceTrouble, match="number 43"):
        asyncio.run(with_retries(attempts, settings, chance=chance, on_retry=tell, is_counted=lambda: next(counted)))
    assert attempts.slept == [800, *[1] * 40, 800]


@pytest.mark.parametrize(
    "error",
    [
        RequestRefused("400"),
        BadAudio("a page"),
        PaymentRequired("402"),
        ServiceRefused("401"),
        PipelineError("x"),
        ZeroDivisionError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_will_not_pass_is_not_tried_again(error):
    attempts = Attempts(ServiceTrouble("500"), error)
    with pytest.raises(type(error)):
        attempts.run()
    assert attempts.numbers == [1, 2]
    assert len(attempts.slept) == 1
