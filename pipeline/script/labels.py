"""A play as it is heard: names before the speeches and stage directions, said or left out under rules. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from pipeline.book import Block, Book, Chapter, Coverage, Kind
from pipeline.dialogue.plays import past_points
from pipeline.script.direction import Cue, Cues, DirectionSettings, Place
from pipeline.script.omissions import Cut, Shortened

LABEL = "speaker-label"
STAGE = "stage-direction"
"""Rules under which the names, and the stage directions, are left out."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """The first `chars` characters of a block do but name `speaker`; `asides` are stage directions in it."""

    speaker: str = ""
    chars: int = 0
    asides: tuple[tuple[int, int], ...] = ()


Labels = Mapping[Place, Labelled]


def labels_of(book: Book) -> dict[Place, Labelled]:
    """The names and stage directions that the page itself sets apart."""
    return {
        (number, index): _labelled(block)
        for number, chapter in enumerate(book.chapters, start=1)
        for index, block in enumerate(chapter.blocks)
        if (block.label or block.asides) and not block.rule
    }


def without_labels(
    book: Book, cues: Cues, labels: Labels, *, settings: DirectionSettings, has_part: Callable[[str], bool]
) -> tuple[Book, dict[Place, tuple[Cue, ...]]]:
    """The book without what is not to be heard, and the cues in it. Coverage moves with every character.

    By itself a name is heard where its speaker has no part: the voice then does not tell who speaks.
    """
    moved = dict(cues)
    chapters: list[Chapter] = []
    coverage, is_changed = book.coverage, False
    for number, chapter in enumerate(book.chapters, start=1):
        blocks = list(chapter.blocks)
        for index, block in enumerate(blocks):
            labelled = labels.get((number, index), Labelled())
            cuts = () if block.rule else tuple(_cuts(block, labelled, settings, has_part))
            if cuts:
                is_changed = True
                shorter = Shortened(block, cuts)
                blocks[index] = shorter.block
                coverage += Coverage(0, -sum(shorter.chars.values()), shorter.chars)
                moved[number, index] = () if shorter.block.rule else tuple(shorter.cues(cues.get((number, index), ())))
        chapters.append(replace(chapter, blocks=tuple(blocks)))
    if not is_changed:
        return book, moved
    spoken = {place: own for place, own in moved.items() if own}
    return replace(book, chapters=tuple(chapters), coverage=coverage), spoken


def _labelled(block: Block) -> Labelled:
    """The points after a name are of it, or of the stage direction between the two: "HAMLET (aside): …"."""
    text, asides = block.text, list(block.asides)
    if not block.label:
        return Labelled(asides=block.asides)
    chars = past_points(text, len(block.label), asides[0][0] if asides else len(text))
    if asides and asides[0][0] == chars:
        limit = asides[1][0] if len(asides) > 1 else len(text)
        end = past_points(text, asides[0][1], limit)
        asides[0] = (chars, asides[0][1] + len(text[asides[0][1] : end].rstrip()))
    return Labelled(block.label, chars, tuple(asides))


def _has_speech(block: Block, labelled: Labelled) -> bool:
    """Whether anything is said beside the name and the stage directions; with neither of these it follows below."""
    edges = [labelled.chars, *(edge for aside in labelled.asides for edge in aside), len(block.text)]
    said = (block.text[start:end].strip() for start, end in zip(edges[::2], edges[1::2], strict=True))
    return any(said) or not labelled.asides


def _cuts(
    block: Block, labelled: Labelled, settings: DirectionSettings, has_part: Callable[[str], bool]
) -> Iterator[Cut]:
    """What of a block is not to be heard, in order."""
    skips_stage = settings.stage_directions == "skip"
    if block.kind is Kind.STAGE_DIRECTION:
        if skips_stage:
            yield Cut(0, len(block.text), STAGE)
        return
    has_speech = _has_speech(block, labelled)
    if labelled.chars and (
        settings.speaker_labels == "skip"
        or (skips_stage and not has_speech)  # the name alone would stay
        or (settings.speaker_labels == "auto" and has_speech and has_part(labelled.speaker))
    ):
        ours = int(block.kind is Kind.TABLE_ROW and bool(block.label))  # the colon after a cell
        yield Cut(0, labelled.chars, LABEL, ours)
    if skips_stage:
        yield from (Cut(start, end, STAGE) for start, end in labelled.asides)
