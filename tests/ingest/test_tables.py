"""How a table is read: whose header stands over which cell, what is data, what only places things."""

import time

import pytest
from lxml import etree

from pipeline.ingest.tables import MAX_COLUMNS, announcement, has_speaker, is_layout, table_reading


def table(rows: str) -> etree._Element:
    return etree.fromstring(f'<table xmlns:epub="http://www.idpf.org/2007/ops">{rows}</table>')


def heads(rows: str) -> dict[str, str]:
    return {"".join(cell.itertext()): words for cell, words in table_reading(table(rows)).heads.items()}


HEADER = "<tr><th>Thing</th><th>Cost</th></tr>"


def test_headers_stand_before_their_cells() -> None:
    assert heads(HEADER + "<tr><td>lamp</td><td>1</td></tr>") == {"lamp": "Thing:", "1": "Cost:"}


def test_a_cell_that_heads_its_row_needs_no_header() -> None:
    assert heads(HEADER + "<tr><th>lamp</th><td>1</td></tr>") == {"1": "Cost:"}


def test_a_header_with_its_own_colon_keeps_one() -> None:
    assert heads("<tr><th>A:</th><th>B</th></tr><tr><td>x</td><td>y</td></tr>") == {"x": "A:", "y": "B:"}


def test_a_cell_that_reaches_down_moves_the_others_over() -> None:
    rows = HEADER + '<tr><td rowspan="2">oil</td><td>2</td></tr><tr><td>3</td></tr><tr><td>gas</td><td>4</td></tr>'
    assert heads(rows) == {"oil": "Thing:", "2": "Cost:", "3": "Cost:", "gas": "Thing:", "4": "Cost:"}


def test_headers_of_two_rows_are_said_together() -> None:
    rows = (
        '<tr><th rowspan="2">Thing</th><th colspan="2">Cost</th></tr><tr><th>low</th><th>high</th></tr>'
        "<tr><td>lamp</td><td>1</td><td>2</td></tr>"
    )
    assert heads(rows) == {"lamp": "Thing:", "1": "Cost low:", "2": "Cost high:"}


def test_rows_under_a_thead_are_headers_whatever_their_cells() -> None:
    rows = "<thead><tr><td>A</td><td>B</td></tr></thead><tbody><tr><td>x</td><td>y</td></tr></tbody>"
    reading = table_reading(table(rows))
    assert (reading.data_rows, reading.is_data, len(reading.header_rows)) == (1, True, 1)


def test_a_table_of_headers_alone_is_read_as_it_stands() -> None:
    reading = table_reading(table(HEADER))
    assert (reading.header_rows, reading.heads) == (frozenset(), {})


def test_rows_of_a_table_inside_are_not_its_own() -> None:
    assert table_reading(table(f"<tr><td><table>{HEADER * 50}</table></td></tr>")).data_rows == 1


@pytest.mark.parametrize(
    ("rows", "is_data"),
    [
        ("<tr><td>1</td><td>2</td><td>3</td></tr>", True),
        ("<tr><td>Jack</td><td>Oh!</td></tr>", False),  # two columns may be a play
        ("<tr><td>a</td><td>b</td><td>" + "a long speech " * 20 + "</td></tr>", False),
        ('<tr><td epub:type="z3998:persona">Jack</td><td>Oh!</td><td>ha</td></tr>', False),
        (HEADER + "<tr><td>a</td><td>b</td></tr>", True),
    ],
)
def test_what_is_data(rows: str, is_data: bool) -> None:
    assert table_reading(table(rows)).is_data == is_data


@pytest.mark.parametrize(
    ("cells", "places"),
    [
        ("<td>one</td>", True),
        ("<td>a</td><td>b</td>", False),
        ("<td><h2>a</h2></td><td>b</td>", True),
        ("<td><ul><li>a</li></ul></td><td>b</td>", True),
        ("<td><p>a</p></td><td>b</td>", False),
    ],
)
def test_a_row_that_only_places_things(cells: str, places: bool) -> None:
    assert is_layout(table(f"<tr>{cells}</tr>")[0]) == places


def test_who_speaks() -> None:
    assert has_speaker(table('<tr><td epub:type="z3998:persona">Jack</td><td>Oh!</td></tr>')[0])
    assert not has_speaker(table('<tr><td>Oh!</td><td epub:type="z3998:persona">Jack</td></tr>')[0])


@pytest.mark.parametrize("span", ["0", "-1", "x", "", "99999999999999", "1e9", "٣"])
def test_spans_that_make_no_sense_are_one(span: str) -> None:
    rows = HEADER + f'<tr><td colspan="{span}" rowspan="{span}">lamp</td><td>1</td></tr><tr><td>oil</td><td>2</td></tr>'
    assert heads(rows) == {"lamp": "Thing:", "1": "Cost:", "oil": "Thing:", "2": "Cost:"}


def test_a_monstrous_table_is_read_at_once() -> None:
    wide = "<tr>" + '<th colspan="1000" rowspan="1000">x</th>' * 1_000 + "</tr>"
    rows = wide + ("<tr>" + "<td>y</td>" * 200 + "</tr>") * 1_000
    started = time.process_time()
    reading = table_reading(table(rows))
    assert time.process_time() - started < 3
    assert len(reading.heads) <= MAX_COLUMNS * 1_000


@pytest.mark.parametrize(
    ("language", "words", "spoken"),
    [
        ("de-AT", "Eine Tabelle mit 50 Zeilen", ""),
        ("en", "A table of 50 rows", ""),
        ("pt_BR", "Foi omitida uma tabela de 50 linhas", ""),
        ("eo", "A table of 50 rows", "en"),
    ],
)
def test_the_announcement_is_in_the_book_s_language_or_says_which(language: str, words: str, spoken: str) -> None:
    text, own = announcement(50, language)
    assert text.startswith(words)
    assert own == spoken
