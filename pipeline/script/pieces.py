"""Blocks as pieces that cuts go between: what one voice says of a block, and runs in which a cut is a choice. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.book import Block, Kind, sounds_within
from pipeline.languages import primary_subtag
from pipeline.recording import Boundary
from pipeline.script.chunks import Line, boundary_between, reply_or
from pipeline.script.direction import NARRATED, Cue, Directions, Tag, Voicing, tiled
from pipeline.script.sentences import Tier


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters `start` to `end` of a block: the unit that cuts go between. `tags` are placed in the block."""

    block: int
    start: int
    end: int
    text: str
    tier: Tier
    voicing: Voicing = NARRATED
    tags: tuple[Tag, ...] = ()

    def part(self, start: int, end: int, tier: Tier) -> "Piece":
        """Characters `start` to `end` of this piece's text; a tag goes with the words that follow it."""
        first, last = self.start + start, self.start + end
        tags = tuple(tag for tag in self.tags if first <= tag.at < last or tag.at == last == self.end)
        return replace(self, start=first, end=last, text=self.text[start:end], tier=tier, tags=tags)


Run = tuple[Piece, ...]


def runs_of(chapter: int, blocks: Sequence[Block], directions: Directions) -> Iterator[Run]:
    """Pieces between which a cut is a choice: consecutive headings, or what lies between headings and scene breaks.

    A change of scene ends a run, and so does a voice too many for one request, or any other direction where a request
    has but one.
    """
    run: list[Piece] = []
    for i, block in enumerate(blocks):
        if block.rule:
            continue
        is_heading = block.kind is Kind.HEADING
        was_heading = bool(run) and blocks[run[-1].block].kind is Kind.HEADING
        if block.kind is Kind.SCENE_BREAK or is_heading != was_heading:
            yield tuple(run)
            run = []
        if block.kind is Kind.SCENE_BREAK:
            continue
        for piece in _pieces(i, block, directions.cues.get((chapter, i), ()), directions):
            if run and not _is_together(run, piece, directions.max_speakers):
                yield tuple(run)
                run = []
            run.append(piece)
    yield tuple(run)


def _pieces(number: int, block: Block, cues: Sequence[Cue], directions: Directions) -> Iterator[Piece]:
    primary = primary_subtag(block.language)
    language = primary if primary in directions.languages else ""
    if not cues:
        yield Piece(number, 0, len(block.text), block.text, Tier.BLOCK, Voicing(language=language))
        return
    for cue in tiled(block.text, cues):
        voicing = Voicing(cue.speaker, cue.style, cue.scene, language)
        yield Piece(number, cue.start, cue.end, block.text[cue.start : cue.end], Tier.BLOCK, voicing, cue.tags)


def _is_together(run: Sequence[Piece], piece: Piece, max_speakers: int) -> bool:
    """Whether one request may hold the run and the piece: in it each voice is directed in one way."""
    if run[-1].voicing == piece.voicing:
        return True
    voicings = {one.voicing.voice: one.voicing for one in run}
    is_alike = voicings.setdefault(piece.voicing.voice, piece.voicing) == piece.voicing
    return is_alike and len(voicings) <= max_speakers and run[-1].voicing.scene == piece.voicing.scene


def boundary_between_runs(blocks: Sequence[Block], run: Run, following: Run | None) -> Boundary:
    if following is None:
        return Boundary.CHAPTER
    last, first = run[-1], following[0]
    if last.block == first.block:
        return Boundary.TURN
    if any(block.kind is Kind.SCENE_BREAK for block in blocks[last.block : first.block]):
        return Boundary.SCENE
    return _by_kinds(blocks, last, first)


def boundary_within_run(blocks: Sequence[Block], group: Sequence[Piece], next_group: Sequence[Piece]) -> Boundary:
    left, right = group[-1], next_group[0]
    if left.block != right.block:
        return _by_kinds(blocks, left, right)
    if left.voicing != right.voicing:
        return Boundary.TURN
    return Boundary.SENTENCE if right.tier is Tier.SENTENCE else Boundary.SEAM


def _by_kinds(blocks: Sequence[Block], left: Piece, right: Piece) -> Boundary:
    boundary = boundary_between(blocks[left.block].kind, blocks[right.block].kind)
    return reply_or(boundary, left.voicing, right.voicing)


def lines_of(group: Sequence[Piece], blocks: Sequence[Block]) -> Iterator[Line]:
    """The group's pieces as lines: what one voice says of a block becomes one line again, with the spaces it had."""
    start = 0
    for i, piece in enumerate(group):
        if i + 1 < len(group) and _is_one_line(piece, group[i + 1]):
            continue
        yield _line(group[start : i + 1], blocks[piece.block])
        start = i + 1


def _is_one_line(piece: Piece, following: Piece) -> bool:
    return piece.block == following.block and piece.voicing == following.voicing


def _line(pieces: Sequence[Piece], block: Block) -> Line:
    first, last = pieces[0], pieces[-1]
    return Line(
        text=block.text[first.start : last.end],
        block=first.block,
        start=first.start,
        end=last.end,
        kind=block.kind,
        voicing=first.voicing,
        language=block.language,
        sounds=sounds_within(block.sounds, first.start, last.end),
        tags=tuple(replace(tag, at=tag.at - first.start) for piece in pieces for tag in piece.tags),
    )
