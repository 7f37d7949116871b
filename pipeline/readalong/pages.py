"""The pages of an EPUB as trees that can be changed and written back as XHTML."""

from dataclasses import dataclass

from lxml import etree

from pipeline.ingest.source import prepared
from pipeline.readalong.anchoring import without_space
from pipeline.readalong.spans import XHTML

_DOCTYPE = "<!DOCTYPE html>"


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its root, and the part of it whose characters anchors count, which is its body if it has just one."""

    root: etree._Element
    body: etree._Element

    @property
    def text(self) -> str:
        """The body's text without white space: what anchors count in."""
        return without_space("".join(_texts(self.body)))

    @property
    def head(self) -> etree._Element | None:
        return next((child for child in self.root if child.tag == f"{{{XHTML}}}head"), None)

    def free_prefix(self) -> str:
        """What no id of the page begins with."""
        ids = [element.get("id", "") for element in self.root.iter(etree.Element)]
        prefix = "s"
        while any(identifier.startswith(prefix) for identifier in ids):
            prefix += "s"
        return prefix


def page_of(data: bytes) -> Page | None:
    """The page, with its comments; None if it is not well-formed or no XHTML, and so cannot be written back safely."""
    text, _ = prepared(data)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(text.encode("utf-8", errors="replace"), parser)
    except etree.XMLSyntaxError:
        return None
    if root.tag != f"{{{XHTML}}}html":
        return None
    bodies = [child for child in root if child.tag == f"{{{XHTML}}}body"]
    return Page(root, bodies[0] if len(bodies) == 1 else root)


def written(page: Page) -> bytes:
    return etree.tostring(page.root.getroottree(), xml_declaration=True, encoding="utf-8", doctype=_DOCTYPE) + b"\n"


def link_style_sheet(page: Page, href: str) -> None:
    """Have the page use one more style sheet, after its own."""
    if page.head is not None:
        etree.SubElement(page.head, f"{{{XHTML}}}link", {"rel": "stylesheet", "type": "text/css", "href": href})


def _texts(element: etree._Element) -> list[str]:
    """All text inside but that of comments."""
    return [str(text) for text in element.itertext(etree.Element)]
