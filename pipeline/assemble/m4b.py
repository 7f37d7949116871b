"""Encoded chapters into one M4B by copying packets: nothing is encoded, nothing shifts, memory stays flat.

The AAC encoder puts one priming packet before a chapter's first frame. The first chapter keeps it (the edit list hides
it); every later chapter leaves it out, because the packet before it, which is silence, primes the decoder as well. So
the joined stream is exactly as long as the timeline, and each mark stands on the frame the timeline says.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from pipeline.assemble.cover import size_of
from pipeline.assemble.encode import packets
from pipeline.assemble.tags import Credits, book_tags, language_tag
from pipeline.assemble.timeline import PACKET_FRAMES
from pipeline.atomic import replacing
from pipeline.recording import PIPELINE_FORMAT, Mark

_TIME_BASE = Fraction(1, PIPELINE_FORMAT.rate)

_OPTIONS = {"brand": "M4B ", "movflags": "+faststart", "fflags": "+bitexact"}
"""FFmpeg's `mp4` muxer under the M4B brand writes both chapter forms and, unlike `ipod`, takes a cover from PyAV."""


def write_m4b(
    path: Path, chapters: Sequence[Path], marks: Sequence[Mark], *, credits: Credits, cover: bytes | None, bit_rate: int
) -> None:
    """Join encoded chapters into `path`, with marks, tags and a JPEG cover. The same input gives the same bytes."""
    with replacing(path) as part, av.open(str(part), "w", format="mp4", options=_OPTIONS) as container:
        audio = _audio_stream(container, bit_rate, credits.book.language)
        picture = _cover_stream(container, cover) if cover else None
        container.metadata.update({**book_tags(credits), "media_type": "2", "gapless_playback": "1"})
        container.set_chapters(
            [
                {
                    "id": i,
                    "start": mark.start_frame,
                    "end": mark.end_frame,
                    "time_base": _TIME_BASE,
                    "metadata": {"title": mark.title},
                }
                for i, mark in enumerate(marks)
            ]
        )
        if picture is not None and cover is not None:
            _mux(container, picture, cover, pts=0, duration=0)
        for i, data in enumerate(_joined(chapters)):
            _mux(container, audio, data, pts=(i - 1) * PACKET_FRAMES, duration=PACKET_FRAMES)


def _joined(chapters: Iterable[Path]) -> Iterable[bytes]:
    for number, chapter in enumerate(chapters):
        for i, data in enumerate(packets(chapter)):
            if number == 0 or i > 0:
                yield data


def _audio_stream(container: OutputContainer, bit_rate: int, language: str) -> AudioStream:
    stream = container.add_stream("aac", rate=PIPELINE_FORMAT.rate)
    assert isinstance(stream, AudioStream)
    stream.layout = "mono"
    stream.bit_rate = bit_rate
    stream.time_base = _TIME_BASE
    stream.metadata["language"] = language_tag(language)
    stream.codec_context.open()  # for the codec's own header; nothing is encoded with it
    return stream


def _cover_stream(container: OutputContainer, cover: bytes) -> VideoStream:
    stream = container.add_stream("mjpeg", rate=1)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height = size_of(cover)
    stream.pix_fmt = "yuvj420p"
    stream.disposition = Disposition.attached_pic
    return stream


def _mux(
    container: OutputContainer, stream: AudioStream | VideoStream, data: bytes, *, pts: int, duration: int
) -> None:
    packet = av.Packet(data)
    packet.stream = stream
    packet.time_base = _TIME_BASE if isinstance(stream, AudioStream) else Fraction(1)
    packet.pts = packet.dts = pts
    packet.duration = duration
    packet.is_keyframe = True
    container.mux_one(packet)
