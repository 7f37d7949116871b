"""From a plain text file to a Book: paragraphs by its layout, chapters by its headings, the licence left out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from pipeline.book import Book, Kind, count_chars
from pipeline.errors import DamagedBook, UnsafeBook
from pipeline.ingest.binding import bind
from pipeline.ingest.contents import Entry
from pipeline.ingest.document import Document
from pipeline.ingest.flow import Flow
from pipeline.ingest.frontmatter import metadata_of, parse_fields
from pipeline.ingest.lines import MAX_VERSE_LINE_CHARS, MIN_VERSE_LINES
from pipeline.ingest.numbering import Numbering, numbering_of
from pipeline.ingest.rulings import is_left_out
from pipeline.ingest.settings import DEFAULT_READING, ReadingSettings
from pipeline.ingest.styles import Style

MAX_FILE_BYTES = 32 * 2**20
HEADING_LEVEL = 2
MAX_LOOKED_AT_CHARS = 100_000
SENTENCE_A_LINE_SHARE = 0.6  # of lines that end as sentences do; hard-wrapped prose stays far below
LONG_LINE_COLUMNS = 160  # nobody wraps prose by hand this wide: such a line is a paragraph
WRAP_PERCENTILE = 95  # a few lines stand out over the width a text was wrapped at
NAVIGATION, LICENCE_BEFORE, LICENCE_AFTER = "navigation", "front-matter:licence", "back-matter:licence"

_START = re.compile(r"\*{3}\s*START OF (?:THE|THIS) PROJECT GUTENBERG E-?(?:BOOK|TEXT)", re.IGNORECASE)
_END = re.compile(
    r"\*{3}\s*END OF (?:THE|THIS) PROJECT GUTENBERG E-?(?:BOOK|TEXT)|End of (?:the |this )?Project Gutenberg",
    re.IGNORECASE,
)
_FIELD = re.compile(r"[A-Z][A-Za-z ]{1,20}:\s+\S|\s+\S")
_SIGNS = re.compile(
    "(?P<control>[\x00-\x08\x0e-\x1b\x7f\ufffe\uffff]+)"
    r"|(?<!\w)_(?=[^\s_])|(?<=[^\s_])_(?!\w)"
)
_SENTENCE_END = re.compile(r"[.!?…:;。！？—][\"'”’»)\]」』]*$")
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_EAST_ASIAN = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60]")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that belong together; a heading has a depth, what is left out the rule under which it is."""

    lines: tuple[str, ...]
    depth: int = 0
    rule: str = ""

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.lines).split())


def read_plain(path: Path, settings: ReadingSettings = DEFAULT_READING) -> Book:
    """The book in `path`. Raises DamagedBook, UnsafeBook, EmptyBook or CoverageError."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise UnsafeBook(f"the file is larger than {MAX_FILE_BYTES:,} bytes", where=path.name)
    text, notes = decoded(path.read_bytes())
    if notes and _is_garbled(text):
        what, remedy = "its encoding is neither UTF-8 nor a western one", "save the file as UTF-8 and run again"
        raise DamagedBook(what, where=path.name, remedy=remedy)
    before, body, after = _without_licence(text.split("\n"))
    paragraphs = [Paragraph(lines) for lines in paragraphs_of(body)]
    numbering = numbering_of([paragraph.lines for paragraph in paragraphs])
    page = _Page(
        (
            *(Paragraph((line,), rule=LICENCE_BEFORE) for line in before if line.strip()),
            *_ruled(paragraphs, numbering),
            *(Paragraph((line,), rule=LICENCE_AFTER) for line in after if line.strip()),
        ),
        wrap_chars=_wrap_chars(paragraphs),
    )
    document, entries = page.read(path.name, total_chars=count_chars(text), settings=settings)
    metadata = metadata_of(parse_fields(list(filter(_FIELD.match, before))))
    return bind(path, metadata, [document], entries, notes=notes, settings=settings)


def decoded(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text with line feeds alone, and a note where its encoding was a guess."""
    mark = next((encoding for mark, encoding in _BYTE_ORDER_MARKS if data.startswith(mark)), "")
    text, notes = (data.decode(mark, errors="replace"), ()) if mark else _guessed(data)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n"), notes


def _guessed(data: bytes) -> tuple[str, tuple[str, ...]]:
    for encoding, notes in (
        ("utf-8", ()),
        ("cp1252", ("not UTF-8, read as Windows-1252",)),
    ):
        try:
            return data.decode(encoding), notes
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1"), ("neither UTF-8 nor Windows-1252, read as Latin-1",)


def _is_garbled(text: str) -> bool:
    """Whether most letters have accents: then the text is Cyrillic, Greek or Asian, and would be read as noise."""
    letters = [character for character in text[:MAX_LOOKED_AT_CHARS] if character.isalpha()]
    return 2 * sum(not letter.isascii() for letter in letters) > len(letters)


def _without_licence(lines: Sequence[str]) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
    """The lines before a Project Gutenberg text, the text, and what follows it; all of it where no line says so."""
    start = next((index + 1 for index, line in enumerate(lines) if _START.match(line.strip())), 0)
    end = next((index for index in range(start, len(lines)) if _END.match(lines[index].strip())), len(lines))
    return lines[:start], lines[start:end], lines[end:]


