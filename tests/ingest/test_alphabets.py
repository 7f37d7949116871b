"""What letters tell of the language."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.ingest import read_book
from pipeline.ingest.alphabets import ENOUGH_LETTERS, language_by_letters


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Говорили, что на набережной появилось новое лицо.", "ru"),
        ("Реве та стогне Дніпр широкий, сердитий вітер завива.", "uk"),
        ("Ћутао је дуго, па се ђаво насмеја.", "sr"),
        ("Ἄνδρα μοι ἔννεπε, Μοῦσα, πολύτροπον.", "el"),
        ("山路を登りながら、こう考えた。", "ja"),
        ("道可道，非常道。名可名，非常名。", "zh"),
        ("나랏말싸미 듕귁에 달아", "ko"),
        ("یکی بود، یکی نبود، گربه‌ای بود چابک.", "fa"),
        ("Call me Ishmael.", ""),
        ("He said: да, and went.", ""),
        ("1, 2, 3 …", ""),
        ("", ""),
    ],
)
def test_of_many_alphabets(text: str, language: str) -> None:
    assert language_by_letters([text])[1] == language


def test_one_ukrainian_name_leaves_a_book_russian() -> None:
    assert language_by_letters(["Он жил там долго и счастливо. " * 40, "Київ"])[1] == "ru"


def test_no_more_is_looked_at_than_tells() -> None:
    def texts() -> Iterator[str]:
        yield "й" * ENOUGH_LETTERS
        raise AssertionError("went on")

    assert language_by_letters(texts())[1] == "ru"


def test_a_book_that_says_its_language_is_believed(tmp_path: Path) -> None:
    said, silent = tmp_path / "said.md", tmp_path / "silent.md"
    said.write_text("---\nlang: bg\n---\n\nЧовек и море.", "utf-8")
    silent.write_text("Человек и море.", "utf-8")
    assert read_book(said).metadata.language == "bg"
    assert not any("letters" in note for note in read_book(said).notes)
    assert read_book(silent).metadata.language == "ru"
    assert "the book does not say its language; by its letters (Cyrillic) 'ru' was taken" in read_book(silent).notes
