"""The server's own time, which may pass faster than the machine's: a whole night is rehearsed in minutes."""

import time
from typing import Protocol


class Clock(Protocol):
    """What the service knows of time; every number is in seconds of its own."""

    def elapsed_s(self) -> float:
        """Since the server started."""

    def now_s(self) -> float:
        """Since 1970."""

    def machine_s(self, seconds: float) -> float:
        """How long so many seconds take on the machine."""


class FastClock:
    """Passes `speedup` times faster than the machine's time, from the moment it is made."""

    def __init__(self, speedup: float = 1.0) -> None:
        self._speedup = speedup
        self._started_at_s = time.monotonic()
        self._started_on_s = time.time()

    def elapsed_s(self) -> float:
        return self._speedup * (time.monotonic() - self._started_at_s)

    def now_s(self) -> float:
        return self._started_on_s + self.elapsed_s()

    def machine_s(self, seconds: float) -> float:
        return seconds / self._speedup
