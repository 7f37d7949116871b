"""How the book says single words of a page (`ssml:ph`), found in the blocks that were read from it. Pure."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from lxml import etree

from pipeline.book import Block, Sound, count_chars
from pipeline.ingest.elements import plain_text
from pipeline.ingest.flow import Document
from pipeline.ingest.phonetics import ipa_of

MAX_SOUNDS = 2_000  # of one page; a page of a real book has a few dozen
MAX_BLOCK_CHARS = 20_000  # of a block that is searched; the longest paragraphs of novels stay below
_SSML = "http://www.w3.org/2001/10/synthesis"
_WITH_SOUND = etree.XPath("boolean(//@ssml:ph | //@*[name() = 'ssml:ph'])", namespaces={"ssml": _SSML})


class _Wanted(NamedTuple):
    """`words` that begin after so many characters of the page are said as `ipa`."""

    words: str
    start: int
    ipa: str


def with_sounds(document: Document, body: etree._Element) -> tuple[Document, tuple[str, ...]]:
    """The document with the sounds its page asks for, and a note on those that could not be carried."""
    if not _WITH_SOUND(body):
        return document, ()
    elements = _outermost([element for element in body.iter(etree.Element) if _attribute(element, "ph")])
    if not elements:
        return document, ()
    wanted = list(_wanted(body, elements[:MAX_SOUNDS]))
    blocks, placed = _placed(document.blocks, wanted)
    lost = len(elements) - placed
    note = f"{document.file}: {lost} pronunciations (ssml:ph) are in no alphabet we know or on no whole words"
    return replace(document, blocks=blocks), (note,) if lost else ()


def _outermost(elements: Sequence[etree._Element]) -> list[etree._Element]:
    """Those in no other: what the outer one says holds for all of it."""
    found = set(elements)
    return [element for element in elements if found.isdisjoint(element.iterancestors())]


def _wanted(body: etree._Element, elements: Sequence[etree._Element]) -> Iterator[_Wanted]:
    starts = _starts(body, set(elements))
    for element in elements:
        ipa = ipa_of(_attribute(element, "ph"), _alphabet(element))
        if ipa:
            yield _Wanted(plain_text(element), starts[element], ipa)


def _starts(body: etree._Element, elements: set[etree._Element]) -> dict[etree._Element, int]:
    """How many characters of the page stand before each element, as `Anchor` counts them."""
    starts: dict[etree._Element, int] = {}
    position = 0
    for event, element in etree.iterwalk(body, events=("start", "end")):
        if event == "start":
            if element in elements:
                starts[element] = position
            position += count_chars(element.text or "")
        elif element is not body:
            position += count_chars(element.tail or "")
    return starts


def _alphabet(element: etree._Element) -> str:
    """The nearest `ssml:alphabet`, on the element or around it."""
    around = (_attribute(one, "alphabet") for one in (element, *element.iterancestors()))
    return next(filter(None, around), "")


def _attribute(element: etree._Element, name: str) -> str:
    return element.get(f"{{{_SSML}}}{name}") or element.get(f"ssml:{name}") or ""


def _placed(blocks: Sequence[Block], wanted: Sequence[_Wanted]) -> tuple[tuple[Block, ...], int]:
    """The blocks with the sounds that have a place in them, and how many those are."""
    spoken = [index for index, block in enumerate(blocks) if block.text and not block.rule]
    starts = [blocks[index].anchor.start for index in spoken]
    sounds: dict[int, list[Sound]] = {}
    for one in wanted:
        number = bisect_right(starts, one.start) - 1
        found = _place(blocks[spoken[number]], one) if number >= 0 else None
        if found is not None:
            sounds.setdefault(spoken[number], []).append(found)
    placed = tuple(
        replace(block, sounds=tuple(sounds[index])) if index in sounds else block for index, block in enumerate(blocks)
    )
    return placed, sum(map(len, sounds.values()))


def _place(block: Block, wanted: _Wanted) -> Sound | None:
    """Where in the block the words are; of several places the one with as much of the page before it."""
    if len(block.text) > MAX_BLOCK_CHARS or not wanted.words:
        return None
    pattern = rf"(?<!\w){re.escape(wanted.words)}(?!\w)"
    places = [match.span() for match in re.finditer(pattern, block.text)]
    if len(places) > 1:
        passed = wanted.start - block.anchor.start
        places = [(start, end) for start, end in places if _chars_before(block, start) == passed]
    return Sound(*places[0], wanted.ipa) if len(places) == 1 else None


def _chars_before(block: Block, start: int) -> int:
    """Characters of the page before a place of the block: those spoken and those left out."""
    left_out = sum(count_chars(omission.text) for omission in block.omissions if omission.at <= start)
    return count_chars(block.text[:start]) + left_out
