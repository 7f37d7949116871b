"""Reads thousands of broken books and looks for anything but a Book or one of our refusals.

    python -m tests.fuzz.read --count 20000 --minutes 5 [--seed N] [--keep FOLDER] [CORPUS]

Each is read in a process that may compute for 5 s and hold 500 MB. A finding is kept as a file, its recipe and
traceback beside it; a table is printed at the end, and the exit code is 1 if there is one.
"""

import argparse
import itertools
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.mutants import Mutant, mutant
from tests.fuzz.seeds import Seed, seeds
from tests.fuzz.trials import Outcome, Reader, Verdict

_SHOWN_PER_FINDING = 3


@dataclass(slots=True)
class Tally:
    """What came of all of them."""

    count: int = 0
    books: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    findings: dict[str, list[Mutant]] = field(default_factory=dict)
    slowest: tuple[float, str] = (0.0, "-")
    largest: tuple[float, str] = (0.0, "-")
    seconds: float = 0.0

    def add(self, book: Mutant, outcome: Outcome) -> None:
        self.count += 1
        self.books += outcome.verdict is Verdict.BOOK
        self.slowest = max(self.slowest, (outcome.seconds, f"{book.number}: {book.recipe}"))
        self.largest = max(self.largest, (outcome.peak_mb, f"{book.number}: {book.recipe}"))
        if outcome.verdict is Verdict.REFUSED:
            self.refusals[outcome.what] += 1
        if outcome.verdict is Verdict.FINDING:
            self.findings.setdefault(outcome.what, []).append(book)

    def __str__(self) -> str:
        refused = ", ".join(f"{name} {count}" for name, count in self.refusals.most_common()) or "-"
        lines = [
            f"mutants   {self.count} in {self.seconds:.0f} s, {self.count / max(self.seconds, 1e-9):.0f} a second",
            f"books     {self.books}",
            f"refusals  {self.refusals.total()}: {refused}",
            f"slowest   {self.slowest[0]:.2f} s, {self.slowest[1]}",
            f"memory    {self.largest[0]:.0f} MB, {self.largest[1]}",
            f"findings  {sum(map(len, self.findings.values()))} of {len(self.findings)} kinds",
        ]
        for what, books in sorted(self.findings.items(), key=lambda finding: -len(finding[1])):
            lines.append(f"  {len(books):5} {what}")
            smallest = sorted(books, key=lambda book: len(book.data))[:_SHOWN_PER_FINDING]
            lines += [f"        {book.number}: {len(book.data)} bytes, {book.recipe}" for book in smallest]
        return "\n".join(lines)


def fuzzed(found: Sequence[Seed], *, seed: int, count: int, max_seconds: float, keep: Path | None = None) -> Tally:
    """Read mutants 0 to `count` of the run `seed`, or as many as there is time for."""
    tally, lock, numbers = Tally(), threading.Lock(), iter(range(count))
    started = time.perf_counter()

    def work(_: int) -> None:
        with Reader() as reader:
            while time.perf_counter() - started < max_seconds:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                book = mutant(found, number, seed=seed)
                outcome = reader.read(book)
                with lock:
                    tally.add(book, outcome)
                if keep and outcome.verdict is Verdict.FINDING:
                    _keep(keep, seed, book, outcome)

    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(workers)))
    tally.seconds = time.perf_counter() - started
    return tally


def readable(found: Sequence[Seed]) -> list[Seed]:
    """Without the seeds whose format this version does not read: their mutants would all be refused unread."""
    with Reader() as reader:
        tried = zip(found, itertools.count(), strict=False)
        return [seed for seed, number in tried if reader.read(_unchanged(seed, number)).what != "UnknownFormat"]


def _unchanged(seed: Seed, number: int) -> Mutant:
    return Mutant(number, seed.suffix, seed.data, seed.name)


def _keep(folder: Path, seed: int, book: Mutant, outcome: Outcome) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{seed}-{book.number}{book.suffix}"
    file.write_bytes(book.data)
    file.with_suffix(".txt").write_text(f"{book.recipe}\n{outcome.what}\n\n{outcome.detail}", "utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.read", description="Read mutated books.")
    parser.add_argument("corpus", type=Path, nargs="?", help="a folder of books to mutate besides the samples")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--minutes", type=float, default=5.0, help="stop by then, done or not")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="names the run; the time, if not given")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "fuzz-findings")
    return parser.parse_args()


def _report(tally: Tally, arguments: argparse.Namespace) -> Iterator[str]:
    yield f"seed      {arguments.seed}"
    yield str(tally)
    if tally.count < arguments.count:
        yield f"stopped at {arguments.minutes:g} minutes, {arguments.count - tally.count} mutants short"
    if tally.findings:
        yield f"kept in   {arguments.keep}"


if __name__ == "__main__":
    chosen = _arguments()
    done = fuzzed(
        readable(seeds(chosen.corpus)),
        seed=chosen.seed,
        count=chosen.count,
        max_seconds=60 * chosen.minutes,
        keep=chosen.keep,
    )
    print("\n".join(_report(done, chosen)))
    sys.exit(1 if done.findings else 0)
