"""What a director said → cues of the book: each piece is checked, what does not fit is dropped, the rest used. Pure.

Cues are places in the book's own text, so that no answer can change a word of it. What is checked is that the director
saw the same words there: it has to quote them, and a quotation of other words moves nothing.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.director.reply import Useless
from pipeline.director.windows import Shown, Window
from pipeline.director.words import begins_with, ends_with
from pipeline.script.direction import Cue, Cues, Tag, tiled
from pipeline.speech.cast import NARRATOR

_MOST_NAME_CHARS, _MOST_NAME_WORDS = 40, 5
_MOST_STYLE_CHARS, _MOST_SCENE_CHARS = 120, 240
_MOST_TAGS = 4
"""In one stretch: a model that performs more of them reads a list, not a line."""

WORDS, PLACE, SPEAKER, STYLE, TAG, SCENE, SHAPE, TWICE = (
    "words that are not the book's",
    "no such place",
    "no name of a person",
    "a style that is none",
    "unknown tags",
    "a scene that is none",
    "no such entry",
    "said by two",
)
"""Why a piece of an answer is dropped."""

_FENCE = re.compile(r"\s*```(?:json)?\s*\n(?P<inside>.*)\n\s*```\s*", re.DOTALL)
_NUMBER = re.compile(r"(\d{1,6})\.(\d{1,6})")
_MARKUP = re.compile(r"[\[\]()<>{}*_#|`\\⟦⟧]")


@dataclass(frozen=True, slots=True)
class Checked:
    """What of an answer holds: cues and scenes by the block's index, blocks of which something was dropped, and how
    often for which reason. `lines` were taken."""

    cues: Mapping[int, tuple[Cue, ...]] = field(default_factory=dict)
    scenes: Mapping[int, str] = field(default_factory=dict)
    doubtful: frozenset[int] = frozenset()
    dropped: Mapping[str, int] = field(default_factory=dict)
    lines: int = 0


class _Dropped(ValueError):
    """One entry that does not fit, and why."""


@dataclass(slots=True)
class _Checking:
    window: Window
    tags: frozenset[str]
    cues: dict[int, list[Cue]] = field(default_factory=dict)
    scenes: dict[int, str] = field(default_factory=dict)
    doubtful: set[int] = field(default_factory=set)
    dropped: Counter[str] = field(default_factory=Counter)


def checked(content: str, window: Window, *, tags: frozenset[str]) -> Checked:
    """The answer as far as it fits the window; `tags` are those that may be used.

    Raises `Useless` where it is no answer to the question at all.
    """
    lines, scenes = _entries(content)
    checking = _Checking(window, tags)
    for entry in lines:
        try:
            _take_line(entry, checking)
        except _Dropped as why:
            checking.dropped[str(why)] += 1
            checking.doubtful.update(_about(entry, window))
    for entry in scenes:
        try:
            _take_scene(entry, checking)
        except _Dropped as why:
            checking.dropped[str(why)] += 1
    cues = {index: tuple(own) for index, own in sorted(checking.cues.items())}
    count = sum(map(len, cues.values()))
    return Checked(cues, checking.scenes, frozenset(checking.doubtful), dict(checking.dropped), count)


def _entries(content: str) -> tuple[list[Any], list[Any]]:
    fenced = _FENCE.fullmatch(content)
    try:
        answer = json.loads(fenced["inside"] if fenced else content)
    except (ValueError, RecursionError):
        raise Useless("was no JSON") from None
    lines = answer.get("lines") if isinstance(answer, dict) else None
    scenes = answer.get("scenes", []) if isinstance(answer, dict) else None
    if not isinstance(lines, list) or not isinstance(scenes, list):
        raise Useless("was not what was asked for")
    return lines, scenes


def _take_line(entry: Any, checking: _Checking) -> None:
    block, first, last = _stretch(entry, checking.window)
    start, end = block.pieces[first - 1][0], block.pieces[last - 1][1]
    is_quoted = begins_with(block.text[start:], _text(entry, "first")) and ends_with(
        block.text[:end], _text(entry, "last")
    )
    if not is_quoted:  # where it starts and where it ends; words of the neighbours may be quoted with them
        raise _Dropped(WORDS)
    speaker = _speaker(_text(entry, "speaker"))
    own = checking.cues.setdefault(block.index, [])
    if any(cue.start < end and start < cue.end for cue in own):
        raise _Dropped(TWICE)
    cue = Cue(start, end, speaker, _style(entry, checking), tags=tuple(_tags(entry, block, (first, last), checking)))
    own.append(cue)
    own.sort(key=lambda one: one.start)


def _stretch(entry: Any, window: Window) -> tuple[Shown, int, int]:
    """The block, and the numbers of the first and the last piece."""
    if not isinstance(entry, dict):
        raise _Dropped(SHAPE)
    (number, first), (last_number, last) = _place(_text(entry, "from")), _place(_text(entry, "to"))
    blocks = window.numbered
    if number != last_number or not 1 <= number <= len(blocks):
        raise _Dropped(PLACE)
    block = blocks[number - 1]
    if not 1 <= first <= last <= len(block.pieces):
        raise _Dropped(PLACE)
    return block, first, last


def _place(written: str) -> tuple[int, int]:
    match = _NUMBER.fullmatch(written.strip())
    if match is None:
        raise _Dropped(PLACE)
    return int(match[1]), int(match[2])


def _about(entry: Any, window: Window) -> Iterator[int]:
    """The blocks a dropped entry may have been about."""
    blocks = window.numbered
    for name in ("from", "to"):
        match = _NUMBER.fullmatch(str(entry.get(name, "")).strip()) if isinstance(entry, dict) else None
        if match is not None and 1 <= int(match[1]) <= len(blocks):
            yield blocks[int(match[1]) - 1].index


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str):
        raise _Dropped(SHAPE)
    return value


def _speaker(written: str) -> str:
    """A short plain name, single-spaced."""
    name = " ".join(written.split())
    is_short = 0 < len(name) <= _MOST_NAME_CHARS and len(name.split()) <= _MOST_NAME_WORDS
    if not is_short or not name[0].isalpha():
        raise _Dropped(SPEAKER)
    if not all(unicodedata.category(char)[0] in "LMN" or char in " .'’-" for char in name):
        raise _Dropped(SPEAKER)
    return NARRATOR if name.casefold() == NARRATOR else name


def _is_plain(text: str) -> bool:
    """Whether it can stand in a direction file as it is: nothing that is markup there, nothing that no file takes."""
    return text.isprintable() and not _MARKUP.search(text)


def _style(entry: Mapping[str, Any], checking: _Checking) -> str:
    """A few words in one line; one that is none costs the line only itself."""
    style = " ".join(_text(entry, "style").split())
    if len(style) > _MOST_STYLE_CHARS or not _is_plain(style):
        checking.dropped[STYLE] += 1
        return ""
    return style


def _tags(entry: Mapping[str, Any], block: Shown, pieces: tuple[int, int], checking: _Checking) -> Iterator[Tag]:
    """Those that are known and stand inside the stretch, in order; the others cost the line only themselves."""
    wanted = entry.get("tags", [])
    number = checking.window.numbered.index(block) + 1
    found: list[Tag] = []
    for one in wanted if isinstance(wanted, list) else [None]:
        try:
            tag = _tag(one, block, number, pieces)
        except _Dropped:
            tag = None
        if tag is None or tag.words not in checking.tags or len(found) == _MOST_TAGS:
            checking.dropped[TAG] += 1
        else:
            found.append(tag)
    yield from sorted(found, key=lambda tag: tag.at)


def _tag(one: Any, block: Shown, number: int, pieces: tuple[int, int]) -> Tag:
    if not isinstance(one, dict):
        raise _Dropped(SHAPE)
    named, piece = _place(_text(one, "at"))
    if named != number or not pieces[0] <= piece <= pieces[1]:
        raise _Dropped(PLACE)
    return Tag(block.pieces[piece - 1][0], " ".join(_text(one, "tag").split()).casefold())


def _take_scene(entry: Any, checking: _Checking) -> None:
    if not isinstance(entry, dict):
        raise _Dropped(SHAPE)
    first, last, text = entry.get("from"), entry.get("to"), " ".join(_text(entry, "scene").split())
    blocks = checking.window.numbered
    if not (isinstance(first, int) and isinstance(last, int) and 1 <= first <= last <= len(blocks)):
        raise _Dropped(PLACE)
    if not (0 < len(text) <= _MOST_SCENE_CHARS and _is_plain(text)):
        raise _Dropped(SCENE)
    for block in blocks[first - 1 : last]:
        checking.scenes.setdefault(block.index, text)


def cues_of(window: Window, answer: Checked, found: Cues) -> dict[tuple[int, int], tuple[Cue, ...]]:
    """The cues of a window's blocks: the answer's and, where it was wrong about a block, what the rules `found` there
    besides. A scene holds for whole blocks.
    """
    placed = {}
    for block in window.numbered:
        own: Sequence[Cue] = answer.cues.get(block.index, ())
        if block.index in answer.doubtful:
            own = _filled(own, found.get((window.chapter, block.index), ()))
        if scene := answer.scenes.get(block.index, ""):
            own = tuple(replace(cue, scene=scene) for cue in tiled(block.text, own))
        if own:
            placed[window.chapter, block.index] = tuple(own)
    return placed


def _filled(own: Sequence[Cue], others: Sequence[Cue]) -> tuple[Cue, ...]:
    free = [other for other in others if not any(cue.start < other.end and other.start < cue.end for cue in own)]
    return tuple(sorted((*own, *free), key=lambda cue: cue.start))
