"""XML and XHTML from strangers, parsed without entities, DTD or network; what is broken is mended, never dropped."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from lxml import etree

from pipeline.book import count_chars
from pipeline.errors import UnsafeBook
from pipeline.ingest.elements import all_text, local_name, plain_text
from pipeline.ingest.source import prepared

__all__ = [
    "BinaryDataError",
    "NotMarkupError",
    "Parsed",
    "all_text",
    "local_name",
    "parse_xhtml",
    "parse_xml",
    "plain_text",
]

_SELF_CLOSED = re.compile(rb"<([A-Za-z][A-Za-z0-9:-]*+)((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*?)/>")
_END_OF_BODY = re.compile(rb"</(?:body|html)\s*>", re.IGNORECASE)
_VOID = frozenset(b"area base br col embed hr img input link meta source track wbr".split())
_HEAD_BYTES = 4_096
_CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_CONTROL_SHARE = 0.03  # random bytes have 11 %; a text has some by mistake
_SWALLOWED_SHARE = 0.5  # an unclosed title or script hides the page; stray markup read as text adds far less
_SWALLOWING = frozenset({"script", "style", "title"})


@dataclass(frozen=True, slots=True)
class Parsed:
    """A tree and what had to be mended to get it, in words for people."""

    root: etree._Element
    repairs: tuple[str, ...] = ()


class _Reading(NamedTuple):
    """One parser's tree; `is_cut` if it stopped at a limit of its own, so that text after that is missing."""

    root: etree._Element
    is_cut: bool


class NotMarkupError(ValueError):
    """Nothing in these bytes can be read as a tree."""


class BinaryDataError(NotMarkupError):
    """These bytes are no text at all."""


def parse_xml(data: bytes) -> Parsed:
    """A package, contents or container file as a tree. Raises NotMarkupError, or UnsafeBook past the limits."""
    text, repairs = prepared(data)
    return _parsed(text, repairs, _recovered_xml)


def parse_xhtml(data: bytes) -> Parsed:
    """A content document as a tree, read as HTML where it is not well-formed.

    Raises as `parse_xml` does, BinaryDataError among it.
    """
    if _is_binary(data):
        raise BinaryDataError("it is no text but noise, as an encrypted file is")
    text, repairs = prepared(data)
    return _parsed(text, repairs, _html_reading)


def _is_binary(data: bytes) -> bool:
    """Whether a file without a tag at its head is full of control characters: noise, were it read aloud."""
    head = data[:_HEAD_BYTES]
    return b"<" not in head[:4] and len(_CONTROL_BYTES.findall(head)) > _CONTROL_SHARE * len(head)


def _parsed(text: str, repairs: tuple[str, ...], mend: Callable[[bytes], _Reading | None]) -> Parsed:
    data = text.encode("utf-8", errors="replace")
    try:
        return Parsed(etree.fromstring(data, _strict_parser()), repairs)
    except etree.XMLSyntaxError as error:
        reading = mend(data)
        if reading is None:
            raise NotMarkupError(str(error)) from error
        if reading.is_cut:
            raise UnsafeBook("a text is nested too deep, or one word in it is too long, to be a book's") from error
        return Parsed(reading.root, (*repairs, f"not well-formed ({error.msg}), read as far as it makes sense"))


@cache
def _strict_parser() -> etree.XMLParser:
    """One for all documents; to make one takes as long as to parse a page."""
    return _xml_parser(recover=False)


def _xml_parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _recovered(data: bytes, parser: etree.XMLParser | etree.HTMLParser) -> _Reading | None:
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return None
    if root is None:
        return None
    return _Reading(root, any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log))


def _recovered_xml(data: bytes) -> _Reading | None:
    return _recovered(data, _xml_parser(recover=True))


def _html_reading(data: bytes) -> _Reading | None:
    """As a browser would read it; as mended XML where that keeps clearly more text."""
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    as_html, as_xml = _recovered(_for_html(data), parser), _recovered_xml(data)
    if as_html is None or as_xml is None:
        return as_html or as_xml
    has_swallowed = _readable_chars(as_html.root) < _SWALLOWED_SHARE * _readable_chars(as_xml.root)
    return as_xml if has_swallowed else as_html


def _for_html(data: bytes) -> bytes:
    """XHTML that an HTML parser understands: `<a/>` closes itself, and the body ends where the file does."""
    return _END_OF_BODY.sub(b"", _SELF_CLOSED.sub(_closed, data))


def _closed(match: re.Match[bytes]) -> bytes:
    name, attributes = match.groups()
    if name.lower() in _VOID:
        return bytes(match.group())
    return b"<" + name + attributes + b"></" + name + b">"


def _readable_chars(root: etree._Element) -> int:
    """Characters outside scripts and titles: an unclosed one of those swallows the page in one of the readings."""
    return sum(
        count_chars((element.text or "" if local_name(element) not in _SWALLOWING else "") + (element.tail or ""))
        for element in root.iter()
    )
