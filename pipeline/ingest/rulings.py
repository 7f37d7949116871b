"""The rules under which text is left out: which there are, and which of them a reader's settings let stand. Pure."""

import re

from lxml import etree

from pipeline.ingest.elements import all_text, types
from pipeline.ingest.settings import ReadingSettings

NOTE_TYPES = frozenset(
    """footnote footnotes endnote endnotes rearnote rearnotes annotation doc-footnote doc-endnote doc-endnotes
    """.split()  # noqa: SIM905  a word list
)
REFERENCE_TYPES = frozenset({"noteref", "annoref", "doc-noteref"})
PAGE_BREAK_TYPES = frozenset({"pagebreak", "doc-pagebreak"})
_CONTENTS_TYPES = frozenset({"toc", "page-list", "landmarks", "loi", "lot", "loa", "lov", "doc-toc", "doc-pagelist"})
_RULES_BY_TAG = {
    **dict.fromkeys(("head", "script", "style", "template", "noscript"), "markup"),
    **dict.fromkeys(("title", "desc", "metadata", "annotation", "annotation-xml"), "markup"),  # of SVG and MathML
    **dict.fromkeys(("audio", "video", "canvas", "iframe"), "fallback"),  # shown only where the thing itself is not
    "nav": "navigation",
    **{"pagenum": "page-number", "note": "note"},  # DTBook's own
}
RULED_TAGS = frozenset(_RULES_BY_TAG)
_PAGE_CLASSES = frozenset({"pagenum", "pagenumber", "pageno", "pgnum", "pagebreak"})
_INLINE_PAGE_CLASSES = _PAGE_CLASSES | {"pb", "page"}  # of a block these may name the whole page
_LINE_CLASSES = frozenset({"linenum", "linenumber", "lineno", "linenr"})
_PRINTED_INLINE = frozenset({"span", "a", "small", "sup"})
_PRINTED = _PRINTED_INLINE | {"p", "div"}
_NUMBER = r"(?:\d{1,4}|[ivxlc]{1,8})"
_PAGE_NUMBER = re.compile(
    rf"(?:\s*[\[({{|]?\s*(?:pag(?:e|ina)?|pg|pp?|seite|s|стр|с)?\.?\s*{_NUMBER}\s*[\])}}|]?\s*)+", re.IGNORECASE
)
_PAGE_ID = re.compile(rf"(?:page|pag|pg|seite)[-_.]?0*({_NUMBER})", re.IGNORECASE)
_ALWAYS = frozenset(
    {"markup", "invisible", "ornament", "hyphenation", "ruby-reading", "ruby-base", "table-header", "formula"}
)
_MATTER = {
    "copyright-page": "front-matter:copyright",
    "imprint": "front-matter:imprint",
    "imprimatur": "front-matter:imprint",
    "colophon": "back-matter:colophon",
    "index": "back-matter:index",
    "titlepage": "front-matter:title-page",
    "halftitlepage": "front-matter:half-title",
    "seriespage": "front-matter:series",
    "dedication": "front-matter:dedication",
    "epigraph": "front-matter:epigraph",
    "foreword": "front-matter:foreword",
    "preface": "front-matter:preface",
    "introduction": "front-matter:introduction",
    "preamble": "front-matter:preamble",
    "contributors": "front-matter:contributors",
    "other-credits": "front-matter:credits",
    "credits": "front-matter:credits",
    "acknowledgments": "front-matter:acknowledgments",
    "errata": "back-matter:errata",
    "afterword": "back-matter:afterword",
    "appendix": "back-matter:appendix",
    "glossary": "back-matter:glossary",
    "bibliography": "back-matter:bibliography",
}
_NEVER_READ_ALOUD = frozenset({"copyright", "imprint", "colophon", "licence", "index"})
"""Front and back matter left out unless a reader asks for it: nobody listens to these."""
_SECTIONING = frozenset({"section", "div", "article", "aside", "body", "main", "header", "footer", "dl", "ol", "ul"})


def matter_rule(kinds: list[str], element: etree._Element | None = None) -> str:
    """The rule for front or back matter of these types, on the side its surroundings name, or ""."""
    rule = next((_MATTER[kind.removeprefix("doc-")] for kind in kinds if kind.removeprefix("doc-") in _MATTER), "")
    if not rule or element is None:
        return rule
    around = [*kinds, *(kind for ancestor in element.iterancestors() for kind in types(ancestor))]
    side = next((kind for kind in around if kind in ("frontmatter", "backmatter")), "")
    name = rule.partition(":")[2]
    return f"{side.removesuffix('matter')}-matter:{name}" if side else rule


def declared_rule(name: str, element: etree._Element) -> str:
    """The rule an element names by its tag, type or role, or "" if it names none."""
    if not element.attrib:
        return _RULES_BY_TAG.get(name, "")
    kinds = types(element)
    rule = (_typed_rule(name, element, kinds) if kinds else "") or _RULES_BY_TAG.get(name, "")
    return rule or (_printed_rule(name, element) if name in _PRINTED else "")


def _printed_rule(name: str, element: etree._Element) -> str:
    """The number of a printed page or line, by a class that says so or an id that is the number too."""
    named = element.get("class")
    if named:
        words = _plain_words(named)
        named_page = _INLINE_PAGE_CLASSES if name in _PRINTED_INLINE else _PAGE_CLASSES
        if not named_page.isdisjoint(words) and _PAGE_NUMBER.fullmatch(all_text(element)):
            return "page-number"
        if not _LINE_CLASSES.isdisjoint(words) and all_text(element).strip().isdecimal():
            return "line-number"
    identifier = _PAGE_ID.fullmatch(element.get("id") or "")
    is_number = identifier is not None and all_text(element).strip("[](){} .").casefold() == identifier[1].casefold()
    return "page-number" if is_number else ""


def names_printed(class_words: str) -> bool:
    """Whether a `class` may name the number of a printed page or line."""
    return not (_INLINE_PAGE_CLASSES | _LINE_CLASSES).isdisjoint(_plain_words(class_words))


def _plain_words(class_words: str) -> set[str]:
    return {word.lower().replace("-", "").replace("_", "") for word in class_words.split()}


def _typed_rule(name: str, element: etree._Element, kinds: list[str]) -> str:
    if not PAGE_BREAK_TYPES.isdisjoint(kinds):
        return "page-number"
    if not REFERENCE_TYPES.isdisjoint(kinds) and name != "li":
        return "note-reference"
    if not NOTE_TYPES.isdisjoint(kinds) and name != "a":
        return "note"
    if name != "nav" and name not in _SECTIONING:
        return ""
    return matter_rule(kinds, element) if _CONTENTS_TYPES.isdisjoint(kinds) else "navigation"


def is_left_out(rule: str, settings: ReadingSettings) -> bool:
    """Whether text under `rule` is left out, by what is certain and by what the settings keep and drop."""
    if not rule or rule in _ALWAYS:
        return bool(rule)
    if _names(settings.keep, rule):
        return False
    family, _, name = rule.partition(":")
    return not family.endswith("-matter") or name in _NEVER_READ_ALOUD or _names(settings.drop, rule)


def is_dropped(rule: str, settings: ReadingSettings) -> bool:
    """Whether the settings ask for text to be left out that is read by default."""
    return _names(settings.drop, rule) and not _names(settings.keep, rule)


def _names(rules: tuple[str, ...], rule: str) -> bool:
    return rule in rules or rule.partition(":")[0] in rules
