"""Plain text: paragraphs by layout, chapters only where headings count up, the Gutenberg licence left out."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.book import Book, Kind
from pipeline.errors import EmptyBook
from pipeline.ingest import read_book
from pipeline.ingest.settings import DEFAULT_READING

STORY = "Once upon a time there was a lamp that would not go out, whatever the wind did to it."


def read(folder: Path, text: str | bytes, *, keep: tuple[str, ...] = ()) -> Book:
    path = folder / "book.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_book(path, DEFAULT_READING.model_copy(update={"keep": keep}))


def titles(book: Book) -> list[str]:
    return [chapter.title for chapter in book.chapters]


def texts(book: Book) -> list[str]:
    return [block.text for block in book.blocks() if not block.rule]


@pytest.mark.parametrize(
    "headings",
    [
        ["CHAPTER I", "CHAPTER II", "CHAPTER III"],
        ["Chapter 1. The Lamp", "Chapter 2. The Boat"],
        ["Chapter One", "Chapter Two"],
        ["Глава 1", "Глава 2"],
        ["Глава первая", "Глава вторая"],
        ["Kapitel 3", "Kapitel 4", "Kapitel 6"],
        ["1. Kapitel", "2. Kapitel"],
        ["Erstes Kapitel", "Zweites Kapitel"],
        ["第一章 灯", "第二章 船", "第十章 海"],
        ["I", "II", "III", "IV"],
        ["I.", "II."],
        ["- 1 -", "- 2 -"],
        ["ACT I", "ACT II"],
        ["PROLOGUE", "CHAPTER I", "CHAPTER II", "EPILOGUE"],
    ],
)
def test_headings_that_count_up_make_chapters(tmp_path: Path, headings: list[str]) -> None:
    book = read(tmp_path, "\n\n".join(f"{heading}\n\n{STORY}" for heading in headings))
    assert titles(book) == headings
    assert [block.text for block in book.blocks() if block.kind is Kind.HEADING] == headings


@pytest.mark.parametrize(
    "lines",
    [
        ["CHAPTER I"],
        ["II", "I"],
        ["Chapter 2", "Chapter 1"],
        ["I", "III"],
        ["1. Take a lamp", "2. Light it"],
        ["Figure 1", "Figure 2"],
        ["In the first part of the play, he said,", "In the second part of the play, she said,"],
    ],
)
def test_what_does_not_count_up_is_text(tmp_path: Path, lines: list[str]) -> None:
    book = read(tmp_path, "\n\n".join(f"{line}\n\n{STORY}" for line in lines))
    assert len(book.chapters) == 1
    assert len(texts(book)) == 2 * len(lines)


def test_titles_with_numbers_need_long_text(tmp_path: Path) -> None:
    book = read(tmp_path, "\n\n".join(f"{n}. A Scandal\n\n{STORY * 9}" for n in ("I", "II", "III")))
    assert titles(book) == ["I. A Scandal", "II. A Scandal", "III. A Scandal"]


def test_a_heading_of_two_lines(tmp_path: Path) -> None:
    book = read(tmp_path, f"CHAPTER I.\nThe Lamp\n\n{STORY}\n\nCHAPTER II.\nThe Boat\n\n{STORY}\n")
    assert titles(book) == ["CHAPTER I. The Lamp", "CHAPTER II. The Boat"]


def test_chapters_in_parts_begin_again(tmp_path: Path) -> None:
    text = "".join(
        f"PART {part}\n\n" + "".join(f"CHAPTER {n}\n\n{STORY}\n\n" for n in ("I", "II", "III"))
        for part in ("ONE", "TWO")
    )
    depths = [(chapter.title, chapter.depth) for chapter in read(tmp_path, text).chapters]
    chapters = [("CHAPTER I", 2), ("CHAPTER II", 2), ("CHAPTER III", 2)]
    assert depths == [("PART ONE", 1), *chapters, ("PART TWO", 1), *chapters]


def test_bare_numbers_right_below_parts_are_chapters(tmp_path: Path) -> None:
    text = "".join(f"{part} PARTIE\n\nI\n\n{STORY}\n\nII\n\n{STORY}\n\n" for part in ("PREMIÈRE", "DEUXIÈME"))
    assert titles(read(tmp_path, text)) == ["PREMIÈRE PARTIE", "I", "II", "DEUXIÈME PARTIE", "I", "II"]


def test_bare_numbers_within_chapters_are_text(tmp_path: Path) -> None:
    text = "".join(f"Chapter {n}\n\n{STORY}\n\nI\n\n{STORY}\n\nII\n\n{STORY}\n\n" for n in (1, 2))
    assert titles(read(tmp_path, text)) == ["Chapter 1", "Chapter 2"]


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_a_printed_table_of_contents_is_navigation(tmp_path: Path, gap: str) -> None:
    headings = ["CHAPTER I. The Lamp", "CHAPTER II. The Boat", "CHAPTER III. The Sea"]
    body = "\n\n".join(f"{heading}\n\n{STORY}" for heading in headings)
    book = read(tmp_path, f"The Tale\n\nContents\n\n{gap.join(headings)}\n\n\n[Illustration]\n\n{body}\n")
    assert titles(book) == headings
    assert texts(book) == ["The Tale", *(text for heading in headings for text in (heading, STORY))]
    assert set(book.coverage.excluded_chars) == {"navigation", "image"}


GUTENBERG = f"""The Project Gutenberg eBook of The Lamp

