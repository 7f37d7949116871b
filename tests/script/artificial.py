"""Direction nobody means: speakers, styles, scenes and tags by chance, to see whether they are kept."""

import random

from pipeline.book import Block, Book, Kind
from pipeline.script.direction import Cue, Cues, Tag

_NAMES = ("Alice", "the White Rabbit", "Mr. Darcy", "O'Hara (old)", "Мышь", "猫", "Q:", "*", "narrator")
_STYLES = ("", "", "", "solemn", "softly (but clearly)", "as if [to himself]")
_SCENES = ("", "", "On the bank. Wet, cross", "In the hall: [dark]")
_TAGS = ("whispers", "sighs", "short pause", "laughs")


def artificial_cues(book: Book, *, seed: int) -> Cues:
    """Cues for about half of the blocks that are spoken; the same for the same seed."""
    chance = random.Random(seed)
    return {
        (number, index): _cues(block.text, chance)
        for number, chapter in enumerate(book.chapters, start=1)
        for index, block in enumerate(chapter.blocks)
        if is_directed(block) and chance.random() < 0.5
    }


def is_directed(block: Block) -> bool:
    return not block.rule and block.kind is not Kind.SCENE_BREAK


def _cues(text: str, chance: random.Random) -> tuple[Cue, ...]:
    places = sorted({chance.randrange(len(text) + 1) for _ in range(chance.choice((2, 2, 4, 6)))})
    return tuple(_cue(start, end, chance) for start, end in zip(places[::2], places[1::2], strict=False))


def _cue(start: int, end: int, chance: random.Random) -> Cue:
    at = sorted(chance.randint(start, end) for _ in range(chance.choice((0, 0, 1, 2))))
    tags = tuple(Tag(place, chance.choice(_TAGS)) for place in at)
    return Cue(start, end, chance.choice(_NAMES), chance.choice(_STYLES), chance.choice(_SCENES), tags)
