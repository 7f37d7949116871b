"""The table of contents as the book gives it: from the EPUB 3 nav or the EPUB 2 NCX, in its own order."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lxml import etree

from pipeline.ingest.archive import Archive
from pipeline.ingest.markup import local_name, plain_text

NO_PART = 1_000
"""Deeper than any contents are nested."""

_EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
_OTHER_NAVS = frozenset({"page-list", "landmarks", "doc-pagelist", "loi", "lot", "loa", "lov"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the contents that leads somewhere; `file` is "" where the book has no such file. Depth 1 is the top.

    `is_titled` unless the title is a stand-in for one that the book does not say. `part_depth` is that of the highest
    heading above it that leads nowhere itself and begins with it: a part's.
    """

    title: str
    href: str
    file: str
    fragment: str = ""
    depth: int = 1
    is_titled: bool = True
    part_depth: int = NO_PART


def nav_entries(root: etree._Element, base: str, archive: Archive) -> list[Entry]:
    """The links of the nav's contents list; depth counts the lists around a link, named or not."""
    nav = _contents_nav(root)
    if nav is None:
        return []
    return list(_links(nav, base, archive))


def _links(nav: etree._Element, base: str, archive: Archive) -> Iterator[Entry]:
    part_depth = NO_PART
    for element in nav.iter():
        if local_name(element) == "li" and _is_heading(element):
            part_depth = min(part_depth, _depth(element, "ol"))
        elif _is_link(element):
            entry = _entry(_label(element), element.get("href", ""), _depth(element, "ol"), base, archive)
            yield replace(entry, part_depth=part_depth)
            part_depth = NO_PART


def _is_link(element: etree._Element) -> bool:
    return local_name(element) == "a" and bool(element.get("href"))


def _is_heading(item: etree._Element) -> bool:
    """Whether a list's item has a name that leads nowhere, and a list below it."""
    name = [child for child in item if local_name(child) != "ol"]
    has_words = bool((item.text or "").strip()) or any(map(plain_text, name))
    return len(name) < len(item) and has_words and not any(_is_link(inner) for child in name for inner in child.iter())


def ncx_entries(root: etree._Element, base: str, archive: Archive) -> list[Entry]:
    """The navigation points of an NCX's map; its page list is not part of it."""
    nav_map = next((element for element in root.iter() if local_name(element) == "navmap"), None)
    if nav_map is None:
        return []
    return list(_points(nav_map, base, archive))


def _points(nav_map: etree._Element, base: str, archive: Archive) -> Iterator[Entry]:
    for point in nav_map.iter():
        if local_name(point) != "navpoint":
            continue
        parts = {local_name(child): child for child in reversed(point)}
        if "content" in parts and parts["content"].get("src"):
            title = plain_text(parts["navlabel"]) if "navlabel" in parts else ""
            yield _entry(title, parts["content"].get("src", ""), _depth(point, "navpoint") + 1, base, archive)


def _entry(title: str, href: str, depth: int, base: str, archive: Archive) -> Entry:
    file, fragment = archive.locate(href, base)
    return Entry(title, href, file, fragment, max(1, depth))


def _contents_nav(root: etree._Element) -> etree._Element | None:
    """The nav that says it is the contents; else the first that does not say it is something else."""
    navs = [element for element in root.iter() if local_name(element) == "nav"]
    marked = [nav for nav in navs if not {"toc", "doc-toc"}.isdisjoint(_types(nav))]
    unmarked = [nav for nav in navs if _OTHER_NAVS.isdisjoint(_types(nav))]
    return next(iter(marked + unmarked), None)


def _types(nav: etree._Element) -> list[str]:
    epub_type = nav.get(_EPUB_TYPE) or nav.get("epub:type") or ""
    return f"{epub_type} {nav.get('role') or ''}".lower().split()


def _label(link: etree._Element) -> str:
    """What the link says; a link of a picture alone says its alternative text."""
    images = [element.get("alt", "") for element in link.iter() if local_name(element) == "img"]
    return plain_text(link) or " ".join(" ".join(images).split()) or link.get("title", "")


def _depth(element: etree._Element, tag: str) -> int:
    return sum(local_name(ancestor) == tag for ancestor in element.iterancestors())
