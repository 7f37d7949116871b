"""The walk over one content document: what is spoken, what is left out and under which rule."""

import re

from lxml import etree

from pipeline.book import Kind, count_chars
from pipeline.ingest.flow import Document, Flow, Style
from pipeline.ingest.markup import all_text, local_name, parse_xhtml, plain_text
from pipeline.ingest.settings import DEFAULT_READING, ReadingSettings

HEADINGS = {f"h{level}": level for level in range(1, 7)}
LIST_ITEMS = frozenset({"li", "dt", "dd"})
CELLS = frozenset({"td", "th"})
BLOCKS = frozenset(
    """address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure
    footer form header hgroup html legend li main menu nav ol p pre section summary table tbody tfoot thead tr ul
    """.split()  # noqa: SIM905  a word list reads better than forty quoted strings
).union(HEADINGS)

_RULES_BY_TYPE = {
    "pagebreak": "page-number",
    "doc-pagebreak": "page-number",
    "noteref": "note-reference",
    "annoref": "note-reference",
    "doc-noteref": "note-reference",
    **dict.fromkeys(("footnote", "footnotes", "endnote", "endnotes", "rearnote", "rearnotes", "annotation"), "note"),
    **dict.fromkeys(("doc-footnote", "doc-endnote", "doc-endnotes"), "note"),
}
_RULES_BY_TAG = {
    **dict.fromkeys(("head", "script", "style", "template", "noscript"), "markup"),
    **dict.fromkeys(("title", "desc", "metadata", "annotation", "annotation-xml"), "markup"),  # of SVG and MathML
    **dict.fromkeys(("rt", "rp"), "ruby-reading"),  # base and reading together would say each word twice
}
_NAVIGATION = frozenset({"toc", "page-list", "landmarks", "doc-toc", "doc-pagelist"})
_LAYOUT = frozenset({"table", "ul", "ol", "dl", "blockquote", *HEADINGS})  # a row that holds these only places things
_EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_HIDING_STYLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_VERSE = re.compile(r"(?:^|[\s:_.-])(?:verse|poem|poetry|stanza|lyrics?|song|hymn)(?:s?$|s?[\s_.-]|\d)", re.IGNORECASE)
_LINE_FEED = re.compile(r"\r\n?|\n")


def read_xhtml(
    data: bytes, file: str, *, book_language: str = "", settings: ReadingSettings = DEFAULT_READING
) -> tuple[Document, tuple[str, ...]]:
    """One content document as blocks, and what had to be mended. Raises NotMarkupError.

    A block's language is empty where it is the book's.
    """
    parsed = parse_xhtml(data)
    root = _scope(parsed.root)
    flow = Flow(file)
    _Walk(flow, book_language, settings).over(root, _language(parsed.root))
    return flow.document(count_chars(all_text(root)), _title(parsed.root)), parsed.repairs


def read_excluded(data: bytes, file: str, rule: str) -> Document:
    """A document of the reading order of which nothing is spoken, under one rule. Raises NotMarkupError."""
    text = all_text(_scope(parse_xhtml(data).root))
    flow = Flow(file)
    flow.exclude(rule, text)
    return flow.document(count_chars(text))


