"""ID3v2.3 tags with chapters, which every player and store reads. FFmpeg's table of contents wraps at 256 chapters.

Sources: id3.org, "ID3 tag version 2.3.0" and "ID3v2 Chapter Frame Addendum 1.0". Sort names (TSOA …) are of 2.4; iTunes
began to write them into 2.3, and those who know them read them there.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence

from pipeline.assemble.names import language_code
from pipeline.recording import PIPELINE_FORMAT, Mark

_FRAMES = {
    "title": "TIT2",
    "album": "TALB",
    "subtitle": "TIT3",
    "artist": "TPE1",
    "album_artist": "TPE2",
    "composer": "TCOM",
    "sort_title": "TSOT",
    "sort_album": "TSOA",
    "sort_artist": "TSOP",
    "track": "TRCK",
    "disc": "TPOS",
    "genre": "TCON",
    "date": "TYER",
    "publisher": "TPUB",
    "copyright": "TCOP",
    "grouping": "TIT1",
    "encoder": "TSSE",
}
_FREE_FRAMES = {
    "series": "SERIES",
    "series_part": "SERIES-PART",
    "isbn": "ISBN",
    "asin": "ASIN",
    "narration": "NARRATION",
    "watermark": "WATERMARK",
}

_LATIN_1, _UTF_16 = b"\0", b"\1"
_FRONT_COVER = b"\3"
_ORDERED, _TOP = 1, 2
_NO_OFFSET = 2**32 - 1
"""Chapters are found by their time: an offset in bytes would be wrong as soon as a tag editor touched the file."""

_MOST_CHILDREN = 255
"""A table of contents counts its children in one byte; longer ones are nested."""


def id3_tag(tags: Mapping[str, str], *, cover: bytes | None = None, marks: Sequence[Mark] = ()) -> bytes:
    """The whole tag: `tags` by the names of `book_tags`, "track" and "disc"; a JPEG cover; chapters."""
    frames = b"".join([*_text_frames(tags), *_chapters(marks), *([_picture(cover)] if cover else [])])
    return b"ID3\3\0\0" + _seven_bit(len(frames)) + frames


def size_of_tag(head: bytes) -> int:
    """Bytes of the tag that begins with the ten bytes `head`; 0 if none does."""
    if head[:3] != b"ID3":
        return 0
    a, b, c, d = head[6:10]
    return 10 + (a << 21 | b << 14 | c << 7 | d)


def _text_frames(tags: Mapping[str, str]) -> Iterator[bytes]:
    for name, kind in _FRAMES.items():
        if name in tags:
            yield _frame(kind, _text(tags[name]))
    if "language" in tags:
        yield _frame("TLAN", _text(language_code(tags["language"])))
    if "synopsis" in tags:
        yield _frame("COMM", _described(tags["synopsis"], language="eng"))
    for name, kind in _FREE_FRAMES.items():
        if name in tags:
            yield _frame("TXXX", _described(tags[name], kind))


def _chapters(marks: Sequence[Mark]) -> Iterator[bytes]:
    if not marks:
        return
    names = [f"chp{i}" for i in range(len(marks))]
    groups = [names[i : i + _MOST_CHILDREN] for i in range(0, len(names), _MOST_CHILDREN)]
    if len(groups) == 1:
        yield _contents("toc", names, is_top=True)
    else:
        tables = [f"toc{i}" for i in range(len(groups))]
        yield _contents("toc", tables, is_top=True)
        yield from (_contents(table, group, is_top=False) for table, group in zip(tables, groups, strict=True))
    for name, mark in zip(names, marks, strict=True):
        times = struct.pack(">IIII", _ms(mark.start_frame), _ms(mark.end_frame), _NO_OFFSET, _NO_OFFSET)
        yield _frame("CHAP", name.encode() + b"\0" + times + _frame("TIT2", _text(mark.title)))


def _contents(name: str, children: Sequence[str], *, is_top: bool) -> bytes:
    flags = bytes([_ORDERED | (_TOP if is_top else 0), len(children)])
    return _frame("CTOC", name.encode() + b"\0" + flags + b"".join(child.encode() + b"\0" for child in children))


def _picture(jpeg: bytes) -> bytes:
    return _frame("APIC", _LATIN_1 + b"image/jpeg\0" + _FRONT_COVER + b"Cover\0" + jpeg)


def _frame(kind: str, payload: bytes) -> bytes:
    return kind.encode() + struct.pack(">IH", len(payload), 0) + payload


def _text(text: str) -> bytes:
    """Latin-1 where that will do: some old players show nothing else."""
    try:
        return _LATIN_1 + text.encode("latin-1")
    except UnicodeEncodeError:
        return _UTF_16 + _utf_16(text)


def _described(text: str, description: str = "", *, language: str = "") -> bytes:
    """A frame's text under a description; a comment names its language before that."""
    try:
        return _LATIN_1 + language.encode() + description.encode("latin-1") + b"\0" + text.encode("latin-1")
    except UnicodeEncodeError:
        return _UTF_16 + language.encode() + _utf_16(description) + b"\0\0" + _utf_16(text)


def _utf_16(text: str) -> bytes:
    return b"\xff\xfe" + text.encode("utf-16-le")


def _seven_bit(size: int) -> bytes:
    return bytes(size >> shift & 127 for shift in (21, 14, 7, 0))


def _ms(frame: int) -> int:
    return (frame * 1_000 + PIPELINE_FORMAT.rate // 2) // PIPELINE_FORMAT.rate
