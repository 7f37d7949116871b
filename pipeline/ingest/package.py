"""The EPUB container: ebooklib's reader and model, made to survive what real books do, loading no content at all."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ebooklib import epub
from lxml import etree

from pipeline.errors import DamagedBook
from pipeline.ingest.archive import Archive, NoSuchMemberError
from pipeline.ingest.markup import NotMarkupError, local_name, parse_xml, plain_text

CONTAINER = "META-INF/container.xml"
CONTENT_TYPES = frozenset({"application/xhtml+xml", "text/html", "text/x-oeb1-document", "application/x-dtbook+xml"})
NCX_TYPE = "application/x-dtbncx+xml"
SVG_TYPE = "image/svg+xml"
_CONTENT_SUFFIXES = (".xhtml", ".html", ".htm")


@dataclass(frozen=True, slots=True)
class Item:
    """A manifest entry; `file` is the member of the archive."""

    id: str
    file: str
    media_type: str
    properties: tuple[str, ...] = ()
    fallback: str = ""

    @property
    def is_content(self) -> bool:
        return self.media_type in CONTENT_TYPES or self.file.lower().endswith(_CONTENT_SUFFIXES)


@dataclass(frozen=True, slots=True)
class SpineItem:
    file: str
    is_linear: bool = True


@dataclass(frozen=True, slots=True)
class Statement:
    """One element of the package's metadata: its local name, its text, its attributes by local name."""

    name: str
    text: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Package:
    """What the package file says, resolved against the archive; `repairs` are the faults it had."""

    file: str
    statements: tuple[Statement, ...]
    identifier_id: str
    items: tuple[Item, ...]
    spine: tuple[SpineItem, ...]
    ncx: str
    guide: tuple[tuple[str, str], ...]
    repairs: tuple[str, ...]

    @property
    def nav(self) -> str:
        return next((item.file for item in self.items if "nav" in item.properties), "")


def read_package(archive: Archive) -> Package:
    """Raises DamagedBook where there is no package to read."""
    reader = TolerantReader(archive)
    package = reader.package(reader.load())
    repeated = (f"{name} is in the zip more than once; the last one was read" for name in archive.repeated)
    return replace(package, repairs=(*repeated, *package.repairs))


