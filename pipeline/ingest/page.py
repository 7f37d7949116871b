"""From one page of HTML to a Book, through the same walk as an EPUB's texts."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lxml import etree

from pipeline.book import Book, Metadata
from pipeline.errors import DamagedBook, UnsafeBook
from pipeline.ingest.binding import bind
from pipeline.ingest.elements import language
from pipeline.ingest.frontmatter import metadata_of
from pipeline.ingest.markup import NotMarkupError, local_name, parse_xhtml, plain_text
from pipeline.ingest.outline import outlined
from pipeline.ingest.settings import DEFAULT_READING, ReadingSettings
from pipeline.ingest.xhtml import read_xhtml

MAX_FILE_BYTES = 64 * 2**20
_VOCABULARIES = ("dc.", "dcterms.", "dc:", "dcterms:", "og:", "book:", "article:")


def read_page(path: Path, settings: ReadingSettings = DEFAULT_READING) -> Book:
    """The book in `path`. Raises DamagedBook, UnsafeBook, EmptyBook or CoverageError."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise UnsafeBook(f"the file is larger than {MAX_FILE_BYTES:,} bytes", where=path.name)
    return book_of_page(path.read_bytes(), path, settings)


def book_of_page(data: bytes, path: Path, settings: ReadingSettings, *, notes: Sequence[str] = ()) -> Book:
    """The book that is the HTML page in `data`; `path` is the file it came from. Raises as `read_page` does."""
    try:
        metadata = metadata_of_page(parse_xhtml(data).root)
        document, repairs = read_xhtml(data, path.name, book_language=metadata.language, settings=settings)
    except NotMarkupError as error:
        raise DamagedBook(f"nothing in it can be read as text ({error})", where=path.name) from error
    outline = outlined(document, settings.chapter_level)
    notes = (*notes, *repairs, *outline.notes)
    return bind(path, metadata, [outline.document], outline.entries, notes=notes, settings=settings)


def metadata_of_page(root: etree._Element) -> Metadata:
    """What the head says: `<meta name="author" …>` and the like first, then `<title>` and the page's `lang`."""
    fields: dict[str, tuple[str, ...]] = {}
    for element in root.iter("{*}meta"):
        name = _plain_name(element.get("name") or element.get("property") or "")
        content = " ".join((element.get("content") or "").split())
        if name and content:
            fields[name] = (*fields.get(name, ()), content)
    for name in ("author", "creator", "title", "language"):
        fields[name] = tuple(dict.fromkeys(fields.get(name, ())))
    metadata = metadata_of({**fields, "title": fields["title"][:1], "language": fields["language"][:1]})
    return replace(
        metadata,
        title=metadata.title or _title(root),
        creators=tuple(dict.fromkeys(metadata.creators)),
        language=metadata.language or language(root),
    )


def _plain_name(name: str) -> str:
    """`DC.Creator` and `dcterms:creator` are both a creator."""
    name = name.strip().lower()
    return next((name.removeprefix(prefix) for prefix in _VOCABULARIES if name.startswith(prefix)), name)


def _title(root: etree._Element) -> str:
    """The title of the page, not that of a drawing in it."""
    titles = (element for element in root.iter("{*}title") if local_name(_parent(element)) != "svg")
    return next((plain_text(title) for title in titles), "")


def _parent(element: etree._Element) -> etree._Element:
    parent = element.getparent()
    return element if parent is None else parent
