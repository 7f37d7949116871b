"""Vorbis comments, the tags of FLAC and Opus, and the pictures and chapters that stand in them.

Sources: xiph.org, "Ogg Vorbis I format specification: comment field"; RFC 9639, 8.8 (picture); xiph wiki, "Chapter
Extension" (`CHAPTER001=…`, `CHAPTER001NAME=…`).
"""

import base64
import struct
from collections.abc import Iterator, Mapping, Sequence

from pipeline.assemble.tags import ENCODER
from pipeline.recording import PIPELINE_FORMAT, Mark

_FIELDS = {
    "title": ("TITLE",),
    "album": ("ALBUM",),
    "subtitle": ("SUBTITLE",),
    "artist": ("ARTIST",),
    "album_artist": ("ALBUMARTIST",),
    "composer": ("COMPOSER", "PERFORMER"),
    "sort_title": ("TITLESORT",),
    "sort_album": ("ALBUMSORT",),
    "sort_artist": ("ARTISTSORT",),
    "track": ("TRACKNUMBER",),
    "tracks": ("TRACKTOTAL",),
    "disc": ("DISCNUMBER",),
    "genre": ("GENRE",),
    "date": ("DATE",),
    "synopsis": ("DESCRIPTION",),
    "comment": ("COMMENT",),
    "publisher": ("PUBLISHER",),
    "copyright": ("COPYRIGHT",),
    "language": ("LANGUAGE",),
    "grouping": ("GROUPING",),
    "series": ("SERIES",),
    "series_part": ("SERIES-PART",),
    "isbn": ("ISBN",),
    "asin": ("ASIN",),
    "narration": ("NARRATION",),
    "watermark": ("WATERMARK",),
}

_FRONT_COVER = 3
_COLOUR_BITS = 24


def comments(tags: Mapping[str, str], marks: Sequence[Mark] = ()) -> list[str]:
    """`NAME=value`, for the tags by the names of `book_tags`, "track", "tracks" and "disc", then for the chapters."""
    fields = [f"{field}={tags[name]}" for name, fields in _FIELDS.items() if name in tags for field in fields]
    return fields + list(_chapters(marks))


def comment_header(fields: Sequence[str]) -> bytes:
    """The comment header without what each format puts around it."""
    parts = [_counted(ENCODER.encode()), struct.pack("<I", len(fields))]
    return b"".join([*parts, *(_counted(field.encode()) for field in fields)])


def picture(jpeg: bytes, size: tuple[int, int]) -> bytes:
    """A front cover of `size` pixels, as FLAC keeps it."""
    mime = b"image/jpeg"
    head = struct.pack(">II", _FRONT_COVER, len(mime)) + mime + struct.pack(">I", 0)
    return head + struct.pack(">IIIII", *size, _COLOUR_BITS, 0, len(jpeg)) + jpeg


def picture_field(block: bytes) -> str:
    """The same as a comment, which is where Opus has it."""
    return f"METADATA_BLOCK_PICTURE={base64.b64encode(block).decode()}"


def _chapters(marks: Sequence[Mark]) -> Iterator[str]:
    for i, mark in enumerate(marks):
        ms = (mark.start_frame * 1_000 + PIPELINE_FORMAT.rate // 2) // PIPELINE_FORMAT.rate
        minutes, seconds = divmod(ms // 1_000, 60)
        yield f"CHAPTER{i:03}={minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{ms % 1_000:03}"
        yield f"CHAPTER{i:03}NAME={mark.title}"


def _counted(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data
