"""Files to read along with, each made from the timeline of a finished book."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.atomic import write_atomic
from pipeline.book import Book
from pipeline.readalong.edition import ChapterSound, Edition
from pipeline.readalong.epub import write_epub
from pipeline.readalong.lpf import write_lpf
from pipeline.readalong.lrc import lyrics
from pipeline.readalong.podcast import chapters_json, feed
from pipeline.readalong.subtitles import subrip, webvtt

__all__ = ["ChapterSound", "Delivered", "Edition", "write_read_along"]


@dataclass(frozen=True, slots=True)
class Delivered:
    """The delivery that these files stand beside: its folder, and `name`, what a file of the whole book is called.

    `chapters` are its files of a chapter each, if it has such; `has_book` if it has one of the whole. `sounds` are
    every chapter's MP3, delivered or not, if any were encoded. `feed_url` is where the folder will be found.
    """

    folder: Path
    name: str
    chapters: tuple[Path, ...] = ()
    has_book: bool = True
    sounds: tuple[ChapterSound, ...] = ()
    feed_url: str = ""

    @property
    def cover(self) -> Path | None:
        path = self.folder / "cover.jpg"
        return path if path.exists() else None

    def path(self, suffix: str) -> Path:
        return self.folder / f"{self.name}{suffix}"


def write_read_along(
    wanted: Collection[str], edition: Edition, delivered: Delivered, *, book: Book, source: Path
) -> None:
    """Write the kinds `wanted` of vtt, srt, lrc, chapters, rss, lpf and epub; `source` is the file `book` is from.

    Raises `DamagedBook` where the source cannot be copied into an EPUB, `MachineError` where the disk refuses.
    """
    for suffix, write in _TEXTS.items():
        if suffix in wanted:
            for path, text in _texts(edition, delivered, f".{suffix}", write):
                write_atomic(path, text)
    if "chapters" in wanted:
        write_atomic(delivered.path(".chapters.json"), chapters_json(edition))
    if "rss" in wanted:
        path = delivered.path(".rss")
        sounds = [ChapterSound(chapter, chapter.name) for chapter in delivered.chapters]
        has_cover = delivered.cover is not None
        base_url = delivered.feed_url
        write_atomic(path, feed(edition, sounds, base_url=base_url, file_name=path.name, has_cover=has_cover))
    if "lpf" in wanted:
        write_lpf(delivered.path(".lpf"), edition, delivered.sounds, cover=delivered.cover)
    if "epub" in wanted:
        write_epub(delivered.path(".epub"), edition, book, delivered.sounds, source=source)


def _lyrics(edition: Edition, numbers: range) -> str:
    chapters = edition.timeline.chapters[numbers.start : numbers.stop]
    return lyrics(edition, chapters, title=edition.title if len(chapters) != 1 else chapters[0].title)


_TEXTS: dict[str, Callable[[Edition, range], str]] = {
    "vtt": lambda edition, numbers: webvtt(edition, edition.timeline.chapters[numbers.start : numbers.stop]),
    "srt": lambda edition, numbers: subrip(edition, edition.timeline.chapters[numbers.start : numbers.stop]),
    "lrc": _lyrics,
}


def _texts(
    edition: Edition, delivered: Delivered, suffix: str, write: Callable[[Edition, range], str]
) -> Iterator[tuple[Path, str]]:
    """One for the file of the whole book, and one beside each file of a chapter: players look for the same name."""
    count = len(edition.timeline.chapters)
    if delivered.has_book:
        yield delivered.path(suffix), write(edition, range(count))
    for number, chapter in enumerate(delivered.chapters):
        yield chapter.with_suffix(suffix), write(edition, range(number, number + 1))
