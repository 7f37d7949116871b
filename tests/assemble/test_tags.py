"""Names that every file system takes, and tags without empty ones."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.assemble.tags import Credits, audiobookshelf_metadata, book_tags, file_name, language_tag
from pipeline.book import Metadata
from pipeline.recording import Mark

RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$")
FORBIDDEN = set('<>:"/\\|?*') | {chr(code) for code in range(32)} | {"\x7f"}

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200) | st.sampled_from(["CON", "nul.txt", "..", "."])


@given(texts)
@example("")
@example("com1")
@example(" . ")
@example("é" * 200)
@example("a" * 118 + ". b")
@example("///")
def test_a_name_is_a_name_everywhere(text: str) -> None:
    name = file_name(text)
    assert name
    assert not FORBIDDEN & set(name)
    assert len(name.encode()) <= 121  # 120, and an underscore where a reserved name needed one
    assert not RESERVED.match(name)
    assert name.strip() == name
    assert not name.startswith(".")
    assert not name.endswith(".")


@given(texts)
def test_a_name_stays_when_named_again(text: str) -> None:
    assert file_name(file_name(text)) == file_name(text)


def test_ordinary_titles_are_kept() -> None:
    assert file_name("Дама с собачкой") == "Дама с собачкой"
    assert file_name("Alice’s Adventures: Part 1/2") == "Alice’s Adventures_ Part 1_2"


def test_a_name_is_written_the_same_way_however_its_letters_were_composed() -> None:
    assert file_name("Cafe\u0301") == file_name("Caf\u00e9")


def test_a_long_name_is_not_cut_inside_a_letter() -> None:
    assert file_name("я" * 100) == "я" * 60


def test_empty_tags_are_left_out() -> None:
    tags = book_tags(Credits(Metadata("T"), "N", "C"))
    assert set(tags) == {"title", "album", "artist", "album_artist", "composer", "genre", "comment"}
    assert tags["artist"] == "Unknown author"


def test_a_book_without_a_title_gets_one() -> None:
    assert book_tags(Credits(Metadata(), "N", "C"))["title"] == "Untitled"


def test_the_librarys_metadata() -> None:
    credits = Credits(Metadata("T", ("A", "B"), "de", "urn:x", "1999-05-01", "D", "P"), "N", "C")
    data = audiobookshelf_metadata(credits, (Mark("I", 0, 24_000), Mark("II", 24_000, 60_000)))
    assert data["authors"] == ["A", "B"]
    assert data["publishedYear"] == "1999"
    assert data["chapters"] == [
        {"id": 0, "start": 0.0, "end": 1.0, "title": "I"},
        {"id": 1, "start": 1.0, "end": 2.5, "title": "II"},
    ]


@pytest.mark.parametrize(
    ("language", "code"), [("en", "eng"), ("en_GB", "eng"), ("RU", "rus"), ("", "und"), ("tlh", "und")]
)
def test_the_language_of_the_track(language: str, code: str) -> None:
    assert language_tag(language) == code
