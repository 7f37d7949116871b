"""Covers made on the spot."""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from pipeline.assemble.cover import cover_of
from pipeline.book import Image


def png(width: int, height: int) -> bytes:
    """An RGB picture with a gradient, so that a decoder has something to get wrong."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return png_of(np.stack([x * 255 // width, y * 255 // height, np.full_like(x, 90)], axis=-1).astype(np.uint8))


def png_of(pixels: NDArray[np.uint8], *, effort: int = 1) -> bytes:
    """Rows and columns of RGB or RGBA; with no `effort` at all a PNG is as large as its pixels."""
    height, width, colours = pixels.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, {3: 2, 4: 6}[colours], 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(rows, effort)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def jpeg(width: int, height: int) -> bytes:
    return cover_of(Image("image/png", png(width, height))).original


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
