"""Two stages of one chapter at once: the next piece is made while the last is worked on."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(pieces: Iterable[T]) -> Iterator[T]:
    """The same pieces, each made in a thread beside while the one before it is in use.

    Worth it where both sides let go of the interpreter as they calculate. Raises what making a piece raises.
    """
    making = iter(pieces)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as thread:
        coming = thread.submit(next, making, None)
        while (piece := coming.result()) is not None:
            coming = thread.submit(next, making, None)
            yield piece
