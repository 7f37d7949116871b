"""What has a reading of its own, whatever is around it: pictures, formulas, ruby."""

import re
from collections.abc import Iterator

from lxml import etree

from pipeline.book import count_chars
from pipeline.ingest.elements import BLOCKS, all_text, local_name
from pipeline.ingest.flow import Flow
from pipeline.ingest.formulas import linear_form, unread_text

_INITIAL = re.compile(r"[\"“‘«'„]?\w")
_FILE_NAME = re.compile(r"\S+\.(?:jpe?g|png|gif|svg|webp|tiff?|bmp)", re.IGNORECASE)  # no words, whatever the book says


def read_image(flow: Flow, image: etree._Element, *, is_spoken: bool) -> None:
    """A picture's words, if they are to be spoken; those of a picture of a letter that begins a word always are."""
    words = image.get("alt", "")
    if _INITIAL.fullmatch(words) and _next_character(image).isalpha():
        flow.attribute(words)
    elif is_spoken and not _FILE_NAME.fullmatch(words.strip()):
        flow.attribute(f" {words} ")
    else:
        flow.exclude_attribute("image", words)


def _next_character(element: etree._Element) -> str:
    """What follows an element with nothing between, in its block; "" if nothing does."""
    while not element.tail:
        following = element.getnext()
        if following is not None:
            return next((text[:1] for text in map(str, following.itertext()) if text), "")
        parent = element.getparent()
        if parent is None or local_name(parent) in BLOCKS:
            return ""
        element = parent
    return element.tail[:1]


def read_formula(flow: Flow, formula: etree._Element) -> None:
    words = formula.get("alttext", "")
    if words.strip():
        flow.attribute(f" {words} ")
        flow.exclude("formula", all_text(formula))
        return
    unread = unread_text(formula)
    flow.linear(linear_form(formula), count_chars(all_text(formula)) - count_chars(unread))
    flow.exclude("markup", unread)


def read_ruby(flow: Flow, ruby: etree._Element) -> None:
    """The readings are spoken, the characters they stand by are not."""
    for text, is_reading in _ruby_texts(ruby):
        if is_reading:
            flow.text(text)
        else:
            flow.exclude("ruby-base", text)


def has_readings(ruby: etree._Element) -> bool:
    return any(all_text(reading).strip() for reading in ruby.iter("{*}rt"))


def _ruby_texts(ruby: etree._Element) -> Iterator[tuple[str, bool]]:
    """The pieces of text in a ruby element, and whether each is a reading."""
    depth = 0
    for event, element in etree.iterwalk(ruby, events=("start", "end")):
        is_reading = local_name(element) == "rt"
        if event == "start":
            depth += is_reading
            yield element.text or "", depth > 0
        else:
            depth -= is_reading
            if element is not ruby:
                yield element.tail or "", depth > 0


def attribute_texts(element: etree._Element) -> Iterator[str]:
    """What an element says in attributes that a reader may hear: alternatives of pictures and formulas."""
    for inside in element.iter("{*}img", "{*}image", "{*}math"):
        if next(inside.iterancestors("{*}math"), None) is None:  # a formula is read whole
            yield inside.get("alttext" if local_name(inside) == "math" else "alt", "")
