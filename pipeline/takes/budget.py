"""How much may be spent, and how much has been: money is reserved before a request leaves."""

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.errors import StoppedOnPurpose


class Budget:
    """A run's purse. `limit_usd` 0 means no limit was given (a free engine, or the user said yes to the plan)."""

    def __init__(self, limit_usd: float) -> None:
        self.limit_usd = limit_usd
        self.spent_usd = 0.0
        self._reserved_usd = 0.0

    @contextmanager
    def reserved(self, cost_usd: float) -> Iterator[None]:
        """Hold back `cost_usd` while an attempt is under way; it is spent if the block ends well.

        Raises `StoppedOnPurpose` before the attempt if it could take the run above its limit.
        """
        if self.limit_usd and self.spent_usd + self._reserved_usd + cost_usd > self.limit_usd:
            raise StoppedOnPurpose(
                f"the budget of ${self.limit_usd:.2f} is reached: ${self.spent_usd:.2f} spent, "
                f"the next chunk would cost about ${cost_usd:.4f}"
            )
        self._reserved_usd += cost_usd
        try:
            yield
            self.spent_usd += cost_usd
        finally:
            self._reserved_usd -= cost_usd
