"""A reader of MP4 files written from the standard alone, to tell what a player finds in ours. It shares no code.

ISO/IEC 14496-12 (boxes, sample tables, `tref`), QuickTime File Format ("Text Sample Data": two bytes of length, text).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from pathlib import Path

_PARENTS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta", b"tref", b"edts"}


@dataclass
class Node:
    """A box with its children, or with its content, where it is none of those that hold boxes."""

    kind: bytes
    content: bytes
    children: list["Node"] = field(default_factory=list)

    def all(self, *kinds: bytes) -> list["Node"]:
        found = [self]
        for kind in kinds:
            found = [child for node in found for child in node.children if child.kind == kind]
        return found

    def one(self, *kinds: bytes) -> "Node":
        [node] = self.all(*kinds)
        return node

    def has(self, kind: bytes) -> bool:
        return any(child.kind == kind for child in self.children)

    def numbers(self, form: str, at: int = 8) -> list[int]:
        """The table that follows version, flags and a count."""
        (count,) = struct.unpack_from(">I", self.content, at - 4)
        size = struct.calcsize(">" + form)
        return [n for i in range(count) for n in struct.unpack_from(">" + form, self.content, at + i * size)]


def parsed(data: bytes) -> Iterator[Node]:
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, start)
            start += 8
        end = at + size
        inside = data[start:end]
        yield Node(kind, inside, list(parsed(inside)) if kind in _PARENTS else [])
        at = end
    assert at == len(data), "boxes do not add up"


@dataclass(frozen=True)
class Header:
    """`mdhd` or `mvhd`."""

    version: int
    timescale: int
    duration: int


def header_of(node: Node) -> Header:
    version = node.content[0]
    form, at = (">IQ", 20) if version == 1 else (">II", 12)
    return Header(version, *struct.unpack_from(form, node.content, at))


class Movie:
    """An MP4 file: its index is read, its media data only where a sample is asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.order: list[bytes] = []
        with path.open("rb") as file:
            while head := file.read(16):
                size, kind = struct.unpack_from(">I4s", head)
                size = struct.unpack_from(">Q", head, 8)[0] if size == 1 else size
                start = file.tell() - len(head)
                self.order.append(kind)
                if kind == b"moov":
                    file.seek(start)
                    [self.moov] = parsed(file.read(size))
                file.seek(start + size)
        self.size = path.stat().st_size

    def track(self, handler: bytes) -> "TrackBox":
        [trak] = [t for t in self.moov.all(b"trak") if t.one(b"mdia", b"hdlr").content[8:12] == handler]
        return TrackBox(self.path, trak)

    @cached_property
    def nero(self) -> list[tuple[int, bytes]]:
        """Start in 100 ns and title."""
        content = self.moov.one(b"udta", b"chpl").content
        assert content[0] == 1
        found, at = [], 9
        for _ in range(content[8]):
            start, length = struct.unpack_from(">QB", content, at)
            found.append((start, content[at + 9 : at + 9 + length]))
            at += 9 + length
        assert at == len(content)
        return found

    @cached_property
    def chapters(self) -> list[tuple[int, int, str]]:
        """QuickTime's: start and end in the text track's units, and title, through the sound track's reference."""
        sound, text = self.track(b"soun"), self.track(b"text")
        [reference] = sound.trak.all(b"tref", b"chap")
        assert struct.unpack(">I", reference.content)[0] == text.number
        found, start = [], 0
        for data, duration in zip(text.samples(), text.durations, strict=True):
            length = int.from_bytes(data[:2], "big")
            found.append((start, start + duration, data[2 : 2 + length].decode()))
            start += duration
        return found


class TrackBox:
    """A track by its tables."""

    def __init__(self, path: Path, trak: Node) -> None:
        self.path, self.trak = path, trak
        self.header = header_of(trak.one(b"mdia", b"mdhd"))
        self._table = trak.one(b"mdia", b"minf", b"stbl")

    @property
    def number(self) -> int:
        content = self.trak.one(b"tkhd").content
        return int(struct.unpack_from(">I", content, 20 if content[0] == 1 else 12)[0])

    @cached_property
    def durations(self) -> list[int]:
        runs = self._table.one(b"stts").numbers("II")
        return [each for count, each in zip(runs[::2], runs[1::2], strict=True) for _ in range(count)]

    @cached_property
    def sizes(self) -> list[int]:
        table = self._table.one(b"stsz")
        fixed, count = struct.unpack_from(">II", table.content, 4)
        return [fixed] * count if fixed else table.numbers("I", at=12)

    @cached_property
    def chunks(self) -> list[int]:
        wide = self._table.has(b"co64")
        return self._table.one(b"co64" if wide else b"stco").numbers("Q" if wide else "I")

    @cached_property
    def places(self) -> list[int]:
        """Where each sample stands in the file."""
        runs = self._table.one(b"stsc").numbers("III")
        firsts = [*runs[::3], len(self.chunks) + 1]
        per_chunk = [n for i, n in enumerate(runs[1::3]) for _ in range(firsts[i + 1] - firsts[i])]
        found: list[int] = []
        for chunk, count in zip(self.chunks, per_chunk, strict=True):
            sizes = self.sizes[len(found) : len(found) + count]
            found += list(accumulate(sizes, initial=chunk))[:-1]
        assert len(found) == len(self.sizes)
        return found

    def samples(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            for place, size in zip(self.places, self.sizes, strict=True):
                file.seek(place)
                yield file.read(size)
