"""What will be spoken: lines, the chunks that go into one request, and the limits of these. Pure data."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict, Field

from pipeline.book import Kind, Sound, sounds_within
from pipeline.recording import Boundary
from pipeline.script.direction import NARRATED, Tag, Voicing
from pipeline.speech.cast import NARRATOR

OURS = -1
"""Number of the block of a line that stands in no block of the book."""

_STANZAS = {Kind.VERSE, Kind.LIST_ITEM, Kind.TABLE_ROW, Kind.CODE}


class ScriptSettings(BaseModel):
    """The `[script]` section: `target_seconds` of speech a chunk aims at, `max_chars` no chunk exceeds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target_seconds: float = Field(ge=5, le=300)
    max_chars: int = Field(ge=100, le=100_000)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may hold: characters, UTF-8 bytes as token bound (0: none), seconds of audio (0: none)."""

    max_chars: int
    max_input_tokens: int = 0
    max_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """What one speaker says without a change of voice: characters `start` to `end` of block number `block`.

    `language` is empty where it is the book's; `sounds` are those of the block that lie whole in the line, `tags` its
    audio tags, both placed in `text`. `voicing` is how it is to be spoken.
    """

    text: str
    block: int
    start: int
    end: int
    kind: Kind = Kind.PARAGRAPH
    voicing: Voicing = NARRATED
    language: str = ""
    sounds: tuple[Sound, ...] = ()
    tags: tuple[Tag, ...] = ()

    @property
    def speaker(self) -> str:
        return self.voicing.speaker


@dataclass(frozen=True, slots=True)
class Chunk:
    """The lines that go into one request, and what follows them."""

    lines: tuple[Line, ...]
    after: Boundary

    @property
    def text(self) -> str:
        """The lines as one text, as they stand in the book."""
        return self.said(lambda line: line.text)

    @property
    def speakers(self) -> tuple[str, ...]:
        """Who speaks in it, each once, in the order of their first words."""
        return tuple(dict.fromkeys(line.speaker for line in self.lines))

    def said(self, say: Callable[[Line], str]) -> str:
        """What `say` makes of each line, with what parts them on the page."""
        return said(self.lines, say)


@dataclass(frozen=True, slots=True)
class ScriptChapter:
    """`number` counts the book's chapters from 1, whether they are picked or not."""

    number: int
    title: str
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class Script:
    chapters: tuple[ScriptChapter, ...]

    def chunks(self) -> Iterator[Chunk]:
        for chapter in self.chapters:
            yield from chapter.chunks


def said(lines: tuple[Line, ...], say: Callable[[Line], str]) -> str:
    """What `say` makes of each line: a blank line between paragraphs, a line break inside a stanza or list."""
    parts: list[str] = []
    for i, line in enumerate(lines):
        if i:
            parts.append(_between(lines[i - 1], line))
        parts.append(say(line))
    return "".join(parts)


def _between(left: Line, right: Line) -> str:
    if left.block == right.block != OURS:
        return " "
    return "\n" if boundary_between(left.kind, right.kind) is Boundary.VERSE else "\n\n"


def part_of(line: Line, start: int, end: int) -> Line:
    """Characters `start` to `end` of a line, with the sounds that lie whole in them and none of its tags."""
    sounds = sounds_within(line.sounds, start, end)
    placed = replace(line, start=line.start + start, end=line.start + end)
    return replace(placed, text=line.text[start:end], sounds=sounds, tags=())


def tagged_parts(line: Line) -> Iterator[tuple[str, Line]]:
    """A line cut at its tags: each part with the words of the tag before it, "" for none.

    A heading is not cut, since rules of speech look at all of it: a tag inside stands before it.
    """
    is_whole = line.kind is Kind.HEADING
    tags = [(0 if is_whole and tag.at < len(line.text) else tag.at, tag.words) for tag in line.tags]
    starts = [("", 0), *((words, at) for at, words in sorted(tags, key=lambda tag: tag[0]))]
    ends = [*(start for _, start in starts[1:]), len(line.text)]
    for (words, start), end in zip(starts, ends, strict=True):
        yield words, part_of(line, start, end)


def boundary_between(left: Kind, right: Kind) -> Boundary:
    """What parts two blocks that follow each other, by their kinds."""
    if (left is Kind.HEADING) is not (right is Kind.HEADING):
        return Boundary.HEADING
    return Boundary.VERSE if left in _STANZAS and left is right else Boundary.PARAGRAPH


def boundary_of_lines(left: Line, right: Line) -> Boundary:
    """What parts two lines that follow each other: a change of voice, where that is all there is."""
    if left.block == right.block != OURS:
        return Boundary.TURN
    return reply_or(boundary_between(left.kind, right.kind), left.voicing, right.voicing)


def reply_or(boundary: Boundary, left: Voicing, right: Voicing) -> Boundary:
    """A turn, where one of the cast answers another; else the boundary as it stands on the page."""
    is_reply = left.speaker != right.speaker and NARRATOR not in (left.speaker, right.speaker)
    return Boundary.TURN if is_reply and boundary in (Boundary.PARAGRAPH, Boundary.VERSE) else boundary
