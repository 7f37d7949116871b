"""Ogg pages as FFmpeg writes them, and packets larger than a page."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.assemble.encode import encode_track
from pipeline.assemble.formats import Encoding
from pipeline.assemble.ogg import Page, PageNumbers, checksum, pages_of
from tests.assemble.sounds import as_float, noise


@pytest.fixture(scope="module")
def opus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ogg") / "a.opus"
    encode_track([as_float(noise(2.5, seed=1))], {Encoding("opus", 32_000): path})
    return path


def raw_pages(data: bytes) -> list[bytes]:
    pages = []
    while data:
        size = 27 + data[26] + sum(data[27 : 27 + data[26]])
        pages.append(data[:size])
        data = data[size:]
    return pages


def test_the_checksum_is_that_of_ffmpeg(opus: Path) -> None:
    pages = raw_pages(opus.read_bytes())
    assert len(pages) >= 5
    for page in pages:
        assert checksum(page[:22] + bytes(4) + page[26:]) == int.from_bytes(page[22:26], "little")


def test_pages_are_read_with_their_packets(opus: Path) -> None:
    head, tags, *sound = pages_of(opus)
    assert head.body.startswith(b"OpusHead")
    assert tags.body.startswith(b"OpusTags")
    assert [page.packet_count for page in sound[:-1]] == [50] * (len(sound) - 1)


@given(st.lists(st.integers(0, 600), min_size=1, max_size=20), st.data())
def test_packets_are_taken_off_either_end_of_a_page(sizes: list[int], data: st.DataObject) -> None:
    packets = [bytes([i]) * size for i, size in enumerate(sizes)]
    lacing = b"".join(b"\xff" * (size // 255) + bytes([size % 255]) for size in sizes)
    page = Page(lacing, b"".join(packets))
    first = data.draw(st.integers(0, len(sizes)))
    end = data.draw(st.integers(first, len(sizes)))
    part = page.packets(first, end)
    assert part.packet_count == end - first
    assert part.body == b"".join(packets[first:end])
    assert sum(part.segments) == len(part.body)
    assert page.packets(first, 99) == page.packets(first, len(sizes))


@pytest.mark.parametrize("size", [0, 1, 254, 255, 256, 65_024, 65_025, 65_026, 300_000])
def test_a_packet_of_any_size_is_written_on_pages_that_go_on(size: int) -> None:
    packet = np.random.default_rng(size).bytes(size)
    numbers = PageNumbers()
    pages = raw_pages(numbers.header(packet))
    assert b"".join(page[27 + page[26] :] for page in pages) == packet
    assert b"".join(page[27 : 27 + page[26]] for page in pages).count(b"\xff") >= size // 255
    assert [page[18] for page in pages] == list(range(len(pages)))
    assert [page[5] & 1 for page in pages] == [0] + [1] * (len(pages) - 1)
    assert pages[-1][27 + pages[-1][26] - 1] < 255


@pytest.mark.parametrize("damage", [b"OggX", b"no file of that kind"])
def test_what_is_no_ogg_is_refused(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "x.opus"
    path.write_bytes(damage * 10)
    with pytest.raises(ValueError, match="no Ogg"):
        list(pages_of(path))
