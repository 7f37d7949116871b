"""Who says which words of a book, and how: from the job's settings, and from what is found in the text."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.book import Book
from pipeline.chapters import picked_chapters
from pipeline.config import BookJob
from pipeline.script.attribution import SILENCE, Attribution, attributed
from pipeline.script.direction import Cue, Cues, Directions, is_plain, tiled
from pipeline.script.labels import labels_of, without_labels
from pipeline.script.text_tags import with_text_tags
from pipeline.scripted import notes_on, taken_from_file
from pipeline.speech.cast import Cast, SceneSettings


@dataclass(frozen=True, slots=True)
class Directed:
    """A book as it is directed. It may say less than was read: names before speeches are left out under a rule.

    `unsure` are the quotations that the narrator keeps since nobody is known well enough to have said them.
    """

    book: Book
    directions: Directions
    notes: tuple[str, ...] = ()
    unsure: int = 0


def found(book: Book, job: BookJob, *, language: str) -> Directed:
    """What the text itself and the job say of who speaks and how: by the names in the book, whether cast or not."""
    book, tags, notes = _with_text_tags(book, job)
    heard = attributed(book, language=language)
    cues = _in_scenes(book, _with_tags(_heard_cues(heard, job), tags, book), job.settings.scene)
    unsure = heard.unsure(confidence=job.settings.direction.confidence)
    return Directed(book, Directions(cues), notes, unsure)


def directed(book: Book, job: BookJob, cast: Cast, *, max_speakers: int) -> Directed:
    """What is to be said by whom. Whoever has no part is the narrator; a book without direction stays as it is.

    Raises `SettingsError` for a direction file that cannot be used.
    """
    settings = job.settings.direction
    book, tags, notes = _with_text_tags(book, job)
    if settings.script:
        taken = taken_from_file(book, job)
        book, cues, notes = taken.book, taken.cues, (*notes, *notes_on(taken.changes, settings.script))
    listens = not cast.is_alone or settings.tags_from_verbs or settings.leaves_out
    language = job.settings.speech.language or book.metadata.language
    heard = attributed(book, language=language) if listens else SILENCE
    if not settings.script:
        cues = _with_tags(_heard_cues(heard, job), tags, book)
    labels = {**heard.labels(), **labels_of(book)}
    book, said = without_labels(book, cues, labels, settings=settings, has_part=cast.has_part)
    played = _cast_only(_in_scenes(book, said, job.settings.scene), book, cast)
    return Directed(book, Directions(played, frozenset(cast.by_language), max_speakers), notes)


def _heard_cues(heard: Attribution, job: BookJob) -> Cues:
    settings = job.settings.direction
    return heard.cues(confidence=settings.confidence, tags_from_verbs=settings.tags_from_verbs)


def _with_text_tags(book: Book, job: BookJob) -> tuple[Book, Cues, tuple[str, ...]]:
    return with_text_tags(book) if job.settings.direction.tags_in_text else (book, {}, ())


def _with_tags(cues: Cues, tagged: Cues, book: Book) -> Cues:
    """The cues with the tags that stand in the text."""
    together = dict(cues)
    for place, own in tagged.items():
        text = book.chapters[place[0] - 1].blocks[place[1]].text
        tags = [tag for cue in own for tag in cue.tags]
        tiles = tiled(text, cues.get(place, ()))
        ends = [*(cue.start for cue in tiles[1:]), len(text) + 1]
        starts = [0, *ends[:-1]]
        together[place] = tuple(
            replace(cue, tags=(*cue.tags, *(tag for tag in tags if start <= tag.at < end)))
            for cue, start, end in zip(tiles, starts, ends, strict=True)
        )
    return together


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
