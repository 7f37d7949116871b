"""Encoded chapters put into an MP4 by their tables alone: no packet is read, parsed or held, however long the book.

FFmpeg writes a skeleton that has all but sound and tags: brand, a text track of chapters, and an audio track of a few
stand-in packets, the first and the last among them, from which it derives all durations. Here that track's sample
tables are replaced by the joined tables of the chapters, the tags are put in, and the chapters' bytes are copied
behind. FFmpeg's own muxer would hold 56 bytes a packet until the end, which is 45 MB for ten hours, and take a second
pass to put the index in front.

Box layouts: ISO/IEC 14496-12, sections 4.2 (boxes) and 8.6–8.7 (sample tables); 14496-1, 7.2.6.6 (decoder config).
"""

import struct
import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pipeline.assemble.spans import Span

_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}

_CHUNK_PACKETS = 24
"""Packets a chunk: about a second of sound, so that a player seeks in small steps."""

_LARGEST_U32 = 2**32 - 1

Edit = Callable[[bytes, bytes], tuple[bytes, bytes] | None]
"""Kind and payload of a box → what to put in its place, or None to leave it as it is."""


class Box(NamedTuple):
    """A box inside some bytes: its kind, where it starts, where its payload starts, where it ends."""

    kind: bytes
    start: int
    payload: int
    end: int


class Packets(NamedTuple):
    """The packets of one file, back to back from `offset` on; `sizes` in bytes, one each."""

    path: Path
    offset: int
    sizes: array  # type: ignore[type-arg]  # array is not subscriptable at run time before 3.12


def packets_of(path: Path) -> Packets:
    """The audio packets of a file `encode` wrote. Raises `ValueError` if it is not laid out as that does."""
    with path.open("rb") as file:
        top = {box.kind: box for box in _boxes_of(file, path.stat().st_size)}
        if b"moov" not in top or b"mdat" not in top:
            raise ValueError(f"{path.name} is no MP4")
        file.seek(top[b"moov"].start)
        moov = file.read(top[b"moov"].end - top[b"moov"].start)
    table = _find(moov, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsz")
    sizes = array("I", moov[table.payload + 12 : table.end])
    _swap(sizes)
    mdat = top[b"mdat"]
    if sum(sizes) != mdat.end - mdat.payload:
        raise ValueError(f"{path.name} holds more than its packets")
    return Packets(path, mdat.payload, sizes)


def without_first(packets: Packets) -> Packets:
    """All packets but the first, which primes the decoder."""
    return Packets(packets.path, packets.offset + packets.sizes[0], packets.sizes[1:])


def splice(
    skeleton: bytes, sound: Sequence[Packets], target: Path, *, tags: bytes, packet_frames: int, rate: int
) -> None:
    """Write `skeleton` to `target`, `sound` as the packets of its audio track, `tags` as its `udta`, index in front."""
    top = {box.kind: box for box in boxes(skeleton, 0, len(skeleton))}
    ftyp, moov = (skeleton[top[kind].start : top[kind].end] for kind in (b"ftyp", b"moov"))
    kept = skeleton[top[b"mdat"].payload : top[b"mdat"].end]
    sizes = array("I")
    for packets in sound:
        sizes.extend(packets.sizes)
    media_bytes = len(kept) + sum(sizes)
    wide = len(ftyp) + len(moov) + len(tags) + 8 * len(sizes) + media_bytes > _LARGEST_U32
    tables = _SoundTables(sizes, packet_frames, rate, wide=wide)
    header = _box(b"mdat", b"", extra_bytes=media_bytes)
    index_bytes = len(_indexed(moov, tables, tags, sound_at=0, moved_by=0))
    kept_at = len(ftyp) + index_bytes + len(header)
    moved_by = kept_at - top[b"mdat"].payload
    index = _indexed(moov, tables, tags, sound_at=kept_at + len(kept), moved_by=moved_by)
    with target.open("wb") as out:
        out.write(ftyp + index + header + kept)
        for packets in sound:
            Span(packets.path, packets.offset, packets.offset + sum(packets.sizes)).copy(out.write)


class _SoundTables:
    """The sample tables of the audio track, for all packets."""

    def __init__(self, sizes: array, packet_frames: int, rate: int, *, wide: bool) -> None:  # type: ignore[type-arg]
        self._sizes = sizes
        self._frames = packet_frames
        self._bit_rate = int(sum(sizes) * 8 * rate / max(1, len(sizes) * packet_frames))
        self._wide = wide

    def edit(self, sound_at: int) -> Edit:
        """The edit that puts these tables in, the first packet standing at byte `sound_at` of the file."""
        count = len(self._sizes)
        fixed = {
            b"stts": (b"stts", struct.pack(">IIII", 0, 1, count, self._frames)),
            b"stsc": (b"stsc", self._chunk_lengths()),
            b"stsz": (b"stsz", struct.pack(">III", 0, 0, count) + _big_endian(self._sizes)),
            b"stco": (b"co64" if self._wide else b"stco", self._chunk_offsets(sound_at)),
        }

        def edit(kind: bytes, payload: bytes) -> tuple[bytes, bytes] | None:
            if kind == b"sbgp":
                return kind, payload[:12] + struct.pack(">I", count) + payload[16:]
            if kind == b"stsd":
                return kind, _with_bit_rate(payload, self._bit_rate)
            return fixed.get(kind)

        return edit

    def _chunk_lengths(self) -> bytes:
        whole, rest = divmod(len(self._sizes), _CHUNK_PACKETS)
        entries = [(1, _CHUNK_PACKETS, 1)] if whole else []
        entries += [(whole + 1, rest, 1)] if rest else []
        return struct.pack(">II", 0, len(entries)) + b"".join(struct.pack(">III", *entry) for entry in entries)

    def _chunk_offsets(self, sound_at: int) -> bytes:
        chunk_bytes = (
            sum(self._sizes[start : start + _CHUNK_PACKETS]) for start in range(0, len(self._sizes), _CHUNK_PACKETS)
        )
        offsets = array("Q" if self._wide else "I", list(accumulate(chunk_bytes, initial=sound_at))[:-1])
        return struct.pack(">II", 0, len(offsets)) + _big_endian(offsets)


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


def _big_endian(numbers: array) -> bytes:  # type: ignore[type-arg]
    swapped = array(numbers.typecode, numbers)
    _swap(swapped)
    return swapped.tobytes()


def _swap(numbers: array) -> None:  # type: ignore[type-arg]
    if sys.byteorder == "little":
        numbers.byteswap()
