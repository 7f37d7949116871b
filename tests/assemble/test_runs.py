"""Stretches are found wherever the pieces are cut."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.assemble.runs import Runs


def stretches(holds: list[bool], shortest: int) -> list[tuple[int, int]]:
    """First place and length of each, the slow way."""
    found, start = [], None
    for place, value in enumerate([*holds, False]):
        if value and start is None:
            start = place
        elif not value and start is not None:
            found.append((start, place - start))
            start = None
    return [(first, length) for first, length in found if length >= shortest]


@given(st.lists(st.lists(st.booleans(), max_size=8), max_size=8), st.integers(1, 4))
def test_as_found_one_by_one(pieces: list[list[bool]], shortest: int) -> None:
    runs = Runs(shortest)
    for piece in pieces:
        if any(piece) or len(piece) % 2:
            runs.feed(np.array(piece, dtype=bool))
        else:
            runs.pass_over(len(piece))
    runs.finish()
    expected = stretches([value for piece in pieces for value in piece], shortest)
    assert runs.count == len(expected)
    assert runs.total == sum(length for _, length in expected)
    assert runs.longest == max((length for _, length in expected), default=0)
    assert runs.first == (expected[0][0] if expected else -1)
    longest = [first for first, length in expected if length == runs.longest]
    assert runs.longest_at == (longest[0] if longest else -1)
