"""Text as it runs past: what a reader hands in becomes blocks, and every character lands in one named place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.book import Anchor, Block, Coverage, Kind, count_chars

# Soft hyphen, zero-width space, word joiner, byte order mark, and the bidirectional marks. The zero-width joiner
# and non-joiner stay: in Persian and Hindi they change the word.
INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2061-\u2064\u2066-\u2069\ufeff]+")

MAX_VERSE_LINE_CHARS = 72  # longer lines are prose that somebody broke by hand
MIN_VERSE_LINES = 3  # two lines are an address or a heading more often than a couplet
CLOSING = ".:;,!?…。！？、"  # a cell that ends so needs no comma after it
SENTENCE_END = re.compile(r"[.!?…。！？—][\"'”’»)\]]*$")
MAX_SPEAKER_CHARS = 40

_SILENT_ORNAMENT = frozenset({Kind.TABLE_ROW, Kind.LIST_ITEM, Kind.CODE})  # a lone dash there parts no scenes


@dataclass(frozen=True, slots=True)
class Style:
    """What the surroundings say about the text to come.

    `keeps_lines`: a line feed ends a line; `has_speaker`: the first cell of the row names who speaks.
    """

    kind: Kind = Kind.PARAGRAPH
    level: int = 0
    language: str = ""
    element: str = ""
    is_verse: bool = False
    keeps_lines: bool = False
    has_speaker: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the reading order, read. `ids` tells for each element id the index of the block it opens."""

    file: str
    blocks: tuple[Block, ...] = ()
    ids: Mapping[str, int] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)
    title: str = ""


@dataclass(slots=True)
class _Run:
    """A stretch without a break in it: a line of verse, a cell of a row, or a whole paragraph."""

    parts: list[str] = field(default_factory=list)
    start: int = -1
    end: int = -1

    @property
    def text(self) -> str:
        return " ".join("".join(self.parts).split())


class Flow:
    """Takes text, breaks and exclusions in reading order and gives blocks; `Coverage` falls out of it."""

    def __init__(self, file: str = "", style: Style = Style()) -> None:
        self._file = file
        self.style = style
        self._runs = [_Run()]
        self._blocks: list[Block] = []
        self._ids: dict[str, int] = {}
        self._waiting_ids: list[str] = []
        self._position = 0
        self._spoken = 0
        self._excluded: dict[str, int] = {}

    def begin(self, style: Style) -> None:
        """Ends the block that is open and reads on in `style`."""
        self.close()
        self.style = style

    def text(self, characters: str) -> None:
        if not characters:
            return
        start = self._position
        visible = INVISIBLE.sub(self._exclude_match, characters)
        self._run(visible, count_chars(visible), start)

    def exclude(self, rule: str, characters: str) -> None:
        chars = count_chars(characters)
        self._count(rule, chars)
        self._position += chars

    def break_run(self) -> None:
        """A line ends inside a block, or a cell inside a row."""
        self._runs.append(_Run())

    def scene_break(self) -> None:
        self.close()
        self._add(Kind.SCENE_BREAK, "", self._position, self._position)

    def mark(self, element: str) -> None:
        """Remembers that `element` stands before the next text; chapters may begin there."""
        if element not in self._ids:
            self._waiting_ids.append(element)

    def close(self) -> None:
        runs = [run for run in self._runs if run.start >= 0]
        self._runs = [_Run()]
        if runs:
            self._emit(runs)

    def document(self, total_chars: int, title: str = "") -> Document:
        """What was read. `total_chars` was counted by the caller from the source, independently of the flow."""
        self.close()
        self._settle_ids()
        coverage = Coverage(total_chars, self._spoken, dict(self._excluded))
        return Document(self._file, tuple(self._blocks), dict(self._ids), coverage, title)

    def _run(self, visible: str, chars: int, start: int) -> None:
        run = self._runs[-1]
        run.parts.append(visible)
        if chars:
            self._settle_ids()
            if run.start < 0:
                run.start = start
            self._position += chars
            run.end = self._position

    def _settle_ids(self) -> None:
        """Ids wait for text, so that an empty anchor at a block's end opens the next block, not this one."""
        for element in self._waiting_ids:
            self._ids.setdefault(element, len(self._blocks))
        self._waiting_ids.clear()

    def _emit(self, runs: list[_Run]) -> None:
        if self.style.kind is Kind.TABLE_ROW:
            self._emit_row(runs)
        elif _is_verse(runs, self.style):
            for run in runs:
                self._emit_text(Kind.VERSE, run.text, run.start, run.end)
        else:
            joined = " ".join(run.text for run in runs)
            self._emit_text(self.style.kind, joined, runs[0].start, runs[-1].end)

    def _emit_row(self, runs: list[_Run]) -> None:
        cells = [run.text for run in runs]
        row, added_chars = _joined_cells(cells, has_speaker=self.style.has_speaker)
        self._emit_text(Kind.TABLE_ROW, row, runs[0].start, runs[-1].end, added_chars=added_chars)

    def _emit_text(self, kind: Kind, text: str, start: int, end: int, *, added_chars: int = 0) -> None:
        chars = count_chars(text) - added_chars
        if any(map(str.isalnum, text)):
            self._spoken += chars
            self._add(kind, text, start, end)
            return
        self._count("ornament", chars)
        if kind not in _SILENT_ORNAMENT:
            self._add(Kind.SCENE_BREAK, "", start, end)

    def _add(self, kind: Kind, text: str, start: int, end: int) -> None:
        anchor = Anchor(self._file, self.style.element, start, end)
        level = self.style.level if kind is Kind.HEADING else 0
        self._blocks.append(Block(kind, text, anchor, self.style.language, level))

    def _exclude_match(self, match: re.Match[str]) -> str:
        self.exclude("invisible", match.group())
        return ""

    def _count(self, rule: str, chars: int) -> None:
        if chars:
            self._excluded[rule] = self._excluded.get(rule, 0) + chars


def _is_verse(runs: list[_Run], style: Style) -> bool:
    """Whether the lines of a block are to be kept: it is marked as verse, or its lines look like it."""
    if style.kind not in (Kind.PARAGRAPH, Kind.QUOTE):
        return False
    return style.is_verse or _looks_like_verse([run.text for run in runs])


def _looks_like_verse(lines: list[str]) -> bool:
    """Three lines or more, all short, and not mostly going on in lower case as prose does after a forced break."""
    if len(lines) < MIN_VERSE_LINES or max(map(len, lines)) > MAX_VERSE_LINE_CHARS:
        return False
    going_on = sum(line[0].islower() for line in lines[1:])
    return 2 * going_on <= len(lines) - 1


def _joined_cells(cells: list[str], *, has_speaker: bool) -> tuple[str, int]:
    """A row as a narrator reads it, and how many of its characters are ours."""
    if len(cells) == 2 and (has_speaker or _is_speech(*cells)):
        separators = [":"]
    else:
        separators = ["" if cell[-1] in CLOSING else "," for cell in cells[:-1]]
    joined = " ".join(cell + mark for cell, mark in zip(cells, [*separators, ""], strict=True))
    return joined, len("".join(separators))


def _is_speech(speaker: str, speech: str) -> bool:
    is_name = len(speaker) <= MAX_SPEAKER_CHARS and speaker[-1] not in CLOSING and not speaker[-1].isdigit()
    return is_name and bool(SENTENCE_END.search(speech))
