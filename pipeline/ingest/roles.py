"""Who speaks a block of a play: names that the page sets apart before the speeches. Pure.

A name that the page itself calls one is taken at its word. One that only looks so (bold, or a first cell) is taken on
pages that read as a dialogue: several names return, and a good part of the page is theirs. So a glossary's terms and
a manual's "Note:" are no speakers, and neither is a list of the persons of a play.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

from lxml import etree

from pipeline.book import Block, Kind
from pipeline.ingest.elements import classes, local_name, plain_text, types
from pipeline.ingest.lines import MAX_SPEAKER_CHARS
from pipeline.ingest.telling import is_stage_direction

PERSONA = "z3998:persona"
_CLASSES = frozenset({"speaker", "persona", "charname", "speakername"})
_SET_APART = frozenset({"b", "strong", "i", "em", "span"})
_POINTS = ".:—–-, "
"""What parts a name from the speech; it is not of the name."""
_NO_NAME = frozenset('!?;“”"()[]')
_SENTENCE = re.compile(r"[^\W\d_]{4}\. ")  # what ends with a shorter word may be an initial or a title
_MAX_WORDS = 5
_LEAST_NAMES = 2  # that return
_LEAST_SHARE = 0.4  # of the blocks of a page that are no verse, where the lines after the first have no name
_UNSPOKEN = frozenset({Kind.HEADING, Kind.SCENE_BREAK, Kind.NOTE, Kind.CAPTION, Kind.CODE, Kind.STAGE_DIRECTION})
_UNCOUNTED = _UNSPOKEN | {Kind.VERSE}


class Label(NamedTuple):
    """A name before a speech as it is printed; `is_declared` where the page says it is one."""

    name: str = ""
    is_declared: bool = False


NO_LABEL = Label()


def label_of(block: etree._Element) -> Label:
    """The name that is set apart at the beginning of a block's text; none where something else stands there."""
    first = next(iter(block), None)
    if first is None or local_name(first) not in _SET_APART or (block.text or "").strip():
        return NO_LABEL
    if is_stage_direction(first):
        return NO_LABEL
    text = plain_text(first)
    name = name_of(text)
    is_declared = PERSONA in types(first) or not _CLASSES.isdisjoint(classes(first))
    is_name = bool(name) and (is_declared or (_is_like_name(name) and not _is_date(first)))
    return Label(name, is_declared) if is_name and _is_parted(first, text) else NO_LABEL


def name_of(printed: str) -> str:
    """A name without the points after it; none where that is too long for one."""
    name = printed.rstrip(_POINTS) if len(printed) <= MAX_SPEAKER_CHARS else ""
    return name if any(map(str.isalnum, name)) else ""


def _is_like_name(name: str) -> bool:
    is_short = len(name.split()) <= _MAX_WORDS and _NO_NAME.isdisjoint(name) and not _SENTENCE.search(name)
    return is_short and name[0].isalpha() and not name[0].islower()


def _is_date(element: etree._Element) -> bool:
    """Whether a number follows, as in a diary ("Nov. 17.")."""
    return (element.tail or "").lstrip(_POINTS)[:1].isdigit()


def _is_parted(element: etree._Element, text: str) -> bool:
    """Whether a point, the end of a line or a stage direction parts the name from what follows it."""
    tail = (element.tail or "").strip()
    if text[-1] in ".:—–" or tail[:1] in (":", ".", "—", "–"):
        return True
    following = element.getnext()
    if tail or following is None:
        return False
    return local_name(following) == "br" or is_stage_direction(following)


def with_roles(block: Block, label: Label, asides: Sequence[tuple[int, int]]) -> Block:
    """The block with the name it begins with, and the stage directions in its text."""
    if block.kind in _UNSPOKEN:
        return block
    end = next((start for start, _ in asides if start < len(label.name)), len(label.name))
    name = label.name[:end].rstrip(_POINTS)
    has_label = bool(name) and block.text.startswith(name)
    return replace(block, label=name if has_label else "", asides=tuple(asides))


def settled(blocks: Sequence[Block], doubtful: Collection[int]) -> tuple[Block, ...]:
    """The blocks of a page, without the labels in `doubtful` blocks where the page is none of a dialogue."""
    if not doubtful:
        return tuple(blocks)
    kept = _speeches(blocks)
    return tuple(
        replace(block, label="") if i in doubtful and i not in kept else block for i, block in enumerate(blocks)
    )


def _speeches(blocks: Sequence[Block]) -> set[int]:
    """Which blocks with a label are speeches: those of names that return, and those between them."""
    labelled = [i for i, block in enumerate(blocks) if block.label]
    in_lists = [i for i in labelled if blocks[i].kind is Kind.LIST_ITEM]
    if 2 * len(in_lists) <= len(labelled):  # else it is a list of the persons
        labelled = [i for i in labelled if blocks[i].kind is not Kind.LIST_ITEM]
    uses = Counter(blocks[i].label for i in labelled)
    recurring = [i for i in labelled if uses[blocks[i].label] > 1]
    spoken = sum(bool(block.text) and not block.rule and block.kind not in _UNCOUNTED for block in blocks)
    is_dialogue = len({blocks[i].label for i in recurring}) >= _LEAST_NAMES and len(recurring) >= _LEAST_SHARE * spoken
    if not is_dialogue:
        return set()
    others = {i for i in labelled if recurring[0] < i < recurring[-1] and not _is_bare(blocks[i])}
    return {*recurring, *others}


def _is_bare(block: Block) -> bool:
    """Whether a block is nothing but its label."""
    return block.text.rstrip(_POINTS) == block.label
