"""The whole job against the naive chain, and the memory of a short book against a long one's.

    python -m tests.bench.whole_job [BOOK] [--hours 3] [--memory 1 10]

Without a BOOK one of `--hours` is made of the sample's text. Both chains speak the same paragraphs in the same
embedded voice, one after the other on this machine, each from nothing. Targets: five times the naive chain; the memory
of the last of `--memory` within 1.2 times that of the first, and no process over 300 MB.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from pipeline.book import Kind
from pipeline.ingest import read_book
from pipeline.report.page import clock
from tests.bench.books import book_of_hours
from tests.bench.processes import Watched, watched

_FASTER = 5.0
_MEMORY_RATIO = 1.2
_MEMORY_MB = 300.0


def main(arguments: argparse.Namespace) -> int:
    """Print both tables; the number of targets missed."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        book = arguments.book or book_of_hours(Path(scratch) / "book.md", arguments.hours)
        missed = 0 if arguments.hours == 0 else speed(book, Path(scratch))
    return missed + (memory(arguments.memory) if arguments.memory else 0)


def speed(book: Path, scratch: Path) -> int:
    """Ours and theirs, side by side."""
    audio_s, ours = made(book, scratch / "ours")
    theirs = naive(book, scratch / "naive")
    said = json.loads(theirs.out)
    ratio = (audio_s / ours.seconds) / (said["audio"] / theirs.seconds)
    print(f"\n{'chain':14} {'audio':>8} {'wall s':>8} {'audio s/s':>10} {'peak MB':>8}")
    for name, seconds, run in (("run-pipeline", audio_s, ours), ("naive", said["audio"], theirs)):
        peak = max(run.main_mb, run.child_mb)
        print(f"{name:14} {clock(seconds):>8} {run.seconds:8.1f} {seconds / run.seconds:10.0f} {peak:8.0f}")
    steps = ", ".join(f"{name} {said[name]:.1f} s" for name in ("speak", "join", "encode"))
    print(f"ratio {ratio:.1f} (target {_FASTER:.0f}); of the naive chain: {steps}", flush=True)
    return int(ratio < _FASTER)


def memory(hours: list[float]) -> int:
    """The peak of the main process and of the workers, for books of each length."""
    print(f"\n{'hours':>6} {'audio':>9} {'wall s':>8} {'audio s/s':>10} {'main MB':>8} {'worker MB':>10}")
    runs: list[Watched] = []
    for length in hours:
        with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
            audio_s, run = made(book_of_hours(Path(scratch) / "book.md", length), Path(scratch))
        runs.append(run)
        speed = audio_s / run.seconds
        print(
            f"{length:6g} {clock(audio_s):>9} {run.seconds:8.1f} {speed:10.0f} {run.main_mb:8.0f} {run.child_mb:10.0f}",
            flush=True,
        )
    ratio = runs[-1].main_mb / runs[0].main_mb
    most = max(max(run.main_mb, run.child_mb) for run in runs)
    print(f"ratio {ratio:.2f} (target {_MEMORY_RATIO}), most {most:.0f} MB (target {_MEMORY_MB:.0f})")
    return int(ratio > _MEMORY_RATIO) + int(most > _MEMORY_MB)


def made(book: Path, folder: Path) -> tuple[float, Watched]:
    """Our whole job from nothing: seconds of audio delivered, and what it took."""
    command = [sys.executable, "-m", "pipeline", str(book), "--engine", "espeak", "--json"]
    run = watched([*command, "--takes", str(folder / "takes"), "--out", str(folder / "out")])
    return float(json.loads(run.out)["books"][0]["seconds"]), run


def naive(book: Path, folder: Path) -> Watched:
    folder.mkdir()
    texts = [block.text for block in read_book(book).blocks() if block.kind is not Kind.SCENE_BREAK]
    (folder / "paragraphs.json").write_text(json.dumps(texts), "utf-8")
    return watched([sys.executable, "-m", "tests.bench.naive", str(folder / "paragraphs.json"), str(folder)])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Whole-job speed and memory.")
    parser.add_argument("book", nargs="?", type=Path, help="a book of at least three hours")
    parser.add_argument("--hours", type=float, default=3.0, help="length of the book made where none is given; 0: none")
    parser.add_argument("--memory", type=float, nargs="*", default=[1.0, 10.0], help="lengths to compare the memory of")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(1 if main(_arguments()) else 0)
