"""XML and XHTML from strangers, parsed without entities, DTD or network; what is broken is mended, never dropped."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from html.entities import html5
from typing import NamedTuple
from xml.sax.saxutils import escape

from lxml import etree

from pipeline.book import count_chars
from pipeline.errors import UnsafeBook

_DECLARED_ENCODING = re.compile(rb"""(?:encoding|charset)\s*=\s*["']?\s*([A-Za-z0-9._-]+)""")
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_XML_DECLARATION = re.compile(r"\s*<\?xml\b[^>]*\?>")
# Comments and quoted strings in an internal subset may hold brackets; possessive, so that no text makes it slow.
_DOCTYPE = re.compile(
    r"<!DOCTYPE(?:\"[^\"]*\"|'[^']*'|\[(?:<!--.*?-->|\"[^\"]*\"|'[^']*'|[^\]\"'])*+\]|[^>\[\"'])*+>",
    re.IGNORECASE | re.DOTALL,
)
_FIRST_TAG = re.compile(r"<[A-Za-z]")
_REFERENCE = re.compile(r"<!\[CDATA\[.*?\]\]>|&(?:#([0-9]+|[xX][0-9a-fA-F]+);|([A-Za-z][A-Za-z0-9]*)(;?))?", re.DOTALL)
_XML_FIVE = frozenset({"amp", "lt", "gt", "quot", "apos"})
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SELF_CLOSED = re.compile(rb"<([A-Za-z][A-Za-z0-9:-]*)((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*?)/>")
_END_OF_BODY = re.compile(rb"</(?:body|html)\s*>", re.IGNORECASE)
_VOID = frozenset(b"area base br col embed hr img input link meta source track wbr".split())
_SWALLOWED_SHARE = 0.9  # an unclosed title or script hides the page; stray markup read as text adds far less
_SWALLOWING = frozenset({"script", "style", "title"})
_MAX_UNICODE = 0x10FFFF


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


def parse_xml(data: bytes) -> Parsed:
    """A package, contents or container file as a tree. Raises NotMarkupError, or UnsafeBook past the limits."""
    text, repairs = _prepared(data)
    return _parsed(text, repairs, _recovered_xml)


def parse_xhtml(data: bytes) -> Parsed:
    """A content document as a tree, read as HTML where it is not well-formed. Raises as `parse_xml` does."""
    text, repairs = _prepared(data)
    return _parsed(text, repairs, _html_reading)


def decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Text by byte order mark, declaration or guess, and a note where a guess was needed."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace"), ()
    declared = _DECLARED_ENCODING.search(data[:1024])
    for name in (declared.group(1).decode("ascii") if declared else "utf-8", "utf-8"):
        try:
            return data.decode(name), ()
        except (UnicodeError, LookupError):
            continue
    return data.decode("cp1252", errors="replace"), ("not in the encoding it declares, read as Windows-1252",)


def local_name(element: etree._Element) -> str:
    """The tag without its namespace, in lower case."""
    return str(element.tag).rpartition("}")[2].lower()


def all_text(element: etree._Element) -> str:
    return "".join(map(str, element.itertext()))


def plain_text(element: etree._Element) -> str:
    """The text inside, single-spaced."""
    return " ".join(all_text(element).split())


def _parsed(text: str, repairs: tuple[str, ...], mend: Callable[[bytes], _Reading | None]) -> Parsed:
    data = text.encode("utf-8", errors="replace")
    try:
        return Parsed(etree.fromstring(data, _xml_parser(recover=False)), repairs)
    except etree.XMLSyntaxError as error:
        reading = mend(data)
        if reading is None:
            raise NotMarkupError(str(error)) from error
        if reading.is_cut:
            raise UnsafeBook(f"a text is nested too deep or too long to be one: {error.msg}") from error
        return Parsed(reading.root, (*repairs, f"not well-formed ({error.msg}), read as far as it makes sense"))


def _prepared(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Decoded text without declaration and DTD, its references replaced by characters."""
    text, repairs = decode(data)
    text = _XML_DECLARATION.sub("", text.lstrip("\ufeff"), count=1)
    text = _CONTROL.sub("", _without_doctype(text))
    return _REFERENCE.sub(_character, text).strip(), repairs


def _without_doctype(text: str) -> str:
    first_tag = _FIRST_TAG.search(text)
    doctype = _DOCTYPE.search(text, 0, first_tag.start() + 2**16 if first_tag else len(text))
    if doctype is None or "<!DOCTYPE" not in text[: first_tag.start() if first_tag else None].upper():
        return text
    return text[: doctype.start()] + text[doctype.end() :]


def _character(match: re.Match[str]) -> str:
    """XML's own references stay; HTML's names become characters; an unknown name is text, not an entity to expand."""
    number, name, semicolon = match.groups()
    whole = match.group()
    if whole.startswith("<"):
        return escape(whole.removeprefix("<![CDATA[").removesuffix("]]>"))
    if number is not None:
        return whole if _is_xml_number(number) else escape(html.unescape(whole))
    if name is not None and semicolon and name in _XML_FIVE:
        return whole
    character = html5.get(name + semicolon) if name is not None else None
    return "&amp;" + whole[1:] if character is None else escape(character, {'"': "&quot;"})


def _is_xml_number(number: str) -> bool:
    """Whether a numeric reference means the same in XML as a browser makes of it: no controls, no surrogates."""
    if len(number) > 8:
        return False
    code = int(number[1:], 16) if number[0] in "xX" else int(number)
    return code in (9, 10, 13) or 0x20 <= code < 0x7F or 0xA0 <= code < 0xD800 or 0xE000 <= code <= _MAX_UNICODE


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
