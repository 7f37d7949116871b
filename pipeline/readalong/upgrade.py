"""An EPUB 2 as a valid EPUB 3: package file, contents, pages. No text changes."""

import re
from collections.abc import Callable, Iterator, Sequence

from lxml import etree

from pipeline.ingest.contents import Entry
from pipeline.readalong.package import DC, OPF, PackageTree, href
from pipeline.readalong.pages import Page
from pipeline.readalong.spans import XHTML

_OPF_ATTRIBUTE = re.compile(r"\{http://www\.idpf\.org/2007/opf\}(\w[\w-]*)")
_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_REFINING = {"role": "role", "file-as": "file-as"}
"""What EPUB 2 says in an attribute and EPUB 3 in a statement of its own."""

_NO_DATE = "2000-01-01T00:00:00Z"
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")

_GONE_SECTIONS = frozenset({"tours"})
_SVG, _MATHML = "http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML"
_REMOTE = re.compile(r"https?://")

_RENAMED = {"acronym": "abbr", "big": "span", "tt": "span", "center": "div", "strike": "s", "font": "span", "dir": "ul"}
_RENAMED_STYLES = {"big": "font-size: larger", "tt": "font-family: monospace", "center": "text-align: center"}
_STYLES: dict[str, Callable[[str], str]] = {
    "align": lambda value: f"text-align: {value}" if value != "char" else "",
    "valign": lambda value: f"vertical-align: {value}",
    "bgcolor": lambda value: f"background-color: {value}",
    "color": lambda value: f"color: {value}",
    "face": lambda value: f"font-family: {value}",
    "width": lambda value: f"width: {_length(value)}",
    "height": lambda value: f"height: {_length(value)}",
    "border": lambda value: "border: 0" if value == "0" else f"border: {_length(value)} solid",
    "clear": lambda value: f"clear: {'both' if value == 'all' else value}",
    "noshade": lambda _: "",
    "nowrap": lambda _: "white-space: nowrap",
}
"""Attributes of looks that HTML 5 has no more, as style."""

_SIZED = frozenset({"img", "object", "iframe", "svg", "canvas", "video", "embed", "input"})
_FLOATING = frozenset({"img", "object", "table"})
_GONE = frozenset(
    """abbr axis cellpadding cellspacing char charoff charset codebase compact coords declare frame frameborder hspace
    link longdesc profile rev rules scheme scope shape size standby summary text version vlink alink vspace language
    """.split()  # noqa: SIM905  a word list
)
_KEPT = {("a", "shape"), ("area", "shape"), ("area", "coords"), ("th", "scope"), ("th", "abbr"), ("input", "size")}
_HTTP_EQUIV = frozenset({"content-type", "content-style-type", "content-script-type", "content-language"})


def upgrade_package(tree: PackageTree) -> None:
    """The package's statements and sections as EPUB 3 wants them; items and contents are not touched."""
    root = tree.root
    for element in list(root.iter(etree.Element)):
        if not element.tag.startswith("{"):
            element.tag = f"{{{OPF}}}{element.tag}"  # OEB 1 has no namespace
    root.set("version", "3.0")
    for section in [child for child in root if etree.QName(child).localname in _GONE_SECTIONS]:
        root.remove(section)
    _flatten(tree.section("metadata"))
    _upgrade_statements(tree)
    cover = next((each.get("content") for each in tree.section("metadata") if each.get("name") == "cover"), None)
    for item, _ in tree.items():
        if item.get("id") == cover and item.get("media-type", "").startswith("image/"):
            tree.declare(item, ["cover-image"])


def ensure_modified(tree: PackageTree, date: str) -> None:
    """Have the package say when it was last changed: what it says, else the day of its publication, never today."""
    if not tree.states("dcterms:modified"):
        found = _DATE.match(date)
        is_date = found and 1 <= int(found[2]) <= 12 and 1 <= int(found[3]) <= 31
        tree.state("dcterms:modified", f"{found[0]}T00:00:00Z" if found and is_date else _NO_DATE)


def _flatten(metadata: etree._Element) -> None:
    """`dc-metadata` and `x-metadata` hold what belongs to the metadata itself."""
    for group in list(metadata):
        if etree.QName(group).localname in ("dc-metadata", "x-metadata"):
            metadata.extend(list(group))
            metadata.remove(group)


def _upgrade_statements(tree: PackageTree) -> None:
    metadata = tree.section("metadata")
    has_date = False
    for element in list(metadata):
        is_dc = etree.QName(element).namespace == DC
        is_second_date = element.tag == f"{{{DC}}}date" and has_date
        has_date = has_date or element.tag == f"{{{DC}}}date"
        if is_second_date or (is_dc and not (element.text or "").strip()):
            metadata.remove(element)
        elif is_dc:
            _refine(tree, element)
        else:
            element.attrib.pop("scheme", "")
            if not (element.get("name") and element.get("content")):
                metadata.remove(element)


