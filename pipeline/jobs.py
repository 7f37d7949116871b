"""Book files and job files → the books to make, each with its settings."""

from collections.abc import Iterable
from pathlib import Path

from pipeline.chapters import picked_chapters
from pipeline.config import BookJob, Layer, Table, read_layer, settings_of
from pipeline.errors import SettingsError

_BOOK_KEYS = {"source", "chapters"}

_PATHS = {"run": ("out", "takes"), "direction": ("cast", "script")}
"""Settings that are paths, by their section."""


def jobs_of(sources: Iterable[Path], flags: list[Layer], *, chapters: str = "") -> list[BookJob]:
    """The books that files and job files name, each with its settings. Raises `SettingsError`."""
    jobs: list[BookJob] = []
    for source in sources:
        if source.suffix.lower() == ".toml":
            jobs += _jobs_of_file(source, flags, chapters)
        else:
            jobs.append(BookJob(source, settings_of(flags), picked_chapters(chapters, "--chapters")))
    return jobs


def _jobs_of_file(path: Path, flags: list[Layer], chapters: str) -> list[BookJob]:
    layer = _read_job(path)
    books = layer.table.pop("book", [])
    if not isinstance(books, list) or not books or not all(isinstance(book, dict) for book in books):
        raise SettingsError("no [[book]] with a source in it", where=str(path))
    jobs = []
    for book in books:
        _anchor_folders(book, path.parent)
        own = {name: value for name, value in book.items() if name not in _BOOK_KEYS}
        if not isinstance(book.get("source"), str):
            raise SettingsError("a [[book]] without a source", where=str(path), remedy='add source = "book.epub"')
        settings = settings_of([layer, Layer(f"{path} [[book]]", own, layer.text), *flags])
        picked = picked_chapters(chapters or str(book.get("chapters", "")), str(path))
        jobs.append(BookJob(path.parent / Path(book["source"]).expanduser(), settings, picked))
    return jobs


def _read_job(path: Path) -> Layer:
    layer = read_layer(path, "job file")
    _anchor_folders(layer.table, path.parent)
    return layer


def _anchor_folders(table: Table, folder: Path) -> None:
    """Paths named in a job file are meant from where the file stands."""
    for section, names in _PATHS.items():
        own = table.get(section, {})
        for name in names:
            if isinstance(own, dict) and isinstance(own.get(name), str) and own[name]:
                own[name] = str(folder / Path(own[name]).expanduser())
