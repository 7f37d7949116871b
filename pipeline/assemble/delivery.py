"""The files handed over: `OUT/Author/Title/…`, made from encoded chapters alone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.assemble.checking import Row, check_measured, failed_rules
from pipeline.assemble.cover import jpeg_of
from pipeline.assemble.formats import CODECS, Codec, DeliverySettings
from pipeline.assemble.m4b import write_m4b
from pipeline.assemble.mp3 import write_mp3
from pipeline.assemble.tags import Credits, audiobookshelf_metadata, file_name
from pipeline.assemble.targets import Target
from pipeline.assemble.tracks import EncodedChapter
from pipeline.atomic import write_atomic
from pipeline.book import Image
from pipeline.recording import Mark, marks_of


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was delivered: audio files in order, the other files, the marks of the book."""

    folder: Path
    audio: tuple[Path, ...]
    marks: tuple[Mark, ...]


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


def folder_of(out: Path, credits: Credits) -> Path:
    """`OUT/Author/Title`, the layout library servers expect."""
    return out / file_name(credits.author) / file_name(credits.title)


def deliver(
    out: Path, chapters: Sequence[EncodedChapter], *, credits: Credits, cover: Image | None, settings: DeliverySettings
) -> Delivery:
    """Write the book's files. Raises `ValueError` for a cover that is no image, before anything is written."""
    folder = folder_of(out, credits)
    jpeg = jpeg_of(cover) if cover else None
    marks = marks_of(tuple(chapter.track for chapter in chapters))
    audio: list[Path] = []
    if "m4b" in settings.formats:
        audio.append(folder / f"{file_name(credits.title)}.m4b")
        files = [chapter.files["aac"] for chapter in chapters]
        write_m4b(audio[0], files, marks, credits=credits, cover=jpeg, bit_rate=settings.aac_kbps * 1000)
    if "mp3" in settings.formats:
        audio += _mp3s(folder, chapters, credits, jpeg)
    if jpeg:
        write_atomic(folder / "cover.jpg", jpeg)
    metadata = audiobookshelf_metadata(credits, marks)
    write_atomic(folder / "metadata.json", json.dumps(metadata, ensure_ascii=False, indent=1) + "\n")
    return Delivery(folder, tuple(audio), marks)


def _mp3s(folder: Path, chapters: Sequence[EncodedChapter], credits: Credits, jpeg: bytes | None) -> list[Path]:
    paths = []
    width = max(3, len(str(len(chapters))))
    for number, chapter in enumerate(chapters, start=1):
        title = chapter.track.title
        path = folder / f"{number:0{width}} - {file_name(title)}.mp3"
        write_mp3(
            path, chapter.files["mp3"], title=title, number=number, count=len(chapters), credits=credits, cover=jpeg
        )
        paths.append(path)
    return paths
