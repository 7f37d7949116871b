"""Covers: JPEG as it came, everything else as JPEG."""

import io

import av
import numpy as np
import pytest

from pipeline.assemble.cover import jpeg_of, size_of
from pipeline.book import Image
from tests.assemble.pictures import jpeg, png


def test_a_png_becomes_a_jpeg_of_its_size_and_colours() -> None:
    made = jpeg_of(Image("image/png", png(64, 96)))
    assert made.startswith(b"\xff\xd8\xff")
    assert made.endswith(b"\xff\xd9")
    assert size_of(made) == (64, 96)
    with av.open(io.BytesIO(made)) as container:
        pixels = next(container.decode(video=0)).to_ndarray(format="rgb24").astype(int)
    with av.open(io.BytesIO(png(64, 96))) as container:
        meant = next(container.decode(video=0)).to_ndarray(format="rgb24").astype(int)
    assert np.abs(pixels - meant).mean() < 6


def test_a_jpeg_is_left_as_it_is() -> None:
    original = jpeg(32, 48)
    assert jpeg_of(Image("image/png", original)) is original


def test_the_same_picture_gives_the_same_bytes() -> None:
    assert jpeg(50, 70) == jpeg(50, 70)


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (65, 97), (1, 40)])
def test_odd_sizes_are_no_trouble(size: tuple[int, int]) -> None:
    assert size_of(jpeg(*size)) == tuple(max(2, side - side % 2) for side in size)


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n" + bytes(24), b"<svg/>", b"\xff\xd8\xff\xe0 no more"]
)
def test_what_is_no_picture_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match="does not decode"):
        jpeg_of(Image("image/png", data))
