"""Freed memory goes back to the system, so that a long book needs no more of it than a short one."""

import ctypes
import sys

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
