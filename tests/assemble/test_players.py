"""A book at the limits, as other programs read it: 300 chapters, 30 hours, long titles with newlines, a huge cover.

Readers: FFmpeg's ffprobe where it is installed, mutagen, and a parser of the tests' own (`movie.py`).
"""

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import av
import mutagen
import numpy as np
import pytest
from mutagen.id3 import ID3
from mutagen.mp4 import MP4

from pipeline.assemble.cover import size_of
from pipeline.assemble.delivery import Delivery, deliver
from pipeline.assemble.encode import SUFFIX, encode_track
from pipeline.assemble.formats import DeliverySettings
from pipeline.book import Image, Metadata
from pipeline.config import settings_of
from pipeline.recording import Track
from tests.assemble.movie import Movie, header_of
from tests.assemble.pictures import png_of
from tests.assemble.sounds import RATE, as_float, encoded_chapter, lag_of, noise
from tests.assemble.test_m4b import CREDITS

COUNT = 300
CHAPTER_S = 360
BOOK = Metadata(
    "The “Lamp” & other <tales>",
    ("Ann Author", "Ben"),
    "cy",
    date="1999-05-01",
    description="About a lamp.\nAnd its genie 🧞.",
    publisher="Press",
    subtitle="A tale",
    series="Lamps",
    series_index="2.5",
    title_sort="Lamp, The",
    creator_sort="Author, Ann; Ben",
    isbn="9780306406157",
    asin="B00ABCDEFG",
    subjects=("Fantasy",),
    rights="Public domain",
)
CREDITS_OF_ALL = replace(CREDITS, book=BOOK, watermark="SynthID")


