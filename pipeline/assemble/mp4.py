"""Encoded chapters put into an MP4 by their tables alone: no packet is read, parsed or held, however long the book.

FFmpeg writes a skeleton that has all but sound and tags: brand, a text track of chapters, and an audio track of a few
stand-in packets, the first and the last among them, from which it derives all durations. Here that track's sample
tables are replaced by the joined tables of the chapters, the tags are put in, and the chapters' bytes are copied
behind. FFmpeg's own muxer would hold 56 bytes a packet until the end, which is 45 MB for ten hours, and take a second
pass to put the index in front.

Box layouts: ISO/IEC 14496-12, sections 4.2 (boxes) and 8.6–8.7 (sample tables); 14496-1, 7.2.6.6 (decoder config).
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.assemble.spans import Span

_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}

_CHUNK_PACKETS = 24
"""Packets a chunk: about a second of sound, so that a player seeks in small steps."""

_LARGEST_U32 = 2**32 - 1

_U32 = np.dtype(">u4")

_SOUND_SIZES = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsz")
"""The way to the sizes of the first track's packets, which is the sound's."""

Edit = Callable[[bytes, bytes], tuple[bytes, bytes] | None]
"""Kind and payload of a box → what to put in its place, or None to leave it as it is."""


class Box(NamedTuple):
    """A box inside some bytes: its kind, where it starts, where its payload starts, where it ends."""

    kind: bytes
    start: int
    payload: int
    end: int


@dataclass(frozen=True, slots=True)
class Packets:
    """The packets of one file, back to back: `count` of them in `size_bytes` from `offset` on.

    Their sizes stand in the file too, from `table` on, so that a book's need not be held.
    """

    path: Path
    offset: int
    size_bytes: int
    count: int
    table: int

    def sizes(self) -> NDArray[np.uint32]:
        """In bytes, one each, with the highest byte first, as a file has them."""
        return np.fromfile(self.path, _U32, count=self.count, offset=self.table)


def packets_of(path: Path) -> Packets:
    """The audio packets of a file `encode` wrote. Raises `ValueError` if it is not laid out as that does."""
    with path.open("rb") as file:
        top = {box.kind: box for box in _boxes_of(file, path.stat().st_size)}
        if b"moov" not in top or b"mdat" not in top:
            raise ValueError(f"{path.name} is no MP4")
        file.seek(top[b"moov"].start)
        moov = file.read(top[b"moov"].end - top[b"moov"].start)
    table = _find(moov, *_SOUND_SIZES)
    (count,) = struct.unpack_from(">I", moov, table.payload + 8)
    mdat = top[b"mdat"]
    found = Packets(path, mdat.payload, mdat.end - mdat.payload, count, top[b"moov"].start + table.payload + 12)
    if int(found.sizes().sum(dtype=np.uint64)) != found.size_bytes:
        raise ValueError(f"{path.name} holds more than its packets")
    return found


def without_first(packets: Packets) -> Packets:
    """All packets but the first, which primes the decoder."""
    first = int(packets.sizes()[0])
    return replace(
        packets,
        offset=packets.offset + first,
        size_bytes=packets.size_bytes - first,
        count=packets.count - 1,
        table=packets.table + _U32.itemsize,
    )


def splice(
    skeleton: bytes, sound: Sequence[Packets], target: Path, *, tags: bytes, packet_frames: int, rate: int
) -> None:
    """Write `skeleton` to `target`, `sound` as the packets of its audio track, `tags` as its `udta`, index in front."""
    top = {box.kind: box for box in boxes(skeleton, 0, len(skeleton))}
    ftyp, moov = (skeleton[top[kind].start : top[kind].end] for kind in (b"ftyp", b"moov"))
    kept = skeleton[top[b"mdat"].payload : top[b"mdat"].end]
    tables = _SoundTables(sound, packet_frames, rate, front_bytes=len(ftyp) + len(moov) + len(tags) + len(kept))
    header = _box(b"mdat", b"", extra_bytes=len(kept) + tables.sound_bytes)
    index_bytes = len(_indexed(moov, tables, tags, sound_at=0, moved_by=0)) + tables.sizes_bytes
    kept_at = len(ftyp) + index_bytes + len(header)
    moved_by = kept_at - top[b"mdat"].payload
    index = _indexed(moov, tables, tags, sound_at=kept_at + len(kept), moved_by=moved_by)
    before, after = _parted(index, tables.sizes_bytes)
    with target.open("wb") as out:
        out.write(ftyp + before)
        for packets in sound:
            out.write(packets.sizes().tobytes())
        out.write(after + header + kept)
        for packets in sound:
            Span(packets.path, packets.offset, packets.offset + packets.size_bytes).copy(out.write)


class _SoundTables:
    """The sample tables of the audio track, for all packets; their sizes, which are most of it, are left to `splice`.

    `front_bytes`: what else stands in the file.
    """

    def __init__(self, sound: Sequence[Packets], packet_frames: int, rate: int, *, front_bytes: int) -> None:
        self._count = sum(packets.count for packets in sound)
        self.sound_bytes = sum(packets.size_bytes for packets in sound)
        self.sizes_bytes = _U32.itemsize * self._count
        self._frames = packet_frames
        self._bit_rate = int(self.sound_bytes * 8 * rate / max(1, self._count * packet_frames))
        self._is_wide = front_bytes + 2 * self.sizes_bytes + self.sound_bytes > _LARGEST_U32
        self._starts = _chunk_starts(sound)

    def edit(self, sound_at: int) -> Edit:
        """The edit that puts these tables in, the first packet standing at byte `sound_at` of the file."""
        fixed = {
            b"stts": (b"stts", struct.pack(">IIII", 0, 1, self._count, self._frames)),
            b"stsc": (b"stsc", self._chunk_lengths()),
            b"stsz": (b"stsz", struct.pack(">III", 0, 0, self._count)),
            b"stco": (b"co64" if self._is_wide else b"stco", self._chunk_offsets(sound_at)),
        }

        def edit(kind: bytes, payload: bytes) -> tuple[bytes, bytes] | None:
            if kind == b"sbgp":
                return kind, payload[:12] + struct.pack(">I", self._count) + payload[16:]
            if kind == b"stsd":
                return kind, _with_bit_rate(payload, self._bit_rate)
            return fixed.get(kind)

        return edit

    def _chunk_lengths(self) -> bytes:
        whole, rest = divmod(self._count, _CHUNK_PACKETS)
        entries = [(1, _CHUNK_PACKETS, 1)] if whole else []
        entries += [(whole + 1, rest, 1)] if rest else []
        return struct.pack(">II", 0, len(entries)) + b"".join(struct.pack(">III", *entry) for entry in entries)

    def _chunk_offsets(self, sound_at: int) -> bytes:
        offsets = (self._starts + np.uint64(sound_at)).astype(">u8" if self._is_wide else ">u4")
        return struct.pack(">II", 0, len(offsets)) + offsets.tobytes()


def _chunk_starts(sound: Sequence[Packets]) -> NDArray[np.uint64]:
    """Where each chunk of the joined sound begins, from its first byte."""
    starts = [np.zeros(0, np.uint64)]
    number, position = 0, 0
    for packets in sound:
        ends = np.cumsum(packets.sizes(), dtype=np.uint64)
        begins = np.concatenate([np.zeros(1, np.uint64), ends[:-1]])[-number % _CHUNK_PACKETS :: _CHUNK_PACKETS]
        starts.append(begins + np.uint64(position))
        number += packets.count
        position += packets.size_bytes
    return np.concatenate(starts)


def boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """The boxes side by side in `data[start:end]`. Raises `ValueError` where they do not add up."""
    return _boxes(lambda at: data[at : at + 16], start, end)


def _boxes_of(file: BinaryIO, end: int) -> Iterator[Box]:
    def head(at: int) -> bytes:
        file.seek(at)
        return file.read(16)

    return _boxes(head, 0, end)


def _boxes(head: Callable[[int], bytes], start: int, end: int) -> Iterator[Box]:
    while start + 8 <= end:
        first = head(start)
        size, kind = struct.unpack_from(">I4s", first)
        payload = start + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", first, 8)
            payload += 8
        if size < payload - start or start + size > end:
            raise ValueError(f"a box {kind!r} of {size} bytes")
        yield Box(kind, start, payload, start + size)
        start += size


def _find(data: bytes, *kinds: bytes) -> Box:
    start, end = 0, len(data)
    found = Box(b"", 0, 0, 0)
    for kind in kinds:
        found = next((box for box in boxes(data, start, end) if box.kind == kind), found)
        if found.kind != kind:
            raise ValueError(f"no box {kind!r}")
        start, end = found.payload, found.end
    return found


def _indexed(moov: bytes, tables: _SoundTables, tags: bytes, *, sound_at: int, moved_by: int) -> bytes:
    """`moov` with the sound's tables in its audio track, every other track's offsets moved, and tags of ours."""
    sound, others = tables.edit(sound_at), _moved(moved_by)
    (outer,) = boxes(moov, 0, len(moov))
    parts = []
    for box in boxes(moov, outer.payload, outer.end):
        whole = moov[box.start : box.end]
        if box.kind == b"udta":
            continue
        if box.kind != b"trak":
            parts.append(whole)
        elif _handler(whole) == b"soun":
            parts.append(_edited(whole, sound))
        else:
            parts.append(_edited(whole, others))
    return _box(b"moov", b"".join(parts) + tags)


def _parted(moov: bytes, room_bytes: int) -> tuple[bytes, bytes]:
    """`moov` up to the table of the sound's sizes, and from there on, with room for `room_bytes` between the two."""
    grown = bytearray(moov)
    for depth in range(1, len(_SOUND_SIZES) + 1):
        box = _find(moov, *_SOUND_SIZES[:depth])
        grown[box.start : box.start + 4] = struct.pack(">I", box.end - box.start + room_bytes)
    return bytes(grown[: box.end]), bytes(grown[box.end :])


