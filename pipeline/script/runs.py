"""Runs: pieces between which a cut is a choice, and of which any that stand together may share a request. Pure.

With two voices in a request, three people that talk in turns could be paired in many ways. Where they are parted is a
matter of the words around it, as every other cut is: parted from the start on, two by two, one more speech would pair
everybody differently to the end of the chapter, and all of it would be bought again.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from pipeline.book import Block, Kind
from pipeline.script.direction import Directions, Voicing
from pipeline.script.pieces import Piece, Run, pieces_of, rank


def runs_of(chapter: int, blocks: Sequence[Block], directions: Directions) -> Iterator[Run]:
    """Consecutive headings, or what lies between headings and scene breaks.

    A change of scene ends a run, and so does a voice too many for one request, or another direction of the same voice.
    """
    for passage in _passages(chapter, blocks, directions):
        yield from _shared(tuple(_accompanied(passage)), directions.max_speakers)


def _accompanied(passage: Run) -> Iterator[Piece]:
    """The passage; a paragraph without a word ("…") is in the request of the words before it, or else behind it."""
    voicing = next((piece.voicing for piece in passage if piece.has_words), None)
    for piece in passage:
        voicing = piece.voicing if piece.has_words else voicing
        yield piece if voicing is None else replace(piece, voicing=voicing)


def _passages(chapter: int, blocks: Sequence[Block], directions: Directions) -> Iterator[Run]:
    """What headings, scene breaks and scenes part, whoever speaks it."""
    passage, scene = list[Piece](), None
    for i, block in enumerate(blocks):
        if block.rule:
            continue
        is_heading = block.kind is Kind.HEADING
        was_heading = bool(passage) and blocks[passage[-1].block].kind is Kind.HEADING
        if block.kind is Kind.SCENE_BREAK or is_heading != was_heading:
            yield tuple(passage)
            passage, scene = [], None
        if block.kind is Kind.SCENE_BREAK:
            continue
        for piece in pieces_of(i, block, directions.cues.get((chapter, i), ()), directions):
            if piece.has_words and scene not in (None, piece.voicing.scene):
                yield tuple(passage)
                passage = []
            scene = piece.voicing.scene if piece.has_words else scene
            passage.append(piece)
    yield tuple(passage)


def _shared(passage: Run, max_speakers: int) -> Iterator[Run]:
    """A passage as runs whose pieces may all share a request."""
    cuts = sorted(_chosen(passage, _crowds(passage, max_speakers)))
    for start, end in pairwise([0, *cuts, len(passage)]):
        yield passage[start:end]


def _crowds(passage: Run, max_speakers: int) -> list[list[int]]:
    """For each smallest stretch of pieces that no request may hold the cuts of which one has to be made.

    A cut is the index of the piece before which it is, and always a change of voice.
    """
    crowds: list[list[int]] = []
    together, start = _Company(max_speakers), 0
    for end, piece in enumerate(passage):
        together.join(piece.voicing)
        if together.is_fine:
            continue
        while not together.is_fine:
            together.leave(passage[start].voicing)
            start += 1
        crowds.append([i for i in range(start, end + 1) if passage[i - 1].voicing != passage[i].voicing])
    return crowds


class _Company:
    """Who speaks in a stretch of pieces, and whether one request may hold it: each voice is directed in one way."""

    def __init__(self, max_speakers: int) -> None:
        self._max_speakers = max_speakers
        self._pieces: Counter[Voicing] = Counter()

    def join(self, voicing: Voicing) -> None:
        self._pieces[voicing] += 1

    def leave(self, voicing: Voicing) -> None:
        self._pieces[voicing] -= 1
        if not self._pieces[voicing]:
            del self._pieces[voicing]

    @property
    def is_fine(self) -> bool:
        voices = {voicing.voice for voicing in self._pieces}
        return len(self._pieces) == len(voices) <= self._max_speakers


def _chosen(passage: Run, crowds: Sequence[Sequence[int]]) -> set[int]:
    """Cuts that part every crowd, the best ones: between paragraphs rather than inside one, then by rank.

    Nothing here looks further than from crowd to crowd, so that an insertion moves only the cuts around it.
    """

    def goodness(cut: int) -> tuple[bool, int]:
        left, right = passage[cut - 1], passage[cut]
        return left.block != right.block, rank(left, right)

    parting: defaultdict[int, list[int]] = defaultdict(list)
    for number, crowd in enumerate(crowds):
        for cut in crowd:
            parting[cut].append(number)
    times_parted = [len(crowd) for crowd in crowds]
    chosen = set(parting)
    for cut in sorted(parting, key=goodness):
        if all(times_parted[number] > 1 for number in parting[cut]):
            chosen.remove(cut)
            for number in parting[cut]:
                times_parted[number] -= 1
    return chosen
