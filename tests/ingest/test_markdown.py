"""Markdown: front matter, chapters by the document's own shape, the same kinds and sums as an EPUB's texts."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.book import Book, Image, Metadata
from pipeline.errors import DamagedBook, EmptyBook, UnsafeBook
from pipeline.ingest import read_book
from pipeline.ingest.chapters import roman
from pipeline.ingest.frontmatter import metadata_of, parse_fields
from pipeline.ingest.settings import DEFAULT_READING
from tests.ingest.epubs import PNG


def read(folder: Path, text: str | bytes, *, chapter_level: int = 0) -> Book:
    path = folder / "book.md"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_book(path, DEFAULT_READING.model_copy(update={"chapter_level": chapter_level}))


def kinds(book: Book) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for block in book.blocks() if not block.rule]


def titles(book: Book) -> list[str]:
    return [chapter.title for chapter in book.chapters]


def test_front_matter_is_metadata_and_not_spoken(tmp_path: Path) -> None:
    text = """---
title: "The Lamp: a \\"tale\\""
authors: [Ann Author, 'Bob O''Writer']
language: no   # Norwegian, not false
date: 2001-02-03
description: >
  One line
  and another.
---
Text.
"""
    book = read(tmp_path, text)
    assert book.metadata == Metadata(
        title='The Lamp: a "tale"',
        creators=("Ann Author", "Bob O'Writer"),
        language="no",
        date="2001-02-03",
        description="One line and another.",
    )
    assert kinds(book) == [("paragraph", "Text.")]


@pytest.mark.parametrize(
    ("lines", "creators"),
    [
        (["author: Ann"], ("Ann",)),
        (["author:", "  - Ann", "  - Bob"], ("Ann", "Bob")),
        (["Author: Ann", "nonsense", "title: x"], ("Ann nonsense",)),
        (["author:"], ()),
        (["author: [Ann, Bob]"], ("Ann", "Bob")),
        (["authors: []"], ()),
    ],
)
def test_fields(lines: list[str], creators: tuple[str, ...]) -> None:
    assert metadata_of(parse_fields(lines)).creators == creators


def test_what_a_catalogue_wants_to_know_stands_in_the_front_matter() -> None:
    head = """subtitle: With Oil
