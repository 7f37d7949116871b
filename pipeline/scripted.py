"""A job's direction file: read, held against the book's words, and what to say of those that differ."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.book import Book
from pipeline.config import BookJob
from pipeline.errors import SettingsError
from pipeline.script.annotated import Taken, read
from pipeline.script.wording import WordChange

_SHOWN_CHANGES = 20
"""Of the places where a direction file has other words: a note each, and one for the rest."""


def taken_from_file(book: Book, job: BookJob) -> Taken:
    """What the job's direction file says of the book. Raises `SettingsError` for a file that cannot be used."""
    settings = job.settings.direction
    return read(
        _script_text(Path(settings.script).expanduser()),
        book,
        where=settings.script,
        allow_changes=settings.allow_changes,
        chapters=job.chapters,
    )


def _script_text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        remedy = "check the path; `run-pipeline direct` writes one"
        raise SettingsError("no such direction file", where=str(path), remedy=remedy) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot be read: {error}", where=str(path), remedy="save it as UTF-8 text") from error


def notes_on(changes: Sequence[WordChange], script: str) -> Iterator[str]:
    if not changes:
        return
    words = sum(change.count for change in changes)
    yield f"{script} has other words than the book, which are spoken: {words:,} of them, places: {len(changes):,}"
    yield from map(str, changes[:_SHOWN_CHANGES])
    if len(changes) > _SHOWN_CHANGES:
        yield f"and {len(changes) - _SHOWN_CHANGES:,} more places"
