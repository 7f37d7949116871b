"""A stretch of a file, copied without being held."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

_PIECE_BYTES = 1 << 20


class Span(NamedTuple):
    """Bytes `start` up to `end` of a file."""

    path: Path
    start: int
    end: int

    def copy(self, write: Callable[[bytes], object]) -> None:
        """Hand the bytes to `write` in pieces. Raises `ValueError` where the file ends before they do."""
        left = self.end - self.start
        with self.path.open("rb") as file:
            file.seek(self.start)
            while left:
                piece = file.read(min(left, _PIECE_BYTES))
                if not piece:
                    raise ValueError(f"{self.path.name} ends too soon")
                write(piece)
                left -= len(piece)