def title_of(number: int) -> str:
    """400 bytes, with newlines, emoji of several code points, and a last character that 255 bytes would cut."""
    start = f"{number}.\nThe lamp\t👩‍👩‍👧‍👦 — "
    return start + "я" * ((400 - len(start.encode())) // 2) + ("" if len(start.encode()) % 2 == 0 else "!")


def as_shown(number: int) -> str:
    return title_of(number).replace("\n", " ").replace("\t", " ")


@dataclass(frozen=True)
class Delivered:
    made: Delivery
    cover: bytes

    @property
    def path(self) -> Path:
        return self.made.audio[0]


def delivered(folder: Path, settings: DeliverySettings, *, seconds: float, cover: bytes) -> Delivered:
    """A book of the same chapter 300 times over: a second of noise, then silence."""
    frames = round(seconds * RATE) // settings.packet_frames * settings.packet_frames
    sound = np.zeros(frames, np.float32)
    sound[: RATE // 2] = as_float(noise(0.5, seed=1))
    files = {each.codec: folder / f"chapter{SUFFIX[each.codec]}" for each in settings.encodings}
    encode_track([sound], {each: files[each.codec] for each in settings.encodings})
    chapters = [encoded_chapter(Track(n, title_of(n), frames), files) for n in range(1, COUNT + 1)]
    made = deliver(folder / "out", chapters, credits=CREDITS_OF_ALL, cover=Image("image/png", cover), settings=settings)
    return Delivered(made, cover)


def settings(*formats: str) -> DeliverySettings:
    return settings_of([]).delivery.model_copy(update={"formats": formats, "mp3": "one", "mp3_kbps": 32})


@pytest.fixture(scope="module")
def m4b(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    """30 hours, and 20 MB of PNG."""
    noisy = np.random.default_rng(1).integers(0, 255, (3_300, 2_050, 3), dtype=np.uint8)
    cover = png_of(noisy, effort=0)
    assert len(cover) > 20_000_000
    return delivered(tmp_path_factory.mktemp("m4b"), settings("m4b"), seconds=CHAPTER_S, cover=cover)


@pytest.fixture(scope="module", params=["mp3", "opus"])
def other(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    cover = png_of(np.full((300, 200, 3), 70, np.uint8))
    return delivered(tmp_path_factory.mktemp(request.param), settings(request.param), seconds=2, cover=cover)


def probed(path: Path) -> Any:
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed")
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_chapters", "-show_format", "-show_streams", path]
    ended = subprocess.run(command, capture_output=True, check=True)
    assert ended.stderr == b""
    return json.loads(ended.stdout)


def assert_chapters(found: Sequence[tuple[float, float, str]], made: Delivery, *, within_s: float) -> None:
    """The last end is the file's own; FFmpeg counts in what Opus skips."""
    assert [title for _, _, title in found] == [as_shown(number) for number in range(1, COUNT + 1)]
    for (start, end, _), mark in zip(found, made.marks, strict=True):
        assert start == pytest.approx(mark.start_frame / RATE, abs=within_s)
        assert end == pytest.approx(mark.end_frame / RATE, abs=within_s + (0.02 if mark is made.marks[-1] else 0))


def test_titles_are_as_long_as_they_are_meant_to_be() -> None:
    assert all(len(title_of(number).encode()) in (399, 400) for number in range(1, COUNT + 1))


def test_ffprobe_reads_every_chapter_to_the_frame(m4b: Delivered) -> None:
    found = probed(m4b.path)
    assert all(chapter["time_base"] == f"1/{RATE}" for chapter in found["chapters"])
    exact = [(each["start"] / RATE, each["end"] / RATE, each["tags"]["title"]) for each in found["chapters"]]
    assert_chapters(exact, m4b.made, within_s=0)
    assert float(found["format"]["duration"]) == pytest.approx(m4b.made.marks[-1].end_frame / RATE, abs=1e-3)
    assert m4b.made.marks[-1].end_frame / RATE > 29.9 * 3600


def test_ffprobe_reads_what_a_library_asks_for(m4b: Delivered) -> None:
    tags = {name.lower(): value for name, value in probed(m4b.path)["format"]["tags"].items()}
    assert (tags["title"], tags["subtitle"], tags["artist"]) == (BOOK.title, "A tale", "Ann Author, Ben")
    assert (tags["series"], tags["series-part"], tags["grouping"]) == ("Lamps", "2.5", "Lamps #2.5")
    assert (tags["show"], tags["episode_id"]) == ("Lamps", "2.5")
    assert (tags["isbn"], tags["asin"], tags["publisher"]) == (BOOK.isbn, BOOK.asin, "Press")
    assert (tags["sort_name"], tags["sort_artist"]) == ("Lamp, The", "Author, Ann; Ben")
    assert (tags["composer"], tags["media_type"], tags["gapless_playback"]) == ("Charon (test)", "2", "1")
    assert (tags["narration"], tags["watermark"]) == ("synthetic", "SynthID")
    assert "SynthID" in tags["description"]
    assert tags["synopsis"].startswith(BOOK.description)


def test_the_index_is_right_past_two_to_the_thirty_one_frames(m4b: Delivered) -> None:
    movie = Movie(m4b.path)
    assert movie.order.index(b"moov") < movie.order.index(b"mdat")
    end = m4b.made.marks[-1].end_frame
    assert end > 2**31
    sound = movie.track(b"soun")
    assert (sound.header.version, sound.header.timescale) == (1, RATE)
    assert sum(sound.durations) == sound.header.duration == end + 1_024  # the priming packet, which the edit list hides
    assert header_of(movie.moov.one(b"mvhd")).duration == end
    assert sound.places[-1] + sound.sizes[-1] == movie.size


def test_both_chapter_lists_are_read_by_a_second_parser(m4b: Delivered) -> None:
    movie = Movie(m4b.path)
    assert movie.track(b"text").header.timescale == RATE
    assert_chapters([(a / RATE, b / RATE, title) for a, b, title in movie.chapters], m4b.made, within_s=0)
    assert len(movie.nero) == 255
    for number, ((start, title), mark) in enumerate(zip(movie.nero, m4b.made.marks[:255], strict=True), start=1):
        assert abs(start * RATE - mark.start_frame * 10_000_000) <= RATE  # 100 ns, where a frame is 41,667
        assert 252 <= len(title) <= 255
        assert as_shown(number).startswith(title.decode())


def test_mutagen_reads_the_same_of_an_m4b(m4b: Delivered) -> None:
    tags = MP4(m4b.path).tags
    assert (tags["©nam"], tags["©alb"], tags["aART"]) == ([BOOK.title], [BOOK.title], ["Ann Author, Ben"])
    assert (tags["soal"], tags["soar"], tags["sonm"]) == (
        ["Lamps 2.5 - Lamp, The"],
        ["Author, Ann; Ben"],
        ["Lamp, The"],
    )
    assert (tags["stik"], tags["pgap"], tags["soco"]) == ([2], True, ["Charon (test)"])
    assert tags["----:com.apple.iTunes:SERIES-PART"] == [b"2.5"]
    assert len(MP4(m4b.path).chapters) == 255
    [cover] = tags["covr"]
    assert (cover.imageformat, size_of(bytes(cover))) == (cover.FORMAT_JPEG, (1_500, 1_500))
    assert len(cover) < 500_000
    assert size_of((m4b.made.folder / "cover.jpg").read_bytes()) == (2_050, 3_300)


def test_a_tag_editor_leaves_sound_and_chapters_whole(m4b: Delivered, tmp_path: Path) -> None:
    copy = tmp_path / "edited.m4b"
    shutil.copyfile(m4b.path, copy)
    edited = MP4(copy)
    edited.tags["©nam"] = ["Another title " * 100]
    edited.save()
    before, after = Movie(m4b.path), Movie(copy)
    assert after.chapters == before.chapters
    first, again = before.track(b"soun"), after.track(b"soun")
    assert again.sizes == first.sizes
    assert next(again.samples()) == next(first.samples())


def test_a_player_that_jumps_to_the_last_chapter_hears_it(m4b: Delivered) -> None:
    mark = m4b.made.marks[-1]
    with av.open(str(m4b.path)) as container:
        stream = container.streams.audio[0]
        container.seek(mark.start_frame - RATE, stream=stream)
        heard = []
        for frame in container.decode(stream):
            assert frame.pts is not None
            heard.append((frame.pts, frame.to_ndarray()[0]))
            if frame.pts > mark.start_frame + RATE:
                break
    sound = np.concatenate([samples for _, samples in heard])[mark.start_frame - heard[0][0] :]
    assert lag_of((sound[:RATE] * 32768).astype(np.int16), noise(0.5, seed=1)) == 0


def test_ffprobe_reads_every_chapter_of_one_file(other: Delivered) -> None:
    found = probed(other.path)
    assert_chapters(
        [(float(each["start_time"]), float(each["end_time"]), each["tags"]["title"]) for each in found["chapters"]],
        other.made,
        within_s=0.0011,
    )
    tags = {name.lower(): value for name, value in found["format"].get("tags", {}).items()}
    tags |= {name.lower(): value for name, value in found["streams"][0].get("tags", {}).items()}
    assert (tags["series"], tags["series-part"], tags["isbn"]) == ("Lamps", "2.5", BOOK.isbn)
    assert tags["narration"] == "synthetic"
    assert float(found["format"]["duration"]) == pytest.approx(other.made.marks[-1].end_frame / RATE, abs=0.05)


def test_mutagen_reads_the_same_of_one_file(other: Delivered) -> None:
    file = mutagen.File(other.path)
    assert file.info.length == pytest.approx(other.made.marks[-1].end_frame / RATE, abs=0.05)
    if other.path.suffix == ".opus":
        assert file["chapter299name"] == [as_shown(300)]
        assert file["series"] == ["Lamps"]
        return
    tags = ID3(other.path)
    assert tags.version == (2, 3, 0)
    assert tags["TXXX:SERIES"].text == ["Lamps"]
    contents = {frame.element_id: frame for frame in tags.getall("CTOC")}
    assert contents["toc"].flags & 2
    assert [len(contents[name].child_element_ids) for name in contents["toc"].child_element_ids] == [255, 45]
    listed = [child for name in contents["toc"].child_element_ids for child in contents[name].child_element_ids]
    chapters = {frame.element_id: frame for frame in tags.getall("CHAP")}
    for name, mark in zip(listed, other.made.marks, strict=True):
        assert chapters[name].start_time == mark.start_frame * 1000 / RATE
        assert chapters[name].end_time == mark.end_frame * 1000 / RATE
        assert chapters[name].sub_frames["TIT2"].text == [mark.title]
