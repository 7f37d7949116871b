"""What an element changes in the style of the text inside it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from pipeline.book import Kind
from pipeline.ingest.elements import BLOCKS, HEADINGS, LIST_ITEMS, language, local_name, subtitle_level
from pipeline.ingest.lines import are_verse
from pipeline.ingest.tables import has_speaker, is_layout
from pipeline.ingest.telling import is_marked_verse

_PROSE = (Kind.PARAGRAPH, Kind.QUOTE)
_KINDS = {**dict.fromkeys(LIST_ITEMS, Kind.LIST_ITEM), **dict.fromkeys(("figcaption", "caption"), Kind.CAPTION)}
_KIND_TAGS = frozenset({*HEADINGS, *_KINDS, "blockquote", "pre", "tr"})


@dataclass(frozen=True, slots=True)
class Style:
    """What the surroundings say about the text to come.

    `keeps_lines`: a line feed ends a line; `has_speaker`: the first cell of the row names who speaks.
    """

    kind: Kind = Kind.PARAGRAPH
    level: int = 0
    language: str = ""
    element: str = ""
    is_verse: bool = False
    keeps_lines: bool = False
    has_speaker: bool = False


PLAIN = Style()


def keeps_verse(style: Style, lines: Sequence[str]) -> bool:
    """Whether the lines of a block are to be kept: it is marked as verse, or its lines look like it."""
    return style.kind in _PROSE and (style.is_verse or are_verse(lines))


def keeps_style(name: str, element: etree._Element) -> bool:
    """Whether a block whose attributes tell nothing leaves the style as it is."""
    return name not in _KIND_TAGS and not (name == "p" and subtitle_level(element))


def inner_style(outer: Style, name: str, element: etree._Element, *, spoken: str) -> Style:
    """The style inside a block; `spoken` is the language there."""
    kind, level = _kind(outer, name, element)
    return Style(
        kind=kind,
        level=level,
        language=spoken,
        element=element.get("id", outer.element),
        is_verse=outer.is_verse or is_marked_verse(element),
        keeps_lines=name == "pre" or outer.keeps_lines,
        has_speaker=kind is Kind.TABLE_ROW and has_speaker(element),
    )


def _kind(outer: Style, name: str, element: etree._Element) -> tuple[Kind, int]:
    level = subtitle_level(element) if name == "p" else HEADINGS.get(name, 0)
    if level:
        return Kind.HEADING, level
    if name == "tr":
        return (Kind.PARAGRAPH, 0) if is_layout(element) else (Kind.TABLE_ROW, 0)
    if name == "pre":
        return (outer.kind if outer.is_verse or is_marked_verse(element) else Kind.CODE), 0
    if name in _KINDS:
        return _KINDS[name], 0
    if name == "blockquote" and outer.kind is Kind.PARAGRAPH:
        return Kind.QUOTE, 0
    return outer.kind, outer.level


def stated_language(block: etree._Element) -> str:
    """The language a block says it is in, or the one element that holds all of its text; "" if neither does."""
    if said := language(block):
        return said
    if len(block) != 1 or (block.text or "").strip() or (block[0].tail or "").strip():
        return ""
    return "" if local_name(block[0]) in BLOCKS else language(block[0])
