"""How soon the program answers: its help, and the plan of a novel; beside a bare Python, and another tool's help.

    python -m tests.bench.startup [--runs 7] [--other PROGRAM]

Commands take turns, each in a process of its own; the median counts. The processor's milliseconds are shown too: they
hold on a busy machine, where those on the clock are its neighbours'. PROGRAM is any other
audiobook tool that prints a help: the figures in the README are of `audiobookify` 2.3.0 from PyPI, in an environment of
its own (`pip install audiobookify textual`: it asks for `textual` to start and does not say so). Its help is a help and
no more, so this says something of starting, and nothing of making books. Exits non-zero if our help takes 200 ms.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.bench.reading import novel

TARGET_HELP_S = 0.2

_HELP = "run-pipeline --help"
_BARE = "python -c pass"


class Spent(NamedTuple):
    """Seconds of one run, on the clock and of the processor."""

    wall_s: float
    core_s: float


def spent_by(command: list[str]) -> Spent:
    """Raises if the command fails."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    core_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(time.perf_counter() - started, core_s)


def commands(folder: Path, other: str) -> dict[str, list[str]]:
    """By the name they have in the table; each of ours is the console script, which users start too."""
    program = str(Path(sys.executable).with_name("run-pipeline"))
    plan = [program, "plan", str(novel(folder)), "--takes", str(folder / "takes")]
    ours = {
        _BARE: [sys.executable, "-c", "pass"],
        _HELP: [program, "--help"],
        "plan of 100,000 words, espeak": [*plan, "--engine", "espeak"],
        "plan of 100,000 words, openrouter": [*plan, "--engine", "openrouter"],
    }
    return ours | ({f"{Path(other).name} --help": [other, "--help"]} if other else {})


def main(runs: int, other: str) -> bool:
    """The table; whether the help is there in time."""
    with tempfile.TemporaryDirectory(prefix="startup-") as scratch:
        tried = commands(Path(scratch), other)
        for command in tried.values():
            spent_by(command)  # once before it counts: bytecode is written, files come from memory
        seen: dict[str, list[Spent]] = {name: [] for name in tried}
        for _ in range(runs):
            for name, command in tried.items():
                seen[name].append(spent_by(command))
    middle = {name: Spent(*map(statistics.median, zip(*each, strict=True))) for name, each in seen.items()}
    print(f"Python {sys.version.split()[0]}, median of {runs}, in milliseconds; ratios are of the processor's")
    print(f"{'command':36} {'clock':>8} {'processor':>10} {'to bare Python':>15} {'to our help':>12}")
    for name, spent in middle.items():
        to_bare, to_help = spent.core_s / middle[_BARE].core_s, spent.core_s / middle[_HELP].core_s
        print(f"{name:36} {1000 * spent.wall_s:8.0f} {1000 * spent.core_s:10.0f} {to_bare:15.1f} {to_help:12.1f}")
    return middle[_HELP].wall_s < TARGET_HELP_S


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.startup", description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--other", default="", metavar="PROGRAM")
    chosen = parser.parse_args()
    sys.exit(0 if main(chosen.runs, chosen.other) else 1)
