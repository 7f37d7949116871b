"""A chapter's sound as a stream: one clip in memory at a time, silence by the frame."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.assemble.clips import crossfaded, faded, sounding_part
from pipeline.assemble.timeline import Part, SoundSettings, place, seam_after
from pipeline.recording import Boundary, Samples, Take, Track


@dataclass(frozen=True, slots=True)
class Spoken:
    """A chunk's take and what follows it in the book."""

    chunk: int
    take: Take
    after: Boundary


class ChapterMix:
    """Mixes one chapter. Iterate once; `track` is known when the last piece is out.

    `samples(take)` reads a take's PCM and raises if it does not verify.
    """

    def __init__(
        self,
        number: int,
        title: str,
        spoken: Sequence[Spoken],
        *,
        sound: SoundSettings,
        samples: Callable[[Take], Samples],
    ) -> None:
        self._number = number
        self._title = title
        self._spoken = spoken
        self._sound = sound
        self._samples = samples
        self._parts: list[Part] = []

    @property
    def track(self) -> Track:
        return place(self._number, self._title, self._parts, self._sound)

    def __iter__(self) -> Iterator[Samples]:
        """The chapter from its first frame of silence to the padding of its last packet."""
        sent = self._sound.head_frames
        yield _silence(sent)
        held = np.zeros(0, dtype=np.int16)
        for clip, following in self._clips_with_next():
            part = self._parts[len(self._parts) - (2 if following else 1)]
            seam = seam_after(part, self._parts[-1], self._sound) if following else 0
            head, body = clip[: len(held)], clip[len(held) : len(clip) - seam]
            pause = _silence(self._sound.pause_frames(part.after))
            for piece in (crossfaded(held, head), body, pause):
                sent += len(piece)
                yield piece
            held = clip[len(clip) - seam :]
        yield _silence(self.track.frames - sent)

    def _clips_with_next(self) -> Iterator[tuple[Samples, bool]]:
        """Each clip with whether another follows; when one does, its part is known already."""
        waiting: Samples | None = None
        for i, spoken in enumerate(self._spoken):
            part, clip = self._part(spoken, previous=self._spoken[i - 1].after if i else Boundary.CHAPTER)
            self._parts.append(part)
            if waiting is not None:
                yield waiting, True
            waiting = clip
        if waiting is not None:
            yield waiting, False

    def _part(self, spoken: Spoken, *, previous: Boundary) -> tuple[Part, Samples]:
        samples = self._samples(spoken.take)
        offset, frames = sounding_part(samples, silence_db=self._sound.silence_db, keep_ms=self._sound.keep_silence_ms)
        part = Part(spoken.chunk, spoken.take.key, offset, frames, spoken.after)
        fade_in_ms = 0 if previous is Boundary.SEAM else self._sound.fade_ms
        fade_out_ms = 0 if spoken.after is Boundary.SEAM else self._sound.fade_ms
        return part, faded(samples[offset : offset + frames], in_ms=fade_in_ms, out_ms=fade_out_ms)


def _silence(frames: int) -> Samples:
    return np.zeros(frames, dtype=np.int16)
