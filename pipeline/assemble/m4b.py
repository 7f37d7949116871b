"""Encoded chapters into one M4B by copying bytes: nothing is encoded, nothing shifts, memory stays flat.

The AAC encoder puts one priming packet before a chapter's first frame. The first chapter keeps it (the edit list hides
it); every later chapter leaves it out, because the packet before it, which is silence, primes the decoder as well. So
the joined stream is exactly as long as the timeline, and each mark stands on the frame the timeline says.
"""

import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from pipeline.assemble.cover import size_of
from pipeline.assemble.formats import AAC_PACKET_FRAMES
from pipeline.assemble.mp4 import packets_of, splice, without_first
from pipeline.assemble.tags import Credits, book_tags, language_tag
from pipeline.atomic import replacing
from pipeline.recording import PIPELINE_FORMAT, Mark

if TYPE_CHECKING:
    from av.container.core import Chapter  # a typed dict of the stubs only

_STAND_IN = b"\0\0"

_TIME_BASE = Fraction(1, PIPELINE_FORMAT.rate)

_OPTIONS = {"brand": "M4B ", "fflags": "+bitexact"}
"""FFmpeg's `mp4` muxer under the M4B brand writes both chapter forms and, unlike `ipod`, takes a cover from PyAV."""


def write_m4b(
    path: Path, chapters: Sequence[Path], marks: Sequence[Mark], *, credits: Credits, cover: bytes | None, bit_rate: int
) -> None:
    """Join encoded chapters into `path`, with marks, tags and a JPEG cover. The same input gives the same bytes."""
    first, *later = (packets_of(chapter) for chapter in chapters)
    sound = [first, *map(without_first, later)]
    count = sum(len(packets.sizes) for packets in sound)
    skeleton = _skeleton(count, marks, credits=credits, cover=cover, bit_rate=bit_rate)
    with replacing(path) as part:
        splice(skeleton, sound, part, packet_frames=AAC_PACKET_FRAMES, rate=PIPELINE_FORMAT.rate)


def _skeleton(
    packet_count: int, marks: Sequence[Mark], *, credits: Credits, cover: bytes | None, bit_rate: int
) -> bytes:
    """The book without its sound: a stand-in for the first and the last of `packet_count` packets sets its length."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4", options=_OPTIONS) as container:
        audio = _audio_stream(container, bit_rate, credits.book.language)
        picture = _cover_stream(container, cover) if cover else None
        container.metadata.update({**book_tags(credits), "media_type": "2", "gapless_playback": "1"})
        container.set_chapters([_chapter(i, mark) for i, mark in enumerate(marks)])
        if picture is not None and cover is not None:
            _mux(container, picture, cover, pts=0, duration=0)
        for i in sorted({0, packet_count - 1}):
            _mux(container, audio, _STAND_IN, pts=(i - 1) * AAC_PACKET_FRAMES, duration=AAC_PACKET_FRAMES)
    return file.getvalue()


def _chapter(number: int, mark: Mark) -> "Chapter":
    return {
        "id": number,
        "start": mark.start_frame,
        "end": mark.end_frame,
        "time_base": _TIME_BASE,
        "metadata": {"title": mark.title},
    }


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
