"""When a failed attempt is worth another one, and how long to wait before it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

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

    series = _Series(attempt, settings, chance.jitter, is_counted)
    retrying = AsyncRetrying(
        retry=retry_if_exception_type(Passing),
        stop=series.is_over,
        wait=series.wait_s,
        sleep=chance.sleep,
        before_sleep=lambda state: on_retry(state.attempt_number, state.upcoming_sleep, _failure(state)),
        reraise=True,
    )
    return await retrying(series.next)


@dataclass
class _Series(Generic[T]):
    """The attempts at one request: how many were made, how many of them are spent, whether the last one is."""

    attempt: Callable[[int], Awaitable[T]]
    settings: RetrySettings
    jitter: Callable[[], float]
    is_counted: Callable[[], bool]
    number: int = 0
    spent: int = 0
    was_counted: bool = True

    async def next(self) -> T:
        self.number += 1
        try:
            return await self.attempt(self.number)
        except Passing:
            self.was_counted = self.is_counted()
            self.spent += self.was_counted
            raise

    def is_over(self, state: "RetryCallState") -> bool:
        is_hopeless = (_failure(state).retry_after_s or 0) > LONGEST_RETRY_AFTER_S
        return self.was_counted and (self.spent >= self.settings.attempts or is_hopeless)

    def wait_s(self, state: "RetryCallState") -> float:
        if not self.was_counted:
            return wait_s(self.settings, 1, retry_after_s=None, jitter=self.jitter())
        return wait_s(self.settings, self.spent, retry_after_s=_failure(state).retry_after_s, jitter=self.jitter())


def _failure(state: "RetryCallState") -> Passing:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, Passing), "only passing failures are retried"
    return error
