"""Lines into chunks: what goes into one request.

A cut is a matter of the words around it, never of a count from the start, so an edit moves only the cuts near it:

1. Headings and scene breaks always cut; what lies between them is a run of whole blocks.
2. Every boundary in a run has a rank, the hash of the few characters around it. A boundary is a cut when no other
   within `window` seconds ranks higher. So cuts are at least a window apart, two windows apart on average, and depend
   on nothing further away than a window.
3. What is still longer than the ceiling is halved at its highest-ranking boundary, and again; a single block that is
   too long is cut in the same way between its sentences, a sentence between its clauses, a clause between words.
"""

import hashlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from pipeline.book import Block, Book, Kind, Sound, sounds_within
from pipeline.recording import Boundary
from pipeline.script.measure import speech_seconds, token_bound
from pipeline.script.sentences import Tier, spans

_CEILING_PER_TARGET = 1.75
"""A take may run to 79 s at the default target of 45 s; quality falls off after about a minute (facts, 3.6)."""

_CONTEXT_CHARS = 4
"""Characters on each side of a boundary that make its rank: enough to tell boundaries apart, few enough that a changed
word seldom touches them. Over 400 random edits of a novel, 4 re-bought 1.04 chunks a word, 10 re-bought 1.09."""

_WRAPPER_TOKENS = 1_024
"""Room kept under the model's input limit for the direction that wraps the text."""

_STANZAS = {Kind.VERSE, Kind.LIST_ITEM, Kind.TABLE_ROW, Kind.CODE}


