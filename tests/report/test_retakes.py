"""What a book's report says of the retakes that speak it."""

from lxml import html

from pipeline.report.page import environment
from pipeline.report.schema import BookReport, ChosenRetake

CHOSEN = ChosenRetake(
    chapter="I & II",
    key="3f2a9c1d0b" + "0" * 54,
    words="He came to <Loughborough>.",
    number=2,
    voice="Puck",
    said="He came to Luff-burra.",
    parameters={"temperature": 0.5},
)


def section(*chosen: ChosenRetake) -> str:
    return environment().get_template("chosen.html.j2").render(book=BookReport(source="kim.epub", retakes=list(chosen)))


def test_a_chosen_retake_stands_beside_the_books_words() -> None:
    cells = [cell.text_content() for cell in html.fromstring(section(CHOSEN)).xpath("//tbody/tr/*")]
    said = "retake 2, voice Puck, temperature 0.5; the voice was given “He came to Luff-burra.”"
    assert cells == ["3f2a9c1d0b", "I & II", "He came to <Loughborough>.", said]


def test_a_book_without_them_says_nothing() -> None:
    assert section().strip() == ""
