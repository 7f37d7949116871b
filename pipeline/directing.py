"""Who says which words of a book, and how: from the job's settings, and from what is found in the text."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.book import Book
from pipeline.chapters import picked_chapters
from pipeline.config import BookJob
from pipeline.script.direction import Cue, Cues, Directions, is_plain, tiled
from pipeline.script.labels import labelled_cues, labels_of, without_labels
from pipeline.speech.cast import Cast, SceneSettings


@dataclass(frozen=True, slots=True)
class Directed:
    """A book as it is directed. It may say less than was read: names before speeches are left out under a rule."""

    book: Book
    directions: Directions
    notes: tuple[str, ...] = ()


def directed(book: Book, job: BookJob, cast: Cast, *, max_speakers: int) -> Directed:
    """What is to be said by whom. Whoever has no part is the narrator; a book without direction stays as it is."""
    labels = labels_of(book)
    settings = job.settings.direction
    book, said = without_labels(book, labelled_cues(book, labels), labels, settings=settings, has_part=cast.has_part)
    cues = _cast_only(_in_scenes(book, said, job.settings.scene), book, cast)
    return Directed(book, Directions(cues, frozenset(cast.by_language), max_speakers))


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
