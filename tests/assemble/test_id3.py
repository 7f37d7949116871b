"""ID3v2.3 tags, as mutagen reads them back."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutagen.id3 import ID3

from pipeline.assemble.encode import encode_track
from pipeline.assemble.formats import Encoding
from pipeline.assemble.id3 import id3_tag, size_of_tag
from pipeline.assemble.mp3 import crc_16
from pipeline.recording import Track, marks_of
from tests.assemble.pictures import jpeg


def read(tag: bytes) -> ID3:
    return ID3(io.BytesIO(tag + bytes(128)), translate=False)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=80))
def test_a_text_comes_back_as_it_was(text: str) -> None:
    tags = read(id3_tag({"title": text, "synopsis": text, "series": text}))
    assert tags["TIT2"].text == [text]
    assert tags["COMM::eng"].text == [text]
    assert tags["TXXX:SERIES"].text == [text]


def test_latin_stays_latin_for_old_players() -> None:
    assert read(id3_tag({"title": "Café"}))["TIT2"].encoding == 0
    assert read(id3_tag({"title": "Лампа"}))["TIT2"].encoding == 1


def test_every_name_has_its_frame() -> None:
    tags = read(
        id3_tag({"track": "3/12", "disc": "1/2", "date": "1999", "language": "de", "isbn": "978", "asin": "B0"})
    )
    assert (tags["TRCK"].text, tags["TPOS"].text, tags["TYER"].text) == (["3/12"], ["1/2"], ["1999"])
    assert (tags["TLAN"].text, tags["TXXX:ISBN"].text, tags["TXXX:ASIN"].text) == (["deu"], ["978"], ["B0"])


def test_the_cover_is_attached_as_it_is() -> None:
    cover = jpeg(64, 96)
    [picture] = read(id3_tag({}, cover=cover)).getall("APIC")
    assert (picture.mime, picture.type, picture.data) == ("image/jpeg", 3, cover)


@pytest.mark.parametrize(("count", "tables"), [(1, [1]), (255, [255]), (256, [2, 255, 1]), (600, [3, 255, 255, 90])])
def test_a_table_of_contents_names_every_chapter(count: int, tables: list[int]) -> None:
    marks = marks_of(tuple(Track(i, f"Chapter {i}", 24_024) for i in range(count)))
    tags = read(id3_tag({}, marks=marks))
    contents = {frame.element_id: frame.child_element_ids for frame in tags.getall("CTOC")}
    assert [len(children) for children in contents.values()] == tables
    listed = [name for children in contents.values() for name in children if name.startswith("chp")]
    chapters = {frame.element_id: frame for frame in tags.getall("CHAP")}
    assert [chapters[name].sub_frames["TIT2"].text[0] for name in listed] == [f"Chapter {i}" for i in range(count)]
    assert [chapters[name].start_time for name in listed] == [1001 * i for i in range(count)]


@given(st.integers(0, 5_000))
def test_the_size_of_a_tag_is_its_own(length: int) -> None:
    tag = id3_tag({"title": "x" * length})
    assert size_of_tag(tag[:10]) == len(tag)
    assert size_of_tag(b"\xff\xfb\x90\xc0") == 0


def test_the_checksum_of_the_first_packet_is_that_of_ffmpeg(tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    encode_track([np.zeros(24_000, np.float32)], {Encoding("mp3", 64_000): path})
    data = path.read_bytes()[size_of_tag(path.read_bytes()[:10]) :]
    at = data.index(b"Info") + 154
    before = data[:at] + bytes(2) + data[at + 2 : 190]  # it takes 190 bytes of any packet, where LAME stops short
    assert int.from_bytes(data[at : at + 2], "big") == crc_16(before)
