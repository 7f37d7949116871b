"""What the elements of a page are by their names and attributes. Pure."""

from collections.abc import Container, Iterator
from functools import lru_cache

from lxml import etree

from pipeline.book import single_spaced
from pipeline.languages import language_tag

HEADINGS = {f"h{level}": level for level in range(1, 7)}
LIST_ITEMS = frozenset({"li", "dt", "dd"})
CELLS = frozenset({"td", "th"})
HTML_BLOCKS = frozenset(
    """address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure
    footer form header hgroup html legend li main menu nav ol p pre section summary table tbody tfoot thead tr ul
    """.split()  # noqa: SIM905  a word list reads better than forty quoted strings
).union(HEADINGS)
_DTBOOK_BLOCKS = frozenset(
    {"line", "linegroup", "list", "lic", "level", "doctitle", "docauthor", "prodnote", "sidebar"}
)
BLOCKS = HTML_BLOCKS | _DTBOOK_BLOCKS
HEADING_TAGS = frozenset(HEADINGS)
CONTAINERS = frozenset({"body", "html", "section", "main", "article"})

_EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
READING_ATTRIBUTES = frozenset(
    {_EPUB_TYPE, _XML_LANG, "epub:type", "xml:lang", "lang", "role", "id", "name", "hidden", "aria-hidden"}
)
"""All but `class` that say anything of how the text inside an element is read, whatever the element."""
_MAX_TAGS = 1_000  # remembered; HTML, SVG and MathML together have some 300


def local_name(element: etree._Element) -> str:
    """The tag without its namespace, in lower case."""
    return _lower_name(element.tag)


@lru_cache(maxsize=_MAX_TAGS)
def _lower_name(tag: object) -> str:
    return str(tag).rpartition("}")[2].lower()


def types(element: etree._Element) -> list[str]:
    """The words of `epub:type` (as a namespace, or as an HTML reading leaves it) and of `role`."""
    epub_type = element.get(_EPUB_TYPE) or element.get("epub:type") or ""
    role = element.get("role") or ""
    return f"{epub_type} {role}".lower().split() if epub_type or role else []


def classes(element: etree._Element) -> list[str]:
    return (element.get("class") or "").split()


def language(element: etree._Element) -> str:
    """The language the element says it is in, as a tag; "" if it does not say."""
    return language_tag(element.get(_XML_LANG) or element.get("xml:lang") or element.get("lang") or "")


def identifiers(element: etree._Element) -> Iterator[str]:
    """What a link may call the element by."""
    for attribute in ("id", "name"):
        identifier = element.get(attribute)
        if identifier:
            yield identifier


def block_of(element: etree._Element) -> etree._Element:
    """The nearest element that is a block, the element itself or one around it; the root if there is none."""
    while local_name(element) not in BLOCKS:
        parent = element.getparent()
        if parent is None:
            break
        element = parent
    return element


def is_inside(element: etree._Element, around: etree._Element) -> bool:
    """Whether it is `around` or stands in it."""
    return element is around or any(ancestor is around for ancestor in element.iterancestors())


def is_inside_any(element: etree._Element, around: Container[etree._Element]) -> bool:
    """Whether it stands in one of them."""
    return any(ancestor in around for ancestor in element.iterancestors())


def subtitle_level(paragraph: etree._Element) -> int:
    """The level of a paragraph that is the rest of a heading (HTML's `hgroup`): one below the heading's; else 0."""
    group = paragraph.getparent()
    if group is None or local_name(group) != "hgroup":
        return 0
    levels = [HEADINGS[local_name(child)] for child in group if local_name(child) in HEADINGS]
    return min(max(HEADINGS.values()), 1 + min(levels)) if levels else 0


def all_text(element: etree._Element) -> str:
    """The text inside; trees here have neither comments nor processing instructions, whose text would not be it."""
    return etree.tostring(element, method="text", encoding="unicode", with_tail=False)


def plain_text(element: etree._Element) -> str:
    """The text inside, single-spaced."""
    return single_spaced(all_text(element))


def block_texts(element: etree._Element) -> Iterator[str]:
    """The text inside, one piece for each block in it."""
    parts: list[str] = []
    events = etree.iterwalk(element, events=("start", "end"))
    for event, inside in events:
        if local_name(inside) in BLOCKS:
            yield "".join(parts)
            parts.clear()
        if local_name(inside) in CELLS:
            parts.append(" ")
        if event == "start":
            parts.append(inside.text or "")
        elif inside is not element:
            parts.append(inside.tail or "")
    yield "".join(parts)
