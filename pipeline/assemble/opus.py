"""Encoded chapters into one Opus file by copying packets, with tags, cover and chapters.

Opus decodes 6.5 ms late. Every chapter is encoded behind as much silence as makes that a whole packet; the first keeps
this packet, which the decoder is told to skip, and every later one leaves it out. So the stream is exactly as long as
the timeline. Sources: RFC 7845 (Ogg encapsulation), RFC 6716.
"""

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.assemble.cover import size_of
from pipeline.assemble.formats import Encoding
from pipeline.assemble.ogg import Page, PageNumbers, pages_of
from pipeline.assemble.tags import Credits, book_tags
from pipeline.assemble.vorbis import comment_header, comments, picture, picture_field
from pipeline.atomic import replacing
from pipeline.recording import Mark

_GRANULE_HZ = 48_000
"""Ogg counts Opus in frames of this rate, whatever rate went in (RFC 7845, 4)."""

_HEADER_PAGES = 2
_PRE_SKIP = slice(10, 12)


def write_opus(
    path: Path,
    chapters: Sequence[Path],
    marks: Sequence[Mark],
    *,
    credits: Credits,
    cover: bytes | None,
    encoding: Encoding,
) -> None:
    """Join encoded chapters into `path`, each of them as long as its mark. The same input gives the same bytes."""
    granules_a_packet = encoding.packet_frames * _GRANULE_HZ // encoding.rate
    numbers = PageNumbers()
    with replacing(path) as part, part.open("wb") as out:
        out.write(numbers.header(_opening(chapters[0], encoding.priming_packets * granules_a_packet)))
        out.write(numbers.header(_tags(credits, marks, cover)))
        granule = 0
        for page, is_last in _with_last(_sound(chapters, marks, encoding)):
            granule += page.packet_count * granules_a_packet
            write = numbers.last if is_last else numbers.written
            out.write(write(page, granule=granule))


def _opening(chapter: Path, pre_skip: int) -> bytes:
    """The identification header of the first chapter, with what is to be skipped of the book."""
    header = bytearray(next(pages_of(chapter)).body)
    header[_PRE_SKIP] = struct.pack("<H", pre_skip)
    return bytes(header)


def _tags(credits: Credits, marks: Sequence[Mark], cover: bytes | None) -> bytes:
    fields = comments(book_tags(credits), marks)
    if cover:
        fields.append(picture_field(picture(cover, size_of(cover))))
    return b"OpusTags" + comment_header(fields)


def _sound(chapters: Sequence[Path], marks: Sequence[Mark], encoding: Encoding) -> Iterator[Page]:
    for i, (chapter, mark) in enumerate(zip(chapters, marks, strict=True)):
        end = encoding.priming_packets + encoding.packets_in(mark.end_frame - mark.start_frame)
        yield from _cut(chapter, 0 if i == 0 else encoding.priming_packets, end)


def _cut(chapter: Path, first: int, end: int) -> Iterator[Page]:
    """The packets of a chapter from `first` up to `end`, on the pages they stand on. `ValueError` if there are less."""
    passed = 0
    for number, page in enumerate(pages_of(chapter)):
        if number < _HEADER_PAGES:
            continue
        count = page.packet_count
        part = page.packets(max(0, first - passed), max(0, end - passed))
        passed += count
        if part.segments:
            yield part
    if passed < end:
        raise ValueError(f"{chapter.name} holds {passed} packets, not {end}")


def _with_last(pages: Iterator[Page]) -> Iterator[tuple[Page, bool]]:
    held = next(pages)
    for page in pages:
        yield held, False
        held = page
    yield held, True
