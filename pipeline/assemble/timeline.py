"""Where each take stands in its chapter: pure arithmetic in frames, nothing rounds here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from pipeline.recording import PIPELINE_FORMAT, Boundary, Clip, Track

PACKET_FRAMES = 1_024
"""A chapter is a whole number of AAC packets long, so that encoded chapters join without a gap or a shift."""


class SoundSettings(BaseModel):
    """The `[sound]` section. Pauses in milliseconds by what stands between two chunks, all times `pause_scale`.

    `head_ms` and `pause_chapter_ms` are the silence a chapter begins and ends with, `fade_ms` the fade at each edge of
    a clip, `seam_ms` the crossfade where a chunk was cut inside a sentence, `keep_silence_ms` what a take keeps of its
    own silence at each end; silence is what lies more than `silence_db` under the take's own peak.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pause_scale: float = Field(ge=0, le=10)
    pause_sentence_ms: int = Field(ge=0, le=30_000)
    pause_verse_ms: int = Field(ge=0, le=30_000)
    pause_paragraph_ms: int = Field(ge=0, le=30_000)
    pause_heading_ms: int = Field(ge=0, le=30_000)
    pause_scene_ms: int = Field(ge=0, le=30_000)
    pause_chapter_ms: int = Field(ge=100, le=30_000)
    pause_part_ms: int = Field(ge=100, le=30_000)
    head_ms: int = Field(ge=100, le=30_000)
    fade_ms: int = Field(ge=0, le=50)
    seam_ms: int = Field(ge=0, le=50)
    keep_silence_ms: int = Field(ge=0, le=1_000)
    silence_db: float = Field(ge=20, le=90)

    def pause_frames(self, boundary: Boundary) -> int:
        """Silence after a clip, in frames; none at a seam."""
        if boundary is Boundary.SEAM:
            return 0
        by_boundary: Mapping[Boundary, int] = {
            Boundary.SENTENCE: self.pause_sentence_ms,
            Boundary.VERSE: self.pause_verse_ms,
            Boundary.PARAGRAPH: self.pause_paragraph_ms,
            Boundary.HEADING: self.pause_heading_ms,
            Boundary.SCENE: self.pause_scene_ms,
            Boundary.CHAPTER: self.pause_chapter_ms,
            Boundary.PART: self.pause_part_ms,
        }
        return PIPELINE_FORMAT.frames_of_ms(by_boundary[boundary] * self.pause_scale)

    @property
    def head_frames(self) -> int:
        return PIPELINE_FORMAT.frames_of_ms(self.head_ms)

    @property
    def seam_frames(self) -> int:
        return PIPELINE_FORMAT.frames_of_ms(self.seam_ms)


@dataclass(frozen=True, slots=True)
class Part:
    """A take as it goes into a chapter: the frames of it that sound, and what follows it."""

    chunk: int
    key: str
    offset: int
    frames: int
    after: Boundary


def seam_after(part: Part, following: Part, sound: SoundSettings) -> int:
    """Frames by which two clips overlap where a sentence was cut: never more than half the shorter clip; else 0."""
    if part.after is not Boundary.SEAM:
        return 0
    return min(sound.seam_frames, part.frames // 2, following.frames // 2)


def place(chapter: int, title: str, parts: Sequence[Part], sound: SoundSettings) -> Track:
    """The chapter's timeline: head, clips with their pauses and seams, final pause, padded to whole packets."""
    clips: list[Clip] = []
    position, seam = sound.head_frames, 0
    for i, part in enumerate(parts):
        clips.append(Clip(part.chunk, part.key, part.offset, position - seam, part.frames, seam))
        position = clips[-1].end_frame + sound.pause_frames(part.after)
        seam = seam_after(part, parts[i + 1], sound) if i + 1 < len(parts) else 0
    return Track(chapter, title, padded(position), tuple(clips))


def padded(frames: int) -> int:
    """The next whole number of packets."""
    return -(-frames // PACKET_FRAMES) * PACKET_FRAMES
