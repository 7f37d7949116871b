"""From a folder of Markdown files to one Book: in the order of its SUMMARY.md, or of the files' names."""

import os
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pipeline.book import Book, Image, Kind, Metadata
from pipeline.errors import EmptyBook, UnsafeBook
from pipeline.ingest.binding import bind
from pipeline.ingest.contents import NO_PART, Entry
from pipeline.ingest.document import Document
from pipeline.ingest.frontmatter import Fields, metadata_of
from pipeline.ingest.markdown import MarkdownPage, completed, cover_of, links_of, read_file, read_text
from pipeline.ingest.outline import outlined
from pipeline.ingest.settings import DEFAULT_READING, ReadingSettings

SUMMARY, SETTINGS = "summary.md", "book.toml"
SUFFIXES = frozenset({".md", ".markdown"})
FIRST = ("readme", "index")  # what a folder of Markdown opens with
COVERS = ("cover.jpg", "cover.jpeg", "cover.png", "cover.webp")
MAX_FILES = 5_000
MAX_SEEN = 50_000  # a home folder given by mistake is not searched to its end
MAX_TOTAL_BYTES = 128 * 2**20
MAX_SETTINGS_BYTES = 2**20
_NUMBER = re.compile(r"(\d+)")
_ORDER = re.compile(r"^\d+[\s._-]*(?=\S)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a book in reading order, relative to `root`; `entries` are empty where no summary names them."""

    root: Path
    files: tuple[str, ...]
    entries: tuple[Entry, ...] = ()
    notes: tuple[str, ...] = ()


def read_folder(path: Path, settings: ReadingSettings = DEFAULT_READING) -> Book:
    """The book in the folder `path`. Raises DamagedBook, UnsafeBook, EmptyBook or CoverageError."""
    path = path.resolve()
    stated, notes = _stated(path)
    listing = _listing(path, stated)
    pages = _pages(listing, settings, stated)
    if not pages:
        raise EmptyBook("there is no Markdown file in it", where=path.name, remedy="give the book file itself")
    documents = [page.document for page in pages]
    entries: Sequence[Entry] = listing.entries
    if not entries:
        outlines = [_file_entries(page, settings.chapter_level) for page in pages]
        documents, entries = [document for document, _ in outlines], [entry for _, some in outlines for entry in some]
    metadata = completed(_merged(stated, pages[0].metadata), documents[0])
    cover, cover_notes = _cover(path, listing, pages[0].fields)
    page_notes = (f"{page.document.file}: {note}" for page in pages for note in page.notes)
    notes = (*notes, *listing.notes, *page_notes, *cover_notes)
    return bind(path, metadata, documents, entries, cover=cover, notes=notes, settings=settings)


def read_summary(path: Path, settings: ReadingSettings = DEFAULT_READING) -> Book:
    """The book a SUMMARY.md lists, its folder. Raises as `read_folder` does."""
    return read_folder(path.parent, settings)


def _stated(path: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The `[book]` table of `book.toml`, if there is one that can be read."""
    file = path / SETTINGS
    if not file.is_file():
        return {}, ()
    try:
        if file.stat().st_size > MAX_SETTINGS_BYTES:
            raise ValueError("it is too large")
        table = tomllib.loads(file.read_text("utf-8")).get("book", {})
    except (ValueError, RecursionError) as error:
        return {}, (f"{SETTINGS} cannot be read and was passed over: {error}",)
    return (table, ()) if isinstance(table, dict) else ({}, (f"{SETTINGS} has no table [book]",))


def _merged(stated: dict[str, Any], front: Metadata) -> Metadata:
    """What `book.toml` says, and the front matter of the first file for the rest."""
    known = metadata_of({name: _strings(value) for name, value in stated.items()})
    return Metadata(**{field.name: getattr(known, field.name) or getattr(front, field.name) for field in fields(known)})


def _strings(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(" ".join(str(one).split()) for one in values if isinstance(one, str | int))


def _listing(path: Path, stated: dict[str, Any]) -> Listing:
    """By the summary in the folder or in its source folder (`src`, as mdBook has it), else by the files' names."""
    for root in (path, (path / str(stated.get("src") or "src")).resolve()):
        if root.is_dir() and root.is_relative_to(path):
            summary = next((file for file in sorted(root.iterdir()) if file.name.lower() == SUMMARY), None)
            if summary is not None:
                return _summarised(root, summary)
    files = tuple(sorted(_markdown_files(path), key=_natural))
    return Listing(path, files)


def _summarised(root: Path, summary: Path) -> Listing:
    entries: list[Entry] = []
    notes: list[str] = []
    for link in links_of(read_text(summary)):
        if not link.href:
            notes.append(f"{summary.name} lists “{link.title}” without a file: a draft, passed over")
            continue
        place, _, fragment = link.href.partition("#")
        file, fault = _located(root, unquote(place))
        if fault:
            notes.append(f"{summary.name} leads to {link.href}, {fault}; it was passed over")
        else:
            part_depth = 0 if link.begins_part else NO_PART
            entries.append(Entry(link.title, link.href, file, unquote(fragment), link.depth, part_depth=part_depth))
    files = tuple(dict.fromkeys(entry.file for entry in entries))
    others = sorted(set(_markdown_files(root)) - {*files, summary.name}, key=_natural)
    notes += [f"{file} is not in {summary.name} and was not read" for file in others]
    return Listing(root, files, tuple(entries), tuple(notes))


def _located(root: Path, href: str) -> tuple[str, str]:
    """The file a link of the summary leads to, relative to the folder, or what is wrong with it."""
    if not href or _SCHEME.match(href) or "\0" in href:
        return "", "which is no file of the book"
    target = (root / href).resolve()
    if not target.is_relative_to(root):
        return "", "which lies outside the book's folder"
    if target.suffix.lower() not in SUFFIXES:
        return "", "which is no Markdown file"
    return (target.relative_to(root).as_posix(), "") if target.is_file() else ("", "which is not there")


def _markdown_files(root: Path) -> Iterator[str]:
    """Markdown files below `root`, hidden ones and what links lead out of it left aside. Raises UnsafeBook."""
    seen = found = 0
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        seen += len(names) + len(folders)
        for name in names:
            file = Path(folder, name)
            if file.suffix.lower() in SUFFIXES and not name.startswith(".") and file.resolve().is_relative_to(root):
                found += 1
                yield file.relative_to(root).as_posix()
        if seen > MAX_SEEN or found > MAX_FILES:
            raise UnsafeBook("the folder holds too many files to be one book", where=root.name)


def _natural(file: str) -> tuple[tuple[tuple[int, int, str], ...], ...]:
    """Order by path, numbers by their value, README and index before everything else in their folder."""
    return tuple(map(_natural_name, file.split("/")))


def _natural_name(name: str) -> tuple[tuple[int, int, str], ...]:
    stem = name.casefold().rpartition(".")[0] or name.casefold()
    if stem in FIRST:
        return ((-1, FIRST.index(stem), name),)
    parts = _NUMBER.split(name.casefold())
    return tuple((0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts if part)


def _pages(listing: Listing, settings: ReadingSettings, stated: dict[str, Any]) -> list[MarkdownPage]:
    paths = [listing.root / file for file in listing.files]
    if sum(path.stat().st_size for path in paths) > MAX_TOTAL_BYTES:
        raise UnsafeBook(f"its files are larger than {MAX_TOTAL_BYTES:,} bytes together", where=listing.root.name)
    language = _merged(stated, Metadata()).language
    pages: list[MarkdownPage] = []
    for path, name in zip(paths, listing.files, strict=True):
        pages.append(read_file(path, name, settings=settings, book_language=language))
        language = language or pages[0].metadata.language
    return pages


def _file_entries(page: MarkdownPage, chapter_level: int) -> tuple[Document, tuple[Entry, ...]]:
    """One entry for a file with text, or one for each of its highest headings where it has several."""
    document = page.document
    levels = [block.level for block in document.blocks if block.kind is Kind.HEADING]
    highest = min(levels, default=0)
    if chapter_level or levels.count(highest) > 1:
        outline = outlined(document, chapter_level or highest)
        if outline.entries:
            return outline.document, outline.entries
    if not any(block.kind not in (Kind.HEADING, Kind.SCENE_BREAK) for block in document.blocks):
        return document, ()
    heading = next((block.text for block in document.blocks if block.kind is Kind.HEADING), "")
    title = heading or page.metadata.title
    name = title or _title_of_name(document.file)
    return document, (Entry(name, document.file, document.file, is_titled=bool(title)),)


def _title_of_name(file: str) -> str:
    """`02-the-old_lamp.md` is The old lamp."""
    words = " ".join(re.split(r"[\s_-]+", _ORDER.sub("", Path(file).stem))).strip()
    return words[:1].upper() + words[1:]


def _cover(path: Path, listing: Listing, fields: Fields) -> tuple[Image | None, tuple[str, ...]]:
    """The picture the first file names, else one called cover."""
    if fields.get("cover") or fields.get("cover_image"):
        return cover_of(fields, (listing.root / listing.files[0]).parent)
    name = next((name for name in COVERS if (path / name).is_file()), "")
    return cover_of({"cover": (name,)}, path) if name else (None, ())
