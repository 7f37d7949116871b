"""What is decided about a book's pages before they are read: what is hidden, what is a note, what is no part of it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from lxml import etree

from pipeline.ingest.content import Page
from pipeline.ingest.elements import all_text, local_name
from pipeline.ingest.hiding import Hidden, hidden_by
from pipeline.ingest.imports import with_imports
from pipeline.ingest.links import Place
from pipeline.ingest.matter import boilerplate, page_rule, printed_contents
from pipeline.ingest.notes import find_notes
from pipeline.ingest.rulings import is_left_out
from pipeline.ingest.settings import DEFAULT_READING, ReadingSettings
from pipeline.ingest.stylesheet import Stylesheet, is_reading_medium, joined, read_stylesheet


class Ruling(NamedTuple):
    """Why an element is left out. A note mark, and a note that is spoken (no rule), have the note's key."""

    rule: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The rulings on a book's elements, how its sheets number lists and part lines, and what could not be judged."""

    rulings: Mapping[etree._Element, Ruling] = field(default_factory=dict)
    list_types: Mapping[etree._Element, str] = field(default_factory=dict)
    lines: frozenset[etree._Element] = frozenset()
    faults: tuple[str, ...] = ()


class Surroundings:
    """What a page may point to. This one knows the page itself and nothing else; a book's reader knows more."""

    def locate(self, href: str, base: str) -> Place:
        """The file and element id an address written in the file `base` leads to, "" for what is not there."""
        address, _, fragment = href.strip().partition("#")
        return ("", "") if address else (base, fragment)

    def sheet(self, _file: str) -> str:
        """The text of a style sheet, or ""."""
        return ""

    def rule_of(self, _file: str) -> str:
        """The rule under which the whole file is left out, or ""."""
        return ""


def judge(pages: Sequence[Page], surroundings: Surroundings, settings: ReadingSettings = DEFAULT_READING) -> Judgement:
    """All rulings on `pages`, which are the reading order or one page alone. Notes come first, whole pages last."""
    judged: dict[etree._Element, Ruling] = {}
    sheets = _Sheets(surroundings)
    list_types: dict[etree._Element, str] = {}
    lines: set[etree._Element] = set()
    order = {page.file: number for number, page in enumerate(pages)}
    _judge_notes(pages, surroundings.locate, settings, judged)
    has_ended = False
    for page in pages:
        hidden = sheets.hidden(page)
        list_types |= hidden.list_types
        lines |= hidden.lines
        rulings = [(element, "hidden") for element in hidden.elements]
        rulings += printed_contents(page.body, page.file, order, surroundings.locate)
        licences = list(boilerplate(page))
        rulings += licences
        whole = "back-matter:licence" if has_ended else surroundings.rule_of(page.file) or page_rule(page)
        rulings += [(page.body, whole)] if whole else []
        has_ended = has_ended or any(rule == "back-matter:licence" for _, rule in licences)
        for element, rule in rulings:
            if is_left_out(rule, settings):
                judged.setdefault(element, Ruling(rule))
    return Judgement(judged, list_types, frozenset(lines), tuple(sheets.faults))


def _judge_notes(
    pages: Sequence[Page],
    locate: Callable[[str, str], Place],
    settings: ReadingSettings,
    judged: dict[etree._Element, Ruling],
) -> None:
    notes = find_notes(pages, locate)
    is_spoken = settings.notes != "skip" or not is_left_out("note", settings)
    for mark, key in notes.marks.items():
        if is_left_out("note-reference", settings):
            judged[mark] = Ruling("note-reference", key if is_spoken else "")
    for body, key in notes.bodies.items():
        judged[body] = Ruling("", key) if is_spoken else Ruling("note")
    for element in notes.collections | notes.headings:
        if not is_spoken:
            judged.setdefault(element, Ruling("note"))
        else:
            judged.setdefault(element, Ruling("note" if element in notes.headings else ""))


_STYLE_LINK = re.compile(r"(?:^|\s)stylesheet(?:\s|$)", re.IGNORECASE)


class _Sheets:
    """The style sheets of a book, each read once."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._read: dict[str, Stylesheet] = {}
        self._joined: dict[tuple[str, ...], Stylesheet] = {}
        self._files: set[str] = set()
        self.faults: list[str] = []

    def hidden(self, page: Page) -> Hidden:
        keys = tuple(self._keys(page))
        if keys not in self._joined:
            self._joined[keys] = joined([self._read[key] for key in keys])
        return hidden_by(self._joined[keys], page)

    def _keys(self, page: Page) -> list[str]:
        keys: list[str] = []
        for element in page.root.iter("{*}link", "{*}style"):
            if not is_reading_medium(element.get("media", "")):
                continue
            if local_name(element) == "style":
                key = all_text(element)
                self._take(key, key, page.file)
            elif _STYLE_LINK.search(element.get("rel", "")) and "alternate" not in element.get("rel", "").lower():
                key, _ = self._surroundings.locate(element.get("href", ""), page.file)
                self._take_file(key)
            else:
                continue
            keys += with_imports(key, partial(self._imported, page_file=page.file))
        return keys

    def _imported(self, key: str, *, page_file: str) -> list[str]:
        """The files a sheet asks for; one that stands in the page itself is addressed from there."""
        base = key if key in self._files else page_file
        files = [self._surroundings.locate(address, base)[0] for address in self._read[key].imports]
        for file in filter(None, files):
            self._take_file(file)
        return list(filter(None, files))

    def _take_file(self, file: str) -> None:
        self._files.add(file)
        if file not in self._read:
            self._take(file, self._surroundings.sheet(file) if file else "", file)

    def _take(self, key: str, text: str, where: str) -> None:
        if key not in self._read:
            self._read[key] = read_stylesheet(text)
            self.faults += [f"{where}: {fault}" for fault in self._read[key].faults]
