"""What is asked of the mixer: a chapter whose takes are all there."""

from dataclasses import dataclass

from pipeline.recording import Boundary, Take


@dataclass(frozen=True, slots=True)
class Spoken:
    """A chunk's take and what follows it in the book."""

    chunk: int
    take: Take
    after: Boundary


@dataclass(frozen=True, slots=True)
class ChapterOrder:
    """A chapter whose takes are all there."""

    number: int
    title: str
    spoken: tuple[Spoken, ...]
