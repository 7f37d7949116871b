"""Indexes of books that no test could write out: past 4 GiB, and with a chapter longer than a day."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.assemble import m4b
from pipeline.assemble.encode import encode_track
from pipeline.assemble.m4b import write_m4b
from pipeline.assemble.mp4 import Packets, packets_of, without_first
from pipeline.assemble.spans import Span
from pipeline.recording import Track, marks_of
from tests.assemble.movie import Movie
from tests.assemble.sounds import RATE, as_float, noise
from tests.assemble.test_m4b import AAC, CREDITS

HOUR_PACKETS = 3600 * RATE // 1024


def written(path: Path, monkeypatch: pytest.MonkeyPatch, *, hours: int, packet_bytes: int, chapters: int) -> Movie:
    """The index of a book of equal chapters, whose sound is left out."""
    count = hours * HOUR_PACKETS // chapters
    primed = count + 1
    table = path.with_suffix(".sizes")
    np.full(primed, packet_bytes, ">u4").tofile(table)
    monkeypatch.setattr(m4b, "packets_of", lambda file: Packets(file, 0, primed * packet_bytes, primed, table=0))
    monkeypatch.setattr(Span, "copy", lambda self, write: None)
    tracks = tuple(Track(i, f"Chapter {i}", count * 1024) for i in range(chapters))
    write_m4b(path, [table] * chapters, marks_of(tracks), credits=CREDITS, cover=None, encoding=AAC)
    return Movie(path)


def test_past_four_gibibytes_every_packet_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    movie = written(tmp_path / "x.m4b", monkeypatch, hours=10, packet_bytes=6_000, chapters=5)
    sound = movie.track(b"soun")
    assert sound.places[-1] > 2**32
    assert sound.places[0] == movie.size
    assert [b - a for a, b in zip(sound.places, sound.places[1:], strict=False)] == sound.sizes[:-1]
    assert len(movie.chapters) == 5


@pytest.mark.parametrize(("hours", "chapters"), [(24, 1), (25, 1), (30, 1), (30, 2), (80, 3)])
def test_however_long_a_book_is_its_tracks_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: int, chapters: int
) -> None:
    movie = written(tmp_path / "x.m4b", monkeypatch, hours=hours, packet_bytes=10, chapters=chapters)
    sound, text = movie.track(b"soun"), movie.track(b"text")
    frames = hours * HOUR_PACKETS // chapters * chapters * 1024
    assert sound.header.duration == sum(sound.durations) == frames + 1024
    ends = [end / text.header.timescale for _, end, _ in movie.chapters]
    assert ends[-1] == pytest.approx(frames / RATE, abs=0.001)
    assert len(ends) == chapters


def test_the_first_packet_is_left_out_with_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "x.m4a"
    encode_track([as_float(noise(2.048, seed=1))], {AAC: path})
    packets = packets_of(path)
    later = without_first(packets)
    assert (packets.count, later.count) == (49, 48)
    assert list(later.sizes()) == list(packets.sizes()[1:])
    assert later.offset + later.size_bytes == packets.offset + packets.size_bytes
    assert sum(later.sizes()) == later.size_bytes


def test_what_is_not_laid_out_as_our_chapters_are_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.m4a"
    encode_track([as_float(noise(1.024, seed=1))], {AAC: path})
    data = bytearray(path.read_bytes())
    data[data.index(b"stsz") + 16] ^= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match="more than its packets"):
        packets_of(path)
