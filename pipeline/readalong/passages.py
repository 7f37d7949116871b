"""The sentences of a chapter as they fill it: each lasts until the next begins, whatever silence lies between. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.readalong.edition import Edition
from pipeline.times import ChapterTimeline, SentenceTime


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence and when it is said, in milliseconds from the beginning of its chapter."""

    sentence: SentenceTime
    start_ms: int
    end_ms: int


def passages_of(edition: Edition, chapter: ChapterTimeline) -> Iterator[Passage]:
    """They tile the chapter: the first has its head, the last its final pause. What has no millisecond is left out."""
    sentences = [sentence for clip in chapter.clips for sentence in clip.sentences]
    starts = [edition.ms_of(sentence.start_frame - chapter.start_frame) for sentence in sentences]
    end_ms = edition.ms_of(chapter.end_frame - chapter.start_frame)
    passed = 0
    for sentence, following in zip(sentences, [*starts[1:], end_ms], strict=True):
        if following > passed:
            yield Passage(sentence, passed, following)
            passed = following
