"""The source book as an EPUB 3 that reads itself aloud: sentences in spans, an overlay a page, the sound inside.

Pages are read, wrapped and written one at a time; what is kept of them are ids and lengths, so memory stays flat.
"""

import posixpath
import tempfile
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from pipeline.book import Book
from pipeline.errors import DamagedBook
from pipeline.ingest.archive import Archive
from pipeline.ingest.contents import Entry, ncx_entries
from pipeline.ingest.markup import parse_xml
from pipeline.ingest.package import Package, read_package
from pipeline.readalong.anchoring import extents
from pipeline.readalong.archive import NewArchive
from pipeline.readalong.edition import ChapterSound, Edition
from pipeline.readalong.lighting import pars_of, placed_passages
from pipeline.readalong.made import write_plain_epub
from pipeline.readalong.package import SMIL_TYPE, PackageTree, href
from pipeline.readalong.pages import Page, link_style_sheet, page_of, written
from pipeline.readalong.smil import Par, clock_value, duration_ms, smil
from pipeline.readalong.spans import Segment, wrap
from pipeline.readalong.upgrade import ensure_modified, nav_page, properties_of, upgrade_package, upgrade_page

MIMETYPE = "application/epub+zip"
PAGE_TYPE = "application/xhtml+xml"

_ACTIVE_CLASS = "-epub-media-overlay-active"
"""The name reading systems know without being told."""

_STYLE_SHEET = f".{_ACTIVE_CLASS} {{\n  background-color: #ffe9a8;\n  color: #000;\n}}\n"

_ACCESS = (
    ("schema:accessMode", "textual"),
    ("schema:accessMode", "auditory"),
    ("schema:accessModeSufficient", "textual"),
    ("schema:accessibilityFeature", "synchronizedAudioText"),
)

_STYLE_NAME = "read-along.css"
_PAGE_TYPES = frozenset({PAGE_TYPE, "text/html", "text/x-oeb1-document"})

_UNSIGNED = "META-INF/signatures.xml"
"""Not copied: what it signs has changed."""


def write_epub(path: Path, edition: Edition, book: Book, sounds: Sequence[ChapterSound], *, source: Path) -> None:
    """Write the read-along edition of `book`, which was read from `source`; of what is no EPUB one is made first."""
    if source.suffix.lower() == ".epub" and source.is_file():
        _Rewriting(edition, book, sounds).write(path, source)
        return
    with tempfile.TemporaryDirectory(prefix="run-pipeline-") as scratch:
        plain = Path(scratch, "book.epub")
        _Rewriting(edition, write_plain_epub(plain, book), sounds).write(path, plain)


