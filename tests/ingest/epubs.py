"""Tiny EPUBs written by hand for a test: only what the test names, everything else as plain as it can be."""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n" + bytes(24)
JPEG = b"\xff\xd8\xff\xe0" + bytes(24)

CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""

METADATA = """<dc:title>A Test</dc:title><dc:creator>Ann Author</dc:creator><dc:language>en</dc:language>
<dc:identifier id="uid">urn:test:1</dc:identifier>"""


def page(body: str, *, title: str = "", attributes: str = "") -> str:
    """A content document around `body`."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">'
        f"<head><title>{title}</title></head><body{attributes}>{body}</body></html>"
    )


def nav(*links: tuple[str, str]) -> str:
    """A flat nav document; `nested` lists are written out by the test that needs them."""
    items = "".join(f'<li><a href="{href}">{label}</a></li>' for label, href in links)
    return page(f'<nav epub:type="toc"><ol>{items}</ol></nav>')


def ncx(points: str) -> str:
    return f'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1"><navMap>{points}</navMap></ncx>'


def point(label: str, src: str, inside: str = "") -> str:
    return f'<navPoint><navLabel><text>{label}</text></navLabel><content src="{src}"/>{inside}</navPoint>'


@dataclass
class Epub:
    """An EPUB to be written: `pages` are the reading order; `others` are files with their manifest attributes."""

    pages: Mapping[str, str | bytes] = field(default_factory=dict)
    nav: str = ""
    ncx: str = ""
    metadata: str = METADATA
    others: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    raw: Mapping[str, bytes] = field(default_factory=dict)
    manifest: str = ""
    spine: str = ""
    guide: str = ""
    non_linear: Sequence[str] = ()

    def write(self, folder: Path, name: str = "book.epub") -> Path:
        path = folder / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in self.members().items():
                archive.writestr(member, content)
        return path

    def members(self) -> dict[str, str | bytes]:
        members: dict[str, str | bytes] = {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": self.package(),
        }
        members |= {f"OEBPS/{name}": content for name, content in self.pages.items()}
        members |= {f"OEBPS/{name}": content for name, (_, content) in self.others.items()}
        if self.nav:
            members["OEBPS/nav.xhtml"] = self.nav
        if self.ncx:
            members["OEBPS/toc.ncx"] = self.ncx
        return members | dict(self.raw)

    def package(self) -> str:
        toc = ' toc="ncx"' if self.ncx else ""
        return (
            '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="uid">'
            '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opf="http://www.idpf.org/2007/opf">'
            f"{self.metadata}</metadata><manifest>{''.join(self._items())}{self.manifest}</manifest>"
            f"<spine{toc}>{''.join(self._references())}{self.spine}</spine><guide>{self.guide}</guide></package>"
        )

    def _items(self) -> list[str]:
        items = [
            f'<item id="page{number}" href="{name}" media-type="application/xhtml+xml"/>'
            for number, name in enumerate(self.pages)
        ]
        items += [f'<item href="{name}" {attributes}/>' for name, (attributes, _) in self.others.items()]
        if self.nav:
            items.append('<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>')
        if self.ncx:
            items.append('<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>')
        return items

    def _references(self) -> list[str]:
        linear = {name: "no" if name in self.non_linear else "yes" for name in self.pages}
        return [f'<itemref idref="page{number}" linear="{linear[name]}"/>' for number, name in enumerate(self.pages)]
