"""Real voices: a human reader and three neural voices, cut at the pauses between sentences."""

import csv
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.recording import PIPELINE_FORMAT, Samples
from pipeline.speech.body import read_pcm
from tests.bench.detection.sources import Clip, Voice

_READER = "melville-mobydick"

_SPANS_S = {
    "coqui-p307": (
        (0.0, 0.95), (1.2, 8.1), (8.35, 13.4), (13.65, 18.1), (18.35, 26.2), (27.3, 28.3), (28.5, 33.9), (34.15, 41.7),
    ),
    "coqui-p335": (
        (0.0, 0.95), (1.2, 7.65), (7.85, 12.85), (13.05, 17.8), (18.0, 25.9), (27.1, 28.15), (28.35, 33.65),
        (33.9, 41.65),
    ),
}  # fmt: skip  # a table
"""Where the sentences of the text stand in the neural voices' files, the two headings among them."""


def recorded_clips(folder: Path | None) -> list[Clip]:
    """Every run of consecutive sentences of each recording, once each."""
    if folder is None:
        print("no folder of recordings (--voices): the real voices are left out")
        return []
    reader = Voice("real", _READER, "en")
    clips = list(_runs(reader, _sound(folder / f"{_READER}.mp3"), _timed(folder / f"{_READER}.tsv")))
    sentences = _sentences((folder / "coqui-text.txt").read_text("utf-8"))
    for name, spans in _SPANS_S.items():
        timed = [(begin, end, text) for (begin, end), text in zip(spans, sentences, strict=True)]
        clips += _runs(Voice("real", name, "en"), _sound(folder / f"{name}.m4b"), timed)
    return clips


Timed = tuple[float, float, str]


def _runs(voice: Voice, samples: Samples, timed: Sequence[Timed]) -> Iterator[Clip]:
    for first in range(len(timed)):
        for last in range(first, len(timed)):
            begin, end = (PIPELINE_FORMAT.frames_of_ms(1000 * at) for at in (timed[first][0], timed[last][1]))
            yield Clip(voice, _joined(timed[first : last + 1]), samples[begin:end])


def _joined(timed: Sequence[Timed]) -> str:
    """A heading stands alone; sentences of a paragraph follow one another."""
    text = timed[0][2]
    for (_, _, before), (_, _, after) in itertools.pairwise(timed):
        text += ("\n\n" if _HEADING in (before[:7], after[:7]) else " ") + after
    return text


_HEADING = "Chapter"


def _sound(path: Path) -> Samples:
    return read_pcm(path, content_type="audio", assumed_rate=PIPELINE_FORMAT.rate)


_FIRST_WORDS = 3
"""Of the reading the times name three words before the first whole sentence: "Call me Ishmael." """


def _timed(path: Path) -> list[Timed]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            (float(row["begin_s"]), float(row["end_s"]), row["text"]) for row in csv.DictReader(file, delimiter="\t")
        ]
    words, sentences = rows[:_FIRST_WORDS], rows[_FIRST_WORDS:]
    return [(words[0][0], words[-1][1], " ".join(text for _, _, text in words)), *sentences]


def _sentences(text: str) -> list[str]:
    body = text[text.index("# Chapter 1") :]
    found: list[str] = []
    for line in filter(None, map(str.strip, body.splitlines())):
        if line.startswith("#"):
            found.append(line.removeprefix("# "))
        else:
            found += [part.strip() + "." for part in line.split(". ") if part.strip()]
    return [sentence.replace("..", ".") for sentence in found]
