"""How much may be spent, and how much has been: money is held back before a request leaves."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.errors import StoppedOnPurpose


@dataclass(slots=True)
class Held:
    """Money held back for one attempt. What it comes to is set when it is known; nothing, if it is not."""

    usd: float = 0.0


class Purse:
    """Money for a book or, as the `outer` one of several, for the whole run. `limit_usd` 0: no limit was given.

    `unit` is what is bought with it, a piece at a time.
    """

    def __init__(self, limit_usd: float, *, outer: "Purse | None" = None, whose: str = "", unit: str = "chunk") -> None:
        self.limit_usd = limit_usd
        self.spent_usd = 0.0
        self._whose = whose
        self._unit = unit
        self._outer = outer
        self._held_usd = 0.0

    @contextmanager
    def holding(self, cost_usd: float) -> Iterator[Held]:
        """Hold back `cost_usd` while an attempt is under way; what the block leaves in `Held.usd` is spent.

        Raises `StoppedOnPurpose` before the attempt if it could take this purse or the outer one above its limit.
        """
        self._check(cost_usd)
        self._hold(cost_usd)
        held = Held()
        try:
            yield held
        finally:
            self._hold(-cost_usd)
            self.spend(held.usd)

    def spend(self, usd: float) -> None:
        """Note money as spent, or, negative, as less than was thought."""
        self.spent_usd += usd
        if self._outer is not None:
            self._outer.spend(usd)

    def _check(self, cost_usd: float) -> None:
        if self._outer is not None:
            self._outer._check(cost_usd)
        if self.limit_usd and self.spent_usd + self._held_usd + cost_usd > self.limit_usd:
            raise StoppedOnPurpose(
                f"the budget of ${self.limit_usd:.2f}{self._whose} is reached: ${self.spent_usd:.2f} spent, "
                f"the next {self._unit} would cost about ${cost_usd:.4f}"
            )

    def _hold(self, usd: float) -> None:
        self._held_usd += usd
        if self._outer is not None:
            self._outer._hold(usd)