def _handler(trak: bytes) -> bytes:
    box = _find(trak, b"trak", b"mdia", b"hdlr")
    return trak[box.payload + 8 : box.payload + 12]


def _moved(by: int) -> Edit:
    def edit(kind: bytes, payload: bytes) -> tuple[bytes, bytes] | None:
        if kind != b"stco":
            return None
        (count,) = struct.unpack_from(">I", payload, 4)
        offsets = struct.unpack_from(f">{count}I", payload, 8)
        return kind, payload[:8] + struct.pack(f">{count}I", *(offset + by for offset in offsets))

    return edit


def _edited(data: bytes, edit: Edit) -> bytes:
    """The boxes of `data`, each edited or copied, containers gone through."""
    parts = []
    for box in boxes(data, 0, len(data)):
        payload = data[box.payload : box.end]
        if box.kind in _CONTAINERS:
            parts.append(_box(box.kind, _edited(payload, edit)))
        else:
            new = edit(box.kind, payload)
            parts.append(data[box.start : box.end] if new is None else _box(*new))
    return b"".join(parts)


def _with_bit_rate(stsd: bytes, bit_rate: int) -> bytes:
    """Average and highest bit rate in the decoder config and in `btrt`: FFmpeg derived them from the stand-ins."""
    rates = struct.pack(">II", bit_rate, bit_rate)
    data = bytearray(stsd)
    btrt = data.find(b"btrt")
    if btrt >= 0:
        data[btrt + 8 : btrt + 16] = rates
    config = data.find(b"\x04\x80\x80\x80", data.find(b"esds"))
    if config >= 0:
        data[config + 10 : config + 18] = rates
    return bytes(data)


def _box(kind: bytes, payload: bytes, *, extra_bytes: int = 0) -> bytes:
    size = 8 + len(payload) + extra_bytes
    if size > _LARGEST_U32:
        return struct.pack(">I4sQ", 1, kind, size + 8) + payload
    return struct.pack(">I4s", size, kind) + payload
