"""One FLAC a chapter: the encoded chapter copied under its tags (RFC 9639, 8)."""

import shutil
import struct
from pathlib import Path
from typing import BinaryIO

from pipeline.assemble.cover import size_of
from pipeline.assemble.tags import ChapterTags
from pipeline.assemble.vorbis import comment_header, comments, picture
from pipeline.atomic import replacing

_STREAM_INFO, _COMMENTS, _PICTURE = 0, 4, 6
_LAST = 0x80


def write_flac(path: Path, chapter: Path, tags: ChapterTags, *, cover: bytes | None) -> None:
    """Copy an encoded chapter to `path` with tags and a JPEG cover. Raises `ValueError` if it is no FLAC."""
    blocks = [(_COMMENTS, comment_header(comments(tags.by_name)))]
    if cover:
        blocks.append((_PICTURE, picture(cover, size_of(cover))))
    with replacing(path) as part, chapter.open("rb") as source, part.open("wb") as out:
        blocks.insert(0, (_STREAM_INFO, _stream_info(source)))
        out.write(b"fLaC")
        for i, (kind, content) in enumerate(blocks):
            flag = _LAST if i == len(blocks) - 1 else 0
            out.write(struct.pack(">I", (kind | flag) << 24 | len(content)) + content)
        shutil.copyfileobj(source, out, 1 << 20)


def _stream_info(source: BinaryIO) -> bytes:
    """The only block that is kept; `source` stands at the first frame of sound afterwards."""
    if source.read(4) != b"fLaC":
        raise ValueError("an encoded chapter is no FLAC")
    info, is_last = b"", False
    while not is_last:
        kind, *size = source.read(4)
        content = source.read(int.from_bytes(bytes(size), "big"))
        info = content if kind & ~_LAST == _STREAM_INFO else info
        is_last = bool(kind & _LAST)
    return info
