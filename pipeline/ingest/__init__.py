"""Books from files, each read by its suffix."""

from collections.abc import Callable, Mapping
from pathlib import Path

from pipeline.book import Book
from pipeline.errors import BookNotFound, DamagedBook, UnknownFormat
from pipeline.ingest.epub import read_epub
from pipeline.ingest.markdown import read_markdown
from pipeline.ingest.plain import read_plain
from pipeline.ingest.settings import DEFAULT_READING, ReadingSettings

_READERS: Mapping[str, Callable[[Path, ReadingSettings], Book]] = {
    ".epub": read_epub,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".txt": read_plain,
}


def read_book(path: Path, settings: ReadingSettings = DEFAULT_READING) -> Book:
    """The book in `path`, by its suffix. Raises one of the `BookError` classes and nothing else about the book."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise UnknownFormat(f"a file ending in {path.suffix!r} cannot be read", where=str(path))
    if not path.is_file():
        raise BookNotFound("there is no such file", where=str(path))
    try:
        return reader(path, settings)
    except OSError as error:
        raise DamagedBook(f"the file cannot be read: {error.strerror or error}", where=str(path)) from error
