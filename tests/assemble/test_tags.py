"""Names that every file system takes, and tags without empty ones."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.assemble.names import cut_to_bytes, file_name, language_code, single_line
from pipeline.assemble.sidecars import audiobookshelf_metadata, playlist
from pipeline.assemble.tags import Credits, book_tags
from pipeline.book import Metadata
from pipeline.recording import Mark, Track, marks_of

RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$")
FORBIDDEN = set('<>:"/\\|?*') | {chr(code) for code in range(32)} | {"\x7f"}

CREDITS = Credits(Metadata("T"), "N", "C")

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
    assert {"title", "artist", "composer", "genre", "comment", "narration"} <= set(tags)
    assert not {"subtitle", "series", "series_part", "grouping", "isbn", "asin", "watermark", "date"} & set(tags)
    assert tags["artist"] == "Unknown author"
    assert all(tags.values())


def test_the_narration_is_said_to_be_synthetic_in_a_tag_and_in_the_description() -> None:
    tags = book_tags(Credits(Metadata("T", description="About a lamp."), "N", "Read by a machine.", "SynthID"))
    provenance = "Read by a machine. The audio carries a SynthID watermark."
    assert (tags["narration"], tags["watermark"]) == ("synthetic", "SynthID")
    assert tags["description"] == f"About a lamp. {provenance}"
    assert tags["synopsis"] == f"About a lamp.\n\n{provenance}"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=600))
@example("я" * 400)
@example("word " * 100)
@example("")
def test_a_short_description_is_short_and_keeps_what_is_said_of_the_narration(text: str) -> None:
    short = Credits(Metadata("T", description=text), "N", "Read by a machine.").short_description
    assert len(short.encode()) <= 255
    assert short.endswith("Read by a machine.")


def test_a_volume_of_a_series() -> None:
    book = Metadata("The Book", series="A Series", series_index="2.5", title_sort="Book, The")
    tags = book_tags(Credits(book, "N", "C"))
    assert (tags["grouping"], tags["series"], tags["series_part"]) == ("A Series #2.5", "A Series", "2.5")
    assert (tags["sort_title"], tags["sort_album"]) == ("Book, The", "A Series 2.5 - Book, The")
    assert "sort_album" not in book_tags(Credits(Metadata("The Book"), "N", "C"))
    assert book_tags(Credits(Metadata("T", series="S"), "N", "C"))["sort_album"] == "S - T"


def test_a_book_without_a_title_gets_one() -> None:
    assert book_tags(Credits(Metadata(), "N", "C"))["title"] == "Untitled"


def test_the_librarys_metadata() -> None:
    book = Metadata("T", ("A", "B"), "de", "urn:x", "1999-05-01", "D", "P", series="S", series_index="2", isbn="978")
    data = audiobookshelf_metadata(Credits(book, "N", "C"), (Mark("I", 0, 24_000), Mark("II", 24_000, 60_000)))
    assert data["authors"] == ["A", "B"]
    assert (data["publishedYear"], data["publishedDate"]) == ("1999", "1999-05-01")
    assert (data["series"], data["isbn"], data["asin"], data["subtitle"]) == (["S #2"], "978", None, None)
    assert (data["genres"], data["explicit"], data["abridged"]) == (["Audiobook"], False, False)
    assert data["description"] == "D\n\nC"
    assert data["chapters"] == [
        {"id": 0, "start": 0.0, "end": 1.0, "title": "I"},
        {"id": 1, "start": 1.0, "end": 2.5, "title": "II"},
    ]


def test_a_playlist_names_files_beside_it() -> None:
    text = playlist(
        [Path("out/1 - a.mp3"), Path("out/2.mp3")], marks_of((Track(1, "I", 36_000), Track(2, "II", 1))), CREDITS
    )
    assert text == "#EXTM3U\n#PLAYLIST:T\n#EXTINF:2,I\n1 - a.mp3\n#EXTINF:0,II\n2.mp3\n"


@pytest.mark.parametrize(
    ("language", "code"), [("en", "eng"), ("en_GB", "eng"), ("RU", "rus"), ("", "und"), ("ceb", "ceb"), ("x", "und")]
)
def test_the_language_of_the_track(language: str, code: str) -> None:
    assert language_code(language) == code


@given(st.text(max_size=60))
@example("one\ntwo\t\x00three\x85")
def test_a_title_is_one_line(text: str) -> None:
    line = single_line(text)
    assert not any(unicodedata.category(each) == "Cc" for each in line)
    assert line == line.strip()
    assert single_line(line) == line


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.integers(0, 80))
def test_a_title_is_not_cut_inside_a_character(text: str, most: int) -> None:
    cut = cut_to_bytes(text, most)
    assert text.startswith(cut)
    assert most - 4 < len(cut.encode()) <= most or cut == text