class ScriptSettings(BaseModel):
    """The `[script]` section: `target_seconds` of speech a chunk aims at, `max_chars` no chunk exceeds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target_seconds: float = Field(ge=5, le=300)
    max_chars: int = Field(ge=100, le=100_000)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may hold: characters, UTF-8 bytes as token bound (0: none), seconds of audio (0: none)."""

    max_chars: int
    max_input_tokens: int = 0
    max_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """What one speaker says without a change of voice: characters `start` to `end` of block number `block`.

    `language` is empty where it is the book's; `sounds` are those of the block that lie whole in the line.
    """

    text: str
    block: int
    start: int
    end: int
    kind: Kind = Kind.PARAGRAPH
    speaker: str = "narrator"
    language: str = ""
    sounds: tuple[Sound, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """The lines that go into one request, and what follows them."""

    lines: tuple[Line, ...]
    after: Boundary

    @property
    def text(self) -> str:
        """The lines as one text, as they stand in the book."""
        return self.said(lambda line: line.text)

    def said(self, say: Callable[[Line], str]) -> str:
        """What `say` makes of each line: a blank line between paragraphs, a line break inside a stanza or list."""
        parts: list[str] = []
        for i, line in enumerate(self.lines):
            if i:
                is_stanza = boundary_between(self.lines[i - 1].kind, line.kind) is Boundary.VERSE
                parts.append("\n" if is_stanza else "\n\n")
            parts.append(say(line))
        return "".join(parts)


@dataclass(frozen=True, slots=True)
class ScriptChapter:
    """`number` counts the book's chapters from 1, whether they are picked or not."""

    number: int
    title: str
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class Script:
    chapters: tuple[ScriptChapter, ...]

    def chunks(self) -> Iterator[Chunk]:
        for chapter in self.chapters:
            yield from chapter.chunks


@dataclass(frozen=True, slots=True)
class _Piece:
    """Characters `start` to `end` of a block: the unit that cuts go between."""

    block: int
    start: int
    end: int
    text: str
    tier: Tier


def boundary_between(left: Kind, right: Kind) -> Boundary:
    """What parts two blocks that follow each other, by their kinds."""
    if (left is Kind.HEADING) is not (right is Kind.HEADING):
        return Boundary.HEADING
    return Boundary.VERSE if left in _STANZAS and left is right else Boundary.PARAGRAPH


def script_of(book: Book, settings: ScriptSettings, limits: Limits, *, language: str) -> Script:
    """Cut every chapter of the book. Equal books, settings, limits and language give equal chunks, everywhere."""
    cutter = _Cutter(settings, limits, language)
    chapters = tuple(
        ScriptChapter(number, chapter.title, tuple(_chunks(chapter.blocks, cutter)))
        for number, chapter in enumerate(book.chapters, start=1)
    )
    return Script(tuple(chapter for chapter in chapters if chapter.chunks))


def _chunks(blocks: Sequence[Block], cutter: "_Cutter") -> Iterator[Chunk]:
    runs = [run for run in _runs(blocks) if run]
    for run, following in zip(runs, [*runs[1:], None], strict=False):  # no runs, no chunks
        groups = cutter.cut(list(run))
        for group, next_group in zip(groups, [*groups[1:], None], strict=True):
            after = _within_run(blocks, group, next_group) if next_group else _between_runs(blocks, run, following)
            yield Chunk(tuple(_lines(group, blocks)), after)


def _runs(blocks: Sequence[Block]) -> Iterator[tuple[_Piece, ...]]:
    """Blocks between which a cut is a choice: consecutive headings, or what lies between headings and scene breaks."""
    run: list[_Piece] = []
    for i, block in enumerate(blocks):
        if block.rule:
            continue
        is_heading = block.kind is Kind.HEADING
        was_heading = bool(run) and blocks[run[-1].block].kind is Kind.HEADING
        if block.kind is Kind.SCENE_BREAK or is_heading != was_heading:
            yield tuple(run)
            run = []
        if block.kind is not Kind.SCENE_BREAK:
            run.append(_Piece(i, 0, len(block.text), block.text, Tier.BLOCK))
    yield tuple(run)


def _between_runs(blocks: Sequence[Block], run: Sequence[_Piece], following: Sequence[_Piece] | None) -> Boundary:
    if following is None:
        return Boundary.CHAPTER
    last, first = run[-1].block, following[0].block
    if any(block.kind is Kind.SCENE_BREAK for block in blocks[last:first]):
        return Boundary.SCENE
    return boundary_between(blocks[last].kind, blocks[first].kind)


def _within_run(blocks: Sequence[Block], group: Sequence[_Piece], next_group: Sequence[_Piece]) -> Boundary:
    left, right = group[-1], next_group[0]
    if left.block != right.block:
        return boundary_between(blocks[left.block].kind, blocks[right.block].kind)
    return Boundary.SENTENCE if right.tier is Tier.SENTENCE else Boundary.SEAM


def _lines(group: Sequence[_Piece], blocks: Sequence[Block]) -> Iterator[Line]:
    """The group's pieces as lines: pieces of one block become one line again, with the spaces they had."""
    start = 0
    for i, piece in enumerate(group):
        if i + 1 < len(group) and group[i + 1].block == piece.block:
            continue
        first, block = group[start], blocks[piece.block]
        yield Line(
            text=block.text[first.start : piece.end],
            block=piece.block,
            start=first.start,
            end=piece.end,
            kind=block.kind,
            language=block.language,
            sounds=sounds_within(block.sounds, first.start, piece.end),
        )
        start = i + 1


class _Cutter:
    def __init__(self, settings: ScriptSettings, limits: Limits, language: str) -> None:
        self._window_s = settings.target_seconds / 2
        self._margin_s = settings.target_seconds / 6
        self._ceiling_s = min(settings.target_seconds * _CEILING_PER_TARGET, limits.max_seconds or float("inf"))
        self._max_chars = min(settings.max_chars, limits.max_chars)
        self._max_tokens = limits.max_input_tokens - _WRAPPER_TOKENS if limits.max_input_tokens else 0
        self._language = language

    def cut(self, run: list[_Piece]) -> list[list[_Piece]]:
        """Groups of consecutive pieces, none over a limit."""
        if self._fits(run):
            return [run]
        return [part for group in _cut_at_peaks(run, self._window_s) for part in self._halved(group)]

    def _halved(self, group: list[_Piece]) -> list[list[_Piece]]:
        if self._fits(group):
            return [group]
        if len(group) == 1:
            return self.cut(self._refined(group[0]))
        at = _highest_rank(group, self._margin_s)
        return self._halved(group[:at]) + self._halved(group[at:])

    def _fits(self, group: Sequence[_Piece]) -> bool:
        text = "\n\n".join(piece.text for piece in group)
        return (
            len(text) <= self._max_chars
            and speech_seconds(text) <= self._ceiling_s
            and (not self._max_tokens or token_bound(text) <= self._max_tokens)
        )

    def _refined(self, piece: _Piece) -> list[_Piece]:
        for tier in (Tier.SENTENCE, Tier.CLAUSE, Tier.WORD, Tier.CHARACTER):
            found = spans(piece.text, tier, language=self._language) if tier < piece.tier else []
            if len(found) > 1:
                at: Callable[[int], int] = piece.start.__add__
                return [_Piece(piece.block, at(a), at(b), piece.text[a:b], tier) for a, b in found]
        middle = len(piece.text) // 2  # one letter under a heap of marks
        return [
            _Piece(piece.block, piece.start, piece.start + middle, piece.text[:middle], Tier.CHARACTER),
            _Piece(piece.block, piece.start + middle, piece.end, piece.text[middle:], Tier.CHARACTER),
        ]


def _cut_at_peaks(run: Sequence[_Piece], window_s: float) -> list[list[_Piece]]:
    """Cut where a boundary ranks highest within `window_s` to both sides, and no nearer than half that to an end."""
    positions, ranks = _positions(run), _ranks(run)
    margin_s = window_s / 2
    groups: list[list[_Piece]] = [[run[0]]]
    for i, piece in enumerate(run[1:]):
        is_inside = margin_s <= positions[i] <= positions[-1] - margin_s
        if is_inside and _is_peak(i, positions, ranks, window_s):
            groups.append([])
        groups[-1].append(piece)
    return groups


def _highest_rank(group: Sequence[_Piece], margin_s: float) -> int:
    """Index of the piece before which to cut: the highest rank, not within `margin_s` of an end if that can be.

    Boundaries that read the same (a refrain, a list of like lines) rank the same; then the middle one is taken.
    """
    positions, ranks = _positions(group), _ranks(group)
    inside = [i for i in range(len(ranks)) if margin_s <= positions[i] <= positions[-1] - margin_s]
    middle_s = positions[-1] / 2
    return max(inside or range(len(ranks)), key=lambda i: (ranks[i], -abs(positions[i] - middle_s), -i)) + 1


def _positions(run: Sequence[_Piece]) -> list[float]:
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


def _ranks(run: Sequence[_Piece]) -> list[int]:
    return [_rank(left, right) for left, right in itertools.pairwise(run)]


def _rank(left: _Piece, right: _Piece) -> int:
    context = f"{left.text[-_CONTEXT_CHARS:]}\0{right.text[:_CONTEXT_CHARS]}"
    return int.from_bytes(hashlib.blake2b(context.encode(), digest_size=8).digest(), "big")
