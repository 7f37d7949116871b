"""One content document as it is judged and walked: its tree, its text, and the words its attributes use."""

from dataclasses import dataclass
from typing import cast

from lxml import etree

from pipeline.ingest.elements import all_text, local_name
from pipeline.ingest.markup import parse_xhtml

_ATTRIBUTES = etree.XPath("descendant-or-self::*/@*", smart_strings=False)


@dataclass(frozen=True, slots=True)
class Page:
    """A document, parsed: its root, the part of it that is read, and that part's text.

    `words` are those of all attributes in it, in lower case. A page that does not use a word has no element that is
    known by it, and need not be searched for one.
    """

    file: str
    root: etree._Element
    body: etree._Element
    text: str
    words: frozenset[str]
    repairs: tuple[str, ...] = ()


def page_of(data: bytes, file: str) -> Page:
    """A document as a page. Raises NotMarkupError."""
    parsed = parse_xhtml(data)
    bodies = [child for child in parsed.root if local_name(child) == "body"]
    body = bodies[0] if len(bodies) == 1 else parsed.root  # else all: the head then falls under the rule "markup"
    return page_from(body, file, root=parsed.root, repairs=parsed.repairs)


def page_from(
    body: etree._Element, file: str, *, root: etree._Element | None = None, repairs: tuple[str, ...] = ()
) -> Page:
    """A page that is there as a tree; without `root` the body is all of it."""
    return Page(file, body if root is None else root, body, all_text(body), _attribute_words(body), repairs)


def _attribute_words(body: etree._Element) -> frozenset[str]:
    values = cast("list[str]", _ATTRIBUTES(body))
    return frozenset(" ".join(values).lower().split())
