"""What is asked of the mixer: a chapter whose takes are all there."""

from dataclasses import dataclass

from pipeline.recording import Boundary, Take


@dataclass(frozen=True, slots=True)
class Spoken:
    """A chunk's take and what follows it in the book.

    `silence_before_ms` and `silence_after_ms` are asked for beside the pause that is usual there. `voice` tells takes
    apart that are not equally loud by nature; `is_played`: this one was asked to be unlike the others of its voice.
    """

    chunk: int
    take: Take
    after: Boundary
    silence_before_ms: int = 0
    silence_after_ms: int = 0
    voice: str = ""
    is_played: bool = False

    @property
    def silences_ms(self) -> tuple[int, int]:
        return self.silence_before_ms, self.silence_after_ms


@dataclass(frozen=True, slots=True)
class ChapterOrder:
    """A chapter whose takes are all there."""

    number: int
    title: str
    spoken: tuple[Spoken, ...]
