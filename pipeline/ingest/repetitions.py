"""Titles that a book prints again and again, spoken once: the part's on its own page and over each chapter. Pure.

Books repeat titles for the eye. Only what is certain is left out, by where a title stands and never by what it says:

* a heading that stands again while nothing but headings has been spoken since;
* a part's title again over the heading of a later chapter, while that part still runs;
* the book's title again over a heading, or alone over most of the files.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from pipeline.book import Block, Coverage, Kind, count_chars
from pipeline.ingest.chapters import Opening, contents_openings, is_spoken
from pipeline.ingest.contents import Entry
from pipeline.ingest.document import Document

RULE = "repeated-heading"
MAX_JOINED = 3  # headings that together say what one said: number, title, subtitle
MAX_RUN = 12  # headings in a row that are looked at together; a book of nothing but headings has no titles
MAX_LINES_OVER = 2  # lines of text over a file's first heading that may be running heads
LEAST_FILES = 3  # the book's title alone over fewer files may be a half-title that opens something
LEAST_SHARE = 0.5  # of the files with text that it must stand over

_FIGURE = re.compile(r"\d+|[ivxlc]+")


def title_key(text: str) -> str:
    """What two settings of one title have in common: its words, whatever their case, signs and spaces."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def spoken_once(documents: Sequence[Document], entries: Sequence[Entry], book_title: str) -> list[Document]:
    """The documents, repeated titles in them left out under `RULE`, and their coverage with it."""
    openings, _ = contents_openings(documents, entries)
    book_key = title_key(book_title)
    finder = _Finder(_Contents(openings), book_key, is_over_files=_stands_over_files(documents, book_key))
    position = 0
    once: list[Document] = []
    for document in documents:
        once.append(_without(document, finder.repeated_in(document.blocks, position)))
        position += len(document.blocks)
    return once


def _without(document: Document, repeated: set[int]) -> Document:
    if not repeated:
        return document
    chars = sum(count_chars(document.blocks[index].text) for index in repeated)
    blocks = tuple(
        replace(block, rule=RULE) if index in repeated else block for index, block in enumerate(document.blocks)
    )
    return replace(document, blocks=blocks, coverage=document.coverage + Coverage(0, -chars, {RULE: chars}))


def _stands_over_files(documents: Sequence[Document], book_key: str) -> bool:
    """Whether the book's title is what most files begin with, as a running head."""
    firsts = [next((block for block in document.blocks if is_spoken(block)), None) for document in documents]
    opening = [block for block in firsts if block is not None]
    titled = sum(block.kind is Kind.HEADING and title_key(block.text) == book_key for block in opening)
    return titled >= max(LEAST_FILES, LEAST_SHARE * len(opening))


class _Contents:
    """What the table of contents says of titles: which it names, and where."""

    def __init__(self, openings: Sequence[Opening]) -> None:
        self._places: dict[str, list[int]] = {}
        for opening in openings:
            self._places.setdefault(title_key(opening.title), []).append(opening.position)

    def names_before(self, key: str, position: int) -> bool:
        return self._places.get(key, [position])[0] < position

    def leads_to(self, key: str, first: int, last: int) -> bool:
        """Whether an entry of this title leads to one of these blocks: then it opens something of its own."""
        places = self._places.get(key, [])
        following = bisect_left(places, first)
        return following < len(places) and places[following] <= last


class _Place(NamedTuple):
    """A title at the book's block number `position`; `start` is its file's first block, `below` the next title's key.

    A line of text over the first heading of a file counts as one too, as some books set their running heads.
    """

    block: Block
    key: str
    position: int
    start: int
    below: str

    @property
    def is_heading(self) -> bool:
        return self.block.kind is Kind.HEADING

    @property
    def is_of_source(self) -> bool:
        """Whether nothing in its text is ours: what is left out must be what the file holds."""
        return count_chars(self.block.text) <= self.block.anchor.end - self.block.anchor.start


@dataclass(slots=True)
class _Title:
    """A heading that was spoken and holds for what follows; `under` are the headings spoken below it.

    `depth` is its level, or one below the heading that it stands directly under. `is_alone`: nothing else is in its
    file.
    """

    place: _Place
    depth: int
    is_alone: bool
    under: set[str] = field(default_factory=set)


