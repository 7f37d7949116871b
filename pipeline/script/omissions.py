"""Text of a block that was read left out of it after all, and all that stands in the block moved with it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from pipeline.book import Block, Omission, Sound, count_chars
from pipeline.script.direction import Cue

_CLOSING = ".,;:!?…)]»”’"
_OPENING = "([«“‘—–-"


class Cut(NamedTuple):
    """Characters `start` to `end` of a block go under `rule`.

    The last `ours` of them, spaces aside, are not of the source.
    """

    start: int
    end: int
    rule: str
    ours: int = 0


class _Kept(NamedTuple):
    """Characters of the text before that stay, and where they begin in the text after."""

    start: int
    end: int
    at: int


@dataclass(frozen=True)
class Shortened:
    """A block without some of its text.

    Where nothing is left the block is excluded whole, under the rule of the last cut.
    """

    before: Block
    cuts: tuple[Cut, ...]

    @cached_property
    def block(self) -> Block:
        block = self.before
        if not self._kept:
            return replace(block, rule=self.cuts[-1].rule)
        is_named = self._kept[0].start < len(block.label)
        return replace(
            block,
            text=self._text,
            omissions=tuple(self._omissions()),
            sounds=tuple(self._sounds()),
            label=block.label if is_named else "",
            asides=tuple(self._asides()),
        )

    @cached_property
    def chars(self) -> Mapping[str, int]:
        """Characters of the source that are spoken no longer, by the rule of `block` they went under."""
        chars: dict[str, int] = {}
        for cut in self.cuts:
            rule = cut.rule if self._kept else self.cuts[-1].rule
            gone = count_chars(self.before.text[cut.start : cut.end]) - cut.ours
            chars[rule] = chars.get(rule, 0) + gone
        return chars

    def cues(self, cues: Sequence[Cue]) -> Iterator[Cue]:
        """Cues of the block before as those of the block after; what was all of it cut has none."""
        for cue in cues:
            start, end = self._range(cue.start, cue.end)
            if start < end:
                tags = tuple(replace(tag, at=min(max(self._onward(tag.at), start), end)) for tag in cue.tags)
                yield replace(cue, start=start, end=end, tags=tags)

    @cached_property
    def _kept(self) -> tuple[_Kept, ...]:
        text = self.before.text
        edges = [0, *(edge for cut in self.cuts for edge in cut[:2]), len(text)]
        kept: list[_Kept] = []
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            piece = text[start:end]
            first, last = start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
            if first < last:
                joint = len(_joint(text, kept[-1].end, first)) if kept else 0
                at = kept[-1].at + kept[-1].end - kept[-1].start + joint if kept else 0
                kept.append(_Kept(first, last, at))
        return tuple(kept)

    @cached_property
    def _text(self) -> str:
        text, parts = self.before.text, ""
        for piece in self._kept:
            parts = parts.ljust(piece.at) + text[piece.start : piece.end]
        return parts

    def _onward(self, position: int) -> int:
        """The place after of the first character that stays at or after a place before."""
        for piece in self._kept:
            if position <= piece.end:
                return piece.at + max(0, position - piece.start)
        return len(self._text)

    def _range(self, start: int, end: int) -> tuple[int, int]:
        """The characters after of those before; of an empty range where none stays."""
        inside = [
            (piece.at + max(start, piece.start) - piece.start, piece.at + min(end, piece.end) - piece.start)
            for piece in self._kept
            if start < piece.end and piece.start < end
        ]
        return (inside[0][0], inside[-1][1]) if inside else (0, 0)

    def _omissions(self) -> Iterator[Omission]:
        """Those there were and those there are now, in the order of the source."""
        old = [(omission.at, 0, omission.text, omission.rule) for omission in self.before.omissions]
        new = [(start, 1, text, cut.rule) for cut in self.cuts for start, text in self._left_out(cut)]
        ends = {start: cut.end for cut in self.cuts for start, _ in self._left_out(cut)}
        for at, is_new, text, rule in sorted(old + new, key=lambda one: one[:2]):
            yield Omission(self._onward_past(ends[at]) if is_new else self._onward(at), text, rule)

    def _onward_past(self, position: int) -> int:
        """As `_onward`, of what goes: it stands before what follows, not after what was before it."""
        return next((piece.at for piece in self._kept if position <= piece.start), len(self._text))

    def _left_out(self, cut: Cut) -> Iterator[tuple[int, str]]:
        """What of the source goes, in pieces: what was left out before may stand between them."""
        text = self.before.text
        end = len(text[: cut.end].rstrip()) - cut.ours
        inside = sorted({omission.at for omission in self.before.omissions if cut.start < omission.at < end})
        edges = [cut.start, *inside, end]
        for first, last in pairwise(edges):
            if piece := text[first:last].strip():
                yield first, piece

    def _sounds(self) -> Iterator[Sound]:
        for sound in self.before.sounds:
            for piece in self._kept:
                if piece.start <= sound.start and sound.end <= piece.end:
                    moved = piece.at - piece.start
                    yield replace(sound, start=sound.start + moved, end=sound.end + moved)

    def _asides(self) -> Iterator[tuple[int, int]]:
        for start, end in self.before.asides:
            moved = self._range(start, end)
            if moved[0] < moved[1]:
                yield moved


def _joint(text: str, end: int, start: int) -> str:
    """The space between two pieces of a text that come to stand side by side."""
    has_before, has_after = text[end].isspace(), text[start - 1].isspace()
    if has_before and has_after:
        return " "
    if has_before:
        return "" if text[start] in _CLOSING else " "
    if has_after:
        return "" if text[end - 1] in _OPENING else " "
    return " " if text[end - 1].isalnum() and text[start].isalnum() else ""
