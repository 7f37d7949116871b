"""A real book read in no time: its timeline is arithmetic, its sound silence of the right length."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pipeline.assemble.encode import encode_track, packets
from pipeline.assemble.formats import Encoding
from pipeline.book import Book
from pipeline.config import settings_of
from pipeline.readalong.edition import ChapterSound, Edition
from pipeline.recording import PIPELINE_FORMAT
from pipeline.script import Chunk, Limits, script_of
from pipeline.script.sentences import sentence_spans
from pipeline.times import ChapterTimeline, ClipTime, SentenceTime, Timeline

_FRAMES_PER_CHAR = PIPELINE_FORMAT.frames_of_ms(2)
_PACKET_FRAMES = 576  # of MP3 at 24 kHz
_HEAD_FRAMES, _PAUSE_FRAMES = PIPELINE_FORMAT.frames_of_ms(50), PIPELINE_FORMAT.frames_of_ms(25)


def made_up(book: Book) -> Edition:
    """The book as it would be read at 500 characters a second."""
    settings = settings_of([])
    language = book.metadata.language or "en"
    script = script_of(book, settings.script, Limits(settings.script.max_chars), language=language)
    chapters: list[ChapterTimeline] = []
    position = 0
    for chapter in script.chapters:
        start, clips = position, []
        position += _HEAD_FRAMES
        for number, chunk in enumerate(chapter.chunks, start=1):
            blocks = book.chapters[chapter.number - 1].blocks
            sentences = list(_sentences(chunk, position, language, [block.anchor.file for block in blocks]))
            end = sentences[-1].end_frame
            clips.append(ClipTime(chunk=number, key="", start_frame=position, end_frame=end, sentences=sentences))
            position = end + _PAUSE_FRAMES
        chapters.append(
            ChapterTimeline(
                number=chapter.number, title=chapter.title, start_frame=start, end_frame=position, clips=clips
            )
        )
    return Edition(book.metadata, "A Voice", Timeline(rate=PIPELINE_FORMAT.rate, frames=position, chapters=chapters))


def _sentences(chunk: Chunk, position: int, language: str, files: list[str]) -> Iterator[SentenceTime]:
    for line in chunk.lines:
        for start, end in sentence_spans(line.text, language=language):
            stop = position + _FRAMES_PER_CHAR * (end - start)
            yield SentenceTime(
                text=line.text[start:end],
                file=files[line.block],
                element="",
                block=line.block,
                start=line.start + start,
                end=line.start + end,
                start_frame=position,
                end_frame=stop,
            )
            position = stop


def silent_sounds(edition: Edition, folder: Path) -> list[ChapterSound]:
    """An MP3 of silence for each chapter, as long as that: one encoded packet, many times."""
    packet = _silent_packet(folder / "silence.mp3")
    sounds = []
    for number, chapter in enumerate(edition.timeline.chapters, start=1):
        path = folder / f"{number:03}.mp3"
        path.write_bytes(packet * -(-(chapter.end_frame - chapter.start_frame) // _PACKET_FRAMES))
        sounds.append(ChapterSound(path, path.name))
    return sounds


def _silent_packet(path: Path) -> bytes:
    encode_track([np.zeros(10 * _PACKET_FRAMES, dtype=np.float32)], {Encoding("mp3", 32_000): path})
    return list(packets(path))[5]
