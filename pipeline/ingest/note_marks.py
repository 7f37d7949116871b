"""What a note's mark looks like: a figure or sign that says it is one, or stands as one does. Pure."""

import re
from collections.abc import Iterator
from itertools import islice

from lxml import etree

from pipeline.ingest.content import Page
from pipeline.ingest.elements import all_text, classes, local_name, types
from pipeline.ingest.rulings import REFERENCE_TYPES

MAX_SIBLINGS = 200  # looked at before a mark, in search of a word it can belong to
_MARK = re.compile(
    r"[\[({]?\s*(?:\d{1,4}|[*†‡§¶‖#⁂]{1,5}|[a-z]{1,2}|[ivxlc]{1,6}|[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,4})\s*[\])}.:]?", re.IGNORECASE
)
_SURE_MARK = re.compile(r"\W*\d*\W*|[\[({].{1,12}[\])}]")
_BRACKETED = re.compile(r"\[.{1,6}\]")
_BACK = re.compile(r"[\s↩↑⤴⏎←^\ufe0e\ufe0f\[\]().]*")
_MARK_CLASSES = frozenset({"fnanchor", "noteref", "note-ref", "footnote-ref", "footnoteref", "fnref", "endnote-ref"})
_MARK_TAGS = ("{*}noteref", "{*}annoref")  # DTBook's own
_MARK_WORDS = REFERENCE_TYPES | _MARK_CLASSES


def signs_of(element: etree._Element) -> str:
    """The text inside without white space."""
    return "".join(all_text(element).split())


def is_mark(signs: str) -> bool:
    """Whether they read as a note's mark: a figure, a sign, a letter or two, in brackets or not."""
    return bool(_MARK.fullmatch(signs))


def is_no_word(signs: str) -> bool:
    """Whether they can be nothing else in an element that says it is a mark."""
    return bool(_SURE_MARK.fullmatch(signs))


def is_arrow(signs: str) -> bool:
    """Whether they point back, as at a note's end."""
    return bool(_BACK.fullmatch(signs))


def declared_marks(page: Page) -> Iterator[etree._Element]:
    """What says on a page that it is a note's mark, and holds no words."""
    if _MARK_WORDS.isdisjoint(page.words) and next(page.body.iter(*_MARK_TAGS), None) is None:
        return
    for element in page.body.iter(etree.Element):
        if element.attrib and is_declared_mark(element) and is_no_word(signs_of(element)):
            yield element


def is_declared_mark(element: etree._Element) -> bool:
    if local_name(element) not in ("a", "sup", "span"):
        return local_name(element) in ("noteref", "annoref")  # DTBook's own
    return not REFERENCE_TYPES.isdisjoint(types(element)) or not _MARK_CLASSES.isdisjoint(classes(element))


def is_raised(link: etree._Element) -> bool:
    """Whether a link is set as a note's mark is: as a superscript, or in square brackets."""
    if _BRACKETED.fullmatch(signs_of(link)):
        return True
    parent = link.getparent()
    return next(link.iter("{*}sup"), None) is not None or (parent is not None and local_name(parent) == "sup")


def begins_alike(link: etree._Element, block: etree._Element) -> bool:
    """Whether the block begins with the link's own words, as a note does with its number."""
    mark = all_text(link).strip(" []().:")
    begins = all_text(block).lstrip(" \t\r\n[(")
    return bool(mark) and begins.startswith(mark) and not begins[len(mark) : len(mark) + 1].isalnum()


def whole_mark(link: etree._Element) -> etree._Element:
    """The link, or the raised or bracketing element around it that holds nothing else."""
    element = link
    for _ in range(2):
        parent = element.getparent()
        is_only = element.getprevious() is None and element.getnext() is None
        if parent is None or local_name(parent) not in ("sup", "span", "small") or not is_only:
            break
        if not is_no_word(signs_of(parent)) and ((parent.text or "").strip() or (element.tail or "").strip()):
            break
        element = parent
    return element


def has_text_before(link: etree._Element, block: etree._Element) -> bool:
    """Whether a word stands in the block before the link; a note's own label has none."""
    element = link
    while element is not block:
        for sibling in islice(element.itersiblings(preceding=True), MAX_SIBLINGS):
            if any(map(str.isalnum, all_text(sibling) + (sibling.tail or ""))):
                return True
        parent = element.getparent()
        if parent is None:
            return False
        if any(map(str.isalnum, parent.text or "")):
            return True
        element = parent
    return False
