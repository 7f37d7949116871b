"""The package file of an EPUB as a tree to add to: items, statements, overlays."""

import posixpath
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from lxml import etree

from pipeline.ingest.archive import Archive
from pipeline.ingest.markup import parse_xml

OPF = "http://www.idpf.org/2007/opf"
DC = "http://purl.org/dc/elements/1.1/"
SMIL_TYPE = "application/smil+xml"


class PackageTree:
    """The package file called `file` in the archive. Hrefs are resolved as the book's reader resolves them."""

    def __init__(self, file: str, archive: Archive) -> None:
        self.file = file
        self.root = parse_xml(archive.read(file)).root
        self._archive = archive

    @property
    def is_epub3(self) -> bool:
        return self.root.get("version", "").startswith("3")

    def section(self, name: str) -> etree._Element:
        """The package's `metadata`, `manifest` or `spine`; made where it has none."""
        for element in self.root:
            if _name(element) == name:
                return element
        return etree.SubElement(self.root, f"{{{OPF}}}{name}")

    def items(self) -> Iterator[tuple[etree._Element, str]]:
        """Each manifest item and the member of the archive it names; "" if there is none."""
        for element in self.section("manifest"):
            if _name(element) == "item":
                yield element, self._archive.locate(element.get("href", ""), self.file)[0]

    def item_of(self, file: str) -> etree._Element | None:
        return next((element for element, named in self.items() if named == file), None)

    def free_id(self, wanted: str) -> str:
        taken = {element.get("id") for element in self.root.iter(etree.Element)}
        while wanted in taken:
            wanted += "-"
        return wanted

    def add_item(self, file: str, media_type: str, *, identifier: str, properties: str = "") -> str:
        """Name a new file in the manifest; the item's id."""
        attributes = {
            "id": self.free_id(identifier),
            "href": href(file, self.file),
            "media-type": media_type,
            "properties": properties,
        }
        attributes = {name: value for name, value in attributes.items() if value}
        etree.SubElement(self.section("manifest"), f"{{{OPF}}}item", attributes)
        return attributes["id"]

    def declare(self, item: etree._Element, properties: Iterable[str]) -> None:
        """Have a manifest item name these properties too."""
        found = dict.fromkeys([*item.get("properties", "").split(), *properties])
        if found:
            item.set("properties", " ".join(found))

    def state(self, name: str, text: str, *, refines: str = "") -> None:
        """Add a statement to the metadata: the book's, or that of the item with the id `refines`."""
        attributes = {"property": name} | ({"refines": f"#{refines}"} if refines else {})
        etree.SubElement(self.section("metadata"), f"{{{OPF}}}meta", attributes).text = text

    def states(self, name: str) -> list[str]:
        """What the book says of itself under a property."""
        return [
            (element.text or "").strip()
            for element in self.section("metadata")
            if _name(element) == "meta" and element.get("property") == name and not element.get("refines")
        ]

    def without_overlays(self) -> set[str]:
        """Take back the overlays the book has of another reading; their files."""
        for element in list(self.section("metadata")):
            if _name(element) == "meta" and element.get("property", "").startswith("media:"):
                self.section("metadata").remove(element)
        files = set()
        for element, file in list(self.items()):
            element.attrib.pop("media-overlay", "")
            if element.get("media-type") == SMIL_TYPE:
                self.section("manifest").remove(element)
                files.add(file)
        return files

    def written(self) -> bytes:
        return etree.tostring(self.root, xml_declaration=True, encoding="utf-8") + b"\n"


def href(file: str, base: str) -> str:
    """A member of the archive as the file `base` links to it."""
    return quote(posixpath.relpath(file, posixpath.dirname(base) or "."), safe="/!$&'()*+,;=@~")


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