class TolerantReader(epub.EpubReader):  # type: ignore[misc]  # the base class is untyped
    """ebooklib's reading order of steps and book model; each step reads through `Archive` and a hardened parser.

    Items carry no content: the caller reads what it needs, one file at a time, so memory stays flat.
    """

    def __init__(self, archive: Archive) -> None:
        super().__init__(archive.where)
        self._archive = archive
        self._repairs: list[str] = []
        self._statements: list[Statement] = []
        self._items: dict[str, Item] = {}
        self._missing: list[str] = []
        self._ncx = ""

    def package(self, book: epub.EpubBook) -> Package:
        return Package(
            file=self.opf_file,
            statements=tuple(self._statements),
            identifier_id=self.container.get("unique-identifier", ""),
            items=tuple(self._items.values()),
            spine=tuple(self._spine_items(book.spine)),
            ncx=self._ncx,
            guide=tuple((reference["type"], reference["href"]) for reference in book.guide),
            repairs=tuple(self._repairs),
        )

    def read_file(self, name: str) -> bytes:
        return self._archive.read(posixpath.normpath(name))

    def _load(self) -> None:
        self._load_container()
        self._load_opf_file()

    def _load_container(self) -> None:
        try:
            root = parse_xml(self.read_file(CONTAINER)).root
        except (NoSuchMemberError, NotMarkupError):
            self._repairs.append(f"{CONTAINER} is missing or unreadable")
            paths = []
        else:
            paths = [element.get("full-path", "") for element in root.iter() if local_name(element) == "rootfile"]
        self.opf_file = next(filter(None, map(self._archive.find, paths)), "") or self._any_package()
        self.opf_dir = posixpath.dirname(self.opf_file)

    def _any_package(self) -> str:
        found = sorted(name for name in self._archive.names if name.lower().endswith(".opf"))
        if not found:
            raise DamagedBook("no package file (.opf) in it, so this is not an EPUB", where=self._archive.where)
        self._repairs.append(f"the container names no package file; {found[0]} was taken")
        return found[0]

    def _load_opf_file(self) -> None:
        try:
            parsed = parse_xml(self.read_file(self.opf_file))
        except NotMarkupError as error:
            raise DamagedBook(
                f"the package file is unreadable: {error}", where=f"{self._archive.where}, {self.opf_file}"
            ) from error
        self._repairs.extend(f"{self.opf_file}: {repair}" for repair in parsed.repairs)
        self.container = parsed.root
        self._load_metadata()
        self._load_manifest()
        self._load_spine()
        self._load_guide()

    def _load_metadata(self) -> None:
        self.book.version = self.container.get("version")
        self._statements = [
            Statement(local_name(element), plain_text(element), _attributes(element))
            for section in self._children("metadata")
            for element in section.iterdescendants()
        ]

    def _load_manifest(self) -> None:
        for section in self._children("manifest"):
            for element in section.iterchildren():
                self._load_item(_attributes(element))
        if self._missing:
            names, more = ", ".join(self._missing[:3]), ", …" if len(self._missing) > 3 else ""
            self._repairs.append(
                f"files named in the manifest but not in the book: {len(self._missing)} ({names}{more})"
            )
        for item in self._items.values():
            self.book.add_item(epub.EpubItem(item.id, item.file, item.media_type))

    def _load_item(self, attributes: dict[str, str]) -> None:
        href, media_type = attributes.get("href", ""), attributes.get("media-type", "").strip().lower()
        file, _ = self._archive.locate(href, self.opf_file)
        properties = tuple(attributes.get("properties", "").split())
        item = Item(attributes.get("id", href), file, media_type, properties, attributes.get("fallback", ""))
        if file:
            self._items.setdefault(item.id, item)
        elif href and "remote-resources" not in item.properties and "://" not in href:
            self._missing.append(href)

    def _load_spine(self) -> None:
        sections = self._children("spine")
        references = [element for section in sections for element in section if local_name(element) == "itemref"]
        self.book.spine = [(element.get("idref", ""), element.get("linear", "yes")) for element in references]
        named = next(filter(None, (section.get("toc", "") for section in sections)), "")
        self._ncx = self._find_ncx(named)

    def _find_ncx(self, named: str) -> str:
        if named in self._items:
            return self._items[named].file
        if named:
            self._repairs.append(f"the spine names “{named}” as its contents, which is not in the manifest")
        files = [item.file for item in self._items.values() if item.media_type == NCX_TYPE]
        by_name = [name for name in self._archive.names if name.lower().endswith(".ncx")]
        return next(iter(files + by_name), "")

    def _load_guide(self) -> None:
        references = [element for section in self._children("guide") for element in section]
        self.book.guide = [
            {"type": element.get("type", ""), "href": element.get("href", ""), "title": element.get("title", "")}
            for element in references
        ]

    def _children(self, name: str) -> list[etree._Element]:
        """The package's sections called `name`, whatever their namespace; OEB 1 and careless tools give none."""
        return [element for element in self.container if local_name(element) == name]

    def _spine_items(self, spine: list[tuple[str, str]]) -> Iterator[SpineItem]:
        """The reading order's files, each once; without a spine the manifest's content documents."""
        seen: set[str] = set()
        for idref, linear in spine:
            item = self._readable(idref)
            if item is None:
                self._repairs.append(f"the reading order names “{idref}”, which is {self._what(idref)}; passed over")
            elif item.file in seen:
                self._repairs.append(f"{item.file} stands twice in the reading order and is read once")
            else:
                seen.add(item.file)
                yield SpineItem(item.file, linear.strip().lower() != "no")
        if not seen:
            self._repairs.append("there is no usable reading order; the manifest's order was taken")
            yield from (SpineItem(item.file) for item in self._items.values() if item.is_content)

    def _readable(self, idref: str) -> Item | None:
        """The item, or the first of its fallbacks that has a text; a drawing has where nothing better stands for it."""
        item, drawing, passed = self._items.get(idref), None, set[str]()
        while item is not None and item.id not in passed:
            if item.is_content:
                return item
            drawing = item if item.media_type == SVG_TYPE else drawing
            passed.add(item.id)
            item = self._items.get(item.fallback)
        return drawing

    def _what(self, idref: str) -> str:
        item = self._items.get(idref)
        return "not in the book" if item is None else f"no text but {item.media_type or 'of no known type'}"


def _attributes(element: etree._Element) -> dict[str, str]:
    """Attributes by local name: `opf:role` and `role` mean the same."""
    return {str(name).rpartition("}")[2]: str(value) for name, value in element.attrib.items()}