def paragraphs_of(lines: Sequence[str]) -> list[tuple[str, ...]]:
    """Lines that belong together: parted by blank lines, or each a paragraph, or begun by an indented line."""
    groups = _parted(lines)
    if all(len(group) == 1 for group in groups):
        return groups
    filled = [line for line in lines if line.strip()]
    if _is_paragraph_a_line(filled, groups):
        return [(line,) for line in filled]
    if _is_indented(groups):
        return [part for group in groups for part in _parted_by_indent(group)]
    return groups


def _parted(lines: Sequence[str]) -> list[tuple[str, ...]]:
    groups: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            groups[-1].append(line)
        elif groups[-1]:
            groups.append([])
    return [tuple(group) for group in groups if group]


def _is_paragraph_a_line(filled: Sequence[str], groups: Sequence[Sequence[str]]) -> bool:
    """Most lines stand in groups, and most of the text is in lines too long to be wrapped, or most end a sentence."""
    if 2 * len(groups) > len(filled):
        return False
    columns = [_columns(line) for line in filled]
    long_columns = sum(width for width in columns if width > LONG_LINE_COLUMNS)
    ending = sum(bool(_SENTENCE_END.search(line.rstrip())) for line in filled)
    return 2 * long_columns >= sum(columns) or ending >= SENTENCE_A_LINE_SHARE * len(filled)


def _columns(line: str) -> int:
    """East Asian characters are twice as wide, and say about twice as much."""
    return len(line) + len(_EAST_ASIAN.findall(line))


def _is_indented(groups: Sequence[Sequence[str]]) -> bool:
    """Some lines inside the groups are indented, and they are not the rule: those begin paragraphs."""
    inside = [line for group in groups for line in group[1:]]
    indented = sum(line[:1].isspace() for line in inside)
    return 0 < indented < len(inside) / 2 and len(inside) > len(groups)


def _parted_by_indent(group: Sequence[str]) -> list[tuple[str, ...]]:
    """A paragraph begins where a line is indented more than the one before it."""
    parts = [[group[0]]]
    for above, line in pairwise(group):
        if _indent(line) > _indent(above):
            parts.append([])
        parts[-1].append(line)
    return [tuple(part) for part in parts]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _ruled(paragraphs: Sequence[Paragraph], numbering: Numbering) -> list[Paragraph]:
    """The paragraphs with what they turned out to be: headings with their depth, a printed table of contents."""
    return [
        replace(paragraph, depth=numbering.depths.get(index, 0), rule=_rule(paragraph, index, numbering))
        for index, paragraph in enumerate(paragraphs)
    ]


def _rule(paragraph: Paragraph, index: int, numbering: Numbering) -> str:
    if index in numbering.contents:
        return NAVIGATION
    return "image" if paragraph.text == "[Illustration]" else ""


def _wrap_chars(paragraphs: Sequence[Paragraph]) -> int:
    """The width the text was wrapped at by hand; 0 where no paragraph has several lines."""
    lengths = sorted(len(line.rstrip()) for paragraph in paragraphs for line in paragraph.lines[:-1])
    return lengths[len(lengths) * WRAP_PERCENTILE // 100] if lengths else 0


@dataclass(frozen=True, slots=True)
class _Page:
    """All paragraphs of the file in order, and the width its lines were wrapped at."""

    paragraphs: tuple[Paragraph, ...]
    wrap_chars: int

    def read(self, file: str, *, total_chars: int, settings: ReadingSettings) -> tuple[Document, list[Entry]]:
        flow = Flow(file)
        entries: list[Entry] = []
        for number, paragraph in enumerate(self.paragraphs):
            if is_left_out(paragraph.rule, settings):
                flow.begin(Style())
                flow.exclude(paragraph.rule, paragraph.text)
                continue
            if paragraph.depth:
                place = f"paragraph {number}"
                entries.append(Entry(paragraph.text, file, file, fragment=place, depth=paragraph.depth))
                flow.mark(place)
            self._say(flow, paragraph)
        return flow.document(total_chars), entries

    def _say(self, flow: Flow, paragraph: Paragraph) -> None:
        flow.begin(Style(Kind.HEADING, HEADING_LEVEL) if paragraph.depth else Style(is_verse=self._is_verse(paragraph)))
        for number, line in enumerate(paragraph.lines):
            if number and flow.style.is_verse:
                flow.break_run()
            _say_line(flow, line + " ")

    def _is_verse(self, paragraph: Paragraph) -> bool:
        """Short lines, most of which end though the next word had room: not wrapped, but meant."""
        lines = [line.strip() for line in paragraph.lines]
        if len(lines) < MIN_VERSE_LINES or max(map(len, lines)) > MAX_VERSE_LINE_CHARS:
            return False
        meant = sum(len(line) + 1 + len(below.split()[0]) <= self.wrap_chars for line, below in pairwise(lines))
        return 2 * meant > len(lines) - 1


def _say_line(flow: Flow, line: str) -> None:
    """Text to the flow, without control characters and the underscores that stand for italics."""
    position = 0
    for match in _SIGNS.finditer(line):
        flow.text(line[position : match.start()])
        flow.exclude("invisible" if match["control"] else "markup", match.group())
        position = match.end()
    flow.text(line[position:])
