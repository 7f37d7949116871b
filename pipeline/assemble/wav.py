"""One WAV a chapter: 16 bit PCM, and an ID3 tag behind it, as every tag editor that can tag a WAV writes it."""

import shutil
import struct
from pathlib import Path

from pipeline.assemble.id3 import id3_tag
from pipeline.assemble.tags import ChapterTags
from pipeline.atomic import replacing

_HEADER_BYTES = 44


def write_wav(path: Path, chapter: Path, tags: ChapterTags, *, cover: bytes | None) -> None:
    """Copy an encoded chapter to `path` with tags and a JPEG cover. Raises `ValueError` if it is no plain WAV."""
    tag = id3_tag(tags.by_name, cover=cover)
    tag_chunk = b"id3 " + struct.pack("<I", len(tag)) + tag + bytes(len(tag) % 2)
    sound_bytes = chapter.stat().st_size - _HEADER_BYTES
    with replacing(path) as part, chapter.open("rb") as source, part.open("wb") as out:
        header = source.read(_HEADER_BYTES)
        if header[:4] != b"RIFF" or header[36:] != b"data" + struct.pack("<I", sound_bytes):
            raise ValueError("an encoded chapter is no plain WAV")
        out.write(header[:4] + struct.pack("<I", _HEADER_BYTES - 8 + sound_bytes + len(tag_chunk)) + header[8:])
        shutil.copyfileobj(source, out, 1 << 20)
        out.write(tag_chunk)
