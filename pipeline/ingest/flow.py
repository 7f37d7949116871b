"""Text as it runs past: what a reader hands in becomes blocks, and every character lands in one named place."""

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import repeat

from pipeline.book import Anchor, Block, Coverage, Kind, Omission, count_chars, single_spaced
from pipeline.ingest.document import Document, Reference
from pipeline.ingest.lines import MIN_VERSE_LINES, cell_marks, line_marks
from pipeline.ingest.roles import NO_LABEL, Label, name_of, settled, with_roles
from pipeline.ingest.runs import LeftOut, Run, with_text
from pipeline.ingest.styles import PLAIN, Style, keeps_verse

# Soft hyphen, zero-width space, word joiner, byte order mark, and the bidirectional marks. The zero-width joiner
# and non-joiner stay: in Persian and Hindi they change the word.
INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2061-\u2064\u2066-\u2069\ufeff]+")

_NO_SEPARATORS = repeat("")
_SILENT_ORNAMENT = frozenset({Kind.TABLE_ROW, Kind.LIST_ITEM, Kind.CODE})  # a lone dash there parts no scenes


class Flow:
    """Takes text, breaks and exclusions in reading order and gives blocks; `Coverage` falls out of it."""

    def __init__(self, file: str = "", style: Style = PLAIN) -> None:
        self._file = file
        self.style = style
        self.is_stage_direction = False
        self._runs = [Run()]
        self._blocks: list[Block] = []
        self._ids: dict[str, int] = {}
        self._waiting_ids: list[str] = []
        self._position = 0
        self._spoken = 0
        self._excluded: dict[str, int] = {}
        self._number = ""
        self._staged = 0
        self._label = NO_LABEL
        self._doubtful: set[int] = set()
        self._note = ""
        self._notes: dict[int, str] = {}
        self._references: list[Reference] = []
        self._at_page_break = False

    def begin(self, style: Style) -> None:
        """Ends the block that is open and reads on in `style`."""
        self.close()
        self.style = style

    def text(self, characters: str) -> None:
        if not characters:
            return
        if self._at_page_break:
            self._join_hyphenated(characters)
        run, start = self._runs[-1], self._position
        if not run.parts and characters.isspace():
            return  # before a run's text: it parts nothing
        line = characters.replace("\n", " ")
        if line.isprintable():  # then there is no other white space in it, and nothing invisible
            self._run(line, len(line) - line.count(" "), start)
        else:
            run.is_printable = False
            visible = self._without_invisible(characters) if INVISIBLE.search(characters) else characters
            self._run(visible, count_chars(visible), start)

    def attribute(self, characters: str) -> None:
        """Speaks a text that stands in an attribute: of the source, but not of the body's characters."""
        position = self._position
        self.text(characters)
        self._position = position

    def linear(self, characters: str, source_chars: int) -> None:
        """Speaks a text in which only `source_chars` characters are the source's own."""
        start, chars = self._position, count_chars(characters)
        self._run(characters, chars, start)
        self._runs[-1].is_printable = False
        self._runs[-1].added += chars - source_chars
        self._position = self._runs[-1].end = start + source_chars

    def exclude(self, rule: str, characters: str) -> None:
        self._leave_out(rule, characters, count_chars(characters))

    def exclude_attribute(self, rule: str, characters: str) -> None:
        """Leaves out a text of the source that is not among the body's characters."""
        self._leave_out(rule, characters, 0)

    def page_break(self) -> None:
        """A printed page ends here; a hyphen just before may be the printer's."""
        self._at_page_break = True

    def break_run(self) -> None:
        """A line ends inside a block, or a cell inside a row."""
        self._runs.append(Run())

    def lead(self, words: str) -> None:
        """Says `words`, which are not of the source, before the run that has just begun, if it has text."""
        self._runs[-1].lead = words

    def number(self, words: str) -> None:
        """Says `words`, which are not of the source, before the next block; none takes it back."""
        self._number = words

    def label(self, label: Label) -> None:
        """The block that is open, or comes next, may begin with the name of who speaks it."""
        self._label = label

    def announce(self, words: str, language: str) -> None:
        """A paragraph of ours."""
        self.close()
        self._settle_ids()
        anchor = Anchor(self._file, self.style.element, self._position, self._position)
        self._blocks.append(Block(Kind.PARAGRAPH, words, anchor, language))

    def scene_break(self) -> None:
        self.close()
        self._add(Kind.SCENE_BREAK, "", self._position, self._position)

    def mark(self, element: str) -> None:
        """Remembers that `element` stands before the next text; chapters may begin there."""
        if element not in self._ids:
            self._waiting_ids.append(element)

    def begin_note(self, key: str) -> None:
        """The blocks to come are the note `key`; none ends it."""
        self.close()
        self._note = key

    def refer(self, key: str) -> None:
        """The block that is open, or comes next, refers to the note `key`."""
        self._references.append(Reference(len(self._blocks), key))

    def close(self) -> None:
        runs = self._runs
        self._at_page_break = False
        if len(runs) == 1 and not runs[0].parts and not runs[0].left_out:
            return
        self._runs = [Run()]
        if kept := with_text(runs):
            self._emit(kept)
        else:
            for run in runs:
                self._emit_left_out(run)
        self._staged = 0
        self._label = NO_LABEL

    def document(self, total_chars: int, title: str = "") -> Document:
        """What was read. `total_chars` was counted by the caller from the source, independently of the flow."""
        self.close()
        self._settle_ids()
        coverage = Coverage(total_chars, self._spoken, dict(self._excluded))
        blocks = settled(self._blocks, self._doubtful)
        notes, references = dict(self._notes), tuple(self._references)
        return Document(self._file, blocks, dict(self._ids), coverage, title, notes, references)

    def _run(self, visible: str, chars: int, start: int) -> None:
        run = self._runs[-1]
        run.parts.append(visible)
        run.length += len(visible)
        if self.is_stage_direction:
            run.staged.append((run.length - len(visible), run.length))
        if chars:
            if self._waiting_ids:
                self._settle_ids()
            if run.start < 0:
                run.start = start
            self._position += chars
            run.end = self._position
            self._staged += chars * self.is_stage_direction

    def _join_hyphenated(self, characters: str) -> None:
        self._at_page_break = False
        run = self._runs[-1]
        if characters[0].islower() and run.hyphen_goes():
            run.left_out.append(LeftOut(run.length, "-", "hyphenation", run.end - 1, run.end))
            self._count("hyphenation", 1)

    def _leave_out(self, rule: str, characters: str, body_chars: int) -> None:
        chars = count_chars(characters)
        if not chars:
            return
        self._count(rule, chars)
        if all(run.start < 0 for run in self._runs):
            self._settle_ids()
        run, start = self._runs[-1], self._position
        self._position += body_chars
        run.left_out.append(LeftOut(run.length, characters, rule, start, self._position))

    def _settle_ids(self) -> None:
        """Ids wait for text, so that an empty anchor at a block's end opens the next block, not this one."""
        for element in self._waiting_ids:
            self._ids.setdefault(element, len(self._blocks))
        self._waiting_ids.clear()

    def _emit(self, runs: list[Run]) -> None:
        style, kind = self.style, self.style.kind
        if kind is Kind.TABLE_ROW:
            has_headers = any(run.lead for run in runs)
            marks = cell_marks([run.text for run in runs], has_speaker=style.has_speaker, has_headers=has_headers)
            if marks[0] == ":":
                self._label = Label(name_of(runs[0].text), is_declared=style.has_speaker)
            self._emit_joined(kind, runs, marks)
        elif (style.is_verse or len(runs) >= MIN_VERSE_LINES) and keeps_verse(style, [run.text for run in runs]):
            for run in runs:
                self._emit_joined(Kind.VERSE, [run], _NO_SEPARATORS)
        elif kind is Kind.HEADING:
            self._emit_joined(kind, runs, line_marks([run.text for run in runs]))
        else:
            self._emit_joined(kind, runs, _NO_SEPARATORS)

    def _emit_joined(self, kind: Kind, runs: list[Run], separators: Iterable[str]) -> None:
        """One block of several runs, each with the mark that follows it."""
        texts = [run.text for run in runs]
        is_spoken = any(map(str.isalnum, "".join(texts)))  # a letter or figure of the source's own
        parts: list[str] = []
        omissions: list[Omission] = []
        asides: list[tuple[int, int]] = []
        added = length = 0
        if self._number and is_spoken:
            parts.append(self._number)
            added, length = count_chars(self._number), len(self._number) + 1
            self._number = ""
        for run, text, separator in zip(runs, texts, separators):  # noqa: B905  there may be more separators
            if run.lead:
                parts.append(run.lead)
                added, length = added + count_chars(run.lead), length + len(run.lead) + 1
            if run.left_out:
                omissions += run.omissions(length)
            asides += run.asides(length)
            parts.append(text + separator)
            added += len(separator) + run.added
            length += len(parts[-1]) + 1
        if not is_spoken:  # without the marks and headers we set for the ear
            self._emit_ornament(kind, " ".join(texts), runs, tuple(omissions))
            return
        text = " ".join(parts)
        chars = len(text) - text.count(" ") - added  # it is single-spaced
        self._spoken += chars
        if self._staged == chars and kind is not Kind.HEADING:
            kind = Kind.STAGE_DIRECTION
        self._add(kind, text, runs[0].start, runs[-1].end, tuple(omissions))
        if self._label.name or asides:
            self._assign(asides)

    def _assign(self, asides: list[tuple[int, int]]) -> None:
        """Says who speaks the last block, and what of it is a stage direction."""
        if not self._label.is_declared:
            self._doubtful.add(len(self._blocks) - 1)
        self._blocks[-1] = with_roles(self._blocks[-1], self._label, asides)
        self._label = NO_LABEL

    def _emit_ornament(self, kind: Kind, text: str, runs: list[Run], omissions: tuple[Omission, ...]) -> None:
        start, end = runs[0].start, runs[-1].end
        self._count("ornament", count_chars(text))
        if kind in _SILENT_ORNAMENT:
            self._add(kind, text, start, end, rule="ornament")
            for omission in omissions:
                self._add(kind, single_spaced(omission.text), end, end, rule=omission.rule)
        else:
            ornament = Omission(0, text, "ornament")
            self._add(Kind.SCENE_BREAK, "", start, end, (ornament, *(replace(one, at=0) for one in omissions)))

    def _emit_left_out(self, run: Run) -> None:
        """A block of which nothing is spoken: one block for each thing left out, under its rule."""
        for one in run.left_out:
            self._add(self.style.kind, single_spaced(one.text), one.start, one.end, rule=one.rule)

    def _add(
        self, kind: Kind, text: str, start: int, end: int, omissions: tuple[Omission, ...] = (), *, rule: str = ""
    ) -> None:
        anchor = Anchor(self._file, self.style.element, start, end)
        level = self.style.level if kind is Kind.HEADING else 0
        if self._note and kind is not Kind.SCENE_BREAK:
            self._notes[len(self._blocks)] = self._note
            kind = Kind.NOTE
        self._blocks.append(Block(kind, text, anchor, self.style.language, level, rule, omissions))

    def _without_invisible(self, characters: str) -> str:
        """The text without characters that no voice says; they are counted where they stood."""
        run, kept, end = self._runs[-1], [], 0
        length, position = run.length, self._position
        for match in INVISIBLE.finditer(characters):
            before = characters[end : match.start()]
            end = match.end()
            kept.append(before)
            length += len(before)
            position += count_chars(before)
            run.left_out.append(LeftOut(length, match.group(), "invisible", position, position + end - match.start()))
            position += end - match.start()
            self._count("invisible", end - match.start())
            self._position += end - match.start()
        return "".join([*kept, characters[end:]])

    def _count(self, rule: str, chars: int) -> None:
        if chars:
            self._excluded[rule] = self._excluded.get(rule, 0) + chars
