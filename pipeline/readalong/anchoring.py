"""From a place in what is spoken back to its place in the source. Pure.

A block's text is that of the source but for what was left out of it, which the block names, and a little that was put
in for the ear: the number of a list item, a comma after a cell. Both texts are compared without white space.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from pipeline.book import Block

_MEETINGS = ((6, 400), (2, 20))
"""Two places are the same if so many characters from there on are equal, up to so many characters apart.

Few are enough nearby, where the next thing put in may follow soon.
"""

_INVISIBLE = "invisible"
"""The rule of joiners and soft hyphens, which stand anywhere and many times."""


class Extent(NamedTuple):
    """Characters of a file's body text that are not white space, from `start` to `end`."""

    start: int
    end: int


def without_space(text: str) -> str:
    return "".join(text.split())


def extents(block: Block, spans: Sequence[tuple[int, int]], body: str) -> list[Extent | None]:
    """Where each span of a block's text stands; `body` is the text of its file, without white space.

    None where nothing of it stands there: the words are ours, or the source is not the one that was read.
    """
    first = block.anchor.start
    places = _places(block, body[first : block.anchor.end])
    before = list(accumulate((not character.isspace() for character in block.text), initial=0))
    return [_extent(places[before[start] : before[end]], first) for start, end in spans]


def _extent(places: list[int | None], first: int) -> Extent | None:
    found = [place for place in places if place is not None]
    return Extent(first + found[0], first + found[-1] + 1) if found else None


def _places(block: Block, source: str) -> list[int | None]:
    """For each character of the block's text that is not a space, its place in `source`; None for one put in."""
    spoken = without_space(block.text)
    if spoken == source:
        return list(range(len(source)))
    unseen = {sign for omission in block.omissions if omission.rule == _INVISIBLE for sign in omission.text}
    seen = [i for i, character in enumerate(source) if character not in unseen]
    places = _matched(spoken, "".join(source[i] for i in seen), _omissions(block))
    return [None if place is None else seen[place] for place in places]


def _matched(spoken: str, source: str, omissions: dict[int, list[str]]) -> list[int | None]:
    places: list[int | None] = []
    at = 0
    while len(places) < len(spoken):
        for words in omissions.pop(len(places), ()):
            at += len(words) if source.startswith(words, at) else 0
        if at < len(source) and spoken[len(places)] == source[at]:
            places.append(at)
            at += 1
        else:
            put_in, left_out = _next_meeting(spoken, len(places), source, at)
            places += [None] * put_in
            at += left_out
    return places


def _omissions(block: Block) -> dict[int, list[str]]:
    """What was left out before which character, both without white space."""
    by_place: dict[int, list[str]] = {}
    for omission in block.omissions:
        if omission.rule != _INVISIBLE:
            place = len(without_space(block.text[: omission.at]))
            by_place.setdefault(place, []).append(without_space(omission.text))
    return by_place


def _next_meeting(spoken: str, at: int, source: str, source_at: int) -> tuple[int, int]:
    """How many characters were put in, or else left out, until the texts go on alike; past the end if they never do."""
    if not spoken[at].isalnum() and source_at < len(source) and spoken.startswith(source[source_at], at + 1):
        return 1, 0  # a comma between cells; one of two letters may follow, and then the next comma
    for context, farthest in _MEETINGS:
        for apart in range(1, farthest):
            if _is_alike(spoken, at + apart, source, source_at, context):
                return apart, 0
            if _is_alike(spoken, at, source, source_at + apart, context):
                return 0, apart
            if _is_alike(spoken, at + apart, source, source_at + apart, context):
                return apart, apart
    return len(spoken) - at, 0


def _is_alike(spoken: str, at: int, source: str, source_at: int, context: int) -> bool:
    words = spoken[at : at + context]
    return bool(words) and source.startswith(words, source_at)
