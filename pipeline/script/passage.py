"""A passage to be said on trial: blocks, each in one voice. Pure data."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.book import Block, Kind, sounds_within
from pipeline.script.direction import Cue
from pipeline.script.measure import speech_seconds


@dataclass(frozen=True, slots=True)
class Said:
    """A block, or whole sentences of one, as one voice is to say it; `cue` holds all of the text."""

    block: Block
    cue: Cue

    @property
    def text(self) -> str:
        return self.block.text

    def part(self, start: int, end: int) -> "Said":
        sounds = sounds_within(self.block.sounds, start, end)
        tags = tuple(replace(tag, at=tag.at - start) for tag in self.cue.tags if start <= tag.at < end)
        return Said(
            replace(self.block, text=self.text[start:end], sounds=sounds),
            replace(self.cue, start=0, end=end - start, tags=tags),
        )


@dataclass(frozen=True, slots=True)
class Passage:
    """What is to be said, in order; `chapter` is the title of where it comes from ("": from no book)."""

    said: tuple[Said, ...]
    chapter: str = ""

    @property
    def paragraphs(self) -> tuple[str, ...]:
        return tuple(one.text for one in self.said)

    def by(self, speaker: str) -> "Passage":
        """The same words, said by somebody else."""
        return replace(self, said=tuple(replace(one, cue=replace(one.cue, speaker=speaker)) for one in self.said))

    @property
    def seconds(self) -> float:
        return seconds_of(self.said)


def passage_of(text: str) -> Passage:
    """A passage somebody writes himself, with blank lines between its paragraphs. Nothing in it: nothing to say."""
    texts = (" ".join(part.split()) for part in re.split(r"\n\s*\n", text))
    return Passage(tuple(Said(Block(Kind.PARAGRAPH, each), Cue(0, len(each))) for each in texts if each))


def seconds_of(said: Sequence[Said]) -> float:
    """How long it takes to say, as it is expected."""
    return sum(speech_seconds(one.text) for one in said)
