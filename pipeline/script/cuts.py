"""Lines into chunks: what goes into one request.

A cut is a matter of the words around it, never of a count from the start, so an edit moves only the cuts near it:

1. Headings and scene breaks always cut; what lies between them is a run of whole blocks.
2. Every boundary in a run has a rank, the hash of the few characters around it. A boundary is a cut when no other
   within `window` seconds ranks higher. So cuts are at least a window apart, two windows apart on average, and depend
   on nothing further away than a window.
3. What is still longer than the ceiling is halved at its highest-ranking boundary, and again; a single block that is
   too long is cut in the same way between its sentences, a sentence between its clauses, a clause between words.
"""

import itertools
from collections.abc import Iterator, Sequence

from pipeline.book import Block, Book
from pipeline.script.chunks import Chunk, Limits, Script, ScriptChapter, ScriptSettings
from pipeline.script.direction import UNDIRECTED, Directions
from pipeline.script.measure import speech_seconds, token_bound
from pipeline.script.pieces import Piece, boundary_between_runs, boundary_within_run, lines_of, rank
from pipeline.script.runs import runs_of
from pipeline.script.sentences import Tier, spans

_CEILING_PER_TARGET = 1.75
"""A take may run to 79 s at the default target of 45 s; quality falls off after about a minute (facts, 3.6)."""

_WRAPPER_TOKENS = 1_024
"""Room kept under the model's input limit for the direction that wraps the text."""


def script_of(
    book: Book, settings: ScriptSettings, limits: Limits, *, language: str, directions: Directions = UNDIRECTED
) -> Script:
    """Cut every chapter of the book. Equal books, settings, limits, language and directions give equal chunks."""
    cutter = _Cutter(settings, limits, language)
    chapters = tuple(
        ScriptChapter(number, chapter.title, tuple(_chunks(number, chapter.blocks, directions, cutter)))
        for number, chapter in enumerate(book.chapters, start=1)
    )
    return Script(tuple(chapter for chapter in chapters if chapter.chunks))


def _chunks(number: int, blocks: Sequence[Block], directions: Directions, cutter: "_Cutter") -> Iterator[Chunk]:
    runs = [run for run in runs_of(number, blocks, directions) if run]
    for run, following in zip(runs, [*runs[1:], None], strict=False):  # no runs, no chunks
        groups = cutter.cut(list(run))
        for group, next_group in zip(groups, [*groups[1:], None], strict=True):
            after = (
                boundary_between_runs(blocks, run, following)
                if next_group is None
                else boundary_within_run(blocks, group, next_group)
            )
            yield Chunk(tuple(lines_of(group, blocks)), after)


class _Cutter:
    def __init__(self, settings: ScriptSettings, limits: Limits, language: str) -> None:
        self._window_s = settings.target_seconds / 2
        self._margin_s = settings.target_seconds / 6
        self._ceiling_s = min(settings.target_seconds * _CEILING_PER_TARGET, limits.max_seconds or float("inf"))
        self._max_chars = min(settings.max_chars, limits.max_chars)
        self._max_tokens = limits.max_input_tokens - _WRAPPER_TOKENS if limits.max_input_tokens else 0
        self._language = language

    def cut(self, run: list[Piece]) -> list[list[Piece]]:
        """Groups of consecutive pieces, none over a limit."""
        if self._fits(run):
            return [run]
        return [part for group in _cut_at_peaks(run, self._window_s) for part in self._halved(group)]

    def _halved(self, group: list[Piece]) -> list[list[Piece]]:
        if self._fits(group):
            return [group]
        if len(group) == 1:
            return self.cut(self._refined(group[0]))
        at = _highest_rank(group, self._margin_s)
        return self._halved(group[:at]) + self._halved(group[at:])

    def _fits(self, group: Sequence[Piece]) -> bool:
        text = "\n\n".join(piece.text for piece in group)
        return (
            len(text) <= self._max_chars
            and speech_seconds(text) <= self._ceiling_s
            and (not self._max_tokens or token_bound(text) <= self._max_tokens)
        )

    def _refined(self, piece: Piece) -> list[Piece]:
        for tier in (Tier.SENTENCE, Tier.CLAUSE, Tier.WORD, Tier.CHARACTER):
            found = spans(piece.text, tier, language=self._language) if tier < piece.tier else []
            if len(found) > 1:
                return [piece.part(a, b, tier) for a, b in found]
        middle = len(piece.text) // 2  # one letter under a heap of marks
        return [piece.part(0, middle, Tier.CHARACTER), piece.part(middle, len(piece.text), Tier.CHARACTER)]


def _cut_at_peaks(run: Sequence[Piece], window_s: float) -> list[list[Piece]]:
    """Cut where a boundary ranks highest within `window_s` to both sides, and no nearer than half that to an end."""
    positions, ranks = _positions(run), _ranks(run)
    margin_s = window_s / 2
    groups: list[list[Piece]] = [[run[0]]]
    for i, piece in enumerate(run[1:]):
        is_inside = margin_s <= positions[i] <= positions[-1] - margin_s
        if is_inside and _is_peak(i, positions, ranks, window_s):
            groups.append([])
        groups[-1].append(piece)
    return groups


def _highest_rank(group: Sequence[Piece], margin_s: float) -> int:
    """Index of the piece before which to cut: the highest rank, not within `margin_s` of an end if that can be.

    Boundaries that read the same (a refrain, a list of like lines) rank the same; then the middle one is taken.
    """
    positions, ranks = _positions(group), _ranks(group)
    inside = [i for i in range(len(ranks)) if margin_s <= positions[i] <= positions[-1] - margin_s]
    middle_s = positions[-1] / 2
    return max(inside or range(len(ranks)), key=lambda i: (ranks[i], -abs(positions[i] - middle_s), -i)) + 1


def _positions(run: Sequence[Piece]) -> list[float]:
    """Seconds from the run's start to the end of each piece."""
    positions: list[float] = []
    total = 0.0
    for piece in run:
        total += speech_seconds(piece.text)
        positions.append(total)
    return positions


def _is_peak(i: int, positions: Sequence[float], ranks: Sequence[int], window_s: float) -> bool:
    left = i - 1
    while left >= 0 and positions[i] - positions[left] < window_s:
        if ranks[left] >= ranks[i]:
            return False
        left -= 1
    right = i + 1
    while right < len(ranks) and positions[right] - positions[i] < window_s:
        if ranks[right] > ranks[i]:
            return False
        right += 1
    return True


def _ranks(run: Sequence[Piece]) -> list[int]:
    return [rank(left, right) for left, right in itertools.pairwise(run)]
