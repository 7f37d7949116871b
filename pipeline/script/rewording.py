"""A chapter in other words: its blocks with what an editor changed, and an account of what was left out. Pure."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import NamedTuple

from pipeline.book import Block, Chapter, Coverage, Kind, Omission, count_chars, single_spaced
from pipeline.script.wording import Difference, Wording, wording_of

EDITED = "edited"
"""The rule under which words are left out that a direction file does not have."""

_PARAGRAPH_END = re.compile(r"\s*\n\n\s*")


@dataclass(frozen=True, slots=True)
class ChapterText:
    """The blocks of a chapter that are spoken, as one text: their indices, and where each begins in it."""

    indices: tuple[int, ...]
    starts: tuple[int, ...]
    wording: Wording

    def block_at(self, at: int) -> int:
        """The place among `indices` of the block that character `at` stands in."""
        return bisect_right(self.starts, at) - 1

    def extent(self, place: int) -> tuple[int, int]:
        """Where the block at a place begins and ends."""
        is_last = place + 1 == len(self.starts)
        return self.starts[place], len(self.wording.text) if is_last else self.starts[place + 1] - 1


def text_of(chapter: Chapter) -> ChapterText:
    found = [(index, block.text) for index, block in enumerate(chapter.blocks) if is_spoken(block)]
    starts = accumulate((len(text) + 1 for _, text in found[:-1]), initial=0)
    wording = wording_of("\n".join(text for _, text in found))
    return ChapterText(tuple(index for index, _ in found), tuple(starts) if found else (), wording)


def is_spoken(block: Block) -> bool:
    return not block.rule and block.kind is not Kind.SCENE_BREAK and bool(block.text.strip())


class _Splice(NamedTuple):
    """Characters `start` to `end` of a text become `text`."""

    start: int
    end: int
    text: str


def reworded(chapter: Chapter, found: Iterable[Difference], new: Wording) -> Chapter:
    """The chapter in the words of `new`, whose paragraphs have an empty line between them.

    A block keeps what is said of it as far as that still fits. A block of which nothing is left is excluded under a
    rule; paragraphs that are wholly new become blocks of their own.
    """
    own = text_of(chapter)
    splices: dict[int, list[_Splice]] = {}
    added: dict[int, list[Block]] = {}
    for difference in found:
        touched, paragraphs = _touched(own, difference, new)
        if touched:
            for index, splice in _splices(own, difference, touched, paragraphs):
                splices.setdefault(index, []).append(splice)
        else:
            before = _index_after(own, difference, chapter)
            blocks = [Block(Kind.PARAGRAPH, single_spaced(text)) for text in paragraphs if text.strip()]
            added.setdefault(before, []).extend(blocks)
    rebuilt: list[Block] = []
    for index, block in enumerate(chapter.blocks):
        rebuilt += added.get(index, ())
        rebuilt.append(_spliced(block, splices[index]) if index in splices else block)
    return replace(chapter, blocks=(*rebuilt, *added.get(len(chapter.blocks), ())))


def _touched(own: ChapterText, found: Difference, new: Wording) -> tuple[list[int], list[str]]:
    """The places of the blocks a difference changes, and its new text by paragraphs, of which each gets one.

    No place: they are paragraphs that stand between two blocks.
    """
    start, end = new.gap(found.new_start, found.new_end)
    paragraphs = _PARAGRAPH_END.split(new.text[start:end])
    left, right = _neighbours(own, found)
    touched = list(dict.fromkeys(own.block_at(own.wording.starts[word]) for word in range(found.start, found.end)))
    if left == right and left is not None and not touched:
        touched = [left]
    if len(paragraphs) == 1:
        nearest = left if left is not None else right
        return touched or ([] if nearest is None else [nearest]), paragraphs
    goes_on, leads_on = bool(paragraphs[0].strip()), bool(paragraphs[-1].strip())
    if not goes_on and left not in touched:
        paragraphs = paragraphs[1:]
    if not leads_on and right not in touched and len(paragraphs) > 1:
        paragraphs = paragraphs[:-1]
    before = [left] if goes_on and left is not None and left not in touched else []
    after = [right] if leads_on and right is not None and right not in touched else []
    return [*before, *touched, *after], paragraphs


def _neighbours(own: ChapterText, found: Difference) -> tuple[int | None, int | None]:
    """The blocks of the words right before a difference and right after it."""
    starts = own.wording.starts
    left = own.block_at(starts[found.start - 1]) if found.start else None
    return left, own.block_at(starts[found.end]) if found.end < len(starts) else None


def _index_after(own: ChapterText, found: Difference, chapter: Chapter) -> int:
    _, right = _neighbours(own, found)
    return len(chapter.blocks) if right is None else own.indices[right]


def _splices(
    own: ChapterText, found: Difference, touched: Sequence[int], paragraphs: Sequence[str]
) -> Iterator[tuple[int, _Splice]]:
    start, end = own.wording.gap(found.start, found.end)
    last = len(touched) - 1
    for i, place in enumerate(touched):
        text = " ".join(paragraphs[i:] if i == last else paragraphs[i : i + 1])
        first, after = own.extent(place)
        yield own.indices[place], _Splice(max(start, first) - first, min(end, after) - first, text)


class _Moved(NamedTuple):
    """Characters `start` to `end` of the old text are `new_start` to `new_end` of the new one."""

    start: int
    end: int
    new_start: int
    new_end: int


def _spliced(block: Block, splices: Sequence[_Splice]) -> Block:
    text, at = "", 0
    moves: list[_Moved] = []
    removed: list[Omission] = []
    for splice in splices:
        text += block.text[at : splice.start]
        words = re.sub(r"\s+", " ", splice.text)
        words = words.rstrip() if splice.end == len(block.text) else words
        words = words if text else words.lstrip()
        old = block.text[splice.start : splice.end].strip()
        place = len(text) + len(words) - len(words.lstrip())
        removed += [Omission(place, old, EDITED)] if old else []
        moves.append(_Moved(splice.start, splice.end, len(text), len(text) + len(words)))
        text, at = text + words, splice.end
    text += block.text[at:]
    if not text.strip():
        return replace(block, rule=EDITED)
    kept = [replace(one, at=_place(one.at, moves)) for one in block.omissions]
    asides = ((_place(start, moves), _place(end, moves)) for start, end in block.asides)
    return replace(
        block,
        text=text,
        omissions=tuple(sorted((*kept, *removed), key=lambda one: one.at)),
        sounds=tuple(
            replace(sound, start=_place(sound.start, moves), end=_place(sound.end, moves))
            for sound in block.sounds
            if not any(move.start < sound.end and sound.start < move.end for move in moves)
        ),
        label=block.label if text.startswith(block.label) else "",
        asides=tuple((start, end) for start, end in asides if start < end),
    )


def _place(at: int, moves: Iterable[_Moved]) -> int:
    """Where character `at` of the old text stands in the new one, or what took its place."""
    shift = 0
    for move in moves:
        if at <= move.start:
            break
        if at < move.end:
            return move.new_start
        shift = move.new_end - move.end
    return at + shift


def coverage_of_edits(before: Iterable[Block], after: Iterable[Block]) -> Coverage:
    """What edits do to the coverage of a book: characters that were spoken are excluded under their rule.

    What an edit put in is nothing of the source, so it is counted nowhere.
    """
    chars = sum(map(_edited_chars, after)) - sum(map(_edited_chars, before))
    return Coverage(0, -chars, {EDITED: chars}) if chars else Coverage()


def _edited_chars(block: Block) -> int:
    inside = sum(count_chars(omission.text) for omission in block.omissions if omission.rule == EDITED)
    return inside + (count_chars(block.text) if block.rule == EDITED else 0)
