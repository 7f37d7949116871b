"""Ogg pages (RFC 3533): read one by one from a file, and written with a place and a checksum of their own."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_HEAD = struct.Struct("<4sBBqIIIB")
_CONTINUED, _FIRST, _LAST = 1, 2, 4
_MOST_SEGMENTS = 255
_NO_PACKET_ENDS = -1
_SERIAL = 1
"""The number of the only stream; some tools take 0 for none."""

_BITS_TURNED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class Page(NamedTuple):
    """The lacing values and the body of a page that begins and ends with whole packets."""

    segments: bytes
    body: bytes

    @property
    def packet_count(self) -> int:
        return sum(segment < _MOST_SEGMENTS for segment in self.segments)

    def packets(self, first: int, end: int) -> "Page":
        """Its packets from `first` up to `end`."""
        ends = [0] + [i + 1 for i, segment in enumerate(self.segments) if segment < _MOST_SEGMENTS]
        start, stop = ends[first], ends[min(end, len(ends) - 1)]
        before, inside = sum(self.segments[:start]), sum(self.segments[start:stop])
        return Page(self.segments[start:stop], self.body[before : before + inside])


def pages_of(path: Path) -> Iterator[Page]:
    """The pages of a file of one stream. Raises `ValueError` where it is none, or where a page cuts a packet in two."""
    with path.open("rb") as file:
        while head := file.read(_HEAD.size):
            if len(head) < _HEAD.size or head[:4] != b"OggS":
                raise ValueError(f"{path.name} is no Ogg file")
            segments = file.read(head[-1])
            if head[5] & _CONTINUED or segments[-1:] == b"\xff":
                raise ValueError(f"{path.name} has a packet on two pages")
            yield Page(segments, file.read(sum(segments)))


class PageNumbers:
    """Pages of one stream in their order: each gets the next number."""

    def __init__(self) -> None:
        self._next = 0

    def written(self, page: Page, *, granule: int, flags: int = 0) -> bytes:
        """A page as it stands in the file; `granule` is the last frame it completes, -1 for none."""
        if self._next == 0:
            flags |= _FIRST
        fields = (b"OggS", 0, flags, granule, _SERIAL, self._next, 0, len(page.segments))
        self._next += 1
        whole = bytearray(_HEAD.pack(*fields) + page.segments + page.body)
        whole[22:26] = struct.pack("<I", checksum(bytes(whole)))
        return bytes(whole)

    def last(self, page: Page, *, granule: int) -> bytes:
        return self.written(page, granule=granule, flags=_LAST)

    def header(self, packet: bytes) -> bytes:
        """A packet of its own, on as many pages as it takes."""
        segments = _lacing(len(packet))
        pages, at = [], 0
        for start in range(0, len(segments), _MOST_SEGMENTS):
            part = segments[start : start + _MOST_SEGMENTS]
            ends = start + _MOST_SEGMENTS >= len(segments)
            page = Page(part, packet[at : at + sum(part)])
            flags = _CONTINUED if start else 0
            pages.append(self.written(page, granule=0 if ends else _NO_PACKET_ENDS, flags=flags))
            at += sum(part)
        return b"".join(pages)


def checksum(data: bytes) -> int:
    """Ogg's CRC-32: polynomial 0x04C11DB7, nothing turned, nothing inverted (RFC 3533, 6).

    zlib's has the same polynomial, every bit turned round and both ends inverted; in C it is a thousand times faster
    than a table in Python.
    """
    turned = zlib.crc32(data.translate(_BITS_TURNED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{turned:032b}"[::-1], 2)


def _lacing(size: int) -> bytes:
    return b"\xff" * (size // _MOST_SEGMENTS) + bytes([size % _MOST_SEGMENTS])
