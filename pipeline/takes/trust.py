"""Whether what a service sends is worth buying any longer."""

from collections import deque

from pipeline.errors import StoppedOnPurpose

WINDOW = 30
MOST_REJECTED = 20
"""Of the last 30 takes. A bad night rejects a third of them; two thirds mean a broken voice, or checks that do not
understand it, and every further take would be money for nothing."""


class Trust:
    """Counts what became of the last takes of a service."""

    def __init__(self) -> None:
        self._rejected: deque[bool] = deque(maxlen=WINDOW)

    def note(self, *, is_take: bool) -> None:
        """Count one more. Raises `StoppedOnPurpose` when too many of the last ones were none."""
        self._rejected.append(not is_take)
        if sum(self._rejected) >= MOST_REJECTED:
            raise StoppedOnPurpose(
                f"{sum(self._rejected)} of the last {len(self._rejected)} takes were refused by their checks",
                remedy="listen to `rejected/` in the take store: the voice or the service may be broken; "
                "try another voice or model, or run the same command again for more takes",
            )
