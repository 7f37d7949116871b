"""Indexes of books that no test could write out: past 4 GiB, and with a chapter longer than a day."""

from array import array
from pathlib import Path

import pytest

from pipeline.assemble import m4b
from pipeline.assemble.m4b import write_m4b
from pipeline.assemble.mp4 import Packets
from pipeline.assemble.spans import Span
from pipeline.recording import Track, marks_of
from tests.assemble.movie import Movie
from tests.assemble.sounds import RATE
from tests.assemble.test_m4b import AAC, CREDITS

HOUR_PACKETS = 3600 * RATE // 1024


def written(path: Path, monkeypatch: pytest.MonkeyPatch, *, hours: int, packet_bytes: int, chapters: int) -> Movie:
    """The index of a book of equal chapters, whose sound is left out."""
    packets = array("I", [packet_bytes]) * (hours * HOUR_PACKETS // chapters)
    monkeypatch.setattr(m4b, "packets_of", lambda file: Packets(file, 0, array("I", [packet_bytes]) + packets))
    monkeypatch.setattr(Span, "copy", lambda self, write: None)
    tracks = tuple(Track(i, f"Chapter {i}", len(packets) * 1024) for i in range(chapters))
    files = [path] * chapters
    write_m4b(path, files, marks_of(tracks), credits=CREDITS, cover=None, encoding=AAC)
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
