"""The rules under which text is left out: which there are, and which of them a reader's settings let stand. Pure."""

from lxml import etree

from pipeline.ingest.elements import types
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
}
RULED_TAGS = frozenset(_RULES_BY_TAG)
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
    return (_typed_rule(name, element, kinds) if kinds else "") or _RULES_BY_TAG.get(name, "")


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
