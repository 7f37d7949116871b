"""Lyrics (LRC), which music players show line by line. There is no standard; this is what all of them read."""

from collections.abc import Iterator, Sequence

from pipeline.book import single_spaced
from pipeline.readalong.edition import Edition
from pipeline.times import ChapterTimeline


def lyrics(edition: Edition, chapters: Sequence[ChapterTimeline], *, title: str) -> str:
    """A sentence a line, for a sound file called `title` that holds `chapters`. Minutes may exceed 59."""
    return "\n".join([*_head(edition, chapters, title), *_lines(edition, chapters)]) + "\n"


def _head(edition: Edition, chapters: Sequence[ChapterTimeline], title: str) -> Iterator[str]:
    minutes, seconds = divmod(edition.ms_of(chapters[-1].end_frame - chapters[0].start_frame) // 1000, 60)
    tags = {"ti": title, "ar": edition.author, "al": edition.title, "length": f"{minutes:02}:{seconds:02}"}
    for name, value in tags.items():
        yield f"[{name}:{single_spaced(value)}]"


def _lines(edition: Edition, chapters: Sequence[ChapterTimeline]) -> Iterator[str]:
    for chapter in chapters:
        for clip in chapter.clips:
            for sentence in clip.sentences:
                hundredths = edition.ms_of(sentence.start_frame - chapters[0].start_frame) // 10
                minutes, rest = divmod(hundredths, 6_000)
                yield f"[{minutes:02}:{rest // 100:02}.{rest % 100:02}]{sentence.text}"
