"""How a table is read aloud: which words head each cell, and when it is too long to be read at all. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from pipeline.ingest.elements import CELLS, HEADINGS, local_name, plain_text, types
from pipeline.ingest.roles import PERSONA
from pipeline.languages import primary_subtag

MAX_SPAN = 1_000  # a browser's own limit for colspan
MAX_COLUMNS = 100  # a wider table cannot be listened to; its cells get no headers
MAX_DATA_CELL_CHARS = 40  # mean length; the speeches of a play set as a table are longer
MIN_DATA_COLUMNS = 3
_LAYOUT = frozenset({"table", "ul", "ol", "dl", "blockquote", *HEADINGS})  # a row that holds these only places things
_LEFT_OUT = {
    "de": "Eine Tabelle mit {} Zeilen wurde ausgelassen.",
    "en": "A table of {} rows was left out.",
    "es": "Se ha omitido una tabla de {} filas.",
    "fr": "Un tableau de {} lignes a été omis.",
    "it": "Una tabella di {} righe è stata omessa.",
    "ja": "{}行の表を省略しました。",
    "nl": "Een tabel van {} rijen is weggelaten.",
    "pt": "Foi omitida uma tabela de {} linhas.",
    "ru": "Таблица пропущена, строк в ней: {}.",
    "zh": "此处省略了一个{}行的表格。",
}


@dataclass(frozen=True, slots=True)
class TableReading:
    """`heads` has the words said before a cell, `header_rows` the rows these were taken from."""

    data_rows: int = 0
    is_data: bool = False
    heads: dict[etree._Element, str] = field(default_factory=dict)
    header_rows: frozenset[etree._Element] = frozenset()


def table_reading(table: etree._Element) -> TableReading:
    """How the rows of `table` are read; those of tables inside it are not its own."""
    rows = list(_rows(table))
    if not rows or any(is_layout(row) and len(cells_of(row)) > 1 for row in rows):
        return TableReading()
    headers = _header_rows(rows)
    data = rows[len(headers) :]
    is_data = bool(headers) or _looks_like_data(data)
    if not headers or not data:
        return TableReading(len(rows), is_data)
    return TableReading(len(data), is_data, _heads(rows, len(headers)), frozenset(headers))


def is_layout(row: etree._Element) -> bool:
    """Whether a row only puts things in their place, as old pages do."""
    return len(cells_of(row)) < 2 or any(local_name(inside) in _LAYOUT for inside in row.iterdescendants())


def has_speaker(row: etree._Element) -> bool:
    first = next(iter(cells_of(row)), None)
    return first is not None and PERSONA in types(first)


def cells_of(row: etree._Element) -> list[etree._Element]:
    return [cell for cell in row if local_name(cell) in CELLS]


def announcement(rows: int, language: str) -> tuple[str, str]:
    """What is said for a table that is left out, and its language, "" if that is the one asked for."""
    primary = primary_subtag(language)
    if primary in _LEFT_OUT:
        return _LEFT_OUT[primary].format(rows), ""
    return _LEFT_OUT["en"].format(rows), "en"


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for child in table:
        name = local_name(child)
        if name == "tr":
            yield child
        elif name in ("thead", "tbody", "tfoot"):
            yield from (row for row in child if local_name(row) == "tr")


def _header_rows(rows: list[etree._Element]) -> list[etree._Element]:
    """The rows on top that hold nothing but column headers, each with two words or more to say."""
    headers: list[etree._Element] = []
    for row in rows:
        cells = cells_of(row)
        in_head = (parent := row.getparent()) is not None and local_name(parent) == "thead"
        is_header = len(cells) > 1 and (in_head or all(local_name(cell) == "th" for cell in cells))
        if not is_header:
            break
        headers.append(row)
    return headers


def _looks_like_data(rows: list[etree._Element]) -> bool:
    texts = [plain_text(cell) for row in rows for cell in cells_of(row)]
    if not texts or any(has_speaker(row) for row in rows):
        return False
    columns = len(texts) / len(rows)
    return columns >= MIN_DATA_COLUMNS and sum(map(len, texts)) / len(texts) <= MAX_DATA_CELL_CHARS


def _heads(rows: list[etree._Element], header_count: int) -> dict[etree._Element, str]:
    """The header words over each data cell; a cell that is itself a header (`th`) needs none."""
    names: dict[int, str] = {}
    heads: dict[etree._Element, str] = {}
    taken: dict[int, int] = {}  # column → rows still covered by a cell from above
    for number, row in enumerate(rows):
        column = 0
        for cell in cells_of(row):
            while taken.get(column, 0) > 0:
                taken[column] -= 1
                column += 1
            if column >= MAX_COLUMNS:
                break
            width, height = min(_span(cell, "colspan"), MAX_COLUMNS), _span(cell, "rowspan")
            text = plain_text(cell)
            if number < header_count:
                for covered in range(column, column + width):
                    names[covered] = f"{names[covered]} {text}".strip() if covered in names else text
            elif local_name(cell) == "td" and names.get(column):
                heads[cell] = f"{names[column].rstrip(':')}:"
            for covered in range(column, column + width):
                if height > 1:
                    taken[covered] = height - 1
            column += width
        while taken.get(column, 0) > 0:
            taken[column] -= 1
            column += 1
    return heads


def _span(cell: etree._Element, name: str) -> int:
    text = cell.get(name, "1").strip()
    return min(MAX_SPAN, max(1, int(text))) if text.isascii() and text.isdigit() and len(text) < 5 else 1
