"""The walk over one content document: what is spoken, what is left out and under which rule."""

import re

from lxml import etree

from pipeline.book import Kind, count_chars
from pipeline.ingest.content import Page, page_of
from pipeline.ingest.document import Document
from pipeline.ingest.elements import BLOCKS, CELLS, all_text, block_texts, identifiers, language, local_name, plain_text
from pipeline.ingest.flow import INVISIBLE, Flow
from pipeline.ingest.judgement import Judgement, Ruling, Surroundings, judge
from pipeline.ingest.lists import shown_numbers
from pipeline.ingest.readings import attribute_texts, has_readings, read_formula, read_image, read_ruby
from pipeline.ingest.roles import label_of
from pipeline.ingest.rulings import declared_rule, is_dropped, is_left_out
from pipeline.ingest.settings import DEFAULT_READING, ReadingSettings
from pipeline.ingest.styles import Style, inner_style, keeps_style, stated_language
from pipeline.ingest.tables import TableReading, announcement, table_reading
from pipeline.ingest.telling import (
    TELLING_TAGS,
    is_hidden,
    is_scene_break,
    is_stage_direction,
    is_telling,
    is_verse_number,
)

_LINE_FEED = re.compile(r"\r\n?|\n")


def read_xhtml(
    data: bytes, file: str, *, book_language: str = "", settings: ReadingSettings = DEFAULT_READING
) -> tuple[Document, tuple[str, ...]]:
    """One content document as blocks, and what had to be mended. Raises NotMarkupError.

    A block's language is empty where it is the book's.
    """
    page = page_of(data, file)
    judgement = judge([page], Surroundings(), settings)
    return read_page(page, judgement, book_language=book_language, settings=settings), (
        *page.repairs,
        *judgement.faults,
    )


def read_page(
    page: Page, judgement: Judgement, *, book_language: str = "", settings: ReadingSettings = DEFAULT_READING
) -> Document:
    """A page as blocks, as it was judged."""
    flow = Flow(page.file)
    _Walk(flow, book_language, settings, judgement).over(page.body, language(page.root))
    return flow.document(_source_chars(page), _title(page.root))


