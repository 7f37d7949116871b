"""What letters tell of the language."""

from pathlib import Path

import pytest

from pipeline.ingest import read_book
from pipeline.ingest.alphabets import ENOUGH_CHARS, language_by_letters, slices
from tests.ingest.epubs import Epub, page


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Говорили, что на набережной появилось новое лицо.", "ru"),
        ("Реве та стогне Дніпр широкий, сердитий вітер завива.", "uk"),
        ("Мой родны кут, як ты мне мілы! Забыць цябе не маю сілы! Што было ў ім, тое ўсё маё.", "be"),
        ("Всѣ счастливыя семьи похожи другъ на друга, каждая несчастливая семья несчастлива по своему. Въ мірѣ.", "ru"),
        ("Ћутао је дуго, па се ђаво насмеја.", "sr"),
        ("Ἄνδρα μοι ἔννεπε, Μοῦσα, πολύτροπον.", "el"),
        ("山路を登りながら、こう考えた。", "ja"),
        ("道可道，非常道。名可名，非常名。", "zh"),
        ("나랏말싸미 듕귁에 달아", "ko"),
        ("یکی بود، یکی نبود، گربه‌ای بود چابک.", "fa"),
        ("ایک تھا بادشاہ، ہمارا تمہارا خدا بادشاہ۔ اس کے پاس بہت بڑے بڑے گھوڑے تھے، چار چاند جیسے۔", "ur"),
        ("తెలుగు భాష గురించి ఒక చిన్న కథ, దానిలో λόγος అనే ఒక మాట.", ""),
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


def test_no_more_is_looked_at_than_tells_and_some_of_every_block() -> None:
    texts = ["a" * (3 * ENOUGH_CHARS), "b", "c" * ENOUGH_CHARS]
    parts = list(slices(texts))
    assert [set(part) for part in parts] == [{"a"}, {"b"}, {"c"}]
    assert ENOUGH_CHARS <= sum(map(len, parts)) <= ENOUGH_CHARS + len(texts)
    assert list(slices(["short", ""])) == ["short", ""]


def test_an_english_introduction_does_not_make_a_russian_book_english(tmp_path: Path) -> None:
    path = tmp_path / "book.md"
    introduction = "This edition follows the text of the first printing. " * (ENOUGH_CHARS // 50)
    path.write_text(f"{introduction}\n\n" + "Человек и море, и ветер.\n\n" * (ENOUGH_CHARS // 10), "utf-8")
    assert len(introduction) > ENOUGH_CHARS  # more than is looked at, were it taken from the start
    assert read_book(path).metadata.language == "ru"


def test_a_book_that_says_its_language_is_believed(tmp_path: Path) -> None:
    said, silent = tmp_path / "said.md", tmp_path / "silent.md"
    said.write_text("---\nlang: bg\n---\n\nЧовек и море.", "utf-8")
    silent.write_text("Человек и море.", "utf-8")
    assert read_book(said).metadata.language == "bg"
    assert not any("letters" in note for note in read_book(said).notes)
    assert read_book(silent).metadata.language == "ru"
    assert (
        "the book does not say its language; its letters are Cyrillic, which makes it 'ru'" in read_book(silent).notes
    )


@pytest.mark.parametrize(
    ("stated", "text"), [("fr", "Longtemps, je me suis couché de bonne heure."), ("bg", "Човек и море.")]
)
def test_what_the_pages_say_they_are_in_is_the_book_s_language_and_no_block_s(
    stated: str, text: str, tmp_path: Path
) -> None:
    path = _epub(tmp_path, stated, f"<p>{text}</p><p>{text}</p><p lang='en'>Call me Ishmael.</p>")
    book = read_book(path)
    assert book.metadata.language == stated
    assert [block.language for block in book.blocks()] == ["", "", "en"]
    assert f"the book does not say its language; most of its text is marked {stated!r}" in book.notes


def test_a_mark_on_little_of_the_text_leaves_the_letters_to_tell(tmp_path: Path) -> None:
    path = _epub(tmp_path, "", "<p>Человек и море, и ветер над водою.</p><p lang='fr'>Bonjour.</p>")
    book = read_book(path)
    assert book.metadata.language == "ru"
    assert [block.language for block in book.blocks()] == ["", "fr"]


@pytest.mark.parametrize("nothing", ["und", "mul", "zxx", "UND", " "])
def test_a_language_that_says_nothing_is_none(nothing: str, tmp_path: Path) -> None:
    path = _epub(tmp_path, nothing, "<p>Человек и море.</p>", metadata=f"<dc:language>{nothing}</dc:language>")
    book = read_book(path)
    assert book.metadata.language == "ru"
    assert [block.language for block in book.blocks()] == [""]


@pytest.mark.parametrize("stated", ["fre", "fra", "French"])
def test_a_language_by_its_name_or_longer_code_is_the_tag(stated: str, tmp_path: Path) -> None:
    path = _epub(tmp_path, "fr", "<p>Longtemps.</p>", metadata=f"<dc:language>{stated}</dc:language>")
    book = read_book(path)
    assert book.metadata.language == "fr"
    assert [block.language for block in book.blocks()] == [""]


@pytest.mark.parametrize(("stated", "language"), [("fr-CA", "fr-CA"), ("German", "de"), ("und", "")])
def test_a_page_s_language_is_that_of_its_root(stated: str, language: str, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(f"<html lang='{stated}'><title>T</title><body><p>Longtemps.</p></body></html>", "utf-8")
    assert read_book(path).metadata.language == language


def _epub(folder: Path, language: str, body: str, *, metadata: str = "") -> Path:
    """A book of one page that says it is in `language`."""
    text = page(body, attributes=f" xml:lang='{language}'")
    return Epub({"one.xhtml": text}, metadata=f"<dc:title>T</dc:title>{metadata}").write(folder)
