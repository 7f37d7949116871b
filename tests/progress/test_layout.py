"""Lines that fit any terminal, whatever a title is made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from pipeline.progress.columns import printable, wrapped
from pipeline.progress.headway import Headway
from pipeline.progress.layout import facts_of, line_of, row_of
from pipeline.report.typeset import columns_of, shortened

TITLES = st.text(st.characters(codec="utf-8"), max_size=80)
COUNTS = st.integers(0, 99_999)


def crusoe() -> Headway:
    headway = Headway("The Life of Robinson Crusoe", 412, 36_000, 30_000, 40.0, chapters=22)
    headway.spoken, headway.audio_s, headway.cost_usd, headway.encoded = 131, 11_500, 12.345, 7
    headway.at_once, headway.retries, headway.rejected, headway.suspect = 16, 4, 3, 2
    return headway


def line(headway: Headway, columns: int, *, name: str = "", is_ascii: bool = False) -> str:
    row = row_of(printable(name or headway.name), facts_of(headway, 0.0), columns=columns, share=headway.share)
    return line_of(row, is_ascii=is_ascii)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (20, "The Life o…  131/412"),
        (40, "The Life of Robinson Crusoe  131/412"),
        (60, "The Life of Robi…  131/412  192 of 600 min  $12.35 of $40.00"),
        (80, "The Life of Rob…  131/412  192 of 600 min  $12.35 of $40.00  7/22 ch  3 rejected"),
    ],
)
def test_what_matters_less_gives_way_first(columns: int, expected: str) -> None:
    assert line(crusoe(), columns) == expected


def test_where_there_is_room_there_is_a_bar() -> None:
    shown = line(crusoe(), 200)
    assert shown.startswith("The Life of Robinson Crusoe  █████████▌                      131/412  ")
    assert shown.endswith("3 rejected  2 suspect  4 retries  16 at once")
    assert "#########                       131/412" in line(crusoe(), 200, is_ascii=True)


@given(TITLES, st.integers(1, 250), COUNTS, COUNTS, st.booleans())
def test_no_line_is_wider_than_its_terminal(
    name: str, columns: int, spoken: int, rejected: int, is_ascii: bool
) -> None:
    headway = Headway(name, 99_999, 1e6, 1e6, 5.0, chapters=30, spoken=spoken, rejected=rejected, at_once=64)
    assert columns_of(line(headway, columns, name=name, is_ascii=is_ascii)) <= columns


@given(TITLES)
def test_nothing_is_shown_wider_than_it_is_taken_for(text: str) -> None:
    shown = printable(text)
    assert wcswidth(shown) <= columns_of(shown)


@given(TITLES, st.integers(1, 40))
def test_what_is_shortened_fits_and_is_a_beginning(text: str, columns: int) -> None:
    short = shortened(printable(text), columns)
    assert columns_of(short) <= columns
    assert short == printable(text) or printable(text).startswith(short.removesuffix("…"))


@given(TITLES, st.integers(6, 60))
def test_what_is_wrapped_fits_and_loses_nothing(text: str, columns: int) -> None:
    lines = wrapped(printable(text), columns)
    assert all(columns_of(each) <= columns for each in lines)
    assert "".join("".join(lines).split()) == "".join(printable(text).split())


def test_lines_are_broken_between_words_where_that_can_be() -> None:
    assert wrapped("no key is set, so the voice speaks", 16) == ["no key is set,", "  so the voice", "  speaks"]
    assert wrapped("  001 - a/very/long/path.m4a", 14) == ["  001 - a/ve", "    ry/long/pa", "    th.m4a"]


def test_what_would_steer_a_terminal_is_not_shown() -> None:
    assert printable("a\x1b[2Jb\nc\x07\u2028d") == "a�[2Jb c� d"
    assert printable("題 é", "ascii") == "? ?"
