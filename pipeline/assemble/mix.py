"""A chapter's sound as a stream: one clip in memory at a time, silence by the frame."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.assemble.clips import crossfaded, faded, without_dc
from pipeline.assemble.order import ChapterOrder
from pipeline.assemble.timeline import (
    Cut,
    Part,
    Pauses,
    is_seamless,
    part_of,
    place,
    seam_after,
    silence_after,
    silence_before,
)
from pipeline.recording import Samples, Sound, Take, Track

ReadSamples = Callable[[Take], Samples]
"""Reads a take's PCM, and raises if it does not verify."""


@dataclass(frozen=True, slots=True)
class ChapterMix:
    """Mixes one chapter: its takes as `cuts` say, each with its gain in dB, `fade_ms` at their edges.

    Iterate as often as it takes: every time the takes are read anew, and the same sound comes.
    """

    order: ChapterOrder
    cuts: Sequence[Cut]
    gains_db: Sequence[float]
    pauses: Pauses
    fade_ms: int
    packet_frames: int
    samples: ReadSamples

    @property
    def track(self) -> Track:
        """The chapter's timeline: what the mix sounds like is laid out by the same arithmetic."""
        return place(self.order.number, self.order.title, self._parts, self.pauses, packet_frames=self.packet_frames)

    @property
    def _parts(self) -> list[Part]:
        return [part_of(spoken, cut) for spoken, cut in zip(self.order.spoken, self.cuts, strict=True)]

    def __iter__(self) -> Iterator[Sound]:
        """The chapter from its first frame of silence to the padding of its last packet."""
        sent = 0
        for piece in self._pieces():
            sent += len(piece)
            yield piece
        yield _silence(self.track.frames - sent)

    def _pieces(self) -> Iterator[Sound]:
        parts = self._parts
        yield _silence(silence_before(parts[0], self.pauses))
        held = _silence(0)
        for i, (part, following) in enumerate(zip(parts, [*parts[1:], None], strict=True)):
            clip = self._clip(i, parts)
            seam = seam_after(part, following, self.pauses)
            yield crossfaded(held, clip[: len(held)])
            yield clip[len(held) : len(clip) - seam]
            yield _silence(silence_after(part, following, self.pauses))
            held = clip[len(clip) - seam :]

    def _clip(self, i: int, parts: Sequence[Part]) -> Sound:
        """A take as it sounds in the chapter: cut, centred, faded where no seam is, at its level."""
        spoken, cut = self.order.spoken[i], self.cuts[i]
        samples = self.samples(spoken.take)[cut.offset : cut.offset + cut.frames]
        begins_in_seam = i > 0 and is_seamless(parts[i - 1], parts[i])
        ends_in_seam = i + 1 < len(parts) and is_seamless(parts[i], parts[i + 1])
        fades = {"in_ms": 0 if begins_in_seam else self.fade_ms, "out_ms": 0 if ends_in_seam else self.fade_ms}
        return faded(without_dc(samples, cut.dc), **fades) * np.float32(10 ** (self.gains_db[i] / 20) / 32768)


def _silence(frames: int) -> Sound:
    return np.zeros(frames, dtype=np.float32)
