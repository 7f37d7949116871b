"""A chapter in portions: stores take files up to a length, and ask for a sample of the beginning. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from pipeline.assemble.order import ChapterOrder
from pipeline.assemble.timeline import Pauses
from pipeline.recording import PIPELINE_FORMAT, Boundary

_RANKS = (
    frozenset({Boundary.SCENE, Boundary.PART, Boundary.CHAPTER}),
    frozenset({Boundary.PARAGRAPH}),
    frozenset({Boundary.HEADING, Boundary.VERSE, Boundary.SENTENCE, Boundary.TURN}),
    frozenset({Boundary.SEAM}),
)
"""Where a file may end, best first. After a heading, which nobody expects, and inside a sentence only if it must."""


@dataclass(frozen=True, slots=True)
class _Lengths:
    """How long any stretch of a chapter will be at most, as a file of its own."""

    sums: tuple[int, ...]
    pauses: tuple[int, ...]
    ends: int

    @classmethod
    def of(cls, order: ChapterOrder, frames: Sequence[int], pauses: Pauses) -> "_Lengths":
        after = [pauses.after[spoken.after] for spoken in order.spoken]
        asked = [sum(map(PIPELINE_FORMAT.frames_of_ms, spoken.silences_ms)) for spoken in order.spoken]
        sums = accumulate(map(sum, zip(frames, asked, after, strict=True)), initial=0)
        return cls(tuple(sums), tuple(after), pauses.head + pauses.after[Boundary.CHAPTER])

    @property
    def count(self) -> int:
        return len(self.pauses)

    def between(self, start: int, end: int) -> int:
        """Frames of the takes from `start` up to `end`, with the silences a file begins and ends with."""
        return self.sums[end] - self.sums[start] - self.pauses[end - 1] + self.ends


def split_order(
    order: ChapterOrder, *, frames: Sequence[int], pauses: Pauses, longest_frames: int
) -> tuple[ChapterOrder, ...]:
    """The chapter in as few portions as keep to `longest_frames` (before padding), cut at scenes, else paragraphs.

    `frames` are those of each take that will be heard. Portions are about equally long and named "Title (1/2)"; a take
    that is too long by itself is a portion. One that needs no cut is left as it is.
    """
    lengths = _Lengths.of(order, frames, pauses)
    fewest = max(1, -(-lengths.between(0, lengths.count) // longest_frames))
    for count in range(fewest, lengths.count):
        cuts = _cuts(order, lengths, count, longest_frames)
        if cuts is not None:
            return _portions(order, cuts)
    return _portions(order, list(range(1, lengths.count)))


def sample_order(
    order: ChapterOrder, *, frames: Sequence[int], pauses: Pauses, longest_frames: int
) -> ChapterOrder | None:
    """The beginning of a chapter, as much as `longest_frames` hold, up to a scene or paragraph; None if nothing fits.

    A later paragraph goes before an earlier scene: a sample is to be long.
    """
    lengths = _Lengths.of(order, frames, pauses)
    fitting = [end for end in range(1, lengths.count + 1) if lengths.between(0, end) <= longest_frames]
    if lengths.count in fitting:
        return order
    for boundaries in (_RANKS[0] | _RANKS[1], _RANKS[2], _RANKS[3]):
        ends = [end for end in fitting if order.spoken[end - 1].after in boundaries]
        if ends:
            return _portion(order, 0, ends[-1])
    return None


def _cuts(order: ChapterOrder, lengths: _Lengths, count: int, longest_frames: int) -> list[int] | None:
    """Where `count` portions end but the last; None if no places are left that keep all of them short enough."""
    cuts: list[int] = []
    start = 0
    for left in range(count, 1, -1):
        ideal = lengths.sums[start] + (lengths.sums[-1] - lengths.sums[start]) / left
        possible = [
            end
            for end in range(start + 1, lengths.count)
            if lengths.between(start, end) <= longest_frames
            and lengths.between(end, lengths.count) <= (left - 1) * longest_frames
        ]
        if not possible:
            return None
        start = min(possible, key=lambda end: (_rank(order, end), abs(lengths.sums[end] - ideal)))
        cuts.append(start)
    return cuts if lengths.between(start, lengths.count) <= longest_frames else None


def _rank(order: ChapterOrder, end: int) -> int:
    return next(rank for rank, boundaries in enumerate(_RANKS) if order.spoken[end - 1].after in boundaries)


def _portions(order: ChapterOrder, cuts: Sequence[int]) -> tuple[ChapterOrder, ...]:
    if not cuts:
        return (order,)
    ends = [*cuts, len(order.spoken)]
    portions = [_portion(order, start, end) for start, end in zip([0, *cuts], ends, strict=True)]
    return tuple(
        replace(portion, title=f"{order.title} ({number}/{len(portions)})")
        for number, portion in enumerate(portions, start=1)
    )


def _portion(order: ChapterOrder, start: int, end: int) -> ChapterOrder:
    """Some of a chapter's takes, ending as a chapter does."""
    spoken = order.spoken[start:end]
    is_last = end == len(order.spoken)
    return replace(order, spoken=spoken if is_last else (*spoken[:-1], replace(spoken[-1], after=Boundary.CHAPTER)))
