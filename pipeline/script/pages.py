"""A direction file as it stands: its chapters, the lines in them, and the text that these make. Pure."""

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate

from pipeline.book import single_spaced
from pipeline.errors import SettingsError
from pipeline.script.direction import Tag
from pipeline.script.notation import Said, escaped, read_line, unescaped
from pipeline.script.wording import Wording, wording_of

_CHAPTER = re.compile(r"#\s*(\d{1,6})(?:[.\s].*)?")
_SCENE = re.compile(r"\[\[\s*scene\s*(?::(?P<text>(?:\\.|[^\]\\]|\](?!\]))*))?\]\]")
_RULE = re.compile(r"([*_-])(?:\s*\1){2,}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the file, of number `line`: what is said, in which scene; `opens` a paragraph or goes on in one."""

    line: int
    said: Said
    scene: str
    opens: bool


@dataclass(frozen=True)
class Page:
    """A chapter in the file: its number in the book, the file's line it begins at, and what is said in it."""

    number: int
    line: int
    entries: tuple[Entry, ...]

    @cached_property
    def wording(self) -> Wording:
        """The words of all entries, an empty line between paragraphs."""
        return wording_of("".join(part for pair in self._pieces for part in pair))

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where each entry's text begins in the text of `wording`."""
        return tuple(accumulate((len(text) + len(end) for text, end in self._pieces[:-1]), initial=0))

    def line_at(self, at: int) -> int:
        """The number of the file's line in which a character of the text stands."""
        return self.entries[bisect_right(self.starts, at) - 1].line if self.entries else self.line

    @cached_property
    def _pieces(self) -> list[tuple[str, str]]:
        """The text of each entry, and what parts it from the next one."""
        return [
            (entry.said.text, _between(entry, following))
            for entry, following in zip(self.entries, [*self.entries[1:], None], strict=True)
        ]


def _between(entry: Entry, following: Entry | None) -> str:
    if following is None or (entry.said.is_glued and not following.opens):
        return ""
    return "\n\n" if following.opens else "\n"


def scene_line(scene: str) -> str:
    return f"[[scene: {escaped(scene)}]]" if scene else "[[scene]]"


def pages_of(text: str, *, where: str) -> Mapping[int, Page]:
    """The chapters of a direction file by their numbers. Raises `SettingsError` with the line that is wrong."""
    reading = _Reading(where)
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        reading.take(number, line.strip())
    return reading.ended()


@dataclass
class _Reading:
    where: str
    pages: dict[int, Page] = field(default_factory=dict)
    _number: int = 0
    _line: int = 0
    _entries: list[Entry] = field(default_factory=list)
    _scene: str = ""
    _is_parted: bool = True
    _tags: tuple[Tag, ...] = ()
    _comment: int = 0

    def take(self, number: int, line: str) -> None:
        if self._comment or line.startswith("<!--"):
            self._comment = 0 if "-->" in line else self._comment or number
        elif not line or _RULE.fullmatch(line):
            self._is_parted = True
        elif line.startswith("#"):
            self._open(number, line)
        elif line.startswith("[["):
            self._scene = self._scene_in(number, line)
        else:
            self._say(number, line)

    def ended(self) -> Mapping[int, Page]:
        if self._comment:
            raise self._error(self._comment, "a comment that does not end", "end it with -->")
        self._close()
        return self.pages

    def _open(self, number: int, line: str) -> None:
        chapter = _CHAPTER.fullmatch(line)
        if chapter is None:
            remedy = r"a chapter is '# 3. Its title', by its number in the book; a # of the book's is \#"
            raise self._error(number, f"no chapter's heading: {line[:60]!r}", remedy)
        self._close()
        self._number, self._line = int(chapter[1]), number
        if self._number in self.pages:
            other = self.pages[self._number].line
            raise self._error(number, f"chapter {self._number} stands in line {other} already", "take one of them out")

    def _close(self) -> None:
        """The chapter is complete; tags that no words follow belong to the end of the last ones."""
        if self._entries and self._tags:
            last = self._entries[-1]
            late = tuple(Tag(len(last.said.text), tag.words) for tag in self._tags)
            self._entries[-1] = replace(last, said=replace(last.said, tags=last.said.tags + late))
        if self._number:
            self.pages[self._number] = Page(self._number, self._line, tuple(self._entries))
        self._entries, self._scene, self._is_parted, self._tags = [], "", True, ()

    def _scene_in(self, number: int, line: str) -> str:
        scene = _SCENE.fullmatch(line)
        if scene is None:
            remedy = r"write [[scene: where it is]], or [[scene]] for its end; a bracket of the book's is \["
            raise self._error(number, f"unknown direction {line[:60]!r}", remedy)
        return single_spaced(unescaped(scene["text"] or ""))

    def _say(self, number: int, line: str) -> None:
        if not self._number:
            raise self._error(number, "words before the first chapter", "begin the chapter with '# 1. Its title'")
        said = read_line(line, where=self._place(number))
        if not said.text:
            self._tags += said.tags  # on a line of their own, they are said before what follows
            return
        said = replace(said, tags=(*(Tag(0, tag.words) for tag in self._tags), *said.tags))
        self._entries.append(Entry(number, said, self._scene, self._is_parted))
        self._is_parted, self._tags = False, ()

    def _place(self, number: int) -> str:
        return f"{self.where} line {number}"

    def _error(self, number: int, what: str, remedy: str) -> SettingsError:
        return SettingsError(what, where=self._place(number), remedy=remedy)