class _Walk:
    """Drives a `Flow` along a tree. A stack of styles, not recursion, so that no nesting is too deep."""

    def __init__(self, flow: Flow, book_language: str, settings: ReadingSettings, judgement: Judgement) -> None:
        self._flow = flow
        self._book_language = book_language.casefold()
        self._full_language = book_language
        self._settings = settings
        self._speaks_images = settings.images == "speak" and not is_dropped("image", settings)
        self._rulings = judgement.rulings
        self._list_types = judgement.list_types
        self._lines = judgement.lines
        self._styles: list[Style] = []
        self._numbers: dict[etree._Element, str] = {}
        self._tables: list[TableReading] = []
        self._note: etree._Element | None = None
        self._stage: etree._Element | None = None
        self._left_out: etree._Element | None = None

    def over(self, root: etree._Element, root_language: str) -> None:
        self._flow.style = Style(language=self._foreign(root_language))
        events = etree.iterwalk(root, events=("start", "end"))
        for event, element in events:
            name = local_name(element)
            if event == "end":
                self._leave(name, element, is_root=element is root)
            elif not self._enter(name, element):
                events.skip_subtree()

    def _enter(self, name: str, element: etree._Element) -> bool:
        """Reads the element's start and first text; false if its inside is left out or was read with it."""
        is_quiet, piece = self._is_quiet(name, element), self._one_piece(element)
        if name in BLOCKS:
            self._styles.append(self._flow.style)
            self._begin(name, element, is_quiet=is_quiet and piece is not None)
        if not is_quiet and not self._obey(name, element):
            return False
        self._say((element.text or "") if piece is None else piece)
        return piece is None

    def _is_quiet(self, name: str, element: etree._Element) -> bool:
        """Whether neither tag, attributes nor a ruling say anything of how the text inside is read."""
        is_judged = element in self._rulings or element in self._lines
        return not (name in TELLING_TAGS or is_judged or (element.attrib and is_telling(element)))

    def _one_piece(self, element: etree._Element) -> str | None:
        """All text inside, if the elements inside are quiet, no blocks, and hold nothing but text; else None.

        Its own children alone are looked at, each once, so that time stays linear; what nests deeper is walked through.
        So is what an invisible character begins: where a block starts depends on whether that stands alone.
        """
        for inside in element:
            name = local_name(inside)
            if len(inside) or name in BLOCKS or not self._is_quiet(name, inside):
                return None
        text = all_text(element)
        return None if INVISIBLE.match(text.lstrip()) else text

    def _obey(self, name: str, element: etree._Element) -> bool:
        """Does what an element asks for that is not quiet; false if its inside is left out or was read whole."""
        ruling = self._ruling(name, element)
        if ruling.rule:
            self._exclude(element, ruling)
            self._left_out = element
            return False
        if ruling.key and self._note is None:
            self._note = element
            self._flow.begin_note(ruling.key)
        self._mark(element)
        if self._read_whole(name, element):
            return False
        self._open(name, element)
        self._punctuate(name, element)
        return True

    def _ruling(self, name: str, element: etree._Element) -> Ruling:
        """The rule under which an element and all in it is left out, or no rule if it is read."""
        judged = self._rulings.get(element)
        if judged is not None and judged.rule == "note-reference":
            return judged
        if judged is not None and (judged.key or judged.rule == "note"):
            return judged
        if element.attrib and is_hidden(element) and is_left_out("hidden", self._settings):
            return Ruling("hidden")
        rule = declared_rule(name, element)
        if rule == "note-reference" or (rule == "note" and judged is not None):
            rule = ""  # judged: it is a word, or a note that is spoken
        if rule and is_left_out(rule, self._settings):
            return Ruling(rule)
        if judged is not None and judged.rule:
            return judged
        return Ruling(self._dropped(name))

    def _dropped(self, name: str) -> str:
        if name == "pre":
            is_verse = self._flow.style.is_verse or self._flow.style.kind is not Kind.CODE
            return "code" if self._settings.code == "skip" and not is_verse else ""
        if name in ("rt", "rp"):
            return "ruby-reading"  # base and reading together would say each word twice
        if name == "table":
            return self._table_rule()
        return ""

    def _table_rule(self) -> str:
        """A table too long to listen to is announced; its cells are left out."""
        table = self._tables[-1]
        is_long = table.is_data and table.data_rows > self._settings.table_rows
        if is_long and is_left_out("table", self._settings):
            spoken = self._flow.style.language
            words, own = announcement(table.data_rows, spoken or self._full_language)
            self._flow.announce(words, self._foreign(own) if own else spoken)
            return "table"
        return "table" if is_dropped("table", self._settings) else ""

    def _read_whole(self, name: str, element: etree._Element) -> bool:
        """Reads what has a reading of its own; false if it is to be walked through."""
        if name == "math":
            read_formula(self._flow, element)
        elif name == "ruby" and self._settings.ruby == "reading" and has_readings(element):
            read_ruby(self._flow, element)
        elif name == "tr" and self._tables and element in self._tables[-1].header_rows:
            for text in block_texts(element):
                self._flow.exclude("table-header", text)
        else:
            return False
        for inside in element.iterdescendants(etree.Element):
            self._mark(inside)
        return True

    def _open(self, name: str, element: etree._Element) -> None:
        """What an element changes for what is inside it."""
        if name == "ol":
            self._numbers.update(shown_numbers(element, self._list_types.get(element, "")))
        if name == "li" and self._note is None:
            self._flow.number(self._numbers.pop(element, ""))
        if element.attrib and self._stage is None and is_stage_direction(element):
            self._stage = element
            self._flow.is_stage_direction = True

    def _leave(self, name: str, element: etree._Element, *, is_root: bool) -> None:
        if name in BLOCKS:
            self._end(self._styles.pop())
            if name == "table" and self._tables:
                self._tables.pop()
            if name == "li":
                self._flow.number("")
        if element in self._lines and element is not self._left_out:
            self._part()
        if element is self._note:
            self._note = None
            self._flow.begin_note("")
        if element is self._stage:
            self._stage = None
            self._flow.is_stage_direction = False
        if name == "sup" and element is not self._left_out and is_verse_number(element):
            self._flow.text(" ")
        if not is_root and (tail := element.tail):
            self._say(tail)

    def _begin(self, name: str, element: etree._Element, *, is_quiet: bool) -> None:
        style = self._flow.style
        if name == "table":
            self._tables.append(table_reading(element))
        if style.kind is Kind.TABLE_ROW:
            self._flow.text(" ")  # a paragraph inside a cell does not end the row
        else:
            is_same = is_quiet and keeps_style(name, element)
            self._flow.begin(style if is_same else self._inner_style(style, name, element))
            self._flow.label(label_of(element))

    def _end(self, outer: Style) -> None:
        if outer.kind is Kind.TABLE_ROW:
            self._flow.text(" ")
        else:
            self._flow.begin(outer)

    def _inner_style(self, outer: Style, name: str, element: etree._Element) -> Style:
        stated = stated_language(element)
        return inner_style(outer, name, element, spoken=self._foreign(stated) if stated else outer.language)

    def _punctuate(self, name: str, element: etree._Element) -> None:
        is_row = self._flow.style.kind is Kind.TABLE_ROW
        if element in self._lines:
            self._part()
        if name == "hr" or (name in ("p", "div") and is_scene_break(element)):
            self._flow.scene_break()
        elif name in ("img", "image"):
            read_image(self._flow, element, is_spoken=self._speaks_images)
        elif name == "br":
            self._part()
        elif name in CELLS and is_row:
            self._flow.break_run()
            if self._tables:
                self._flow.lead(self._tables[-1].heads.get(element, ""))
        elif name in CELLS:
            self._flow.close()

    def _part(self) -> None:
        """A line ends here; inside a row it is only a space, for there a run is a cell."""
        if self._flow.style.kind is Kind.TABLE_ROW:
            self._flow.text(" ")
        else:
            self._flow.break_run()

    def _say(self, text: str) -> None:
        if not self._flow.style.keeps_lines:
            self._flow.text(text)
            return
        for number, line in enumerate(_LINE_FEED.split(text)):
            if number:
                self._flow.break_run()
            self._flow.text(line)

    def _exclude(self, element: etree._Element, ruling: Ruling) -> None:
        for inside in element.iter(etree.Element):
            self._mark(inside)
        if ruling.rule == "page-number":
            self._flow.page_break()
        if ruling.key:
            self._flow.refer(ruling.key)
        for text in block_texts(element):
            self._flow.exclude(ruling.rule, text)
        for text in attribute_texts(element):
            self._flow.exclude_attribute(ruling.rule, text)

    def _mark(self, element: etree._Element) -> None:
        if element.attrib:
            for identifier in identifiers(element):
                self._flow.mark(identifier)

    def _foreign(self, spoken: str) -> str:
        return "" if spoken.casefold() == self._book_language else spoken


def _source_chars(page: Page) -> int:
    """What is to be accounted for, counted from the source without regard to the walk."""
    return count_chars(page.text) + sum(map(count_chars, attribute_texts(page.body)))


def _title(root: etree._Element) -> str:
    title = next((element for element in root.iter() if local_name(element) == "title"), None)
    return "" if title is None else plain_text(title)
