"""How many chapters a book's own contents name, counted without any code of ours: zipfile, an XML parser, a loop."""

import posixpath
import zipfile
from pathlib import Path
from urllib.parse import unquote

from lxml import etree

_EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"


def entries_of(path: Path) -> int | None:
    """Different places the contents of an EPUB lead to, by its nav, else its NCX; None where it has neither."""
    with zipfile.ZipFile(path) as archive:
        container = etree.fromstring(archive.read("META-INF/container.xml"))
        package = next(container.iter("{*}rootfile")).get("full-path", "")
        items = list(etree.fromstring(archive.read(package)).iter("{*}item"))
        folder = posixpath.dirname(package)
        nav = next((item for item in items if "nav" in item.get("properties", "").split()), None)
        ncx = next((item for item in items if item.get("media-type") == "application/x-dtbncx+xml"), None)
        if nav is not None:
            return len(set(_nav_targets(_parsed(archive, folder, nav))))
        return len(set(_ncx_targets(_parsed(archive, folder, ncx)))) if ncx is not None else None


def _parsed(archive: zipfile.ZipFile, folder: str, item: etree._Element) -> etree._Element:
    data = archive.read(posixpath.normpath(posixpath.join(folder, unquote(item.get("href", "")))))
    return etree.fromstring(data, etree.XMLParser(recover=True, resolve_entities=False))


def _nav_targets(root: etree._Element) -> list[str]:
    toc = next(nav for nav in root.iter("{*}nav") if "toc" in nav.get(_EPUB_TYPE, "").split())
    return [link.get("href", "") for link in toc.iter("{*}a")]


def _ncx_targets(root: etree._Element) -> list[str]:
    return [content.get("src", "") for content in next(root.iter("{*}navMap")).iter("{*}content")]
