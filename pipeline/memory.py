"""Freed memory goes back to the system, so that a long book needs no more of it than a short one."""

import contextlib
import ctypes
import gc
import sys
from collections.abc import Iterator

_M_MMAP_THRESHOLD = -3
_LARGE_BLOCK_BYTES = 256 * 1024


def return_large_blocks() -> None:
    """Have every block over 256 kB mapped for itself and unmapped when freed.

    Left alone, glibc raises that threshold to the size of the largest block it saw freed (up to 32 MB), after which
    takes of 2 to 4 MB are cut from heaps that fragment and never shrink. Elsewhere than on glibc nothing is done.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):
            libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK_BYTES)


@contextlib.contextmanager
def without_collector() -> Iterator[None]:
    """Pause the search for circular garbage, for work that leaves none but makes objects by the hundred thousand.

    The collector looks through all of them each time their number has grown by a quarter, and would find nothing.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
