"""Books of many chapters, joined from encoded ones, against the same sound encoded in one go."""

import shutil
import subprocess
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from pipeline.assemble.encode import SUFFIX, encode_track
from pipeline.assemble.formats import Codec, Encoding
from pipeline.assemble.m4b import write_m4b
from pipeline.assemble.mp3 import write_book_mp3
from pipeline.assemble.opus import write_opus
from pipeline.recording import Mark, Samples, Track, marks_of
from tests.assemble.sounds import RATE, as_float, decoded, joined, lag_of, noise, silence
from tests.assemble.test_m4b import CREDITS

CHAPTERS = {"aac": 60, "mp3": 20, "opus": 20}

_STEP = 32768 * 10 ** (-54 / 20)
"""A jump from one sample to the next that is no louder than this is no click (audio.cpp, issue 361)."""

_TONE_PEAK = 18
"""Room tone of −70 dBFS: white noise of this peak."""

WRITERS: dict[str, Callable[..., None]] = {"aac": write_m4b, "mp3": write_book_mp3, "opus": write_opus}
ENCODINGS = [
    Encoding("aac", 64_000),
    Encoding("mp3", 64_000, joins=True),
    Encoding("mp3", 128_000, 44_100, joins=True),
    Encoding("opus", 32_000),
]


DECODERS: dict[str, tuple[Codec, list[str]]] = {
    "mpg123": ("mp3", ["-q", "-w", "{out}", "{file}"]),
    "lame": ("mp3", ["--quiet", "--decode", "{file}", "{out}"]),
    "opusdec": ("opus", ["--quiet", "--rate", "{rate}", "{file}", "{out}"]),
    "faad": ("aac", ["-q", "-o", "{out}", "{file}"]),
}
"""Programs that share no code with FFmpeg; run where they are installed."""


@dataclass(frozen=True)
class Joined:
    """A book at the rate its codec decodes to; `once` is the same sound encoded in one go."""

    encoding: Encoding
    path: Path
    marks: tuple[Mark, ...]
    rate: int
    heard: Samples
    once: Samples

    def at(self, frame: int) -> int:
        assert frame * self.rate % RATE == 0
        return frame * self.rate // RATE


def chapter_of(seed: int, whole_frames: int) -> Samples:
    """Room tone, sound without a period, room tone: whole packets of it, and of another length each time."""
    speech = joined(silence(0.3), noise(0.4 + seed % 7 / 10, seed=seed), silence(0.4))
    speech = joined(speech, np.zeros(-len(speech) % whole_frames, np.int16))
    return speech + noise(len(speech) / RATE, seed=1_000 + seed, peak=_TONE_PEAK)


@pytest.fixture(scope="module", params=ENCODINGS, ids=lambda each: f"{each.codec}-{each.rate}")
def book(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Joined:
    encoding: Encoding = request.param
    folder = tmp_path_factory.mktemp("joins")
    sounds = [chapter_of(seed, encoding.whole_frames) for seed in range(CHAPTERS[encoding.codec])]
    files = [folder / f"{number}{SUFFIX[encoding.codec]}" for number in range(len(sounds))]
    for path, sound in zip(files, sounds, strict=True):
        encode_track([as_float(sound)], {encoding: path})
    marks = marks_of(tuple(Track(i, f"Chapter {i}", len(sound)) for i, sound in enumerate(sounds)))
    path, once = folder / f"book{SUFFIX[encoding.codec]}", folder / f"once{SUFFIX[encoding.codec]}"
    WRITERS[encoding.codec](path, files, marks, credits=CREDITS, cover=None, encoding=encoding)
    encode_track([as_float(joined(*sounds))], {encoding: once})
    rate = 48_000 if encoding.codec == "opus" else encoding.rate
    lead = encoding.lead_frames * rate // encoding.rate
    return Joined(encoding, path, marks, rate, decoded(path), decoded(once)[lead:])


def test_the_book_is_as_long_as_the_timeline(book: Joined) -> None:
    assert len(book.heard) == book.at(book.marks[-1].end_frame)


def test_every_chapter_stands_where_it_stands_in_one_encode(book: Joined) -> None:
    for mark in book.marks:
        span = slice(book.at(mark.start_frame), book.at(mark.end_frame))
        assert lag_of(book.heard[span], book.once[span]) == 0, mark.title


def test_it_is_no_further_from_one_encode_than_two_encodes_are(book: Joined) -> None:
    """What differs is the noise of the codec: the same at a chapter's edges as in its middle."""
    difference = book.heard.astype(float) - book.once[: len(book.heard)]
    for mark in book.marks:
        edge = slice(book.at(mark.start_frame), book.at(mark.start_frame) + book.rate // 5)
        assert np.sqrt(np.mean(difference[edge] ** 2)) < 2 * _TONE_PEAK, mark.title


def test_no_seam_clicks(book: Joined) -> None:
    packet = book.encoding.packet_frames * book.rate // book.encoding.rate
    for mark in book.marks[1:]:
        at = book.at(mark.start_frame)
        around = book.heard[at - 2 * packet : at + 2 * packet].astype(int)
        assert np.abs(np.diff(around)).max() <= _STEP, mark.title


@pytest.mark.parametrize("program", DECODERS)
def test_decoders_of_others_hear_the_same(book: Joined, tmp_path: Path, program: str) -> None:
    """They read by themselves what is to be skipped at the ends."""
    codec, arguments = DECODERS[program]
    if codec != book.encoding.codec or shutil.which(program) is None:
        pytest.skip(f"{program} is not installed, or not for {book.encoding.codec}")
    out = tmp_path / "x.wav"
    command = [program, *(part.format(file=book.path, out=out, rate=book.rate) for part in arguments)]
    subprocess.run(command, check=True, capture_output=True)
    with wave.open(str(out)) as file:
        heard = np.frombuffer(file.readframes(file.getnframes()), "<i2")[:: file.getnchannels()]
    assert len(heard) == len(book.heard)
    for mark in (book.marks[0], book.marks[-1]):
        span = slice(book.at(mark.start_frame), book.at(mark.end_frame))
        assert lag_of(heard[span], book.heard[span]) == 0


def test_the_same_chapters_give_the_same_bytes(book: Joined, tmp_path: Path) -> None:
    """Also where the packets come from files of other names."""
    folder = book.path.parent
    files = [folder / f"{number}{SUFFIX[book.encoding.codec]}" for number in range(len(book.marks))]
    again = tmp_path / "again"
    WRITERS[book.encoding.codec](again, files, book.marks, credits=CREDITS, cover=None, encoding=book.encoding)
    assert again.read_bytes() == book.path.read_bytes()


def test_a_chapter_of_broken_packets_is_refused(book: Joined, tmp_path: Path) -> None:
    if book.encoding.codec == "aac":
        pytest.skip("its packets are counted in the file")
    files = [book.path.parent / f"0{SUFFIX[book.encoding.codec]}"]
    longer = [Mark("One", 0, book.marks[0].end_frame + 10 * book.encoding.whole_frames)]
    odd = [Mark("One", 0, book.marks[0].end_frame - 1)]
    for marks in (longer, odd):
        with pytest.raises(ValueError, match="packets"):
            WRITERS[book.encoding.codec](
                tmp_path / "x", files, marks, credits=CREDITS, cover=None, encoding=book.encoding
            )
    assert not list(tmp_path.iterdir())
