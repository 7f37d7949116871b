"""The metadata of an MP4 file: Apple's item list, and Nero's list of chapters. FFmpeg's muxer drops half of the former.

Boxes: `udta` ▸ `meta` ▸ `ilst`, one item a tag, each with a `data` box (QuickTime File Format, "Metadata Item List";
names as iTunes writes them); names of others stand in `----` items. `chpl` is Nero's, as FFmpeg's `movenc.c` writes it.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence

from pipeline.assemble.names import cut_to_bytes
from pipeline.recording import PIPELINE_FORMAT, Mark

_ITEMS = {
    "title": "©nam",
    "album": "©alb",
    "subtitle": "©st3",
    "artist": "©ART",
    "album_artist": "aART",
    "composer": "©wrt",
    "sort_title": "sonm",
    "sort_album": "soal",
    "sort_artist": "soar",
    "sort_composer": "soco",
    "genre": "©gen",
    "date": "©day",
    "description": "desc",
    "synopsis": "ldes",
    "comment": "©cmt",
    "publisher": "©pub",
    "copyright": "cprt",
    "grouping": "©grp",
    "encoder": "©too",
}
_FREE_ITEMS = {
    "series": "SERIES",
    "series_part": "SERIES-PART",
    "publisher": "PUBLISHER",
    "isbn": "ISBN",
    "asin": "ASIN",
    "language": "LANGUAGE",
    "narration": "NARRATION",
    "watermark": "WATERMARK",
}
_FREE_MEANING = b"com.apple.iTunes"

_UTF8, _JPEG, _INTEGER = 1, 13, 21
"""Well-known types of a `data` box."""

_AUDIOBOOK = 2
"""The media kind (`stik`) by which Apple's players know an audiobook."""

_MOST_NERO_CHAPTERS = 255
_MOST_NERO_BYTES = 255
"""Both counts are one byte."""


def user_data(tags: Mapping[str, str], marks: Sequence[Mark], cover: bytes | None) -> bytes:
    """The `udta` box of a book: tags by the names of `book_tags`, a JPEG cover, the first 255 chapters for Nero."""
    items = b"".join(_items(tags, cover))
    handler = box(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    meta = box(b"meta", bytes(4) + handler + box(b"ilst", items))
    return box(b"udta", meta + box(b"chpl", _nero_chapters(marks)))


def box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def _items(tags: Mapping[str, str], cover: bytes | None) -> Iterator[bytes]:
    for name, kind in _ITEMS.items():
        if name in tags:
            yield _item(kind, _UTF8, tags[name].encode())
    if "series" in tags:
        yield _item("tvsh", _UTF8, tags["series"].encode())
    if "series_part" in tags:
        yield _item("tven", _UTF8, tags["series_part"].encode())
    yield _item("stik", _INTEGER, bytes([_AUDIOBOOK]))
    yield _item("pgap", _INTEGER, b"\1")
    if cover:
        yield _item("covr", _JPEG, cover)
    for name, kind in _FREE_ITEMS.items():
        if name in tags:
            yield _free_item(kind, tags[name])


def _item(kind: str, data_type: int, data: bytes) -> bytes:
    return box(kind.encode("latin-1"), _data(data_type, data))


def _free_item(name: str, text: str) -> bytes:
    mean, title = box(b"mean", bytes(4) + _FREE_MEANING), box(b"name", bytes(4) + name.encode())
    return box(b"----", mean + title + _data(_UTF8, text.encode()))


def _data(data_type: int, data: bytes) -> bytes:
    return box(b"data", struct.pack(">II", data_type, 0) + data)


def _nero_chapters(marks: Sequence[Mark]) -> bytes:
    """Version 1, as players expect it: start in units of 100 ns, then the title."""
    listed = marks[:_MOST_NERO_CHAPTERS]
    entries = []
    for mark in listed:
        title = cut_to_bytes(mark.title, _MOST_NERO_BYTES).encode()
        entries.append(struct.pack(">QB", _hundred_ns(mark.start_frame), len(title)) + title)
    return struct.pack(">IIB", 1 << 24, 0, len(listed)) + b"".join(entries)


def _hundred_ns(frame: int) -> int:
    return (frame * 10_000_000 + PIPELINE_FORMAT.rate // 2) // PIPELINE_FORMAT.rate
