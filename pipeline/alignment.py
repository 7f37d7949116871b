"""Which silence of a clip ends which sentence: pure arithmetic on expected durations and gaps, in frames.

Between two ends there must be about as much sound as the sentences between them take to say; among the gaps where that
is so, long ones are ends of sentences and the longest ones ends of paragraphs. The best choice for all ends together is
found by dynamic programming. An end that no gap is plausible for lies where the texts' shares of the sound put it.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise, zip_longest
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.recording import PIPELINE_FORMAT, Clip
from pipeline.script import Chunk, Line
from pipeline.script.measure import speech_seconds
from pipeline.script.sentences import sentence_spans
from pipeline.speech.silences import paused_ms

Gap = tuple[int, int]
"""First frame and frames of a silence inside a clip."""

_Costs = NDArray[np.float64]

_LEAD_FRAMES = PIPELINE_FORMAT.frames_of_ms(40)
"""A sentence begins so long before its sound: an eye that is led finds the words as the voice does."""

_SHORTEST_FRAMES = PIPELINE_FORMAT.frames_of_ms(10)
"""No sentence is shorter, where the clip has room for that: players refuse a clip that rounds to nothing."""

_SPREAD_S, _SPREAD_SHARE = 0.3, 0.15
"""By how much the sound of a stretch differs from what its text takes: seconds, and the share of long stretches.

These, the weights and the cost of a miss were chosen on 2,179 sentences of espeak-ng in eight languages, where twice or
half of each of them makes little difference; see `tests/bench/sentence_times.py`.
"""

_LENGTH_WEIGHT, _PARAGRAPH_WEIGHT = 4.0, 3.0
"""What a gap e times as long as another is worth, in squared deviations; and what besides where a paragraph ends."""

_LONGEST_LOG = 2.0
"""Beyond e² times the shortest gap needed, longer is not better."""

_MISS = 6.0
"""The cost of an end without a gap: more than a doubtful gap, less than one where no end can be."""

_MOST_MISSED = 3
"""Ends in a row that may go without a gap. A voice runs two sentences together now and then, hardly ever five."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A sentence as far as its time goes: seconds of sound it is expected to take, and whether it ends a paragraph."""

    sound_s: float
    ends_paragraph: bool = False


class TimedSentence(NamedTuple):
    """Characters `start` to `end` of a line, and the frames of the clip in which they are said."""

    line: Line
    start: int
    end: int
    start_frame: int
    end_frame: int


def timed_sentences(chunk: Chunk, clip: Clip, *, language: str) -> list[TimedSentence]:
    """When each sentence of a chunk is said in the clip that speaks it; they tile the clip."""
    found = [(line, span) for line in chunk.lines for span in sentence_spans(line.text, language=language)]
    following = [line for line, _ in found[1:]]
    stretches = [
        stretch
        for (line, span), next_line in zip_longest(found, following)
        for stretch in _stretches(line, *span, ends_paragraph=next_line is not line)
    ]
    edges = sentence_edges([wording for wording, _ in stretches], clip.frames, clip.gaps)
    begins = [edge for edge, (_, is_first) in zip(edges, stretches, strict=False) if is_first]
    times = pairwise((*begins, clip.frames))
    return [TimedSentence(line, *span, *frames) for (line, span), frames in zip(found, times, strict=True)]


def _stretches(line: Line, start: int, end: int, *, ends_paragraph: bool) -> Iterator[tuple[Wording, bool]]:
    """A sentence cut at the pauses that were asked for inside it, and whether a stretch is its first.

    Such a silence is as long as any and would be taken for the end of a sentence.
    """
    inner = {tag.at for tag in line.tags if start < tag.at < end and paused_ms(tag.words)}
    marks = [
        start,
        *sorted(at for at in inner if _has_words(line.text[start:at]) and _has_words(line.text[at:end])),
        end,
    ]
    for first, last in pairwise(marks):
        wording = Wording(speech_seconds(line.text[first:last]), ends_paragraph=last < end or ends_paragraph)
        yield wording, first == start


def _has_words(text: str) -> bool:
    return any(char.isalnum() for char in text)


def sentence_edges(wordings: Sequence[Wording], frames: int, gaps: Sequence[Gap]) -> tuple[int, ...]:
    """Where the sentences of a clip begin and the last one ends: from 0 to `frames`, one edge more than sentences."""
    sound = _Sound(frames, gaps)
    shares = _shares(wordings, sound.frames)
    ends = _best_gaps(wordings, shares, sound) if len(wordings) > 1 else ()
    known = ((0, 0), *((end, sound.edge(gap)) for end, gap in ends), (len(wordings), frames))
    edges = [edge for left, right in pairwise(known) for edge in _shared_edges(left, right, shares, sound)]
    return _apart((*edges, frames))


