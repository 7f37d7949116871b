"""Who says what in the excerpts, as read and labelled by hand: `truth/NAME.toml`, `.txt` and `.tsv` for each book.

The table names the book, its origin and its people. The text has one block a line. The labels have one quotation a
line: line of the text, ordinal in that line, speaker, first words. The words are there for eyes and for a test: nothing
finds its place by them. A speaker is a name of the table, or words that are true of a speaker at this place alone.
Several joined by " + " said it together, or the page leaves open which of them did, and each is right. "-" is text
that nobody says: a word mentioned, a letter read in silence. A thought is the thinker's, and what is read aloud the
reader's.
"""

import csv
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.attribution.quotations import quotations

HEADING, BREAK, NOBODY, EITHER = "# ", "* * *", "-", " + "

_FOLDER = Path(__file__).parent / "truth"
_ARTICLE = re.compile(r"(?:the|an?|his|her|my|its) ")


@dataclass(frozen=True, slots=True)
class Label:
    """Characters `start` to `end` of a line (counted from 1) and who says them, under every name that is right."""

    line: int
    ordinal: int
    start: int
    end: int
    speaker: str
    names: frozenset[str]
    descriptions: frozenset[str]

    @property
    def is_said(self) -> bool:
        return self.speaker != NOBODY


@dataclass(frozen=True, slots=True)
class Person:
    """`names` are this person's own. `descriptions` mean nobody else in the excerpt; a cast would list them apart."""

    names: tuple[str, ...]
    descriptions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Truth:
    name: str
    source: str
    language: str
    chapters: tuple[str, ...]
    people: dict[str, Person]

    @property
    def excerpt(self) -> Path:
        return _FOLDER / f"{self.name}.txt"

    @cached_property
    def lines(self) -> list[str]:
        return self.excerpt.read_text("utf-8").splitlines()

    @cached_property
    def rows(self) -> list[tuple[int, int, str, str]]:
        """Line, ordinal, speaker and first words of each quotation, as written by hand."""
        with (_FOLDER / f"{self.name}.tsv").open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            return [(int(line), int(ordinal), speaker, words) for line, ordinal, speaker, words in rows]

    @cached_property
    def labels(self) -> list[Label]:
        """In the order of the text. Raises IndexError where a label has no quotation."""
        spans = [list(quotations(line)) for line in self.lines]
        return [self._label(row, *spans[row[0] - 1][row[1] - 1]) for row in self.rows]

    def _label(self, row: tuple[int, int, str, str], start: int, end: int) -> Label:
        line, ordinal, speaker, _ = row
        people = [self.people.get(name, Person(names=(name,))) for name in speaker.split(EITHER)]
        names = plain(name for person in people for name in person.names)
        descriptions = plain(words for person in people for words in person.descriptions)
        return Label(line, ordinal, start, end, speaker, names, descriptions)


def truths() -> list[Truth]:
    """Every labelled book, by name."""
    return [_truth(table) for table in sorted(_FOLDER.glob("*.toml"))]


def plain(names: Iterable[str]) -> frozenset[str]:
    """Names as they are compared: without article, capitals and curls."""
    return frozenset(_ARTICLE.sub("", name.casefold().replace("’", "'"), count=1) for name in names)


def _truth(table: Path) -> Truth:
    said = tomllib.loads(table.read_text("utf-8"))
    people = {
        name: Person((name, *words.get("names", ())), tuple(words.get("descriptions", ())))
        for name, words in said["people"].items()
    }
    return Truth(table.stem, said["source"], said["language"], tuple(said["chapters"]), people)
