"""A cover image as JPEG: what every player reads."""

import io
from fractions import Fraction

import av
import numpy as np
from av.video.frame import VideoFrame

from pipeline.book import Image


def jpeg_of(image: Image) -> bytes:
    """JPEG bytes unchanged; other raster images decoded and encoded once. Raises `ValueError` for what is no image."""
    try:
        frame = _decoded(image.data)
        return image.data if image.data.startswith(b"\xff\xd8\xff") else _encoded(frame)
    except (av.FFmpegError, StopIteration, IndexError) as error:
        raise ValueError(f"the cover does not decode: {error}") from error


def size_of(jpeg: bytes) -> tuple[int, int]:
    """Width and height in pixels."""
    frame = _decoded(jpeg)
    return frame.width, frame.height


def _decoded(data: bytes) -> VideoFrame:
    with av.open(io.BytesIO(data), "r") as container:
        return next(container.decode(video=0))


def _encoded(frame: VideoFrame) -> bytes:
    pixels = frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
    pixels = pixels[: max(2, pixels.shape[0] // 2 * 2), : max(2, pixels.shape[1] // 2 * 2)]
    codec = av.CodecContext.create("mjpeg", "w")
    codec.width, codec.height = pixels.shape[1], pixels.shape[0]
    codec.pix_fmt = "yuvj420p"
    codec.options = {"qmin": "2", "qmax": "3"}
    codec.time_base = Fraction(1)
    picture = VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24").reformat(format="yuvj420p")
    return b"".join(bytes(packet) for packet in [*codec.encode(picture), *codec.encode(None)])