Title: The Lamp

Author: Ann Author

Language: English

*** START OF THE PROJECT GUTENBERG EBOOK THE LAMP ***

{STORY}

*** END OF THE PROJECT GUTENBERG EBOOK THE LAMP ***

Section 1. General Terms of Use

* * *
"""


def test_the_licence_is_excluded_and_stays_in_the_book(tmp_path: Path) -> None:
    book = read(tmp_path, GUTENBERG)
    assert (book.metadata.title, book.metadata.creators, book.metadata.language) == ("The Lamp", ("Ann Author",), "en")
    assert texts(book) == [STORY]
    rules = {block.rule for block in book.blocks() if block.rule}
    assert rules == {"front-matter:licence", "back-matter:licence"}
    assert rules <= set(book.coverage.excluded_chars)
    assert book.coverage.missing_chars == 0


def test_the_licence_may_be_kept(tmp_path: Path) -> None:
    book = read(tmp_path, GUTENBERG, keep=("front-matter", "back-matter:licence"))
    assert "Section 1. General Terms of Use" in texts(book)


def test_hard_wraps_are_joined_and_verse_is_not(tmp_path: Path) -> None:
    wrapped = (
        "It was a long time ago that the lamp was lit, and nobody\n"
        "remembers who did it. Somebody said it was the King\nof Prussia."
    )
    verse = "Roses are red,\nviolets are blue,\nsugar is sweet."
    book = read(tmp_path, f"{wrapped}\n\n{verse}\n")
    assert [(block.kind, block.text) for block in book.blocks()] == [
        (Kind.PARAGRAPH, " ".join(wrapped.split())),
        *((Kind.VERSE, line) for line in verse.split("\n")),
    ]


def test_a_paragraph_a_line(tmp_path: Path) -> None:
    lines = [STORY, "“No,” he said.", "“Yes!”", STORY]
    assert texts(read(tmp_path, "\n".join(lines))) == lines


def test_paragraphs_by_indentation(tmp_path: Path) -> None:
    text = (
        "  It was a long time ago that the lamp\nwas lit, and nobody remembers who did\nit, or why.\n"
        "  And then the wind came, and the lamp\ndid not go out for all the wind could\ndo to it.\n"
    )
    assert len(texts(read(tmp_path, text))) == 2


def test_scene_breaks_and_signs(tmp_path: Path) -> None:
    book = read(tmp_path, "A _good_ snake_case.\n\n* * *\n\nB\x00.\n")
    assert [(block.kind, block.text) for block in book.blocks()] == [
        (Kind.PARAGRAPH, "A good snake_case."),
        (Kind.SCENE_BREAK, ""),
        (Kind.PARAGRAPH, "B."),
    ]
    assert dict(book.coverage.excluded_chars) == {"markup": 2, "ornament": 3, "invisible": 1}


@pytest.mark.parametrize(
    ("encoding", "notes"), [("utf-8-sig", 0), ("utf-16", 0), ("utf-8", 0), ("cp1252", 1), ("latin-1", 1)]
)
def test_encodings(tmp_path: Path, encoding: str, notes: int) -> None:
    text = "Le café, déjà." + ("\x81" if encoding == "latin-1" else "")
    book = read(tmp_path, text.encode(encoding))
    assert texts(book)[0].startswith("Le café, déjà.")
    assert sum("read as" in note for note in book.notes) == notes


def test_an_empty_file(tmp_path: Path) -> None:
    with pytest.raises(EmptyBook):
        read(tmp_path, "\n * * * \n")


TOKENS = [
    *"ab_\n\n *.I1\x00\u200b\u3000章",
    "\n\n",
    "CHAPTER I",
    "\n\nII\n\n",
    "Contents",
    "第二章",
    "word " * 9,
    "\n*** START OF THE PROJECT GUTENBERG EBOOK\n",
    "\n*** END OF THE PROJECT GUTENBERG EBOOK\n",
    "\ufeff",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=60))
def test_no_text_breaks_the_sums(tmp_path_factory: pytest.TempPathFactory, tokens: list[str]) -> None:
    try:
        book = read(tmp_path_factory.mktemp("book"), "".join(tokens))
    except EmptyBook:
        return
    assert book.coverage.missing_chars == 0
