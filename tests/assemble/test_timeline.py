"""The timeline is arithmetic: it holds for any takes, boundaries and settings."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.assemble.timeline import PACKET_FRAMES, Part, SoundSettings, padded, place, seam_after
from pipeline.recording import Boundary, Track, marks_of
from tests.assemble.sounds import sound

PAUSES = [
    "pause_sentence_ms",
    "pause_verse_ms",
    "pause_paragraph_ms",
    "pause_heading_ms",
    "pause_scene_ms",
    "pause_chapter_ms",
]

settings = st.builds(
    lambda pauses, scale, head, seam: sound(**pauses, pause_scale=scale, head_ms=head, seam_ms=seam),
    st.fixed_dictionaries({name: st.integers(100, 5_000) for name in PAUSES}),
    st.floats(0, 10),
    st.integers(100, 3_000),
    st.integers(0, 50),
)


@st.composite
def parts_of_chapters(draw: st.DrawFn) -> list[Part]:
    inside = st.sampled_from([boundary for boundary in Boundary if boundary is not Boundary.CHAPTER])
    frames = draw(st.lists(st.integers(1, 100_000), min_size=1, max_size=12))
    after = [*(draw(inside) for _ in frames[1:]), Boundary.CHAPTER]
    return [
        Part(number, f"key{number}", draw(st.integers(0, 50)), count, boundary)
        for number, (count, boundary) in enumerate(zip(frames, after, strict=True), start=1)
    ]


@given(parts_of_chapters(), settings)
def test_clips_stand_in_order_with_the_pauses_that_are_set(parts: list[Part], settings: SoundSettings) -> None:
    track = place(1, "One", parts, settings)
    assert track.clips[0].start_frame == settings.head_frames
    for part, (clip, following) in zip(parts, pairwise(track.clips), strict=False):
        pause = settings.pause_frames(part.after)
        assert following.start_frame == clip.end_frame + pause - following.seam_frames
        assert following.start_frame > clip.start_frame or clip.frames == 1


@given(parts_of_chapters(), settings)
def test_every_part_becomes_one_clip_of_its_own_length(parts: list[Part], settings: SoundSettings) -> None:
    track = place(1, "One", parts, settings)
    placed = [(clip.chunk, clip.key, clip.offset, clip.frames) for clip in track.clips]
    assert placed == [(part.chunk, part.key, part.offset, part.frames) for part in parts]


@given(parts_of_chapters(), settings)
def test_a_seam_is_never_longer_than_half_the_shorter_clip(parts: list[Part], settings: SoundSettings) -> None:
    track = place(1, "One", parts, settings)
    for (part, following), clip in zip(pairwise(parts), track.clips[1:], strict=True):
        assert clip.seam_frames == seam_after(part, following, settings)
        assert 2 * clip.seam_frames <= min(part.frames, following.frames)
        assert clip.seam_frames <= settings.seam_frames
        assert part.after is Boundary.SEAM or clip.seam_frames == 0


@given(parts_of_chapters(), settings)
def test_a_track_is_whole_packets_and_ends_with_its_pause(parts: list[Part], settings: SoundSettings) -> None:
    track = place(1, "One", parts, settings)
    end = track.clips[-1].end_frame + settings.pause_frames(Boundary.CHAPTER)
    assert track.frames % PACKET_FRAMES == 0
    assert 0 <= track.frames - end < PACKET_FRAMES


@given(st.integers(0, 10**9))
def test_padding_adds_less_than_a_packet_and_only_once(frames: int) -> None:
    assert padded(frames) % PACKET_FRAMES == 0
    assert 0 <= padded(frames) - frames < PACKET_FRAMES
    assert padded(padded(frames)) == padded(frames)


@given(st.lists(st.tuples(st.text(), st.integers(1, 1_000).map(lambda n: n * PACKET_FRAMES)), min_size=1))
def test_marks_tile_the_book(chapters: list[tuple[str, int]]) -> None:
    marks = marks_of(tuple(Track(number, title, frames) for number, (title, frames) in enumerate(chapters)))
    assert marks[0].start_frame == 0
    assert marks[-1].end_frame == sum(frames for _, frames in chapters)
    assert all(mark.end_frame == following.start_frame for mark, following in pairwise(marks))
    assert [mark.title for mark in marks] == [title for title, _ in chapters]


def test_pauses_grow_with_the_scale_and_vanish_with_it() -> None:
    once, twice, never = sound(), sound(pause_scale=2.0), sound(pause_scale=0.0)
    for boundary in Boundary:
        assert twice.pause_frames(boundary) == 2 * once.pause_frames(boundary)
        assert never.pause_frames(boundary) == 0
    assert once.pause_frames(Boundary.PARAGRAPH) == 750 * 24
    assert once.pause_frames(Boundary.SEAM) == 0
