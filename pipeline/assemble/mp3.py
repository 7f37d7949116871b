"""One MP3 a chapter: the encoded chapter copied under its tags (ID3v2.3, which every player and store reads)."""

from fractions import Fraction
from pathlib import Path

import av
from av.stream import Disposition
from av.video.stream import VideoStream

from pipeline.assemble.cover import size_of
from pipeline.assemble.tags import Credits, book_tags
from pipeline.atomic import replacing

_OPTIONS = {"id3v2_version": "3", "write_id3v1": "0", "write_xing": "1", "fflags": "+bitexact"}


def write_mp3(
    path: Path, chapter: Path, *, title: str, number: int, count: int, credits: Credits, cover: bytes | None
) -> None:
    """Copy an encoded chapter to `path` with its title, `number` of `count`, the book's tags and a JPEG cover."""
    tags = book_tags(credits) | {"title": title, "track": f"{number}/{count}"}
    with replacing(path) as part, av.open(str(chapter)) as source:
        with av.open(str(part), "w", format="mp3", options=_OPTIONS) as container:
            audio = container.add_stream_from_template(source.streams.audio[0])
            container.metadata.update(tags)
            if cover:
                _attach(container, cover)
            for packet in source.demux(audio=0):
                if packet.size:
                    packet.stream = audio
                    container.mux_one(packet)


def _attach(container: av.container.OutputContainer, cover: bytes) -> None:
    stream = container.add_stream("mjpeg", rate=1)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height = size_of(cover)
    stream.pix_fmt = "yuvj420p"
    stream.disposition = Disposition.attached_pic
    stream.metadata.update({"title": "Cover", "comment": "Cover (front)"})
    packet = av.Packet(cover)
    packet.stream = stream
    packet.pts = packet.dts = 0
    packet.time_base = Fraction(1)
    container.mux_one(packet)
