"""The whole way: a small book spoken by the embedded voice, with every kind of file to read along with."""

import json
import shutil
import subprocess
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from lxml import etree

from tests.corpus import made
from tests.test_run import Ended, make, report_of

_KINDS = '["vtt", "srt", "lrc", "chapters", "rss", "lpf", "epub"]'
_FEED = ("--set", "delivery.feed_url=https://example.org/books")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """Its folder and its timeline."""
    folder = tmp_path_factory.mktemp("alongside")
    source = made.epub(folder / "tiny.epub", made.TINY)
    report = report_of(make(source, folder, "--format", "m4b,mp3", "--set", f"delivery.read_along={_KINDS}", *_FEED))
    delivered = Path(report["folder"])
    return delivered, json.loads((delivered / "timeline.json").read_text("utf-8"))


def test_every_kind_stands_beside_the_delivery(book: tuple[Path, Any]) -> None:
    names = {path.name for path in book[0].iterdir()}
    assert {f"A Tiny Book.{suffix}" for suffix in ("vtt", "srt", "lrc", "chapters.json", "rss", "lpf", "epub")} <= names
    assert {f"002 - The Letter.{suffix}" for suffix in ("mp3", "vtt", "srt", "lrc")} <= names


def test_the_sound_in_the_epub_is_as_long_as_its_clips(book: tuple[Path, Any]) -> None:
    folder, timeline = book
    with zipfile.ZipFile(folder / "A Tiny Book.epub") as archive:
        pars = [
            (Path(audio.get("src")).name, *(float(audio.get(edge)[:-1]) for edge in ("clipBegin", "clipEnd")))
            for name in archive.namelist()
            if name.endswith(".smil")
            for audio in etree.fromstring(archive.read(name)).iter("{*}audio")
        ]
        sounds = [name for name in archive.namelist() if name.endswith(".mp3")]
        for name, chapter in zip(sounds, timeline["chapters"], strict=True):
            clips = [(start, end) for sound, start, end in pars if sound == Path(name).name]
            seconds = (chapter["end_frame"] - chapter["start_frame"]) / timeline["rate"]
            assert (clips[0][0], clips[-1][1]) == (0, pytest.approx(seconds, abs=0.001))
            assert all(one[1] == other[0] for one, other in pairwise(clips))
            with archive.open(name) as file, av.open(file) as container:
                heard = sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))
            assert heard == pytest.approx(seconds, abs=0.1)
    assert len(pars) == sum(len(clip["sentences"]) for chapter in timeline["chapters"] for clip in chapter["clips"])


def test_epubcheck_has_nothing_against_it(book: tuple[Path, Any]) -> None:
    checker = shutil.which("epubcheck")
    if checker is None or shutil.which("java") is None:
        pytest.skip("epubcheck is not installed (apt-get install epubcheck)")
    command = ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar", checker, book[0] / "A Tiny Book.epub"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Messages: 0 fatals / 0 errors / 0 warnings" in done.stdout + done.stderr, done.stdout + done.stderr


def test_an_epub_needs_no_mp3_among_the_deliveries(tmp_path: Path) -> None:
    source = made.markdown(tmp_path / "tiny.md", made.TINY)
    report = report_of(make(source, tmp_path, "--set", 'delivery.read_along=["lpf", "epub"]'))
    assert [Path(file).suffix for file in report["files"]] == [".m4b"]
    folder = Path(report["folder"])
    assert not list(folder.glob("*.mp3"))
    for suffix in ("epub", "lpf"):
        with zipfile.ZipFile(next(folder.glob(f"*.{suffix}"))) as archive:
            assert sum(name.endswith(".mp3") for name in archive.namelist()) == len(made.TINY)


@pytest.mark.parametrize(
    ("kind", "more", "said"),
    [
        ("rss", ("--format", "m4b", *_FEED), "delivery.formats"),
        ("rss", ("--format", "mp3"), "delivery.feed_url"),
        ("epub", ("--set", "delivery.mp3_kbps=320"), "an mp3 can have"),
    ],
)
def test_what_cannot_be_made_is_refused_before_anything_is(
    tmp_path: Path, kind: str, more: tuple[str, ...], said: str
) -> None:
    ended: Ended = make(
        made.markdown(tmp_path / "a.md", made.TINY), tmp_path, *more, "--set", f'delivery.read_along=["{kind}"]'
    )
    assert ended.code == 2
    assert said in ended.err
    assert not (tmp_path / "out").exists()
