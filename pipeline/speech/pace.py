"""How fast requests may leave: so many at once, so many a minute, and none while the service asked for a rest."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from pydantic import BaseModel, ConfigDict, Field


class PaceSettings(BaseModel):
    """The `[pace]` section.

    `max_concurrency` requests at once, `requests_per_minute` leaving in a minute (0: no limit), `budget_usd` for the
    run and `book_budget_usd` for a book of it (0: none given). `stop_at` is when the run ends whatever is left,
    `grace_s` what requests under way are then given to arrive. Time-outs: `timeout_base_s` plus `timeout_factor` times
    the wait the model profile expects.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_concurrency: int = Field(ge=1, le=256)
    requests_per_minute: int = Field(ge=0)
    budget_usd: float = Field(ge=0)
    book_budget_usd: float = Field(ge=0)
    stop_at: str
    grace_s: float = Field(ge=0, le=3_600)
    timeout_base_s: float = Field(gt=0)
    timeout_factor: float = Field(ge=1)

    def timeout_s(self, *, audio_s: float, wait_per_audio_s: float) -> float:
        """Seconds to wait for an answer of `audio_s` seconds of audio before giving up on it."""
        return self.timeout_base_s + self.timeout_factor * wait_per_audio_s * audio_s


class Pace:
    """Hands out slots in order of asking. `clock` gives seconds, `sleep` waits them; tests bring their own."""

    def __init__(
        self,
        *,
        max_concurrency: int,
        requests_per_minute: int,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._slots = asyncio.Semaphore(max_concurrency)
        self._interval_s = 60 / requests_per_minute if requests_per_minute else 0.0
        self._clock = clock
        self._sleep = sleep
        self._next_departure = 0.0

    def rest(self, seconds: float) -> None:
        """Let nothing leave for `seconds`: one worker was told to wait, and all of them honour it."""
        self._next_departure = max(self._next_departure, self._clock() + seconds)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a free slot and a departure time; hold the slot for the block."""
        async with self._slots:
            await self._departure()
            yield

    async def _departure(self) -> None:
        while (wait_s := self._next_departure - self._clock()) > 0:
            await self._sleep(wait_s)
        self._next_departure = max(self._next_departure, self._clock()) + self._interval_s