class _Walk:
    """Drives a `Flow` along a tree. A stack of styles, not recursion, so that no nesting is too deep."""

    def __init__(self, flow: Flow, book_language: str, settings: ReadingSettings) -> None:
        self._flow = flow
        self._book_language = book_language.casefold()
        self._settings = settings
        self._styles: list[Style] = []

    def over(self, root: etree._Element, language: str) -> None:
        self._flow.style = Style(language=self._foreign(language))
        events = etree.iterwalk(root, events=("start", "end"))
        for event, element in events:
            if event == "end":
                self._leave(element, is_root=element is root)
            elif not self._enter(element):
                events.skip_subtree()

    def _enter(self, element: etree._Element) -> bool:
        """Reads the element's start and first text; false if its inside is left out."""
        name = local_name(element)
        if name in BLOCKS:
            self._styles.append(self._flow.style)
            self._begin(name, element)
        rule = exclusion_rule(name, element)
        if rule:
            self._exclude(element, rule)
            return False
        self._mark(element)
        self._punctuate(name)
        self._say(element.text or "")
        return True

    def _leave(self, element: etree._Element, *, is_root: bool) -> None:
        if local_name(element) in BLOCKS:
            self._end(self._styles.pop())
        if not is_root:
            self._say(element.tail or "")

    def _begin(self, name: str, element: etree._Element) -> None:
        style = self._flow.style
        if style.kind is Kind.TABLE_ROW:
            self._flow.text(" ")  # a paragraph inside a cell does not end the row
        else:
            self._flow.begin(self._inner_style(style, name, element))

    def _end(self, outer: Style) -> None:
        if outer.kind is Kind.TABLE_ROW:
            self._flow.text(" ")
        else:
            self._flow.begin(outer)

    def _inner_style(self, outer: Style, name: str, element: etree._Element) -> Style:
        kind, level = _kind(outer, name, element)
        language = _language(element)
        return Style(
            kind=kind,
            level=level,
            language=self._foreign(language) if language else outer.language,
            element=element.get("id", outer.element),
            is_verse=outer.is_verse or _is_marked_verse(element),
            keeps_lines=name == "pre" or outer.keeps_lines,
            has_speaker=kind is Kind.TABLE_ROW and _has_speaker(element),
        )

    def _punctuate(self, name: str) -> None:
        if name == "hr":
            self._flow.scene_break()
        elif name == "br" and self._flow.style.kind is Kind.TABLE_ROW:
            self._flow.text(" ")
        elif name == "br" or (name in CELLS and self._flow.style.kind is Kind.TABLE_ROW):
            self._flow.break_run()
        elif name in CELLS:
            self._flow.close()

    def _say(self, text: str) -> None:
        if not self._flow.style.keeps_lines:
            self._flow.text(text)
            return
        for number, line in enumerate(_LINE_FEED.split(text)):
            if number:
                self._flow.break_run()
            self._flow.text(line)

    def _exclude(self, element: etree._Element, rule: str) -> None:
        for inside in element.iter():
            self._mark(inside)
        self._flow.exclude(rule, all_text(element))

    def _mark(self, element: etree._Element) -> None:
        for attribute in ("id", "name"):
            identifier = element.get(attribute)
            if identifier:
                self._flow.mark(identifier)

    def _foreign(self, language: str) -> str:
        return "" if language.casefold() == self._book_language else language


def exclusion_rule(name: str, element: etree._Element) -> str:
    """The rule under which an element and all in it is left out, or "" if it is read."""
    if not element.attrib:
        return _RULES_BY_TAG.get(name, "")
    if _is_hidden(element):
        return "hidden"
    types = _types(element)
    if name == "nav" and not _NAVIGATION.isdisjoint(types):
        return "navigation"
    by_type = next((_RULES_BY_TYPE[kind] for kind in types if kind in _RULES_BY_TYPE), "")
    return by_type or _RULES_BY_TAG.get(name, "")


def _is_hidden(element: etree._Element) -> bool:
    if element.get("hidden") is not None or element.get("aria-hidden", "").strip().lower() == "true":
        return True
    return bool(_HIDING_STYLE.search(element.get("style", "")))


def _types(element: etree._Element) -> list[str]:
    """The words of `epub:type` (as a namespace, or as an HTML reading leaves it) and of `role`."""
    epub_type = element.get(_EPUB_TYPE) or element.get("epub:type") or ""
    return f"{epub_type} {element.get('role') or ''}".lower().split()


def _kind(outer: Style, name: str, element: etree._Element) -> tuple[Kind, int]:
    if name in HEADINGS:
        return Kind.HEADING, HEADINGS[name]
    if name == "tr":
        return (Kind.PARAGRAPH, 0) if _is_layout(element) else (Kind.TABLE_ROW, 0)
    if name == "pre":
        return (outer.kind if outer.is_verse or _is_marked_verse(element) else Kind.CODE), 0
    if name in LIST_ITEMS:
        return Kind.LIST_ITEM, 0
    if name == "blockquote" and outer.kind is Kind.PARAGRAPH:
        return Kind.QUOTE, 0
    return outer.kind, outer.level


def _is_layout(row: etree._Element) -> bool:
    cells = [cell for cell in row if local_name(cell) in CELLS]
    return len(cells) < 2 or any(local_name(inside) in _LAYOUT for inside in row.iterdescendants())


def _has_speaker(row: etree._Element) -> bool:
    first = next((cell for cell in row if local_name(cell) in CELLS), None)
    return first is not None and "z3998:persona" in _types(first)


def _is_marked_verse(element: etree._Element) -> bool:
    return bool(_VERSE.search(" ".join([*_types(element), element.get("class") or ""])))


def _language(element: etree._Element) -> str:
    return (element.get(_XML_LANG) or element.get("xml:lang") or element.get("lang") or "").strip()


def _scope(root: etree._Element) -> etree._Element:
    """The body; where there is not exactly one, everything (the head then falls under the rule "markup")."""
    bodies = [child for child in root if local_name(child) == "body"]
    return bodies[0] if len(bodies) == 1 else root


def _title(root: etree._Element) -> str:
    title = next((element for element in root.iter() if local_name(element) == "title"), None)
    return "" if title is None else plain_text(title)
