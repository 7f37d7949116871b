"""A cover image as every player and library shows it: JPEG, square inside the audio, as it came beside it."""

import io
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from pipeline.book import Image

_MOST_PIXELS = 40_000_000
"""A picture of this size takes 120 MB while it is decoded; 5,000 by 8,000 is more than any store asks for."""

_EMBEDDED_PIXELS = 1_500
_EMBEDDED_BYTES = 500_000
"""What is embedded goes into every file: players load it whole, some of them for every row of a list."""

_QUALITIES = (2, 4, 6, 9, 13, 18, 24, 31)
"""Quantisers of FFmpeg's JPEG encoder, best first; the first is a good original, the last is coarse and always fits."""

_EDGE_PIXELS = 2
"""How much of an edge decides the colour of what is put beside it."""

_BASELINE = 0xC0
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

_LIKE_BITS = 5
"""Colours are alike that differ in so many lowest bits of each channel."""

_Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Cover:
    """`original` goes beside the audio, `embedded` into it; both JPEG."""

    original: bytes
    embedded: bytes


def cover_of(image: Image) -> Cover:
    """The cover in its two forms. Raises `ValueError` for what is no image, or one too large to decode."""
    frame = _opened(image.data)
    is_jpeg = image.data.startswith(b"\xff\xd8\xff")
    original = image.data if is_jpeg else _encoded(frame, _QUALITIES[0])
    return Cover(original, original if _is_fit(frame, original) else _embedded(frame))


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height in pixels. Raises `ValueError` for what is no image, or one too large to decode."""
    frame = _opened(picture)
    return frame.width, frame.height


def _opened(data: bytes) -> VideoFrame:
    try:
        with av.open(io.BytesIO(data), "r", options={"max_pixels": str(_MOST_PIXELS)}) as container:
            picture = container.streams.video[0]
            if picture.codec_context is None:  # FFmpeg knows what it is, and has nothing that draws it: SVG
                raise ValueError("the cover does not decode: no decoder")
            picture.codec_context.options = {"max_pixels": str(_MOST_PIXELS)}
            return _opaque(next(container.decode(picture)))
    except (av.FFmpegError, StopIteration, IndexError) as error:
        most = f"{_MOST_PIXELS // 1_000_000} million pixels"
        raise ValueError(f"the cover does not decode, or has more than {most}: {error}") from error


def _opaque(frame: VideoFrame) -> VideoFrame:
    """What shines through is white, as on paper; most encoders leave black there."""
    if "a" not in frame.format.name.replace("gray", "").replace("bayer", "") and frame.format.name != "pal8":
        return frame
    pixels = frame.to_ndarray(format="rgba")
    for row in pixels:  # row by row: a whole picture in 16 bits would be as large again, twice
        alpha = row[:, 3:].astype(np.uint16)
        row[:, :3] = (row[:, :3] * alpha + 255 * (255 - alpha)) // 255
    return VideoFrame.from_ndarray(pixels, format="rgba")


def _is_fit(frame: VideoFrame, jpeg: bytes) -> bool:
    is_small = frame.width == frame.height <= _EMBEDDED_PIXELS and len(jpeg) <= _EMBEDDED_BYTES
    return is_small and is_baseline(jpeg)


def is_baseline(jpeg: bytes) -> bool:
    """Whether it is the plain kind of JPEG: some players show no other. Its first frame header says (T.81, B.1.1.3)."""
    at = 2
    while at + 4 <= len(jpeg):
        marker = jpeg[at + 1]
        if marker in _FRAME_HEADERS:
            return marker == _BASELINE
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return False


def _embedded(frame: VideoFrame) -> bytes:
    """Scaled down and padded to a square, never cropped, at the best quality that is small enough."""
    scale = min(1.0, _EMBEDDED_PIXELS / max(frame.width, frame.height))
    width, height = (max(1, round(side * scale)) for side in (frame.width, frame.height))
    small = frame.reformat(width=width, height=height, format="rgb24", interpolation="AREA")
    square = VideoFrame.from_ndarray(squared(small.to_ndarray().astype(np.uint8, copy=False)), format="rgb24")
    candidates = (_encoded(square, quality) for quality in _QUALITIES)
    jpeg = next(candidates)
    while len(jpeg) > _EMBEDDED_BYTES and (coarser := next(candidates, b"")):
        jpeg = coarser
    return jpeg


def squared(pixels: _Pixels) -> _Pixels:
    """A picture of rows, columns and colours in the middle of a square of what most of its two long edges are of."""
    height, width = pixels.shape[:2]
    if height < width:
        return np.ascontiguousarray(squared(pixels.swapaxes(0, 1)).swapaxes(0, 1))
    side = height + height % 2  # an even side has whole blocks of colour
    before = (side - width) // 2
    edges = np.concatenate([pixels[:, :_EDGE_PIXELS], pixels[:, -_EDGE_PIXELS:]], axis=None)
    square = np.empty((side, side, 3), np.uint8)
    square[:] = prevailing(edges.reshape(-1, 3))
    square[:height, before : before + width] = pixels
    return square


def prevailing(colours: _Pixels) -> _Pixels:
    """The mean of the largest group of like colours: that of all, or the median, may be a colour nobody painted."""
    groups = colours >> _LIKE_BITS
    _, of_kind, counts = np.unique(groups, axis=0, return_inverse=True, return_counts=True)
    largest = colours[of_kind.reshape(-1) == np.argmax(counts)]
    colour: _Pixels = np.rint(largest.mean(axis=0)).astype(np.uint8)
    return colour


def _encoded(frame: VideoFrame, quality: int) -> bytes:
    """A baseline JPEG of even sides: a last odd row or column is left out, as colours are kept for two by two."""
    width, height = (max(2, side // 2 * 2) for side in (frame.width, frame.height))
    codec = av.CodecContext.create("mjpeg", "w")
    assert isinstance(codec, VideoCodecContext)
    codec.width, codec.height = width, height
    codec.pix_fmt = "yuvj420p"
    codec.options = {"qmin": str(quality), "qmax": str(quality)}
    codec.time_base = Fraction(1)
    codec.thread_count = 1  # with more, the bytes depend on how many, and each holds a picture
    picture = _trimmed(frame, width, height).reformat(format="yuvj420p")
    return b"".join(bytes(packet) for packet in [*codec.encode(picture), *codec.encode(None)])


def _trimmed(frame: VideoFrame, width: int, height: int) -> VideoFrame:
    if (frame.width, frame.height) == (width, height):
        return frame
    pixels = frame.to_ndarray(format="rgb24")[:height, :width]
    padding = ((0, height - pixels.shape[0]), (0, width - pixels.shape[1]), (0, 0))
    return VideoFrame.from_ndarray(np.ascontiguousarray(np.pad(pixels, padding, mode="edge")), format="rgb24")
