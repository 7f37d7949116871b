"""Who says which words of a book, and how: from the job's settings, and from what is found in the text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.book import Book
from pipeline.chapters import picked_chapters
from pipeline.config import BookJob
from pipeline.errors import SettingsError
from pipeline.script.annotated import read
from pipeline.script.direction import Cue, Cues, Directions, is_plain, tiled
from pipeline.script.labels import labelled_cues, labels_of, without_labels
from pipeline.script.wording import WordChange
from pipeline.speech.cast import Cast, SceneSettings

_SHOWN_CHANGES = 20
"""Of the places where a direction file has other words: a note each, and one for the rest."""


@dataclass(frozen=True, slots=True)
class Directed:
    """A book as it is directed. It may say less than was read: names before speeches are left out under a rule.

    `unsure` are the quotations that the narrator keeps since nobody is known well enough to have said them.
    """

    book: Book
    directions: Directions
    notes: tuple[str, ...] = ()
    unsure: int = 0


def directed(book: Book, job: BookJob, cast: Cast, *, max_speakers: int) -> Directed:
    """What is to be said by whom. Whoever has no part is the narrator; a book without direction stays as it is.

    Raises `SettingsError` for a direction file that cannot be used.
    """
    language = job.settings.speech.language or book.metadata.language
    raw = _scripted(book, job) if job.settings.direction.script else found(book, job, language=language)
    heard, cues = without_labels(
        raw.book,
        raw.directions.cues,
        labels_of(raw.book),
        settings=job.settings.direction,
        has_part=cast.has_part,
    )
    played = _cast_only(cues, heard, cast)
    return replace(raw, book=heard, directions=Directions(played, frozenset(cast.by_language), max_speakers))


def found(book: Book, job: BookJob, *, language: str) -> Directed:  # noqa: ARG001  # attribution goes by the language
    """What the text itself and the job say of who speaks and how: by the names in the book, whether cast or not."""
    said = labelled_cues(book, labels_of(book))
    return Directed(book, Directions(_in_scenes(book, said, job.settings.scene)))


def _scripted(book: Book, job: BookJob) -> Directed:
    """What the job's direction file says; where it sets no scene, the job's own holds."""
    settings = job.settings.direction
    taken = read(
        _script_text(Path(settings.script).expanduser()),
        book,
        where=settings.script,
        allow_changes=settings.allow_changes,
        chapters=job.chapters,
    )
    cues = _in_scenes(taken.book, taken.cues, job.settings.scene)
    return Directed(taken.book, Directions(cues), tuple(_notes_on(taken.changes, settings.script)))


def _script_text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        remedy = "check the path; `run-pipeline direct` writes one"
        raise SettingsError("no such direction file", where=str(path), remedy=remedy) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot be read: {error}", where=str(path), remedy="save it as UTF-8 text") from error


def _notes_on(changes: Sequence[WordChange], script: str) -> Iterator[str]:
    if not changes:
        return
    words = sum(change.count for change in changes)
    yield f"{script} has other words than the book, which are spoken: {words:,} of them, places: {len(changes):,}"
    yield from map(str, changes[:_SHOWN_CHANGES])
    if len(changes) > _SHOWN_CHANGES:
        yield f"and {len(changes) - _SHOWN_CHANGES:,} more places"


def _in_scenes(book: Book, cues: Cues, scenes: tuple[SceneSettings, ...]) -> Cues:
    """The cues with the scene of their chapter, where they have none of their own; of several scenes the last one."""
    texts: dict[int, str] = {}
    for scene in scenes:
        numbers = picked_chapters(scene.chapters, "scene.chapters")
        texts.update(dict.fromkeys(numbers or range(1, len(book.chapters) + 1), scene.text))
    placed = dict(cues)
    for number, text in texts.items():
        for index, block in enumerate(book.chapters[number - 1].blocks if number <= len(book.chapters) else ()):
            whole = tiled(block.text, cues.get((number, index), ()))
            placed[number, index] = tuple(replace(cue, scene=cue.scene or text) for cue in whole)
    return placed


def _cast_only(cues: Cues, book: Book, cast: Cast) -> Cues:
    """The cues by the names of the cast, those of anybody else the narrator's; none where that says nothing."""
    return dict(_with_parts(cues, book, cast))


def _with_parts(cues: Cues, book: Book, cast: Cast) -> Iterator[tuple[tuple[int, int], tuple[Cue, ...]]]:
    for (number, index), own in cues.items():
        text = book.chapters[number - 1].blocks[index].text
        played = tiled(text, [replace(cue, speaker=cast.named(cue.speaker)) for cue in own])
        if not is_plain(played):
            yield (number, index), played