class _Sound:
    """A clip as its sound alone: places counted in frames of sound, as if its gaps were not there."""

    def __init__(self, clip_frames: int, gaps: Sequence[Gap]) -> None:
        self.gaps = gaps
        silent = list(accumulate((frames for _, frames in gaps), initial=0))
        self.before = [start - passed for (start, _), passed in zip(gaps, silent, strict=False)]
        self.frames = clip_frames - silent[-1]
        self._silent = silent

    def edge(self, gap: int) -> int:
        """Where a sentence begins that begins with the sound after a gap: shortly before that, in the gap."""
        start, frames = self.gaps[gap]
        return start + max(frames // 2, frames - _LEAD_FRAMES)

    def place_in_clip(self, sound_frame: float) -> int:
        return round(sound_frame) + self._silent[bisect_left(self.before, sound_frame)]

    def place_in_sound(self, clip_frame: int) -> int:
        """Where the sound goes on that is heard at `clip_frame`, or next after it."""
        passed = sum(start <= clip_frame for start, _ in self.gaps)
        if passed and clip_frame < sum(self.gaps[passed - 1]):
            return self.before[passed - 1]
        return clip_frame - self._silent[passed]


def _shares(wordings: Sequence[Wording], sound_frames: int) -> list[float]:
    """Frames of sound before each sentence and after the last, were all said at the same pace."""
    passed = list(accumulate((wording.sound_s for wording in wordings), initial=0.0))
    return [sound_frames * each / passed[-1] if passed[-1] else 0.0 for each in passed]


def _best_gaps(wordings: Sequence[Wording], shares: list[float], sound: _Sound) -> tuple[tuple[int, int], ...]:
    """Pairs of an end (after how many sentences) and its gap, both increasing: those of the least cost together.

    Nodes are the beginning of the clip, its gaps, its end; `cost[end][node]` is the least with which `end` falls there.
    """
    nodes = np.array([0, *sound.before, sound.frames], dtype=np.float64) / PIPELINE_FORMAT.rate
    share_s = np.array(shares) / PIPELINE_FORMAT.rate
    apart_s = nodes - nodes[:, np.newaxis]
    backwards = np.tril(np.full(apart_s.shape, np.inf))
    worth = _worth(sound.gaps, len(wordings) - 1)
    cost = np.full((len(wordings) + 1, len(nodes)), np.inf)
    cost[0, 0] = 0.0
    came_from: dict[int, tuple[NDArray[np.intp], NDArray[np.intp]]] = {}
    for end in range(1, len(wordings) + 1):
        reached = [
            backwards + _deviation(apart_s, share_s[end] - share_s[last]) + cost[last][:, np.newaxis] + missed * _MISS
            for missed, last in enumerate(range(end - 1, max(-1, end - 2 - _MOST_MISSED), -1))
        ]
        cost[end], came_from[end] = _least(reached)
        if end < len(wordings):
            weight = _LENGTH_WEIGHT + _PARAGRAPH_WEIGHT * wordings[end - 1].ends_paragraph
            cost[end, 1:-1] -= weight * worth
            cost[end, [0, -1]] = np.inf
    return tuple(_traced(came_from, len(nodes) - 1)) if np.isfinite(cost[-1, -1]) else ()


def _deviation(apart_s: _Costs, share_s: float) -> _Costs:
    """Squared, in units of what is usual for a stretch of that length."""
    return (apart_s - share_s) ** 2 / (_SPREAD_S**2 + (_SPREAD_SHARE * share_s) ** 2)


def _worth(gaps: Sequence[Gap], ends: int) -> _Costs:
    """How much longer each gap is than the shortest that is needed if the longest ones are the ends: a logarithm."""
    lengths = np.array([frames for _, frames in gaps], dtype=np.float64)
    if not len(lengths):
        return lengths
    needed = np.sort(lengths)[::-1][min(ends, len(lengths)) - 1]
    worth: _Costs = np.clip(np.log(lengths / needed), -_LONGEST_LOG, _LONGEST_LOG)
    return worth


def _least(reached: list[_Costs]) -> tuple[_Costs, tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """For each node the least cost, and whence: how many ends were missed, and at which node the last one was."""
    stacked = np.stack(reached)
    flat = stacked.reshape(-1, stacked.shape[-1])
    best = flat.argmin(axis=0)
    missed, node = np.divmod(best, stacked.shape[1])
    return flat[best, np.arange(flat.shape[1])], (missed, node)


def _traced(came_from: dict[int, tuple[NDArray[np.intp], NDArray[np.intp]]], node: int) -> list[tuple[int, int]]:
    chosen: list[tuple[int, int]] = []
    end = max(came_from)
    while end:
        missed, nodes = came_from[end]
        end, node = end - 1 - int(missed[node]), int(nodes[node])
        if end:
            chosen.append((end, node - 1))
    return chosen[::-1]


def _shared_edges(left: tuple[int, int], right: tuple[int, int], shares: list[float], sound: _Sound) -> Iterator[int]:
    """The left edge, and between it and the right one those of the ends without a gap, in proportion of the sound."""
    (first, first_edge), (last, last_edge) = left, right
    yield first_edge
    begins, stops = sound.place_in_sound(first_edge), sound.place_in_sound(last_edge)
    for end in range(first + 1, last):
        passed = (shares[end] - shares[first]) / ((shares[last] - shares[first]) or 1.0)
        yield min(max(sound.place_in_clip(begins + (stops - begins) * passed), first_edge), last_edge)


def _apart(edges: tuple[int, ...]) -> tuple[int, ...]:
    """The edges in order, and no two of them nearer than a sentence can be short."""
    count, frames = len(edges) - 1, edges[-1]
    least = min(_SHORTEST_FRAMES, frames // count)
    forward = list(accumulate(edges[1:-1], lambda passed, edge: max(passed + least, edge), initial=0))
    return (*(min(edge, frames - least * (count - i)) for i, edge in enumerate(forward)), frames)
