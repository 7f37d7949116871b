"""How the book says single words of a page (`ssml:ph`), found in the blocks that were read from it. Pure."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from lxml import etree

from pipeline.book import Block, Sound, count_chars
from pipeline.ingest.chapters import is_spoken
from pipeline.ingest.document import Document
from pipeline.ingest.elements import plain_text
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
    spoken = [index for index, block in enumerate(blocks) if is_spoken(block)]
    starts = [blocks[index].anchor.start for index in spoken]
    searched: dict[int, _Searched] = {}
    sounds: dict[int, list[Sound]] = {}
    for one in wanted:
        number = bisect_right(starts, one.start) - 1
        if number < 0:
            continue
        index = spoken[number]
        found = searched.setdefault(index, _Searched(blocks[index])).place(one)
        if found is not None:
            sounds.setdefault(index, []).append(found)
    placed = tuple(
        replace(block, sounds=tuple(sounds[index])) if index in sounds else block for index, block in enumerate(blocks)
    )
    return placed, sum(map(len, sounds.values()))


class _Searched:
    """A block that is searched, once for the same words: a page may ask for the same ones two thousand times."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self._places: dict[str, list[int]] = {}

    def place(self, wanted: _Wanted) -> Sound | None:
        """Where in the block the words are; of several places the one with as much of the page before it."""
        words = wanted.words
        if len(self._block.text) > MAX_BLOCK_CHARS or not words:
            return None
        if words not in self._places:
            found = re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", self._block.text)
            self._places[words] = [match.start() for match in found]
        places = self._places[words]
        if len(places) > 1:
            passed = wanted.start - self._block.anchor.start
            at = bisect_left(places, passed, key=self._chars_before.__getitem__)
            places = [place for place in places[at : at + 1] if self._chars_before[place] == passed]
        return Sound(places[0], places[0] + len(words), wanted.ipa) if places else None

    @cached_property
    def _chars_before(self) -> list[int]:
        """For each place of the text how many characters of the block's page stand before: spoken and left out."""
        left_out = Counter[int]()
        for omission in self._block.omissions:
            left_out[omission.at] += count_chars(omission.text)
        spoken = (0, *(not character.isspace() for character in self._block.text))
        return list(accumulate(chars + left_out[at] for at, chars in enumerate(spoken)))
