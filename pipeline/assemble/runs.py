"""Stretches over which something holds, found in a stream that comes in pieces."""

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.intp]


class Runs:
    """The stretches of at least `shortest` that were found; a stretch goes on over the end of a piece.

    `count` and `total` (their lengths together); `longest` and the places where that and the `first` begin, -1: none.
    """

    def __init__(self, shortest: int) -> None:
        self._shortest = shortest
        self._position = self._open = 0
        self.count = self.total = self.longest = 0
        self.first = self.longest_at = -1

    def feed(self, holds: NDArray[np.bool_]) -> None:
        """The next piece: whether it holds, place by place."""
        if not len(holds):
            return
        edges = np.flatnonzero(np.diff(holds, prepend=False, append=False)) + self._position
        starts, ends = edges[::2], edges[1::2]
        if holds[0]:
            starts[0] -= self._open
        else:
            self._close()
        self._position += len(holds)
        self._open = int(ends[-1] - starts[-1]) if holds[-1] else 0
        closed = len(starts) - bool(holds[-1])
        self._note(starts[:closed], ends[:closed])

    def pass_over(self, places: int) -> None:
        """The next piece is `places` long and it holds nowhere."""
        if places:
            self._close()
            self._position += places

    def finish(self) -> None:
        """Nothing comes any more: what still holds ends here."""
        self._close()

    def _close(self) -> None:
        if self._open:
            self._note(np.array([self._position - self._open]), np.array([self._position]))
            self._open = 0

    def _note(self, starts: Places, ends: Places) -> None:
        lengths = ends - starts
        long = lengths >= self._shortest
        if not long.any():
            return
        starts, lengths = starts[long], lengths[long]
        self.count += len(starts)
        self.total += int(lengths.sum())
        self.first = int(starts[0]) if self.first < 0 else self.first
        if lengths.max() > self.longest:
            self.longest, self.longest_at = int(lengths.max()), int(starts[lengths.argmax()])
