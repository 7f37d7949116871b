"""Direction as data: which characters of which block are said by whom and how. Pure.

A block without cues is the narrator's and said as it stands, so that a book nobody directs is cut as it always was.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.speech.cast import NARRATOR


class DirectionSettings(BaseModel):
    """The `[direction]` section.

    `script`: a direction file that says who speaks and how, instead of what is found; its words must be the book's
    unless `allow_changes`. `cast`: a file of parts that several jobs share. A speaker that is found with less
    `confidence` is the narrator. `speaker_labels`: whether the names before the speeches of a play are spoken (auto:
    those without a part of their own). `stage_directions`: whether the narrator reads them. `tags_in_text`: audio tags
    that a Markdown book has in its text are tags. `tags_from_verbs`: "she whispered" has her line whispered.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    script: str
    allow_changes: bool
    cast: str
    confidence: float = Field(ge=0, le=1)
    speaker_labels: Literal["auto", "speak", "skip"]
    stage_directions: Literal["speak", "skip"]
    tags_in_text: bool
    tags_from_verbs: bool

    @property
    def leaves_out(self) -> bool:
        """Whether something of a play is not heard even where nobody has a part."""
        return self.speaker_labels == "skip" or self.stage_directions == "skip"


@dataclass(frozen=True, slots=True)
class Tag:
    """An audio tag before character `at` of a text: words of the model's, in no bracket and never of the book."""

    at: int
    words: str


@dataclass(frozen=True, slots=True)
class Cue:
    """Characters `start` to `end` of a block are said by `speaker`, in this `style`, in this `scene`.

    `tags` are placed in the block's text, within the cue. Cues of a block are in order and do not overlap; what lies in
    none of them is the narrator's.
    """

    start: int
    end: int
    speaker: str = NARRATOR
    style: str = ""
    scene: str = ""
    tags: tuple[Tag, ...] = ()


Place = tuple[int, int]
"""A block of the book: its chapter's number from 1, its index in the chapter from 0."""

Cues = Mapping[Place, tuple[Cue, ...]]


@dataclass(frozen=True, slots=True)
class Voicing:
    """What all of a request has in common: who speaks and how. `language` is set where it has a voice of its own."""

    speaker: str = NARRATOR
    style: str = ""
    scene: str = ""
    language: str = ""

    @property
    def voice(self) -> tuple[str, str]:
        """Two voicings of the same voice differ in their direction alone."""
        return self.speaker, self.language


NARRATED = Voicing()


@dataclass(frozen=True, slots=True)
class Directions:
    """All direction of a book, as far as it decides on requests.

    `languages` are those (primary subtags) that another voice speaks than the rest; `max_speakers` how many voices a
    request may have.
    """

    cues: Cues
    languages: Collection[str] = ()
    max_speakers: int = 1


UNDIRECTED = Directions({})


def tiled(text: str, cues: Sequence[Cue]) -> tuple[Cue, ...]:
    """Cues that hold every character of `text` but the white space between two of them, in order; none empty.

    What none of `cues` holds is the narrator's. Neighbours that say the same of it become one.
    """
    ends = [0, *(cue.end for cue in cues)]
    starts = [*(cue.start for cue in cues), len(text)]
    gaps = [Cue(end, start) for end, start in zip(ends, starts, strict=True)]
    between = [cue for pair in zip(gaps, [*cues, None], strict=True) for cue in pair if cue is not None]
    trimmed = (_trimmed(cue, text) for cue in between)
    merged = _merged([cue for cue in trimmed if cue.start < cue.end])
    return tuple(_trimmed(cue, text) for cue in merged)


def in_company(text: str, cues: Sequence[Cue]) -> tuple[Cue, ...]:
    """The cues, tiled; one without a word is said with what stands before it in the text, or else behind it.

    A dash between two speeches is nobody's, and a request for it alone would be paid for silence.
    """
    tiles = tiled(text, cues)
    worded = [cue for cue in tiles if has_words(text[cue.start : cue.end])]
    if not worded or len(worded) == len(tiles):
        return tiles
    companions, last = list[Cue](), worded[0]
    for cue in tiles:
        last = cue if has_words(text[cue.start : cue.end]) else last
        companions.append(replace(cue, speaker=last.speaker, style=last.style, scene=last.scene))
    return tuple(_merged(companions))


def has_words(text: str) -> bool:
    """Whether there is anything in it to say; marks and ornaments are not said."""
    return any(char.isalnum() for char in text)


def is_plain(cues: Iterable[Cue]) -> bool:
    """Whether they say nothing: the narrator reads all of it, as it stands."""
    return all(cue == Cue(cue.start, cue.end) for cue in cues)


def _trimmed(cue: Cue, text: str) -> Cue:
    """Without white space at its ends; its tags stand before a character, or at its end."""
    piece = text[cue.start : cue.end]
    start = cue.start + len(piece) - len(piece.lstrip())
    end = max(start, cue.start + len(piece.rstrip()))
    tags = tuple(replace(tag, at=_before_word(text, min(max(tag.at, start), end), end)) for tag in cue.tags)
    return replace(cue, start=start, end=end, tags=tags)


def _before_word(text: str, at: int, end: int) -> int:
    while at < end and text[at].isspace():
        at += 1
    return at


def _merged(cues: Sequence[Cue]) -> Iterator[Cue]:
    if not cues:
        return
    last = cues[0]
    for cue in cues[1:]:
        if (cue.speaker, cue.style, cue.scene) == (last.speaker, last.style, last.scene):
            last = replace(last, end=cue.end, tags=last.tags + cue.tags)
        else:
            yield last
            last = cue
    yield last


def are_tiled(cues: Sequence[Cue]) -> bool:
    """Whether cues are in order, not empty and do not overlap, with their tags inside."""
    return all(left.end <= right.start for left, right in pairwise(cues)) and all(
        cue.start < cue.end and all(cue.start <= tag.at <= cue.end for tag in cue.tags) for cue in cues
    )
