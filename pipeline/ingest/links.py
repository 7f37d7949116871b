"""Links inside the book, and the places they lead to. Pure."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from lxml import etree

from pipeline.ingest.content import Page
from pipeline.ingest.elements import BLOCKS, all_text, block_of, identifiers, local_name

Place = tuple[str, str]
"""A file and an element id in it."""


class Link(NamedTuple):
    """A link inside the book, and where it leads."""

    element: etree._Element
    file: str
    target: Place


def links_in(pages: Sequence[Page], locate: Callable[[str, str], Place]) -> Iterator[Link]:
    for page in pages:
        for element in page.body.iter("{*}a"):
            href = element.get("href")
            if href and "#" in href:
                target = locate(href, page.file)
                if target[0] and target[1]:
                    yield Link(element, page.file, target)


def targets_of(pages: Sequence[Page], wanted: set[Place]) -> dict[Place, etree._Element]:
    found: dict[Place, etree._Element] = {}
    files = {file for file, _ in wanted}
    for page in pages:
        if page.file in files:
            for element in page.body.iter(etree.Element):
                for identifier in identifiers(element) if element.attrib else ():
                    if (page.file, identifier) in wanted:
                        found.setdefault((page.file, identifier), element)
    return found


def shown_block(target: etree._Element) -> etree._Element:
    """The block a link's target shows: its own, or the next one where an empty anchor stands between blocks."""
    if local_name(target) not in BLOCKS and not all_text(target).strip() and not (target.tail or "").strip():
        following = target.getnext()
        if following is not None and local_name(following) in BLOCKS:
            return following
    return block_of(target)
