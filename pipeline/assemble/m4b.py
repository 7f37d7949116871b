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

from pipeline.assemble.formats import Encoding
from pipeline.assemble.ilst import user_data
from pipeline.assemble.mp4 import packets_of, splice, without_first
from pipeline.assemble.names import language_code
from pipeline.assemble.tags import Credits, book_tags
from pipeline.atomic import replacing
from pipeline.recording import PIPELINE_FORMAT, Mark

if TYPE_CHECKING:
    from av.container.core import Chapter  # a typed dict of the stubs only

_STAND_IN = b"\0\0"

_TIME_BASE = Fraction(1, PIPELINE_FORMAT.rate)

_OPTIONS = {"brand": "M4B ", "fflags": "+bitexact"}
"""FFmpeg's `mp4` muxer under the M4B brand."""

_LARGEST_I32 = 2**31 - 1

_STAND_IN_PACKETS = 2**20
"""Packets from one stand-in to the next, 12 hours: FFmpeg takes a longer step for damage, and the track for empty."""

_MILLISECONDS = 1_000


def write_m4b(
    path: Path,
    chapters: Sequence[Path],
    marks: Sequence[Mark],
    *,
    credits: Credits,
    cover: bytes | None,
    encoding: Encoding,
) -> None:
    """Join encoded chapters into `path`, with marks, tags and a JPEG cover. The same input gives the same bytes."""
    first, *later = (packets_of(chapter) for chapter in chapters)
    sound = [first, *map(without_first, later)]
    count = sum(packets.count for packets in sound)
    skeleton = _skeleton(count, marks, language=credits.book.language, encoding=encoding)
    tags = user_data(book_tags(credits), marks, cover)
    with replacing(path) as part:
        splice(skeleton, sound, part, tags=tags, packet_frames=encoding.packet_frames, rate=encoding.rate)


def _skeleton(packet_count: int, marks: Sequence[Mark], *, language: str, encoding: Encoding) -> bytes:
    """The book without its sound: stand-ins for the first and the last of `packet_count` packets set its length."""
    file = io.BytesIO()
    options = {**_OPTIONS, "movie_timescale": str(_timescale(marks))}
    with av.open(file, "w", format="mp4", options=options) as container:
        audio = _audio_stream(container, encoding, language)
        container.set_chapters([_chapter(i, mark) for i, mark in enumerate(marks)])
        frames = encoding.packet_frames
        for i in sorted({*range(0, packet_count, _STAND_IN_PACKETS), packet_count - 1}):
            _mux(container, audio, pts=(i - 1) * frames, duration=frames)
    return file.getvalue()


def _timescale(marks: Sequence[Mark]) -> int:
    """Units a second of the chapters' track: frames, so that every mark is exact.

    An AAC packet is 42⅔ milliseconds, which are FFmpeg's default; they do where a chapter is too long in frames: a day.
    """
    longest = max(mark.end_frame - mark.start_frame for mark in marks)
    return PIPELINE_FORMAT.rate if longest <= _LARGEST_I32 else _MILLISECONDS


def _chapter(number: int, mark: Mark) -> "Chapter":
    return {
        "id": number,
        "start": mark.start_frame,
        "end": mark.end_frame,
        "time_base": _TIME_BASE,
        "metadata": {"title": mark.title},
    }


def _audio_stream(container: OutputContainer, encoding: Encoding, language: str) -> AudioStream:
    stream = container.add_stream("aac", rate=PIPELINE_FORMAT.rate)
    assert isinstance(stream, AudioStream)
    stream.layout = "mono"
    stream.bit_rate = encoding.bit_rate
    stream.time_base = _TIME_BASE
    stream.metadata["language"] = language_code(language)
    stream.codec_context.open()  # for the codec's own header; nothing is encoded with it
    return stream


def _mux(container: OutputContainer, stream: AudioStream, *, pts: int, duration: int) -> None:
    packet = av.Packet(_STAND_IN)
    packet.stream = stream
    packet.time_base = _TIME_BASE
    packet.pts = packet.dts = pts
    packet.duration = duration
    packet.is_keyframe = True
    container.mux_one(packet)
