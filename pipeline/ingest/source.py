"""Markup as text a parser can be trusted with: decoded, without DTD, its references replaced by characters.

Every function here is linear in its input, whatever a hostile book puts in it.
"""

import html
import re
from html.entities import html5
from xml.sax.saxutils import escape

_DECLARED_ENCODING = re.compile(rb"""(?:encoding|charset)\s*=\s*["']?\s*([A-Za-z0-9._-]+)""")
_HEAD_BYTES = 1024  # a declaration or meta element that names the encoding stands this early
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_UTF_16_BEGINNINGS = {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}  # markup without its mark
_WORDS_BEYOND_ASCII = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_STRAY_SHARE = 1.0  # stray bytes for each character in UTF-8; a text in another encoding has hardly any of those
_XML_DECLARATION = re.compile(r"<\?xml\b[^>]*>")
_DOCTYPE = re.compile(r"<!DOCTYPE\b", re.IGNORECASE)
_DOCTYPE_MARK = re.compile(r"<!--|[\"'\[\]>]")
_FIRST_TAG = re.compile(r"<[A-Za-z]")
_CDATA, _CDATA_END = "<![CDATA[", "]]>"
_REFERENCE = re.compile(r"&(?:#([0-9]+|[xX][0-9a-fA-F]+);|([A-Za-z][A-Za-z0-9]*)(;?))?")
_XML_FIVE = frozenset({"amp", "lt", "gt", "quot", "apos"})
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MAX_UNICODE = 0x10FFFF
_REPLACEMENT = "\ufffd"


def prepared(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text ready for a parser, and a note where its encoding was a guess."""
    text, repairs = decode(data)
    text = text.lstrip("\ufeff").strip()
    if not text.replace("\n", " ").isprintable():  # what is printable has no control character
        text = _CONTROL.sub("", text)
    text = without_cdata(without_doctype(_XML_DECLARATION.sub("", text, count=1) if text.startswith("<?xml") else text))
    return _REFERENCE.sub(_character, text).strip(), repairs


def decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Text by byte order mark, declaration or guess, and a note where a guess was needed."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace"), ()
    if data[:2] in _UTF_16_BEGINNINGS:
        return data.decode(_UTF_16_BEGINNINGS[data[:2]], errors="replace"), ()
    declared = _DECLARED_ENCODING.search(data[:_HEAD_BYTES])
    for name in (declared.group(1).decode("ascii") if declared else "utf-8", "utf-8"):
        try:
            return data.decode(name), ()
        except (UnicodeError, LookupError):
            continue
    return _guessed(data)


def _guessed(data: bytes) -> tuple[str, tuple[str, ...]]:
    """UTF-8 with some bytes of Windows-1252 pasted in, where most of it is UTF-8; else Windows-1252 whole."""
    parts: list[str] = []
    position = 0
    for match in _WORDS_BEYOND_ASCII.finditer(data):
        parts += (
            data[position : match.start()].decode("cp1252", errors="replace"),
            match.group().decode(errors="replace"),
        )
        position = match.end()
    parts.append(data[position:].decode("cp1252", errors="replace"))
    stray = sum(not character.isascii() for part in parts[::2] for character in part)
    if len(parts) > 1 and stray <= _STRAY_SHARE * (len(parts) // 2):
        return "".join(parts), (f"not all UTF-8: bytes read as Windows-1252: {stray}",)
    return data.decode("cp1252", errors="replace"), ("not in the encoding it declares, read as Windows-1252",)


def without_doctype(text: str) -> str:
    """Without the document type and its internal subset, so that no parser ever sees an entity declared."""
    doctype, first_tag = _DOCTYPE.search(text), _FIRST_TAG.search(text)
    if doctype is None or (first_tag is not None and first_tag.start() < doctype.start()):
        return text
    end = _doctype_end(text, doctype.end())
    return text if end < 0 else text[: doctype.start()] + text[end:]


def without_cdata(text: str) -> str:
    """CDATA sections as ordinary, escaped text; HTML parsers take them for comments."""
    parts: list[str] = []
    position = 0
    while (start := text.find(_CDATA, position)) >= 0 and (end := text.find(_CDATA_END, start)) >= 0:
        parts += text[position:start], escape(text[start + len(_CDATA) : end])
        position = end + len(_CDATA_END)
    return "".join([*parts, text[position:]])


def _doctype_end(text: str, position: int) -> int:
    """Where the declaration ends, past strings and comments; -1 if it does not."""
    depth = 0
    while mark := _DOCTYPE_MARK.search(text, position):
        sign, position = mark.group(), mark.end()
        if sign == ">" and depth <= 0:
            return position
        if sign in "[]":
            depth += 1 if sign == "[" else -1
        elif sign != ">":
            closing = "-->" if sign == "<!--" else sign
            end = text.find(closing, position)
            if end < 0:
                return -1
            position = end + len(closing)
    return -1


def _character(match: re.Match[str]) -> str:
    """XML's own references stay; HTML's names become characters; an unknown name is text, not an entity to expand."""
    number, name, semicolon = match.groups()
    whole = match.group()
    if number is not None:
        return _numbered(whole, number)
    if name is not None and semicolon and name in _XML_FIVE:
        return whole
    character = html5.get(name + semicolon) if name is not None else None
    return "&amp;" + whole[1:] if character is None else escape(character, {'"': "&quot;"})


def _numbered(whole: str, number: str) -> str:
    """A numeric reference as a browser understands it: 128 to 159 are Windows-1252, surrogates are none."""
    digits = number.lstrip("xX0") or "0"
    code = int(digits, 16 if number[0] in "xX" else 10) if len(digits) <= len("10FFFF1") else _MAX_UNICODE + 1
    if code > _MAX_UNICODE:
        return _REPLACEMENT
    if code in (9, 10, 13) or 0x20 <= code < 0x7F or 0xA0 <= code < 0xD800 or 0xE000 <= code < 0xFFFE:
        return whole
    return _CONTROL.sub("", escape(html.unescape(f"&#{code};")))
