"""The book that reads itself aloud: its text is the source's, every sentence has a clip, the clips tile the chapters.

The sound is silence and its times are arithmetic (`made_up`); the whole way with a voice is in `tests/test_run.py`.
"""

import posixpath
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest
from lxml import etree

from pipeline.book import Book
from pipeline.ingest import read_book
from pipeline.ingest.markup import parse_xhtml
from pipeline.readalong.anchoring import without_space
from pipeline.readalong.edition import Edition
from pipeline.readalong.epub import write_epub
from tests.readalong.made_up import made_up, silent_sounds

_ROOT = Path(__file__).parents[2]
_CORPUS = _ROOT.parent / "shared" / "corpus"
_BOOKS = sorted(
    [*(_ROOT / "samples").glob("*.epub"), *(_ROOT / "samples").glob("*.md"), *_CORPUS.glob("*.epub")]
    + [_CORPUS / "odd" / f"{name}.epub" for name in ("fragments-toc", "footnotes-epub-type") if _CORPUS.exists()]
)
_KNOWN_ERRORS = {"alice", "earnest", "gabriel-ontboezemingen", "wilde-earnest"}
"""What epubcheck has against the source itself."""

_OPF = "{http://www.idpf.org/2007/opf}"
_SMIL = "{http://www.w3.org/ns/SMIL}"
_EPUBCHECK = shutil.which("epubcheck")
_QUICK = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")  # a run of seconds is over before Java has optimised it


@dataclass(frozen=True)
class Made:
    """`check` is epubcheck at work on the book while the other tests look at it; None where it is not installed."""

    source: Path
    path: Path
    book: Book
    edition: Edition
    check: "subprocess.Popen[str] | None"

    @property
    def is_epub(self) -> bool:
        return self.source.suffix == ".epub"


@pytest.fixture(scope="module", params=_BOOKS, ids=lambda path: path.stem)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    source, folder = request.param, tmp_path_factory.mktemp(request.param.stem)
    book = read_book(source)
    edition = made_up(book)
    path = folder / "book.epub"
    write_epub(path, edition, book, silent_sounds(edition, folder), source=source)
    if _EPUBCHECK is None or shutil.which("java") is None:
        yield Made(source, path, book, edition, None)
        return
    command = ["java", *_QUICK, "-jar", _EPUBCHECK, path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as check:
        yield Made(source, path, book, edition, check)
        check.kill()


@dataclass(frozen=True)
class Par:
    page: str
    fragment: str
    audio: str
    start_ms: int
    end_ms: int


def _package(archive: zipfile.ZipFile) -> tuple[str, etree._Element]:
    name = next(name for name in archive.namelist() if name.endswith(".opf"))
    return name, etree.fromstring(archive.read(name))


def _pars(archive: zipfile.ZipFile) -> list[Par]:
    return [par for name in archive.namelist() if name.endswith(".smil") for par in _pars_in(archive, name)]


def _pars_in(archive: zipfile.ZipFile, name: str) -> Iterator[Par]:
    for par in etree.fromstring(archive.read(name)).iter(f"{_SMIL}par"):
        text, audio = par.find(f"{_SMIL}text"), par.find(f"{_SMIL}audio")
        page, _, fragment = text.get("src").partition("#")
        clip = [round(float(audio.get(edge).removesuffix("s")) * 1000) for edge in ("clipBegin", "clipEnd")]
        yield Par(_joined(name, page), fragment, _joined(name, audio.get("src")), *clip)


def _joined(base: str, address: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(address)))


@cache
def _root(path: Path, name: str) -> etree._Element:
    with zipfile.ZipFile(path) as archive:
        return etree.fromstring(archive.read(name))


def test_no_text_of_the_source_changes(made: Made) -> None:
    if not made.is_epub:
        pytest.skip("its EPUB is made, not changed")
    with zipfile.ZipFile(made.source) as before, zipfile.ZipFile(made.path) as after:
        pages = [name for name in before.namelist() if re.search(r"\.x?html?$", name)]
        assert pages
        for name in pages:
            ours, theirs = (parse_xhtml(archive.read(name)) for archive in (after, before))
            assert _body_text(ours.root) == _body_text(theirs.root), name


def _body_text(root: etree._Element) -> str:
    return "".join(next(root.iter("{*}body")).itertext())


def test_only_changed_files_and_ours_differ(made: Made) -> None:
    if not made.is_epub:
        pytest.skip("its EPUB is made, not changed")
    with zipfile.ZipFile(made.source) as before, zipfile.ZipFile(made.path) as after:
        assert set(before.namelist()) <= {*after.namelist(), *(n for n in before.namelist() if n.endswith("/"))}
        others = [name for name in before.namelist() if not re.search(r"(\.x?html?|\.opf|/)$", name)]
        assert all(before.read(name) == after.read(name) for name in others)
        first = after.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)


