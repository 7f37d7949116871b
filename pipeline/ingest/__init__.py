"""Books from files, each read by its suffix. A reader is imported, with the libraries it needs, when it is needed."""

from collections.abc import Callable
from pathlib import Path

from pipeline.book import Book
from pipeline.errors import BookNotFound, DamagedBook, UnknownFormat
from pipeline.ingest.settings import DEFAULT_READING, ReadingSettings
from pipeline.memory import without_collector

_Reader = Callable[[Path, ReadingSettings], Book]


def read_book(path: Path, settings: ReadingSettings = DEFAULT_READING) -> Book:
    """The book in `path`, by its suffix; a folder is one book. Raises nothing but the `BookError` classes."""
    reader = _reader(path)
    if reader is None:
        raise UnknownFormat(f"a file ending in {path.suffix!r} cannot be read", where=str(path))
    try:
        with without_collector():
            return reader(path, settings)
    except OSError as error:
        raise DamagedBook(f"the file cannot be read: {error.strerror or error}", where=str(path)) from error


def _reader(path: Path) -> _Reader | None:
    if path.is_dir():
        from pipeline.ingest.folder import read_folder

        return read_folder
    reader = _reader_of(path.suffix.lower())
    if reader is not None and not path.is_file():
        raise BookNotFound("there is no such file", where=str(path))
    if path.suffix.lower() == ".md":
        from pipeline.ingest.folder import SUMMARY, read_summary

        return read_summary if path.name.lower() == SUMMARY else reader
    return reader


def _reader_of(suffix: str) -> _Reader | None:
    if suffix == ".epub":
        from pipeline.ingest.epub import read_epub

        return read_epub
    if suffix in (".md", ".markdown"):
        from pipeline.ingest.markdown import read_markdown

        return read_markdown
    if suffix in (".txt", ".text"):
        from pipeline.ingest.plain import read_plain

        return read_plain
    if suffix in (".html", ".htm", ".xhtml"):
        from pipeline.ingest.page import read_page

        return read_page
    from pipeline.ingest.pandoc import FORMATS, read_by_pandoc

    return read_by_pandoc if suffix in FORMATS else None
