"""MP3: a chapter copied under its tags, or all chapters joined into one file with marks.

LAME and the decoder are late by 1,105 frames. A chapter that will be joined is encoded behind as much silence as makes
that whole packets, and without the bit reservoir, so that every packet stands alone. The first chapter keeps these
packets, which the player is told to skip; every later one leaves them out. So the book is exactly as long as the
timeline. Sources: ISO/IEC 11172-3, 2.4.2 (header); gabriel.mp3-tech.org, "Mp3 Info Tag rev 1" (the first packet).
"""

import mmap
import shutil
import struct
from collections.abc import Sequence
from pathlib import Path

from pipeline.assemble.formats import Encoding
from pipeline.assemble.id3 import id3_tag, size_of_tag
from pipeline.assemble.spans import Span
from pipeline.assemble.tags import ChapterTags, Credits, book_tags
from pipeline.atomic import replacing
from pipeline.recording import Mark

_KBPS_MPEG1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBPS_MPEG2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
"""Layer III bit rates by the header's index."""

_DECODER_DELAY_FRAMES = 529
"""What the delay in the Info tag leaves out, and its padding counts twice."""

_INFO_AT_MPEG1, _INFO_AT_MPEG2 = 21, 13
"""Where the Info tag stands in a mono packet: behind header and side information."""


def write_mp3(path: Path, chapter: Path, tags: ChapterTags, *, cover: bytes | None) -> None:
    """Copy an encoded chapter to `path` with tags and a JPEG cover."""
    with replacing(path) as part, chapter.open("rb") as source, part.open("wb") as out:
        source.seek(size_of_tag(source.read(10)))
        out.write(id3_tag(tags.by_name, cover=cover))
        shutil.copyfileobj(source, out, 1 << 20)


def write_book_mp3(
    path: Path,
    chapters: Sequence[Path],
    marks: Sequence[Mark],
    *,
    credits: Credits,
    cover: bytes | None,
    encoding: Encoding,
) -> None:
    """Join encoded chapters into `path`, each of them as long as its mark. The same input gives the same bytes."""
    spans = [
        _sound_of(chapter, mark, encoding, is_first=i == 0)
        for i, (chapter, mark) in enumerate(zip(chapters, marks, strict=True))
    ]
    packets = encoding.priming_packets + sum(encoding.packets_in(mark.end_frame - mark.start_frame) for mark in marks)
    sound_bytes = sum(span.end - span.start for span in spans)
    with replacing(path) as part, part.open("wb") as out:
        out.write(id3_tag(book_tags(credits), cover=cover, marks=marks))
        out.write(_info_packet(chapters[0], packets, sound_bytes, encoding))
        for span in spans:
            span.copy(out.write)


def _sound_of(chapter: Path, mark: Mark, encoding: Encoding, *, is_first: bool) -> Span:
    """The packets of a chapter's own frames; of the first also those before them. `ValueError` if there are fewer."""
    with chapter.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = size_of_tag(data[:10])
        start = _after(data, at, packets=1)  # the Info tag
        own = _after(data, start, packets=encoding.priming_packets)
        end = _after(data, own, packets=encoding.packets_in(mark.end_frame - mark.start_frame))
        if end > len(data):
            raise ValueError(f"{chapter.name} holds fewer packets than its track")
    return Span(chapter, start if is_first else own, end)


def _after(data: mmap.mmap | bytes, at: int, *, packets: int) -> int:
    """Where the packet stands that follows `packets` of them. A header's third byte tells a packet's length."""
    sizes: dict[int, int] = {}
    for _ in range(packets):
        kind = data[at + 2] if at + 2 < len(data) else -1
        if kind not in sizes:
            sizes[kind] = _packet_bytes(data, at)
        at += sizes[kind]
    return at


def _packet_bytes(data: mmap.mmap | bytes, at: int) -> int:
    """Length of the packet whose header stands at `at`. Raises `ValueError` where none does."""
    if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] & 0xE6 != 0xE2:
        raise ValueError("an encoded chapter is no MP3 of whole packets")
    is_mpeg1 = bool(data[at + 1] & 0x08)
    index, rate_index, padding = data[at + 2] >> 4, data[at + 2] >> 2 & 3, data[at + 2] >> 1 & 1
    rate = (44_100, 48_000, 32_000)[rate_index] // (1 if is_mpeg1 else 2)
    kbps = (_KBPS_MPEG1 if is_mpeg1 else _KBPS_MPEG2)[index]
    return (144 if is_mpeg1 else 72) * kbps * 1_000 // rate + padding


def _info_packet(chapter: Path, packets: int, sound_bytes: int, encoding: Encoding) -> bytes:
    """The first chapter's Info tag, made to speak of the whole book: its length, and what to skip at its ends."""
    with chapter.open("rb") as file:
        file.seek(size_of_tag(file.read(10)))
        head = file.read(4)
        packet = bytearray(head + file.read(_packet_bytes(head, 0) - 4))
    at = _INFO_AT_MPEG1 if packet[1] & 0x08 else _INFO_AT_MPEG2
    if packet[at : at + 4] != b"Info":
        raise ValueError(f"{chapter.name} has no Info tag")
    whole_bytes = len(packet) + sound_bytes
    delay = encoding.priming_packets * encoding.packet_frames - _DECODER_DELAY_FRAMES
    packet[at + 8 : at + 16] = struct.pack(">II", packets, whole_bytes)
    packet[at + 16 : at + 116] = bytes(i * 256 // 100 for i in range(100))  # where each hundredth begins: bits are even
    packet[at + 141 : at + 144] = (delay << 12 | _DECODER_DELAY_FRAMES).to_bytes(3, "big")
    packet[at + 148 : at + 154] = struct.pack(">IH", whole_bytes, 0)  # a checksum of the sound is not asked for
    packet[at + 154 : at + 156] = struct.pack(">H", crc_16(packet[: at + 154]))
    return bytes(packet)


def crc_16(data: bytes | bytearray) -> int:
    """CRC-16 of polynomial 0x8005, bits turned round: LAME's, of everything that stands before it."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc
