"""A folder of Markdown as one book: the order of SUMMARY.md, or of the files' names; nothing from outside it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from pipeline.book import Book, Image, Metadata
from pipeline.errors import DamagedBook, EmptyBook, UnsafeBook
from pipeline.ingest import folder as folder_module
from pipeline.ingest import read_book
from tests.ingest.epubs import PNG


def read(folder: Path, files: Mapping[str, str | bytes], *, name: str = "") -> Book:
    for file, content in files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_book(folder / name)


def chapters(book: Book) -> list[tuple[str, int]]:
    return [(chapter.title, chapter.depth) for chapter in book.chapters]


SUMMARY = """# Summary

[Preface](preface.md)

# Part One

- [The Lamp](one/lamp.md)
    - [The `Wick`](<one/the wick.md>)
- [Draft]()

---

[Afterword](after%20word.md)
"""
FILES = {
    "preface.md": "Dear reader.",
    "one/lamp.md": "# Lamp\n\na",
    "one/the wick.md": "# Wick\n\nb",
    "after word.md": "c",
}
NESTED = [("Preface", 1), ("The Lamp", 1), ("The Wick", 2), ("Afterword", 1)]


def test_a_summary_gives_order_titles_and_nesting(tmp_path: Path) -> None:
    book = read(tmp_path, {"SUMMARY.md": SUMMARY, "zebra.md": "z", **FILES})
    assert chapters(book) == NESTED
    assert [block.text for block in book.blocks()] == ["Dear reader.", "Lamp", "a", "Wick", "b", "c"]
    assert any("“Draft”" in note for note in book.notes)
    assert any("zebra.md is not in SUMMARY.md" in note for note in book.notes)


def test_a_heading_of_the_summary_begins_a_part(tmp_path: Path) -> None:
    book = read(tmp_path, {"SUMMARY.md": SUMMARY, **FILES})
    assert [chapter.title for chapter in book.chapters if chapter.begins_part] == ["The Lamp"]


def test_a_files_name_is_a_title_that_the_book_does_not_say(tmp_path: Path) -> None:
    files = {"1-lamp.md": "a", "2-letter.md": "# Letter\n\nb", "3-boat.md": "---\ntitle: Boat\n---\nc"}
    found = [(chapter.title, chapter.is_titled) for chapter in read(tmp_path, files).chapters]
    assert found == [("Lamp", False), ("Letter", True), ("Boat", True)]


def test_the_summary_itself_names_the_book(tmp_path: Path) -> None:
    assert chapters(read(tmp_path, {"SUMMARY.md": SUMMARY, **FILES}, name="SUMMARY.md")) == NESTED


def test_an_mdbook(tmp_path: Path) -> None:
    settings = '[book]\ntitle = "The Lamp"\nauthors = ["Ann Author", "Bob"]\nlanguage = "fr"\nsrc = "text"\n'
    files = {f"text/{file}": text for file, text in {"SUMMARY.md": SUMMARY, **FILES}.items()}
    book = read(tmp_path, {"book.toml": settings, "README.md": "Not the book.", **files})
    assert chapters(book) == NESTED
    assert book.metadata == Metadata(title="The Lamp", creators=("Ann Author", "Bob"), language="fr")


@pytest.mark.parametrize("settings", ["[book", "book = 3\n", "[book]\ntitle = 1979-05-27\nauthors = 2\n"])
def test_settings_that_make_no_sense(tmp_path: Path, settings: str) -> None:
    assert chapters(read(tmp_path, {"book.toml": settings, "a.md": "# A\n\na"})) == [("A", 1)]


@pytest.mark.parametrize(
    "href", ["../outside.md", "/etc/passwd", "https://example.org/a.md", "none.md", "cover.png", "link.md", "#a", "%00"]
)
def test_a_summary_leads_nowhere_else(tmp_path: Path, href: str) -> None:
    (tmp_path / "outside.md").write_text("secret")
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "link.md").symlink_to(tmp_path / "outside.md")
    book = read(folder, {"SUMMARY.md": f"- [A](a.md)\n- [B]({href})\n", "a.md": "a", "cover.png": PNG})
    assert chapters(book) == [("A", 1)]
    assert any("passed over" in note for note in book.notes)


def test_files_in_natural_order(tmp_path: Path) -> None:
    names = ["10-sea.md", "2-the_boat.md", "1-lamp.md", "README.md", "part 2/1.md", "part 10/1.md", ".hidden.md"]
    book = read(tmp_path, {name: f"text of {name}" for name in names})
    assert [block.text.removeprefix("text of ") for block in book.blocks()] == [
        "README.md",
        "1-lamp.md",
        "2-the_boat.md",
        "10-sea.md",
        "part 2/1.md",
        "part 10/1.md",
    ]
    assert [chapter.title for chapter in book.chapters] == ["README", "Lamp", "The boat", "Sea", "1", "1"]


def test_metadata_cover_and_title_page_of_a_folder(tmp_path: Path) -> None:
    first = "---\nauthor: Ann Author\nlanguage: fr\n---\n# The Lamp\n"
    book = read(tmp_path, {"index.md": first, "1.md": "# One\n\na\n", "2.md": "# Two\n\nb\n", "cover.png": PNG})
    assert book.metadata == Metadata(title="The Lamp", creators=("Ann Author",), language="fr")
    assert book.cover == Image("image/png", PNG)
    assert chapters(book) == [("One", 1), ("Two", 1)]
    assert next(book.blocks()).text == "The Lamp"


def test_a_file_of_several_chapters(tmp_path: Path) -> None:
    book = read(tmp_path, {"1.md": "# One\n\na\n\n# Two\n\nb\n", "2.md": "# Three\n\n## x\n\nc\n"})
    assert chapters(book) == [("One", 1), ("Two", 1), ("Three", 1)]


def test_a_folder_without_markdown(tmp_path: Path) -> None:
    with pytest.raises(EmptyBook, match="no Markdown"):
        read(tmp_path, {"a.txt": "a"})


def test_a_folder_with_a_file_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(DamagedBook, match="UTF-8"):
        read(tmp_path, {"a.md": b"\xff\xfe\xfd"})


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "MAX_FILES", 2)
    with pytest.raises(UnsafeBook, match="too many"):
        read(tmp_path, {f"{number}.md": "a" for number in range(3)})
