"""What was read: a book as a narrator sees it. Pure data, no reader knows how it came to be."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Kind(StrEnum):
    """What a block is on the page; it decides pauses, never the words."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    QUOTE = "quote"
    VERSE = "verse"
    LIST_ITEM = "list-item"
    TABLE_ROW = "table-row"
    CODE = "code"
    CAPTION = "caption"
    NOTE = "note"
    STAGE_DIRECTION = "stage-direction"
    SCENE_BREAK = "scene-break"


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a block stands in its source: file inside the book, nearest element id, character range.

    `start` and `end` count non-space characters of the file's body text, so they do not depend on indentation.
    """

    file: str = ""
    element: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Omission:
    """Text left out inside a block under a named rule; it stood before character `at` of the block's text."""

    at: int
    text: str
    rule: str


@dataclass(frozen=True, slots=True)
class Sound:
    """Characters `start` to `end` of a block's text are said as `ipa`: the book asks for it at this place alone."""

    start: int
    end: int
    ipa: str


@dataclass(frozen=True, slots=True)
class Lexeme:
    """An entry of the book's own lexicon: how `words` are said in text of `language` ("": the book's), wherever.

    `ipa` or another spelling, or both; with `is_cased` upper and lower case must match.
    """

    words: str
    ipa: str = ""
    say: str = ""
    language: str = ""
    is_cased: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, verse line, list item or scene break. `text` is single-spaced; verse keeps no newlines.

    A block with a `rule` is excluded under it: it stays in the book, so that a plan can show it, and is not spoken.
    `label` is the name of who speaks where the page sets it apart and the text begins with it, as plays do; `asides`
    are the stage directions inside the text, as (start, end).
    """

    kind: Kind
    text: str
    anchor: Anchor = Anchor()
    language: str = ""
    level: int = 0
    rule: str = ""
    omissions: tuple[Omission, ...] = ()
    sounds: tuple[Sound, ...] = ()
    label: str = ""
    asides: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """An entry of the reading order as the table of contents names it; `depth` 1 is the top level.

    `is_titled`: the book itself calls it so; else the title is a stand-in. `begins_part`: an entry above the one before
    begins here that has others below it, so the book turns a larger page than that of a chapter.
    """

    title: str
    blocks: tuple[Block, ...]
    depth: int = 1
    is_titled: bool = True
    begins_part: bool = False


@dataclass(frozen=True, slots=True)
class Image:
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the book says of itself. `creators` are as they are read, `creator_sort` all of them as they are shelved.

    `series_index` is text: there are volumes 2.5. `isbn` and `asin` are empty where what stands there is none.
    """

    title: str = ""
    creators: tuple[str, ...] = ()
    language: str = ""
    identifier: str = ""
    date: str = ""
    description: str = ""
    publisher: str = ""
    subtitle: str = ""
    series: str = ""
    series_index: str = ""
    title_sort: str = ""
    creator_sort: str = ""
    isbn: str = ""
    asin: str = ""
    subjects: tuple[str, ...] = ()
    rights: str = ""

    @property
    def shown_title(self) -> str:
        """The title listeners see, if there is none too."""
        return self.title or "Untitled"

    @property
    def shown_author(self) -> str:
        """The authors listeners see, if there are none too."""
        return ", ".join(self.creators) or "Unknown author"


@dataclass(frozen=True, slots=True)
class Coverage:
    """Non-space characters of the reading order: all of them, those spoken, and those excluded under each rule."""

    total_chars: int = 0
    spoken_chars: int = 0
    excluded_chars: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: "Coverage") -> "Coverage":
        rules = dict(self.excluded_chars)
        for rule, chars in other.excluded_chars.items():
            rules[rule] = rules.get(rule, 0) + chars
        return Coverage(self.total_chars + other.total_chars, self.spoken_chars + other.spoken_chars, rules)

    @property
    def missing_chars(self) -> int:
        """Characters that are neither spoken nor excluded; anything but zero is a bug."""
        return self.total_chars - self.spoken_chars - sum(self.excluded_chars.values())


@dataclass(frozen=True, slots=True)
class Book:
    metadata: Metadata
    chapters: tuple[Chapter, ...]
    cover: Image | None = None
    coverage: Coverage = Coverage()
    notes: tuple[str, ...] = ()
    lexicon: tuple[Lexeme, ...] = ()

    def blocks(self) -> Iterator[Block]:
        for chapter in self.chapters:
            yield from chapter.blocks


def sounds_within(sounds: Iterable[Sound], start: int, end: int) -> tuple[Sound, ...]:
    """Those that lie whole between two places of a text, counted from the first of these."""
    return tuple(
        replace(sound, start=sound.start - start, end=sound.end - start)
        for sound in sounds
        if start <= sound.start and sound.end <= end
    )


def count_chars(text: str) -> int:
    """Characters that are not white space: the unit of `Coverage` and of `Anchor`."""
    line = text.replace("\n", " ")
    if line.isprintable():  # then the only white space in it is the space
        return len(line) - line.count(" ")
    return sum(map(len, text.split()))


def single_spaced(text: str) -> str:
    """`text` without white space at its ends, and with one space for every other stretch of it."""
    line = text.replace("\n", " ").strip(" ")
    if "  " not in line and line.isprintable():  # then the only white space in it is the space
        return line
    return " ".join(text.split())
