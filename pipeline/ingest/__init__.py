"""Books from files, each read by its suffix."""

from collections.abc import Callable, Mapping
from pathlib import Path

from pipeline.book import Book
from pipeline.errors import BookNotFound, DamagedBook, UnknownFormat
from pipeline.ingest.epub import read_epub
from pipeline.ingest.folder import SUMMARY, read_folder, read_summary
from pipeline.ingest.markdown import read_markdown
from pipeline.ingest.page import read_page
from pipeline.ingest.pandoc import FORMATS, read_by_pandoc
from pipeline.ingest.plain import read_plain
from pipeline.ingest.settings import DEFAULT_READING, ReadingSettings
from pipeline.memory import without_collector

_READERS: Mapping[str, Callable[[Path, ReadingSettings], Book]] = {
    ".epub": read_epub,
    **dict.fromkeys((".md", ".markdown"), read_markdown),
    **dict.fromkeys((".txt", ".text"), read_plain),
    **dict.fromkeys((".html", ".htm", ".xhtml"), read_page),
    **dict.fromkeys(FORMATS, read_by_pandoc),
}


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


def _reader(path: Path) -> Callable[[Path, ReadingSettings], Book] | None:
    if path.is_dir():
        return read_folder
    reader = _READERS.get(path.suffix.lower())
    if reader is not None and not path.is_file():
        raise BookNotFound("there is no such file", where=str(path))
    return read_summary if path.name.lower() == SUMMARY else reader