class _Finder:
    """Goes through the book and remembers which titles hold, and what was said since the last text."""

    def __init__(self, contents: _Contents, book_key: str, *, is_over_files: bool) -> None:
        self._contents = contents
        self._book_key = book_key
        self._is_over_files = is_over_files
        self._running: list[_Title] = []
        self._said: set[str] = set()
        self._run: list[_Place] = []

    def repeated_in(self, blocks: Sequence[Block], start: int) -> set[int]:
        """The repeated titles of the next file, by their numbers in it; its first block is the book's `start`."""
        repeated: set[int] = set()
        stretches = list(_stretches(blocks, start))
        for waiting in stretches:
            if not waiting:
                self._run.clear()
            while waiting:
                count = self._said_again(waiting) or self._is_running(waiting[0])
                repeated.update(place.position - start for place in waiting[:count])
                if not count:
                    self._speak(waiting[0], is_alone=len(stretches) == 1)
                del waiting[: count or 1]
        return repeated

    def _said_again(self, waiting: Sequence[_Place]) -> int:
        """How many of the titles to come say together what headings just before have said; 0 for none."""
        for count in range(min(MAX_JOINED, len(waiting)), 0, -1):
            if all(place.is_of_source for place in waiting[:count]) and self._has_just_been_said(waiting[:count]):
                return count
        return 0

    def _has_just_been_said(self, places: Sequence[_Place]) -> bool:
        words = " ".join(place.key for place in places)
        for first in range(len(self._run)):
            for last in range(first, min(first + MAX_JOINED, len(self._run))):
                if " ".join(place.key for place in self._run[first : last + 1]) == words:
                    return not _is_figure(words) or self._run[first].block.level == places[0].block.level
        return False

    def _is_running(self, place: _Place) -> bool:
        """Whether this is the book's title, or a part's that still runs, set over a heading for the eye."""
        if not place.is_of_source or self._contents.leads_to(place.key, place.start, place.position):
            return False
        if place.key == self._book_key and place.key in self._said:
            return bool(place.below) or (place.is_heading and self._is_over_files)
        part = next((title for title in self._running if title.place.key == place.key), None)
        if part is None or not place.below or place.below in part.under:
            return False
        if _is_figure(place.key) and place.block.level != part.place.block.level:
            return False
        return part.is_alone or _has_figure(place.key) or self._contents.names_before(place.key, place.start)

    def _speak(self, place: _Place, *, is_alone: bool) -> None:
        self._said.add(place.key)
        if not place.is_heading:
            self._run.clear()
            return
        if len(self._run) >= MAX_RUN:
            self._run.clear()
        above = self._running[-1].depth if self._run and self._running else 0
        depth = max(place.block.level, above + 1)
        self._running = [title for title in self._running if title.depth < depth]
        for title in self._running:
            title.under.add(place.key)
        self._running.append(_Title(place, depth, is_alone))
        self._run.append(place)


def _stretches(blocks: Sequence[Block], start: int) -> Iterator[list[_Place]]:
    """The file's titles that stand directly one under the other; an empty stretch where text is spoken between them."""
    spoken = [index for index, block in enumerate(blocks) if is_spoken(block)]
    headings = [number for number, index in enumerate(spoken) if blocks[index].kind is Kind.HEADING]
    titles = [*range(headings[0]), *headings] if headings and headings[0] <= MAX_LINES_OVER else headings
    end = 0
    stretch: list[_Place] = []
    for number, following in zip(titles, [*titles[1:], -1], strict=False):
        if number > end:
            yield from (stretch, []) if stretch else ([],)
            stretch = []
        below = title_key(blocks[spoken[following]].text) if following == number + 1 else ""
        block = blocks[spoken[number]]
        stretch.append(_Place(block, title_key(block.text), start + spoken[number], start, below))
        end = number + 1
    if stretch:
        yield stretch
    if end < len(spoken):
        yield []


def _is_figure(key: str) -> bool:
    """Whether a title is nothing but a number: a part's and a chapter's may be the same."""
    return bool(_FIGURE.fullmatch(key))


def _has_figure(key: str) -> bool:
    """Whether a title has a number of its own, so that it names a part by itself, as `Chapter` over `I` does not."""
    return any(map(_FIGURE.fullmatch, key.split()))
