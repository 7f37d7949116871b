"""A few hundred broken books, the same on every run; the long one is `python -m tests.fuzz.read`."""

from tests.fuzz.mutants import mutant
from tests.fuzz.read import fuzzed
from tests.fuzz.seeds import seeds

_COUNT = 300
_MAX_SECONDS = 30.0


def test_broken_books_are_read_or_refused() -> None:
    small = [seed for seed in seeds() if not seed.is_large]

    tally = fuzzed(small, seed=1, count=_COUNT, max_seconds=_MAX_SECONDS)

    assert not tally.findings, str(tally)
    assert tally.count == _COUNT
    assert tally.books > _COUNT / 3, "mutants that are all refused test only the door"


def test_a_mutant_is_the_same_again() -> None:
    found = seeds()
    assert mutant(found, 7, seed=3) == mutant(found, 7, seed=3)
