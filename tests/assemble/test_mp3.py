"""One chapter as an MP3: its sound untouched, under tags that old players read."""

from pathlib import Path

import av
import numpy as np
import pytest

from pipeline.assemble.encode import encode_track
from pipeline.assemble.formats import AAC_PACKET_FRAMES, Encoding
from pipeline.assemble.mp3 import write_mp3
from pipeline.assemble.tags import ChapterTags
from tests.assemble.pictures import jpeg
from tests.assemble.sounds import as_float, decoded, joined, lag_of, noise, silence, tags_of
from tests.assemble.test_m4b import CREDITS

SOUND = joined(silence(0.5), noise(0.5, seed=5), silence(2.5))
SOUND = joined(SOUND, np.zeros(-len(SOUND) % AAC_PACKET_FRAMES, np.int16))
COVER = jpeg(64, 96)


@pytest.fixture(scope="module")
def chapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mp3") / "chapter.mp3"
    encode_track([as_float(SOUND)], {Encoding("mp3", 64_000): path})
    return path


def written(path: Path, chapter: Path, *, cover: bytes | None = COVER) -> Path:
    write_mp3(path, chapter, ChapterTags("Die Lampe – №4", 3, 12, CREDITS), cover=cover)
    return path


def test_the_tags_are_id3_version_2_3(chapter: Path, tmp_path: Path) -> None:
    data = written(tmp_path / "x.mp3", chapter).read_bytes()
    assert data[:4] == b"ID3\x03"
    assert data[-128:-125] != b"TAG"


def test_title_and_number_are_the_chapters_and_the_album_is_the_book(chapter: Path, tmp_path: Path) -> None:
    tags = tags_of(written(tmp_path / "x.mp3", chapter))
    assert (tags["title"], tags["track"], tags["album"]) == ("Die Lampe – №4", "3/12", "A Test: Book")
    assert (tags["artist"], tags["composer"], tags["date"]) == ("Ann Author, Ben", "Charon (test)", "1999")


def test_the_cover_is_attached_as_it_is(chapter: Path, tmp_path: Path) -> None:
    with av.open(str(written(tmp_path / "x.mp3", chapter))) as container:
        [picture] = container.streams.video
        assert bytes(next(packet for packet in container.demux(picture) if packet.size)) == COVER


def test_the_sound_is_as_long_as_the_track_and_not_shifted(chapter: Path, tmp_path: Path) -> None:
    heard = decoded(written(tmp_path / "x.mp3", chapter))
    assert len(heard) == len(SOUND)
    assert lag_of(heard, SOUND) == 0
    assert np.array_equal(heard, decoded(chapter))


def test_without_a_cover(chapter: Path, tmp_path: Path) -> None:
    path = written(tmp_path / "x.mp3", chapter, cover=None)
    with av.open(str(path)) as container:
        assert not container.streams.video
    assert len(decoded(path)) == len(SOUND)


def test_the_same_chapter_gives_the_same_bytes(chapter: Path, tmp_path: Path) -> None:
    first, second = written(tmp_path / "a.mp3", chapter), written(tmp_path / "b.mp3", chapter)
    assert first.read_bytes() == second.read_bytes()
