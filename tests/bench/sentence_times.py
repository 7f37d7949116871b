"""How near the sentence times of the timeline come to known truth.

    python -m tests.bench.sentence_times [BOOK …] [--sentences 250] [--voices FOLDER]

The books (the samples, where none is named) are spoken by the embedded voice, which tells when each word begins.
Targets: half of the sentences within 80 ms, 95 of 100 within 250 ms. With `--voices`, a folder with
`melville-mobydick.mp3` and its `.tsv`, a human reading is measured too; there a mark lies anywhere in a pause.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np

from pipeline.alignment import Wording, sentence_edges, timed_sentences
from pipeline.assemble.gaps import gaps_of
from pipeline.recording import PIPELINE_FORMAT, Samples
from pipeline.script.measure import speech_seconds
from pipeline.speech.pcm import resampled
from tests.bench.espeak_truth import Spoken, spoken_book

_FOLDER = Path(__file__).parents[2] / "samples"
SAMPLES = tuple(_FOLDER / name for name in ("alice.epub", "chekhov-dama.md", "three-tales.md"))
MEDIAN_MS, MOST_MS = 80.0, 250.0
_RATE = PIPELINE_FORMAT.rate


class Errors(NamedTuple):
    """By how much sentences begin beside their truth: half of them by less than `median_ms`, 95 % by `most_ms`."""

    count: int
    median_ms: float
    most_ms: float

    @property
    def are_small(self) -> bool:
        return self.median_ms <= MEDIAN_MS and self.most_ms <= MOST_MS


def errors_of(spoken: Iterable[Spoken]) -> list[float]:
    """Seconds by which each sentence but the first of a clip begins too early (below 0) or too late."""
    return [
        (sentence.start_frame - start) / _RATE
        for one in spoken
        for sentence, start in zip(timed_sentences(one.chunk, one.clip, language=one.language), one.starts, strict=True)
        if start is not None and sentence.start_frame
    ]


def summary(errors_s: list[float]) -> Errors:
    off = np.abs(errors_s) * 1000
    return Errors(len(off), float(np.median(off)), float(np.percentile(off, 95)))


def main(arguments: argparse.Namespace) -> int:
    """Print the table; 1 if a target is missed."""
    print(f"{'book':30} {'sentences':>9} {'median ms':>9} {'95 % ms':>8}")
    together: list[float] = []
    for book in arguments.books or SAMPLES:
        found = errors_of(spoken_book(book, arguments.sentences))
        together += found
        _print_row(book.name, summary(found))
    _print_row("all", summary(together))
    if arguments.voices:
        _print_human(arguments.voices / "melville-mobydick.mp3")
    return int(not summary(together).are_small)


def _print_row(name: str, errors: Errors) -> None:
    print(f"{name:30} {errors.count:9} {errors.median_ms:9.0f} {errors.most_ms:8.0f}", flush=True)


def _print_human(path: Path) -> None:
    """Each sentence's mark beside ours, and whether both lie in the same pause."""
    marked = _marked_sentences(path.with_suffix(".tsv"))
    first, last = round((marked[0][1] - 0.1) * _RATE), round((marked[-1][2] + 0.1) * _RATE)
    clip = _read(path)[first:last]
    gaps = gaps_of(clip)
    edges = sentence_edges([Wording(speech_seconds(text)) for text, _, _ in marked], len(clip), gaps)
    print(f"\n{'human reading':44} {'marked s':>9} {'ours s':>7}  in one pause")
    for (text, begin_s, _), edge in zip(marked[1:], edges[1:], strict=False):
        mark = begin_s * _RATE - first
        is_same = any(start <= min(mark, edge) and max(mark, edge) <= start + frames for start, frames in gaps)
        print(f"{text[:44]:44} {begin_s:9.2f} {(edge + first) / _RATE:7.2f}  {'yes' if is_same else 'no'}")


def _marked_sentences(path: Path) -> list[tuple[str, float, float]]:
    """Text, begin and end in seconds; the first sentence is marked word by word."""
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()[1:]]
    found: list[tuple[str, float, float]] = []
    for begin, end, text in rows:
        if found and found[-1][0][-1] not in ".!?":
            found[-1] = (f"{found[-1][0]} {text}", found[-1][1], float(end))
        else:
            found.append((text, float(begin), float(end)))
    return found


def _read(path: Path) -> Samples:
    with av.open(str(path)) as container:
        rate = container.streams.audio[0].rate
        sound = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=-1)
    return resampled(sound.mean(axis=0).astype(np.float32), rate)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Sentence times against truth.")
    parser.add_argument("books", nargs="*", type=Path)
    parser.add_argument("--sentences", type=int, default=250, help="of each book")
    parser.add_argument("--voices", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main(_arguments()))