series: Lamps
series-index: 2.0
title_sort: Lamp, The
isbn: 978-0-306-40615-7
asin: b002ri9ore
tags: [fiction, lamps]
keywords: lamps, oil; wicks
genre: Novel
rights: CC0"""
    read = metadata_of(parse_fields(head.splitlines()))
    assert (read.subtitle, read.series, read.series_index, read.title_sort) == ("With Oil", "Lamps", "2", "Lamp, The")
    assert (read.isbn, read.asin, read.rights) == ("9780306406157", "B002RI9ORE", "CC0")
    assert read.subjects == ("fiction", "lamps", "lamps, oil", "wicks", "Novel")


@pytest.mark.parametrize(
    ("line", "sort"),
    [
        ("author_sort: Author, Ann", "Author, Ann"),
        ("author_sort: Author, Ann; Writer, Bob", "Author, Ann; Writer, Bob"),
        ("author_sort: ['Author, Ann', 'Writer, Bob']", "Author, Ann; Writer, Bob"),
    ],
)
def test_sort_names_keep_their_commas(line: str, sort: str) -> None:
    assert metadata_of(parse_fields([line])).creator_sort == sort


def test_headings_make_chapters_below_the_title(tmp_path: Path) -> None:
    book = read(tmp_path, "# Book\n\n## One\n\na\n\n### x\n\nb\n\nTwo\n---\n\nc\n")
    assert titles(book) == ["One", "Two"]
    assert book.metadata.title == "Book"
    assert [block.text for block in book.chapters[0].blocks] == ["Book", "One", "a", "x", "b"]


@pytest.mark.parametrize(
    ("level", "chapters"),
    [
        (1, [("Book", 1)]),
        (2, [("One", 1), ("Two", 1)]),
        (3, [("One", 1), ("x", 2), ("y", 2), ("Two", 1), ("z", 2)]),
    ],
)
def test_the_chapter_level_may_be_set(tmp_path: Path, level: int, chapters: list[tuple[str, int]]) -> None:
    text = "# Book\n\n## One\n\na\n\n### x\n\nb\n\n### y\n\nc\n\n## Two\n\nd\n\n### z\n\ne\n"
    book = read(tmp_path, text, chapter_level=level)
    assert [(chapter.title, chapter.depth) for chapter in book.chapters] == chapters


def test_a_chapter_level_no_heading_has_is_said(tmp_path: Path) -> None:
    book = read(tmp_path, "# One\n\na\n\n# Two\n\nb\n", chapter_level=4)
    assert titles(book) == ["One", "Two"]
    assert any("level 4" in note for note in book.notes)


def test_long_chapters_in_parts_are_chapters(tmp_path: Path) -> None:
    story = "word " * 2000
    parts = [f"# Part {part}\n\n" + "".join(f"## {n}\n\n{story}\n\n" for n in (1, 2)) for part in (1, 2)]
    depths = [(chapter.title, chapter.depth) for chapter in read(tmp_path, "".join(parts)).chapters]
    assert depths == [("Part 1", 1), ("1", 2), ("2", 2), ("Part 2", 1), ("1", 2), ("2", 2)]


def test_short_sections_are_no_chapters(tmp_path: Path) -> None:
    chapters = "".join(f"# Chapter {n}\n\n## A\n\na few words\n\n## B\n\nand more\n\n" for n in (1, 2))
    assert titles(read(tmp_path, chapters)) == ["Chapter 1", "Chapter 2"]


def test_headings_that_name_author_and_year_are_no_chapters(tmp_path: Path) -> None:
    text = "# Title: The Tale\n\n## Author: Ann\n\n## Year: 1836\n\n-----\n_By hand_\n\n### I\n\na\n\n### II\n\nb\n"
    book = read(tmp_path, text)
    assert titles(book) == ["I", "II"]
    assert (book.metadata.title, book.metadata.creators, book.metadata.date) == ("The Tale", ("Ann",), "1836")


def test_plain_text_with_a_paragraph_a_line(tmp_path: Path) -> None:
    first, second = "Слово " * 60, "Дело " * 60
    book = read(tmp_path, f"\nДама\n\nI\n{first}\n{second}\nII\n{second}\n")
    assert titles(book) == ["I", "II"]
    assert [block.text for block in book.blocks()] == ["Дама", "I", first.strip(), second.strip(), "II", second.strip()]
    assert any("every line" in note for note in book.notes)


def test_hard_wrapped_text_is_joined(tmp_path: Path) -> None:
    wrapped = "\n".join(["a line of ordinary width, wrapped by hand"] * 12)
    assert len(kinds(read(tmp_path, wrapped))) == 1


def test_kinds(tmp_path: Path) -> None:
    text = (
        "# H\n\nA *b*\nc `d`.\n\n> q\n\n- one\n- two\n\n| a | b | c |\n|---|---|---|\n| 1 | 2 | 3 |\n\n"
        "    code\n\n***\n\nTerm\n: Definition\n\nRoses are red,  \nViolets are blue,  \nSugar is sweet.\n"
    )
    assert kinds(read(tmp_path, text)) == [
        ("heading", "H"),
        ("paragraph", "A b c d."),
        ("quote", "q"),
        ("list-item", "one"),
        ("list-item", "two"),
        ("table-row", "a: 1, b: 2, c: 3"),
        ("code", "code"),
        ("scene-break", ""),
        ("list-item", "Term"),
        ("list-item", "Definition"),
        ("verse", "Roses are red,"),
        ("verse", "Violets are blue,"),
        ("verse", "Sugar is sweet."),
    ]


def test_footnotes_are_excluded_under_their_rules(tmp_path: Path) -> None:
    book = read(tmp_path, "Once[^1] upon^[inline] a time.\n\n[^1]: A note.\n")
    assert kinds(book) == [("paragraph", "Once upon a time.")]
    assert set(book.coverage.excluded_chars) == {"note-reference", "note"}


@pytest.mark.parametrize(
    ("notes", "texts"),
    [
        ("skip", ["Once upon a time.", "More."]),
        ("inline", ["Once upon a time.", "A note.", "inline", "More."]),
        ("chapter-end", ["Once upon a time.", "More.", "A note.", "inline"]),
    ],
)
def test_footnotes_are_read_where_the_setting_says(tmp_path: Path, notes: str, texts: list[str]) -> None:
    path = tmp_path / "book.md"
    path.write_text("# A\n\nOnce[^1] upon^[inline] a time.\n\nMore.\n\n[^1]: A note.\n\n# B\n\nb\n")
    book = read_book(path, DEFAULT_READING.model_copy(update={"notes": notes}))
    spoken = [block.text.removesuffix(" ↩︎") for block in book.chapters[0].blocks if not block.rule]
    assert spoken == ["A", *texts]


def test_html_goes_through_the_same_walk(tmp_path: Path) -> None:
    text = 'A<br>b &nbsp; &copy; <i>c</i>\n\n<div class="poem"><p>x</p><p hidden>y</p></div>\n\n<script>z</script>\n'
    book = read(tmp_path, text)
    assert kinds(book) == [("paragraph", "A b © c"), ("verse", "x")]
    assert dict(book.coverage.excluded_chars) == {"hidden": 1, "markup": 1}


def test_a_word_in_angle_brackets_is_a_word(tmp_path: Path) -> None:
    assert kinds(read(tmp_path, "Press <Enter> now.\n\n<Sigh>\n")) == [
        ("paragraph", "Press <Enter> now."),
        ("paragraph", "<Sigh>"),
    ]


def test_a_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    book = read(tmp_path, b"\xef\xbb\xbf---\r\ntitle: T\r\n---\r\n\r\na\r\nb\r\n")
    assert (book.metadata.title, kinds(book)) == ("T", [("paragraph", "a b")])


def test_what_is_not_utf_8_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DamagedBook, match="UTF-8"):
        read(tmp_path, "é".encode("latin-1"))


def test_an_empty_file(tmp_path: Path) -> None:
    with pytest.raises(EmptyBook):
        read(tmp_path, "---\ntitle: T\n---\n")


@pytest.mark.parametrize("opening", ["[", "![", "^[", "[a\n", "a [b\n\n"])
def test_brackets_without_end_are_refused_at_once(tmp_path: Path, opening: str) -> None:
    with pytest.raises(UnsafeBook, match="brackets"):
        read(tmp_path, opening * 50_000)


def test_many_links_are_no_reason_to_refuse(tmp_path: Path) -> None:
    assert len(kinds(read(tmp_path, "[a](b) [c] " * 6_000))) == 1


@pytest.mark.parametrize("text", [">" * 500 + " a", "\n".join("  " * depth + "- a" for depth in range(200))])
def test_what_the_parser_would_drop_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnsafeBook):
        read(tmp_path, text)


def test_a_cover_in_the_books_folder(tmp_path: Path) -> None:
    (tmp_path / "art").mkdir()
    (tmp_path / "art" / "c.png").write_bytes(PNG)
    assert read(tmp_path, "---\ncover: art/c.png\n---\na").cover == Image("image/png", PNG)


@pytest.mark.parametrize("cover", ["../c.png", "/etc/passwd", "none.png", "book.md"])
def test_a_cover_elsewhere_is_left_out_with_a_note(tmp_path: Path, cover: str) -> None:
    folder = tmp_path / "book"
    folder.mkdir()
    (tmp_path / "c.png").write_bytes(PNG)
    book = read(folder, f"---\ntitle: T\ncover: {cover}\n---\na")
    assert book.cover is None
    assert any(cover in note for note in book.notes)


def test_roman_numbers() -> None:
    assert [roman(number) for number in (1, 4, 9, 14, 40, 99, 246)] == ["I", "IV", "IX", "XIV", "XL", "XCIX", "CCXLVI"]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from([*"ab \n\n#>-*_`[]()|<&:1.", "    ", "[^1]", "\n---\n", "\n\n", "<i>", "</div>"]), max_size=60
    )
)
def test_no_markdown_breaks_the_sums(tmp_path_factory: pytest.TempPathFactory, tokens: list[str]) -> None:
    try:
        book = read(tmp_path_factory.mktemp("book"), "word\n" + "".join(tokens))
    except (EmptyBook, UnsafeBook):
        return
    assert book.coverage.missing_chars == 0