def _refine(tree: PackageTree, element: etree._Element) -> None:
    element.attrib.pop(_XSI_TYPE, "")
    for name, value in list(element.attrib.items()):
        found = _OPF_ATTRIBUTE.fullmatch(str(name))
        if found is None:
            continue
        del element.attrib[name]
        if found[1] in _REFINING and str(value).strip():
            if not element.get("id"):
                element.set("id", tree.free_id(f"{etree.QName(element).localname}-1"))
            tree.state(_REFINING[found[1]], str(value), refines=element.get("id", ""))


def nav_page(file: str, title: str, language: str, entries: Sequence[Entry]) -> bytes:
    """The contents as the navigation document of EPUB 3, to be put at `file`."""
    attributes = {"{http://www.w3.org/XML/1998/namespace}lang": language, "lang": language}
    names = {None: XHTML, "epub": "http://www.idpf.org/2007/ops"}
    root = etree.Element(f"{{{XHTML}}}html", attributes, nsmap=names)  # type: ignore[arg-type]
    head = etree.SubElement(root, f"{{{XHTML}}}head")
    etree.SubElement(head, f"{{{XHTML}}}title").text = title
    body = etree.SubElement(root, f"{{{XHTML}}}body")
    nav = etree.SubElement(body, f"{{{XHTML}}}nav", {"{http://www.idpf.org/2007/ops}type": "toc", "id": "toc"})
    etree.SubElement(nav, f"{{{XHTML}}}h1").text = title
    lists = [etree.SubElement(nav, f"{{{XHTML}}}ol")]
    for entry in entries:
        _add_entry(lists, entry, file)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", doctype="<!DOCTYPE html>", pretty_print=True)


def _add_entry(lists: list[etree._Element], entry: Entry, file: str) -> None:
    """An entry in the list of its depth; `lists` are those that are open, the outermost first."""
    del lists[max(1, entry.depth) :]
    while len(lists) < entry.depth and len(lists[-1]):
        lists.append(etree.SubElement(lists[-1][-1], f"{{{XHTML}}}ol"))
    item = etree.SubElement(lists[-1], f"{{{XHTML}}}li")
    address = href(entry.file, file) + (f"#{entry.fragment}" if entry.fragment else "")
    etree.SubElement(item, f"{{{XHTML}}}a", {"href": address}).text = entry.title or entry.file


def properties_of(page: Page) -> Iterator[str]:
    """What the manifest has to say of a page in EPUB 3."""
    tags = {str(element.tag) for element in page.root.iter(etree.Element)}
    if any(tag.startswith(f"{{{_SVG}}}") for tag in tags):
        yield "svg"
    if any(tag.startswith(f"{{{_MATHML}}}") for tag in tags):
        yield "mathml"
    if f"{{{XHTML}}}script" in tags or f"{{{XHTML}}}form" in tags:
        yield "scripted"
    if any(_REMOTE.match(element.get("src", "")) for element in page.root.iter(etree.Element)):
        yield "remote-resources"


def upgrade_page(page: Page, *, title: str) -> None:
    """XHTML 1.1 as HTML 5 in XML: what is gone from it is said in styles; a page without a title has the book's."""
    for element in list(page.root.iter(f"{{{XHTML}}}*")):
        _upgrade_element(element, etree.QName(element).localname)
    if page.head is not None:
        _upgrade_head(page.head, title)


def _upgrade_element(element: etree._Element, name: str) -> None:
    styles = [_RENAMED_STYLES.get(name, "")]
    if name in _RENAMED:
        element.tag = f"{{{XHTML}}}{_RENAMED[name]}"
    for attribute in list(map(str, element.attrib)):
        if attribute in _STYLES and not (name in _SIZED and attribute in ("width", "height")):
            styles.append(_style(name, attribute, str(element.attrib.pop(attribute))))
        elif attribute in _GONE and (name, attribute) not in _KEPT:
            del element.attrib[attribute]
    if name == "a" and (anchor := str(element.attrib.pop("name", ""))) and not element.get("id"):
        element.set("id", anchor)
    said = "; ".join(filter(None, [element.get("style", "").rstrip("; "), *styles]))
    if said:
        element.set("style", said)


def _style(name: str, attribute: str, value: str) -> str:
    if attribute == "align" and name in _FLOATING:
        return f"float: {value}" if value in ("left", "right") else "margin: auto" if value == "center" else ""
    return _STYLES[attribute](value)


def _length(value: str) -> str:
    """A length as HTML 4 writes it: pixels, or with its unit."""
    return f"{value}px" if value.strip().isdecimal() else value


def _upgrade_head(head: etree._Element, title: str) -> None:
    for meta in list(head.iter(f"{{{XHTML}}}meta")):
        is_gone = meta.get("http-equiv", "").lower() in _HTTP_EQUIV or not meta.attrib
        parent = meta.getparent()
        if is_gone and parent is not None:
            parent.remove(meta)
    named = head.find(f"{{{XHTML}}}title")
    if named is None:
        named = etree.Element(f"{{{XHTML}}}title")
        head.insert(0, named)
    if not (named.text or "").strip():
        named.text = title
