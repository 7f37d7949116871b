"""The outline of a sound, taken as it passes on its way to the encoder: nothing is decoded again to draw a chapter."""

from collections.abc import Iterable, Iterator

import numpy as np

from pipeline.recording import Sound

BUCKETS = 360
"""Parts a chapter is drawn in, whatever its length: as many as a page is wide in double pixels, in 720 bytes."""


class Waveform:
    """Collects the highest level of each of `BUCKETS` equal parts of a sound of `frames` frames."""

    def __init__(self, frames: int) -> None:
        self._frames = max(1, frames)
        self._peaks = np.zeros(BUCKETS, dtype=np.float32)

    def passing(self, pieces: Iterable[Sound]) -> Iterator[Sound]:
        """The same pieces, each measured before it goes on. To be used up once."""
        at = 0
        for piece in pieces:
            self._note(piece, at)
            at += len(piece)
            yield piece

    def _note(self, piece: Sound, at: int) -> None:
        """Pieces and parts overlap as they like: a part keeps the highest it was given."""
        if not len(piece):
            return
        first = min(at * BUCKETS // self._frames, BUCKETS - 1)
        last = min((at + len(piece) - 1) * BUCKETS // self._frames, BUCKETS - 1)
        begins = [max(0, -(-bucket * self._frames // BUCKETS) - at) for bucket in range(first, last + 1)]
        peaks = np.maximum.reduceat(np.abs(piece), begins)
        np.maximum(self._peaks[first : last + 1], peaks, out=self._peaks[first : last + 1])

    def as_hex(self) -> str:
        """Two hex digits for each part, ff being full scale."""
        return np.clip(np.rint(self._peaks * 255), 0, 255).astype(np.uint8).tobytes().hex()
