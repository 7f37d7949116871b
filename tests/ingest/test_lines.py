"""The lines of one heading: a label is parted from its title, a title broken for want of room is not."""

import pytest

from pipeline.ingest.lines import line_marks


@pytest.mark.parametrize(
    ("lines", "marks"),
    [
        (["CHAPTER I", "The Letter"], [":", ""]),
        (["CHAPTER I", "THE LETTER"], [":", ""]),
        (["Kapitel 4", "Der Brief"], [":", ""]),
        (["XII", "The Letter"], [":", ""]),
        (["ZWEITES KAPITEL", "Der Brief"], [":", ""]),
        (["Глава первая", "ПИСЬМО"], [":", ""]),
        (["PART ONE", "The Wood", "CHAPTER I"], [":", ":", ""]),
        (["Chapter 4.", "The Letter"], ["", ""]),
        (["Chapter 4—", "The Letter"], ["", ""]),
        (["THE RABBIT SENDS IN", "A LITTLE BILL"], ["", ""]),
        (["The Rabbit Sends in", "A Little Bill"], ["", ""]),
        (["You and I", "and all the rest"], ["", ""]),
        (["第一章", "山路"], ["", ""]),
        (["One line"], [""]),
    ],
)
def test_marks_between_the_lines_of_a_heading(lines: list[str], marks: list[str]) -> None:
    assert line_marks(lines) == marks
