"""Sound as data: what a take is, where it stands in a chapter, where the chapters begin."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:  # a plan speaks of takes too, and must not wait for numpy
    import numpy as np
    from numpy.typing import NDArray

Samples: TypeAlias = "NDArray[np.int16]"
"""Mono frames of `PIPELINE_FORMAT`, as takes are kept."""

Sound: TypeAlias = "NDArray[np.float32]"
"""Mono frames of the same rate, full scale ±1: what a chapter is mixed and mastered in, and encoded from."""


class Boundary(StrEnum):
    """What stands between a chunk and the next one; it decides the pause. A seam is a cut inside a
    sentence, a turn a change of voice.
    """

    SEAM = "seam"
    TURN = "turn"
    SENTENCE = "sentence"
    VERSE = "verse"
    PARAGRAPH = "paragraph"
    HEADING = "heading"
    SCENE = "scene"
    CHAPTER = "chapter"
    PART = "part"


@dataclass(frozen=True, slots=True)
class PcmFormat:
    """Raw signed 16-bit little-endian PCM. One frame is one sample per channel."""

    rate: int = 24_000
    channels: int = 1

    def __post_init__(self) -> None:
        if self.rate <= 0 or self.channels <= 0:
            raise ValueError(f"not a PCM format: {self.rate} Hz, {self.channels} channels")

    @property
    def frame_bytes(self) -> int:
        return 2 * self.channels

    def frames_of_ms(self, ms: float) -> int:
        """Whole frames in `ms` milliseconds, rounded half up: silence is counted in frames before it is bytes."""
        return int(self.rate * ms / 1000 + 0.5)

    def seconds_of(self, frames: int) -> float:
        return frames / self.rate


PIPELINE_FORMAT = PcmFormat()
"""Every take is kept as 24 kHz mono: what Gemini TTS sends, and a rate that keeps books of 24 h under 2³¹ frames."""


@dataclass(frozen=True, slots=True)
class Take:
    """One accepted rendering of a chunk. `key` names the request, `digest` (SHA-256) the PCM that came of it.

    `is_suspect`: it may be used, and is listed; of several suspect ones that of the least `badness` is the best.
    """

    key: str
    digest: str
    frames: int
    format: PcmFormat = PIPELINE_FORMAT
    generation_id: str = ""
    cost_usd: float | None = None
    is_suspect: bool = False
    badness: float = 0.0

    @property
    def seconds(self) -> float:
        return self.format.seconds_of(self.frames)


@dataclass(frozen=True, slots=True)
class Clip:
    """A take placed in its chapter: `frames` of it from `offset` on, sounding from `start_frame` of the track.

    `seam_frames` of its beginning overlap the clip before it (a crossfade); 0 where a pause stands between them.
    `gaps` are its inner silences, as (first frame, frames) from the clip's own beginning: where sentences may end.
    """

    chunk: int
    key: str
    offset: int
    start_frame: int
    frames: int
    seam_frames: int = 0
    gaps: tuple[tuple[int, int], ...] = ()

    @property
    def end_frame(self) -> int:
        return self.start_frame + self.frames


@dataclass(frozen=True, slots=True)
class Track:
    """One chapter's timeline; `frames` includes its pauses and is a whole number of codec packets."""

    chapter: int
    title: str
    frames: int
    clips: tuple[Clip, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Mark:
    """A navigation point of the book: chapter title, first frame, frame after the last."""

    title: str
    start_frame: int
    end_frame: int


def marks_of(tracks: tuple[Track, ...]) -> tuple[Mark, ...]:
    """Marks that tile the book: each begins on the frame where the one before it ended."""
    marks: list[Mark] = []
    start = 0
    for track in tracks:
        marks.append(Mark(track.title, start, start + track.frames))
        start += track.frames
    return tuple(marks)