def test_every_sentence_has_its_clip(made: Made) -> None:
    """The words of the lit spans are those of the timeline, but for what has no place on the page."""
    with zipfile.ZipFile(made.path) as archive:
        pars = _pars(archive)
    lit = [span for page in dict.fromkeys(par.page for par in pars) for span in _lit(made.path, page, pars)]
    said = [
        sentence.text
        for chapter in made.edition.timeline.chapters
        for clip in chapter.clips
        for sentence in clip.sentences
    ]
    silent = [text for text in said if not re.search(r"[^\W\d]", text)]  # numbers of lists, put in for the ear
    assert len(lit) >= len(said) - len(silent)
    missing = Counter(filter(str.isalnum, "".join(said))) - Counter(filter(str.isalnum, "".join(lit)))
    allowed = Counter(filter(str.isalnum, "".join(silent)))
    assert not missing - allowed


def _lit(path: Path, page: str, pars: list[Par]) -> Iterator[str]:
    """The texts of the spans of a page that have a par; each has one."""
    by_id = {element.get("id"): element for element in _root(path, page).iter(etree.Element) if element.get("id")}
    fragments = [par.fragment for par in pars if par.page == page]
    assert len(set(fragments)) == len(fragments)
    for fragment in fragments:
        yield without_space("".join(by_id[fragment].itertext()))


def test_clips_tile_the_chapters(made: Made) -> None:
    with zipfile.ZipFile(made.path) as archive:
        pars = sorted(_pars(archive), key=lambda par: (par.audio, par.start_ms))
        sounds = sorted(name for name in archive.namelist() if name.endswith(".mp3"))
    assert sorted({par.audio for par in pars}) == sounds
    chapters = made.edition.timeline.chapters
    assert len(sounds) == len(chapters)
    for sound, chapter in zip(sounds, chapters, strict=True):
        clips = [(par.start_ms, par.end_ms) for par in pars if par.audio == sound]
        assert (clips[0][0], clips[-1][1]) == (0, made.edition.ms_of(chapter.end_frame - chapter.start_frame))
        assert all(one[1] == other[0] for one, other in pairwise(clips))
        assert all(start < end for start, end in clips)


def test_durations_add_up(made: Made) -> None:
    with zipfile.ZipFile(made.path) as archive:
        _, package = _package(archive)
        pars = _pars(archive)
    stated = [meta for meta in package.iter(f"{_OPF}meta") if meta.get("property") == "media:duration"]
    of_pages = [_ms(meta.text) for meta in stated if meta.get("refines")]
    [total] = [_ms(meta.text) for meta in stated if not meta.get("refines")]
    assert sum(of_pages) == total == sum(par.end_ms - par.start_ms for par in pars)


def _ms(clock: str) -> int:
    hours, minutes, seconds = clock.split(":")
    return round(((int(hours) * 60 + int(minutes)) * 60 + float(seconds)) * 1000)


def test_the_package_is_epub_3_and_names_its_overlays(made: Made) -> None:
    with zipfile.ZipFile(made.path) as archive:
        name, package = _package(archive)
        smils = {entry for entry in archive.namelist() if entry.endswith(".smil")}
    items = {item.get("id"): item for item in package.iter(f"{_OPF}item")}
    assert package.get("version") == "3.0"
    assert sum("nav" in item.get("properties", "").split() for item in items.values()) == 1
    overlaid = [item for item in items.values() if item.get("media-overlay")]
    assert {_joined(name, items[item.get("media-overlay")].get("href")) for item in overlaid} == smils
    said = [meta.get("property") for meta in package.iter(f"{_OPF}meta")]
    assert said.count("dcterms:modified") == 1
    assert {"media:active-class", "media:narrator", "schema:accessibilityFeature"} <= set(said)


def test_the_same_book_is_the_same_bytes(made: Made, tmp_path: Path) -> None:
    sounds = silent_sounds(made.edition, tmp_path)
    write_epub(tmp_path / "again.epub", made.edition, made.book, sounds, source=made.source)
    assert (tmp_path / "again.epub").read_bytes() == made.path.read_bytes()


@pytest.mark.slow
def test_epubcheck_passes_what_it_passed_before(made: Made) -> None:
    if made.check is None:
        pytest.skip("epubcheck is not installed (apt-get install epubcheck)")
    if made.source.stem in _KNOWN_ERRORS and made.is_epub:
        pytest.skip("the source itself does not pass")
    said, _ = made.check.communicate()
    assert "Messages: 0 fatals / 0 errors" in said, said[:3_000]
