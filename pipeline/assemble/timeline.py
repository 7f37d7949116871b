"""Where each take stands in its chapter: pure arithmetic in frames, nothing rounds here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from pipeline.assemble.order import Spoken
from pipeline.assemble.targets import Target, Window
from pipeline.recording import PIPELINE_FORMAT, Boundary, Clip, Track

_EDGE_MARGIN_MS = 150
"""How far inside a target's window the ends of a file are kept: where silence ends is the checker's opinion."""


class SoundSettings(BaseModel):
    """The `[sound]` section. Pauses in milliseconds by what stands between two chunks, all times `pause_scale`.

    `head_ms` and `pause_chapter_ms` are the silence a chapter begins and ends with, `fade_ms` the fade at each edge of
    a clip, `seam_ms` the crossfade where a chunk was cut inside a sentence, `keep_silence_ms` what a take keeps of its
    own silence at each end; silence is what lies more than `silence_db` under the take's own peak. Takes that differ
    from their chapter by more than `match_db` are brought to it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pause_scale: float = Field(ge=0, le=10)
    pause_turn_ms: int = Field(ge=0, le=30_000)
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
    match_db: float = Field(ge=0, le=20)

    def pauses(self, target: Target) -> "Pauses":
        """The silences of a chapter, its ends as long as the target wants them where it says so."""
        after_ms: Mapping[Boundary, float] = {
            Boundary.SEAM: 0,
            Boundary.TURN: self.pause_scale * self.pause_turn_ms,
            Boundary.SENTENCE: self.pause_scale * self.pause_sentence_ms,
            Boundary.VERSE: self.pause_scale * self.pause_verse_ms,
            Boundary.PARAGRAPH: self.pause_scale * self.pause_paragraph_ms,
            Boundary.HEADING: self.pause_scale * self.pause_heading_ms,
            Boundary.SCENE: self.pause_scale * self.pause_scene_ms,
            Boundary.CHAPTER: _inside(self.pause_scale * self.pause_chapter_ms, target.tail_ms),
            Boundary.PART: _inside(self.pause_scale * self.pause_part_ms, target.tail_ms),
        }
        return Pauses(
            head=PIPELINE_FORMAT.frames_of_ms(_inside(self.head_ms, target.head_ms)),
            seam=PIPELINE_FORMAT.frames_of_ms(self.seam_ms),
            after={boundary: PIPELINE_FORMAT.frames_of_ms(ms) for boundary, ms in after_ms.items()},
            longest_head=_longest(target.head_ms),
            longest_tail=_longest(target.tail_ms),
        )


def _inside(ms: float, window: Window | None) -> float:
    if window is None:
        return ms
    lowest, highest = window
    return max(lowest + _EDGE_MARGIN_MS, min(highest - _EDGE_MARGIN_MS, ms))


def _longest(window: Window | None) -> int | None:
    return None if window is None else PIPELINE_FORMAT.frames_of_ms(window[1] - _EDGE_MARGIN_MS)


@dataclass(frozen=True, slots=True)
class Pauses:
    """Silences of a chapter in frames: at its beginning and after a clip, by what follows; and the longest seam.

    `longest_head` and `longest_tail` are what a file may begin and end with whatever is asked for; None: no limit.
    """

    head: int
    seam: int
    after: Mapping[Boundary, int]
    longest_head: int | None = None
    longest_tail: int | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """What of a take goes into its chapter: `frames` from `offset` on.

    `lead` and `tail` of them are silence of the take's own, which counts towards the pauses around it. `dc` is the
    take's mean, in steps of 16 bits; `gaps` are its inner silences, counted from `offset`.
    """

    offset: int
    frames: int
    lead: int = 0
    tail: int = 0
    dc: int = 0
    gaps: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A take as it goes into a chapter, and what follows it.

    `before_frames` and `after_frames` of silence are asked for beside the usual pauses.
    """

    chunk: int
    key: str
    cut: Cut
    after: Boundary
    before_frames: int = 0
    after_frames: int = 0


_ENDS = (Boundary.CHAPTER, Boundary.PART)


def part_of(spoken: Spoken, cut: Cut) -> Part:
    before, after = map(PIPELINE_FORMAT.frames_of_ms, spoken.silences_ms)
    return Part(spoken.chunk, spoken.take.key, cut, spoken.after, before, after)


def is_seamless(part: Part, following: Part | None) -> bool:
    """Whether the sentence goes on in the next clip, and nobody asked for silence there."""
    is_cut = following is not None and part.after is Boundary.SEAM
    return is_cut and not _asked_after(part, following)


def seam_after(part: Part, following: Part | None, pauses: Pauses) -> int:
    """Frames by which two clips overlap where a sentence was cut: never more than half the shorter clip; else 0."""
    if following is None or not is_seamless(part, following):
        return 0
    return min(pauses.seam, part.cut.frames // 2, following.cut.frames // 2)


def silence_before(first: Part, pauses: Pauses) -> int:
    """Frames of silence put in at the beginning of a chapter."""
    return max(0, _at_most(pauses.head + first.before_frames, pauses.longest_head) - first.cut.lead)


def pause_after(part: Part, following: Part | None, pauses: Pauses) -> int:
    """Frames from a take's last sound to the next one's first, as they are wanted."""
    wanted = pauses.after[part.after] + _asked_after(part, following)
    return _at_most(wanted, pauses.longest_tail) if part.after in _ENDS else wanted


def silence_after(part: Part, following: Part | None, pauses: Pauses) -> int:
    """Frames of silence put in behind a part: what its pause lacks of the silence the two takes bring of their own."""
    own = part.cut.tail + (following.cut.lead if following else 0)
    return max(0, pause_after(part, following, pauses) - own)


def _asked_after(part: Part, following: Part | None) -> int:
    return part.after_frames + (following.before_frames if following else 0)


def _at_most(frames: int, longest: int | None) -> int:
    return frames if longest is None else min(frames, longest)


def place(chapter: int, title: str, parts: Sequence[Part], pauses: Pauses, *, packet_frames: int) -> Track:
    """The chapter's timeline: head, clips with their pauses and seams, final pause, padded to whole packets."""
    clips: list[Clip] = []
    position, seam = silence_before(parts[0], pauses), 0
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        cut = part.cut
        clips.append(Clip(part.chunk, part.key, cut.offset, position - seam, cut.frames, seam, cut.gaps))
        position = clips[-1].end_frame + silence_after(part, following, pauses)
        seam = seam_after(part, following, pauses)
    return Track(chapter, title, padded(position, packet_frames), tuple(clips))


def padded(frames: int, packet_frames: int) -> int:
    """The next whole number of packets."""
    return -(-frames // packet_frames) * packet_frames
