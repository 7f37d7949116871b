"""How soon the program answers: its help, and the plan of a novel; beside a bare Python, and another tool's help.

    python -m tests.bench.startup [--runs 7] [--other PROGRAM]

Commands take turns, each in a process of its own; the median counts, and the best is shown. PROGRAM is any other
audiobook tool that prints a help: the figures in the README are of `audiobookify` 2.3.0 from PyPI, in an environment of
its own (`pip install audiobookify textual`: it asks for `textual` to start and does not say so). Its help is a help and
no more, so this says something of starting, and nothing of making books. Exits non-zero if our help takes 200 ms.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.reading import novel

TARGET_HELP_S = 0.2

_HELP = "run-pipeline --help"
_BARE = "python -c pass"


def seconds_of(command: list[str]) -> float:
    """Of one run. Raises if it fails."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    return time.perf_counter() - started


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
            seconds_of(command)  # once before it counts: bytecode is written, files come from memory
        seen: dict[str, list[float]] = {name: [] for name in tried}
        for _ in range(runs):
            for name, command in tried.items():
                seen[name].append(seconds_of(command))
    bare_s, help_s = statistics.median(seen[_BARE]), statistics.median(seen[_HELP])
    print(f"Python {sys.version.split()[0]}, median of {runs}, in milliseconds")
    print(f"{'command':36} {'median':>8} {'best':>8} {'to bare Python':>15} {'to our help':>12}")
    for name, results in seen.items():
        median_s = statistics.median(results)
        print(
            f"{name:36} {1000 * median_s:8.0f} {1000 * min(results):8.0f} {median_s / bare_s:15.1f} "
            f"{median_s / help_s:12.1f}"
        )
    return help_s < TARGET_HELP_S


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.startup", description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--other", default="", metavar="PROGRAM")
    chosen = parser.parse_args()
    sys.exit(0 if main(chosen.runs, chosen.other) else 1)
