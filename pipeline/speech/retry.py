"""When a failed attempt is worth another one, and how long to wait before it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import Passing

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")

LONGEST_RETRY_AFTER_S = 900.0
"""A service that asks for more than a quarter of an hour is out, not busy: no attempt waits for that by itself. The
pace takes it for an outage, of which the breaker says when the service is asked again or that it is given up."""


class RetrySettings(BaseModel):
    """The `[retry]` section: attempts in all for one request, the first and the longest back-off in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attempts: int = Field(ge=1, le=50)
    first_wait_s: float = Field(ge=0, le=60)
    longest_wait_s: float = Field(ge=0, le=600)


@dataclass(frozen=True, slots=True)
class Chance:
    """What a retry takes from the world: a random number in [0, 1), and a way to wait."""

    jitter: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]


def wait_s(settings: RetrySettings, attempt: int, *, retry_after_s: float | None, jitter: float) -> float:
    """Seconds to wait after failed attempt number `attempt` (from 1).

    What the service asked for, if it did, spread by up to a tenth so that not all come back at once; else
    `first_wait_s` doubled each time up to `longest_wait_s`, of which a random half is waited in any case.
    """
    if retry_after_s is not None:
        return retry_after_s * (1 + 0.1 * jitter)
    backoff = min(settings.longest_wait_s, settings.first_wait_s * 2.0 ** (attempt - 1))
    return backoff * (0.5 + 0.5 * jitter)


async def with_retries(
    attempt: Callable[[int], Awaitable[T]],
    settings: RetrySettings,
    *,
    chance: Chance,
    on_retry: Callable[[int, float, Passing], None],
    is_counted: Callable[[], bool] = lambda: True,
) -> T:
    """Call `attempt(1)`, `attempt(2)` … until one succeeds, fails for good, or `settings.attempts` are spent.

    Raises what the last attempt raised. `on_retry(attempt, wait_s, error)` is told of each wait before it begins.
    A failure at which `is_counted()` is false spends no attempt: the whole service is down, and whoever knows that
    also knows how long to wait, so the wait here is the shortest.
    """
    from tenacity import AsyncRetrying, retry_if_exception_type  # here: no plan retries anything

    number = spent = 0
    was_counted = True

    def wait(state: "RetryCallState") -> float:
        retry_after_s = _failure(state).retry_after_s if was_counted else None
        failures = spent if was_counted else 1
        return wait_s(settings, failures, retry_after_s=retry_after_s, jitter=chance.jitter())

    def announce(state: "RetryCallState") -> None:
        on_retry(state.attempt_number, state.upcoming_sleep, _failure(state))

    def is_over(state: "RetryCallState") -> bool:
        is_hopeless = (_failure(state).retry_after_s or 0) > LONGEST_RETRY_AFTER_S
        return was_counted and (spent >= settings.attempts or is_hopeless)

    retrying = AsyncRetrying(
        retry=retry_if_exception_type(Passing),
        stop=is_over,
        wait=wait,
        sleep=chance.sleep,
        before_sleep=announce,
        reraise=True,
    )

    async def numbered() -> T:
        nonlocal number, spent, was_counted
        number += 1
        try:
            return await attempt(number)
        except Passing:
            was_counted = is_counted()
            spent += was_counted
            raise

    return await retrying(numbered)


def _failure(state: "RetryCallState") -> Passing:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, Passing), "only passing failures are retried"
    return error
