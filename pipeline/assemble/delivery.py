"""The files handed over: `OUT/Author/Title/…`, made from encoded chapters alone."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.assemble.checking import Row, check_measured, failed_rules
from pipeline.assemble.cover import Cover, cover_of
from pipeline.assemble.flac import write_flac
from pipeline.assemble.formats import CODECS, Codec, DeliverySettings, Format
from pipeline.assemble.m4b import write_m4b
from pipeline.assemble.mp3 import write_book_mp3, write_mp3
from pipeline.assemble.names import file_name, single_line
from pipeline.assemble.opus import write_opus
from pipeline.assemble.sidecars import audiobookshelf_metadata, playlist
from pipeline.assemble.tags import ChapterTags, Credits, folder_of
from pipeline.assemble.targets import Target
from pipeline.assemble.tracks import EncodedChapter
from pipeline.assemble.wav import write_wav
from pipeline.atomic import write_atomic
from pipeline.book import Image
from pipeline.recording import PIPELINE_FORMAT, Mark, marks_of

SAMPLE_NAME = "Retail Sample"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was delivered: audio files in order, the other files, the marks of the book."""

    folder: Path
    audio: tuple[Path, ...]
    marks: tuple[Mark, ...]

    @property
    def places(self) -> list[tuple[Path, float]]:
        """For every mark the file that has it and the seconds before it: of the book's one file, else of its own."""
        whole = next((path for path in self.audio if path.suffix == ".m4b"), None)
        chapters = [path for path in self.audio if path.stem != SAMPLE_NAME and path.suffix == self.audio[0].suffix]
        if whole is None and len(chapters) == len(self.marks) > 1:
            return [(path, 0.0) for path in chapters]
        return [(whole or self.audio[0], mark.start_frame / PIPELINE_FORMAT.rate) for mark in self.marks]


@dataclass(frozen=True, slots=True)
class Missed:
    """A rule of the target that a chapter does not keep in one of its encodings."""

    chapter: str
    codec: Codec
    row: Row


def missed_rules(chapters: Sequence[EncodedChapter], target: Target) -> list[Missed]:
    """What `run-pipeline check` would find in the delivery, by what was measured when its chapters were encoded.

    An encoding the target has no use for need only not peak too high and be as loud; a short chapter is held to the
    loudness of the book instead of the target's.
    """
    return [
        Missed(chapter.track.title, codec, row)
        for chapter in chapters
        for codec, proof in chapter.proofs.items()
        for row in failed_rules(check_measured(proof.facts, proof.measured, target))
        if not (chapter.is_short and row.rule == "loudness")
        and (codec in (target.codecs or CODECS) or row.rule in ("loudness", "true peak"))
    ]


def deliver(
    out: Path,
    chapters: Sequence[EncodedChapter],
    *,
    credits: Credits,
    cover: Image | None,
    settings: DeliverySettings,
    sample: EncodedChapter | None = None,
) -> Delivery:
    """Write the book's files, and the retail sample where there is one.

    Raises `ValueError` for a cover that is no image, before anything is written.
    """
    book = _Book(folder_of(out, credits), chapters, credits, cover_of(cover) if cover else None, settings)
    audio = [path for format in sorted(set(settings.formats), key=_ORDER.index) for path in book.write(format)]
    if sample is not None:
        audio.append(book.write_sample(sample))
    if book.cover:
        write_atomic(book.folder / "cover.jpg", book.cover.original)
    metadata = audiobookshelf_metadata(credits, book.marks)
    write_atomic(book.folder / "metadata.json", json.dumps(metadata, ensure_ascii=False, indent=1) + "\n")
    return Delivery(book.folder, tuple(audio), book.marks)


_ORDER: tuple[Format, ...] = ("m4b", "mp3", "opus", "flac", "wav")

_WRITE_BOOK: dict[Format, Callable[..., None]] = {"m4b": write_m4b, "mp3": write_book_mp3, "opus": write_opus}
_WRITE_CHAPTER: dict[Format, Callable[..., None]] = {"mp3": write_mp3, "flac": write_flac, "wav": write_wav}


class _Book:
    """A book's encoded chapters with all that is written beside their sound."""

    def __init__(
        self,
        folder: Path,
        chapters: Sequence[EncodedChapter],
        credits: Credits,
        cover: Cover | None,
        settings: DeliverySettings,
    ) -> None:
        self.folder = folder
        self.cover = cover
        self.marks = tuple(
            replace(mark, title=single_line(mark.title) or str(number))
            for number, mark in enumerate(marks_of(tuple(chapter.track for chapter in chapters)), start=1)
        )
        self._chapters = chapters
        self._credits = credits
        self._settings = settings
        self._embedded = cover.embedded if cover else None
        self._name = file_name(credits.title)

    def write(self, format: Format) -> list[Path]:
        """The files of one format, in order."""
        if format in ("flac", "wav") or (format == "mp3" and self._settings.mp3 == "chapters"):
            return self._chapter_files(format)
        path = self.folder / f"{self._name}.{format}"
        encoding = self._settings.encoding(format)
        files = [chapter.files[encoding.codec] for chapter in self._chapters]
        write = _WRITE_BOOK[format]
        write(path, files, self.marks, credits=self._credits, cover=self._embedded, encoding=encoding)
        return [path]

    def write_sample(self, sample: EncodedChapter) -> Path:
        """The retail sample, in the first format that is one file a chapter."""
        format = next((each for each in self._settings.formats if each in _WRITE_CHAPTER), None)
        assert format is not None, "a target with a sample is one of chapter files"
        path = self.folder / f"{SAMPLE_NAME}.{format}"
        tags = ChapterTags(f"{self._credits.title} – {SAMPLE_NAME}", 1, 1, self._credits)
        _WRITE_CHAPTER[format](path, self._encoded(sample, format), tags, cover=self._embedded)
        return path

    def _chapter_files(self, format: Format) -> list[Path]:
        count = len(self._chapters)
        width = max(3, len(str(count)))
        paths = []
        for number, (chapter, mark) in enumerate(zip(self._chapters, self.marks, strict=True), start=1):
            path = self.folder / f"{number:0{width}} - {file_name(mark.title)}.{format}"
            tags = ChapterTags(mark.title, number, count, self._credits)
            _WRITE_CHAPTER[format](path, self._encoded(chapter, format), tags, cover=self._embedded)
            paths.append(path)
        write_atomic(self._playlist_path(format), playlist(paths, self.marks, self._credits))
        return paths

    def _encoded(self, chapter: EncodedChapter, format: Format) -> Path:
        return chapter.files[self._settings.encoding(format).codec]

    def _playlist_path(self, format: Format) -> Path:
        """Named after the book; after the format too where there are several to choose from."""
        several = len(_WRITE_CHAPTER.keys() & set(self._settings.formats)) > 1
        return self.folder / (f"{self._name} ({format}).m3u8" if several else f"{self._name}.m3u8")
