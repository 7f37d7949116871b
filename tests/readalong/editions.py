"""A finished book without any sound: its timeline made of arithmetic, a fifth of a second a character."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.book import Metadata
from pipeline.readalong.edition import ChapterSound, Edition
from pipeline.times import ChapterTimeline, ClipTime, SentenceTime, Timeline

RATE = 24_000
HEAD_FRAMES, PAUSE_FRAMES = 12_000, 24_000
FRAMES_PER_CHAR = 4_800

ALICE = Metadata("Alice & “Co” <1>", ("Lewis Carroll",), "en-GB", identifier="urn:isbn:1", date="1865")


def chapter_of(number: int, title: str, texts: Sequence[str], start_frame: int) -> ChapterTimeline:
    """A chapter with a clip for each sentence: half a second, the clips with a second after each."""
    position = start_frame + HEAD_FRAMES
    clips = []
    for i, text in enumerate(texts):
        end = position + FRAMES_PER_CHAR * len(text)
        sentence = SentenceTime(
            text=text, file="", element="", block=i, start=0, end=len(text), start_frame=position, end_frame=end
        )
        clips.append(ClipTime(chunk=i + 1, key=f"key{i}", start_frame=position, end_frame=end, sentences=[sentence]))
        position = end + PAUSE_FRAMES
    return ChapterTimeline(number=number, title=title, start_frame=start_frame, end_frame=position, clips=clips)


def edition_of(chapters: dict[str, Sequence[str]], book: Metadata = ALICE) -> Edition:
    made: list[ChapterTimeline] = []
    for number, (title, texts) in enumerate(chapters.items(), start=1):
        made.append(chapter_of(number, title, texts, made[-1].end_frame if made else 0))
    return Edition(book, "A Voice", Timeline(rate=RATE, frames=made[-1].end_frame, chapters=made))


def sounds_of(edition: Edition, folder: Path) -> list[ChapterSound]:
    """A file of some bytes for each chapter."""
    sounds = []
    for chapter in edition.timeline.chapters:
        name = f"{chapter.number:03} - {chapter.title}.mp3"
        (folder / name).write_bytes(b"\xff\xfb" * (100 + chapter.number))
        sounds.append(ChapterSound(folder / name, name))
    return sounds