class _Rewriting:
    def __init__(self, edition: Edition, book: Book, sounds: Sequence[ChapterSound]) -> None:
        self._edition = edition
        self._sounds = sounds
        self._placed = placed_passages(edition, book)
        self._segments: dict[int, list[tuple[str, Segment]]] = defaultdict(list)

    def write(self, path: Path, source: Path) -> None:
        with Archive(source) as archive, NewArchive(path) as target:
            package = read_package(archive)
            tree = PackageTree(package.file, archive)
            is_old = not tree.is_epub3
            folder = _free_folder(archive, posixpath.dirname(package.file))
            target.add("mimetype", MIMETYPE, stored=True)
            left_out = {"mimetype", _UNSIGNED, package.file, *tree.without_overlays()}
            if is_old:
                upgrade_package(tree)
            written_pages = self._write_pages(archive, target, tree, f"{folder}/{_STYLE_NAME}", is_old=is_old)
            _copy(archive, target, [name for name in archive.names if name not in left_out | written_pages])
            if not package.nav:
                _add_nav(archive, target, package, tree, folder, self._edition)
            self._add_overlays(target, tree, folder)
            ensure_modified(tree, self._edition.book.date)
            target.add(package.file, tree.written())

    def _write_pages(
        self, archive: Archive, target: NewArchive, tree: PackageTree, style_sheet: str, *, is_old: bool
    ) -> set[str]:
        """Write the pages that are changed; their files."""
        by_file: dict[str, list[int]] = defaultdict(list)
        for number, placed in enumerate(self._placed):
            by_file[placed.block.anchor.file].append(number)
        changed = set()
        for item, file in list(tree.items()):
            is_page = item.get("media-type") in _PAGE_TYPES and file and file not in changed
            page = page_of(archive.read(file)) if is_page and (is_old or file in by_file) else None
            if page is None:
                continue
            if is_old:
                upgrade_page(page, title=self._edition.title)
                item.set("media-type", PAGE_TYPE)
                tree.declare(item, properties_of(page))
            if self._wrap(page, file, by_file[file]):
                link_style_sheet(page, href(style_sheet, file))
            target.add(file, written(page))
            changed.add(file)
        return changed

    def _wrap(self, page: Page, file: str, numbers: Sequence[int]) -> bool:
        """Put the sentences of a page into spans; whether it has any."""
        text = page.text
        by_block: dict[int, list[int]] = defaultdict(list)
        for number in numbers:
            by_block[id(self._placed[number].block)].append(number)
        found = []
        for of_block in by_block.values():
            sentences = [self._placed[number].passage.sentence for number in of_block]
            spans = [(sentence.start, sentence.end) for sentence in sentences]
            places = extents(self._placed[of_block[0]].block, spans, text)
            found += [(number, place) for number, place in zip(of_block, places, strict=True) if place is not None]
        found.sort(key=lambda pair: pair[1])
        segments = wrap(page.body, found, prefix=page.free_prefix())
        for segment in segments:
            self._segments[segment.sentence].append((file, segment))
        return bool(segments)

    def _add_overlays(self, target: NewArchive, tree: PackageTree, folder: str) -> None:
        """Write an overlay for each page that is read, the sound of the chapters, and what the package says of them."""
        by_page: dict[str, list[Par]] = defaultdict(list)
        for file, par in pars_of(self._edition, self._placed, self._segments):
            by_page[file].append(par)
        used = {par.chapter for pars in by_page.values() for par in pars}
        sounds = {number: f"{folder}/audio-{number + 1:03}.mp3" for number in sorted(used)}
        for number, name in sounds.items():
            target.add_file(name, self._sounds[number].path)
            tree.add_item(name, "audio/mpeg", identifier=f"read-along-audio-{number + 1}")
        for count, (page, pars) in enumerate(by_page.items(), start=1):
            name = f"{folder}/page-{count:03}.smil"
            target.add(name, smil(name, page, pars, sounds))
            identifier = tree.add_item(name, SMIL_TYPE, identifier=f"read-along-{count}")
            tree.state("media:duration", clock_value(duration_ms(pars)), refines=identifier)
            item = tree.item_of(page)
            assert item is not None  # it was found in the manifest
            item.set("media-overlay", identifier)
        style_sheet = f"{folder}/{_STYLE_NAME}"
        target.add(style_sheet, _STYLE_SHEET)
        tree.add_item(style_sheet, "text/css", identifier="read-along-style")
        if by_page:
            self._state(tree, sum(map(duration_ms, by_page.values())))

    def _state(self, tree: PackageTree, total_ms: int) -> None:
        tree.state("media:duration", clock_value(total_ms))
        tree.state("media:active-class", _ACTIVE_CLASS)
        tree.state("media:narrator", self._edition.narrator)
        for name, value in _ACCESS:
            if value not in tree.states(name):
                tree.state(name, value)


def _copy(archive: Archive, target: NewArchive, names: Sequence[str]) -> None:
    for name in names:
        try:
            with archive.stream(name) as stream:
                target.add_stream(name, stream)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise DamagedBook(
                f"a part cannot be copied into the read-along EPUB: {error}",
                where=f"{archive.where}, {name}",
                remedy="leave `epub` out of `delivery.read_along`, or get the book again",
            ) from error


def _free_folder(archive: Archive, beside: str) -> str:
    name = posixpath.join(beside, "read-along")
    while any(member.startswith(f"{name}/") for member in archive.names):
        name += "-"
    return name


def _add_nav(
    archive: Archive, target: NewArchive, package: Package, tree: PackageTree, folder: str, edition: Edition
) -> None:
    """The contents of EPUB 3: those of the NCX, else the chapters that are read."""
    entries = ncx_entries(parse_xml(archive.read(package.ncx)).root, package.ncx, archive) if package.ncx else []
    entries = [entry for entry in entries if entry.file] or [
        Entry(chapter.title, "", chapter.clips[0].sentences[0].file)
        for chapter in edition.timeline.chapters
        if chapter.clips and chapter.clips[0].sentences[0].file
    ]
    file = f"{folder}/contents.xhtml"
    target.add(file, nav_page(file, edition.title, edition.language, entries))
    tree.add_item(file, PAGE_TYPE, identifier="read-along-contents", properties="nav")
