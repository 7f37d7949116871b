"""Covers: JPEG beside the audio, a small square inside it."""

import io

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.assemble import cover
from pipeline.assemble.cover import cover_of, is_baseline, size_of, squared
from pipeline.book import Image
from tests.assemble.pictures import jpeg, png, png_of


def pixels_of(data: bytes) -> NDArray[np.int64]:
    with av.open(io.BytesIO(data)) as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24").astype(int)


def test_a_png_becomes_a_jpeg_of_its_size_and_colours() -> None:
    made = cover_of(Image("image/png", png(64, 96))).original
    assert made.startswith(b"\xff\xd8\xff")
    assert made.endswith(b"\xff\xd9")
    assert size_of(made) == (64, 96)
    assert np.abs(pixels_of(made) - pixels_of(png(64, 96))).mean() < 6


def test_a_jpeg_is_left_as_it_is() -> None:
    original = jpeg(32, 48)
    assert cover_of(Image("image/png", original)).original is original
    square = jpeg(64, 64)
    assert cover_of(Image("image/jpeg", square)).embedded is square


def test_a_jpeg_of_another_kind_is_made_plain_inside_the_audio() -> None:
    plain = jpeg(64, 64)
    progressive = plain.replace(b"\xff\xc0", b"\xff\xc2", 1)
    assert (is_baseline(plain), is_baseline(progressive), is_baseline(plain[:40])) == (True, False, False)
    assert is_baseline(cover_of(Image("image/png", png(64, 96))).embedded)


def test_a_portrait_is_padded_and_keeps_all_of_itself() -> None:
    embedded = cover_of(Image("image/png", png(64, 96))).embedded
    assert size_of(embedded) == (96, 96)
    assert np.abs(pixels_of(embedded)[:, 16:80] - pixels_of(png(64, 96))).mean() < 6


@pytest.mark.parametrize("shape", [(9, 5, 3), (5, 9, 3), (4, 4, 3), (7, 7, 3), (1, 6, 3)])
def test_a_square_holds_all_of_the_picture(shape: tuple[int, int, int]) -> None:
    picture = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    made = squared(picture)
    side = -(-max(shape[:2]) // 2) * 2
    assert made.shape == (side, side, 3)
    windows = np.lib.stride_tricks.sliding_window_view(made, shape)
    assert (windows == picture).all(axis=(-3, -2, -1)).any()


def test_the_padding_has_the_colour_of_most_of_both_edges_and_no_mixture() -> None:
    picture = np.full((40, 20, 3), (0, 0, 200), np.uint8)
    picture[:12] = 255
    picture[12:, :2] = (250, 0, 0)
    made = squared(picture)
    assert (made[:, 0] == (0, 0, 200)).all()
    assert (made[:, -1] == (0, 0, 200)).all()


def test_what_is_embedded_is_small_whatever_came() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (1_800, 1_400, 3), dtype=np.uint8)
    made = cover_of(Image("image/png", png_of(noise)))
    assert size_of(made.original) == (1_400, 1_800)
    assert size_of(made.embedded) == (1_500, 1_500)
    assert len(made.embedded) <= 500_000 < len(made.original)


def test_what_shines_through_is_white() -> None:
    picture = np.zeros((16, 16, 4), np.uint8)
    picture[:8] = (255, 0, 0, 255)
    embedded = pixels_of(cover_of(Image("image/png", png_of(picture))).embedded)
    assert embedded[12:].min() > 240
    assert embedded[2, 8, 0] > 200
    assert embedded[2, 8, 1] < 60


def test_the_same_picture_gives_the_same_bytes() -> None:
    assert cover_of(Image("image/png", png(50, 70))) == cover_of(Image("image/png", png(50, 70)))


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (65, 97), (1, 40)])
def test_odd_sizes_are_no_trouble(size: tuple[int, int]) -> None:
    made = cover_of(Image("image/png", png(*size)))
    assert size_of(made.original) == tuple(max(2, side - side % 2) for side in size)
    width, height = size_of(made.embedded)
    assert width == height >= max(size)


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n" + bytes(24), b"<svg/>", b"\xff\xd8\xff\xe0 no more"]
)
def test_what_is_no_picture_is_a_value_error(data: bytes) -> None:
    for read in (size_of, lambda data: cover_of(Image("image/png", data))):
        with pytest.raises(ValueError, match="does not decode"):
            read(data)


def test_a_picture_that_would_take_all_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cover, "_MOST_PIXELS", 64 * 96 - 1)
    with pytest.raises(ValueError, match="more than"):
        cover_of(Image("image/png", png(64, 96)))
