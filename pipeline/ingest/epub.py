"""From an EPUB file to a Book: container, contents, texts, chapters."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from lxml import etree

from pipeline.book import Book
from pipeline.errors import BookError, ProtectedBook, UnsafeBook
from pipeline.ingest.archive import Archive
from pipeline.ingest.binding import bind
from pipeline.ingest.content import Page, page_of
from pipeline.ingest.contents import Entry, nav_entries, ncx_entries
from pipeline.ingest.document import Document
from pipeline.ingest.judgement import Surroundings, judge
from pipeline.ingest.landmarks import declared_rules
from pipeline.ingest.lexicons import LEXICON_TYPE, MAX_LEXICONS, Lexicon, joined, lexicon_links, read_lexicon
from pipeline.ingest.links import Place
from pipeline.ingest.markup import BinaryDataError, NotMarkupError, Parsed, parse_xhtml, parse_xml
from pipeline.ingest.metadata import read_cover, read_metadata
from pipeline.ingest.package import Package, read_package
from pipeline.ingest.protection import refuse_protected
from pipeline.ingest.settings import DEFAULT_READING, ReadingSettings
from pipeline.ingest.sounds import with_sounds
from pipeline.ingest.source import decode
from pipeline.ingest.xhtml import read_page

MAX_TOGETHER_BYTES = 16 * 2**20  # of pages held as trees at once; War and Peace has 4

_Entries = Callable[[etree._Element, str, Archive], list[Entry]]


def read_epub(path: Path, settings: ReadingSettings = DEFAULT_READING) -> Book:
    """The book in `path`. Raises DamagedBook, UnsafeBook, ProtectedBook, EmptyBook or CoverageError."""
    with Archive(path) as archive:
        package = read_package(archive)
        refuse_protected(archive, package)
        notes = list(package.repairs)
        entries = _contents(package, archive, notes)
        metadata = read_metadata(package)
        reading = _Reading(package, archive, {entry.file for entry in entries}, metadata.language, settings)
        documents = list(reading.documents(notes))
        cover, cover_notes = read_cover(package, archive)
        lexicon = reading.lexicon()
    notes += [*cover_notes, *lexicon.notes]
    book = bind(path, metadata, documents, entries, cover=cover, notes=notes, settings=settings)
    return replace(book, lexicon=lexicon.lexemes)


class _Reading(Surroundings):
    """The documents of the reading order: parsed, judged together, and read one by one."""

    def __init__(
        self, package: Package, archive: Archive, in_contents: set[str], language: str, settings: ReadingSettings
    ) -> None:
        self._package = package
        self._archive = archive
        self._in_contents = in_contents
        self._language = language
        self._settings = settings
        self._linear = {item.file: item.is_linear for item in package.spine}
        self._rules = declared_rules(package, archive)
        self._lexicons: dict[str, str] = {}

    def documents(self, notes: list[str]) -> Iterator[Document]:
        for together in _together(self._pages(notes)):
            judgement = judge(together, self, self._settings)
            notes.extend(judgement.faults)
            for page in together:
                self._note_lexicons(page)
                document = read_page(page, judgement, book_language=self._language, settings=self._settings)
                document, sound_notes = with_sounds(document, page.body)
                notes.extend(sound_notes)
                yield document

    def lexicon(self) -> Lexicon:
        """What the lexicons say that the package lists, and those that the pages read so far link to."""
        for item in self._package.items:
            if item.media_type == LEXICON_TYPE:
                self._lexicons.setdefault(item.file, "")
        files = list(self._lexicons.items())[:MAX_LEXICONS]
        return joined(self._read_lexicon(file, language) for file, language in files)

    def _read_lexicon(self, file: str, language: str) -> Lexicon:
        try:
            data = self._archive.read(file)
        except BookError as error:
            return Lexicon(notes=(f"{file}: the lexicon cannot be read ({error.what})",))
        return read_lexicon(data, file, language)

    def _note_lexicons(self, page: Page) -> None:
        for link in lexicon_links(page.root):
            file, _ = self.locate(link.href, page.file)
            if file:
                self._lexicons.setdefault(file, link.language)

    def locate(self, href: str, base: str) -> Place:
        return self._archive.locate(href, base)

    def sheet(self, file: str) -> str:
        return decode(self._archive.read(file))[0]

    def rule_of(self, file: str) -> str:
        """Why the whole file is left out, or ""."""
        if file == self._package.nav:
            return "navigation"
        if not self._linear.get(file, True) and file not in self._in_contents and self._settings.nonlinear == "skip":
            return "non-linear"
        return self._rules.get(file, "")

    def _pages(self, notes: list[str]) -> Iterator[tuple[Page, int]]:
        """Each page and the bytes it was read from. Raises ProtectedBook if all there is is noise."""
        noise, has_text = "", False
        for item in self._package.spine:
            try:
                data = self._archive.read(item.file)
                page = page_of(data, item.file)
            except NotMarkupError as error:
                noise = noise or (item.file if isinstance(error, BinaryDataError) else "")
                notes.append(f"{item.file}: nothing in it can be read as text ({error})")
                continue
            except UnsafeBook as error:
                raise UnsafeBook(error.what, where=f"{self._archive.where}, {item.file}") from error
            has_text = True
            notes.extend(f"{item.file}: {repair}" for repair in page.repairs)
            yield page, len(data)
        if noise and not has_text:
            raise ProtectedBook(
                "its texts are noise, as encrypted ones are (DRM)", where=f"{self._archive.where}, {noise}"
            )


def _together(pages: Iterator[tuple[Page, int]]) -> Iterator[list[Page]]:
    """The pages in groups that are judged together: all of any real book, and never more than memory can hold."""
    group: list[Page] = []
    group_bytes = 0
    for page, size_bytes in pages:
        if group and group_bytes + size_bytes > MAX_TOGETHER_BYTES:
            yield group
            group, group_bytes = [], 0
        group.append(page)
        group_bytes += size_bytes
    if group:
        yield group


def _contents(package: Package, archive: Archive, notes: list[str]) -> list[Entry]:
    """The nav's entries, else the NCX's, else none."""
    entries = _entries(package.nav, archive, notes, parse=parse_xhtml, entries_in=nav_entries)
    entries = entries or _entries(package.ncx, archive, notes, parse=parse_xml, entries_in=ncx_entries)
    if not entries:
        notes.append("the book has no table of contents; its chapters were taken from headings or files")
    return entries


def _entries(
    file: str, archive: Archive, notes: list[str], *, parse: Callable[[bytes], Parsed], entries_in: _Entries
) -> list[Entry]:
    if not file:
        return []
    try:
        parsed = parse(archive.read(file))
    except NotMarkupError as error:
        notes.append(f"{file}: the table of contents cannot be read ({error})")
        return []
    notes.extend(f"{file}: {repair}" for repair in parsed.repairs)
    entries = entries_in(parsed.root, file, archive)
    if not entries:
        notes.append(f"{file}: the table of contents has no entries")
    return entries
