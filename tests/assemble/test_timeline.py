"""The timeline is arithmetic: it holds for any takes, boundaries and settings."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.assemble.targets import targets
from pipeline.assemble.timeline import Cut, Part, Pauses, SoundSettings, padded, place, seam_after, silence_after
from pipeline.recording import Boundary, Track, marks_of
from tests.assemble.sounds import pauses_of, sound

PACKET = 1_024
PAUSES = [
    f"pause_{name}_ms" for name in ("turn", "sentence", "verse", "paragraph", "heading", "scene", "chapter", "part")
]
ENDS = {Boundary.CHAPTER, Boundary.PART}

pauses = st.builds(
    lambda pauses, scale, head, seam: pauses_of(sound(**pauses, pause_scale=scale, head_ms=head, seam_ms=seam)),
    st.fixed_dictionaries({name: st.integers(100, 5_000) for name in PAUSES}),
    st.floats(0, 10),
    st.integers(100, 3_000),
    st.integers(0, 50),
)


@st.composite
def cuts(draw: st.DrawFn) -> Cut:
    lead, tail, sounding = draw(st.integers(0, 2_000)), draw(st.integers(0, 2_000)), draw(st.integers(1, 100_000))
    return Cut(draw(st.integers(0, 50)), lead + sounding + tail, lead=lead, tail=tail)


@st.composite
def parts_of_chapters(draw: st.DrawFn) -> list[Part]:
    inside = st.sampled_from([boundary for boundary in Boundary if boundary not in ENDS])
    takes = draw(st.lists(cuts(), min_size=1, max_size=12))
    after = [*(draw(inside) for _ in takes[1:]), draw(st.sampled_from(sorted(ENDS)))]
    asked = st.tuples(*[st.sampled_from([0, 0, 0, 6_000, 24_000])] * 2)
    return [
        Part(number, f"key{number}", cut, boundary, *draw(asked))
        for number, (cut, boundary) in enumerate(zip(takes, after, strict=True), start=1)
    ]


def placed(parts: list[Part], pauses: Pauses, *, packet: int = PACKET) -> Track:
    return place(1, "One", parts, pauses, packet_frames=packet)


@given(parts_of_chapters(), pauses)
def test_clips_stand_in_order_with_the_pauses_that_are_set(parts: list[Part], pauses: Pauses) -> None:
    """From sound to sound: what a take brings of its own silence is part of the pause, not added to it."""
    track = placed(parts, pauses)
    first = parts[0].cut
    assert track.clips[0].start_frame + first.lead == max(pauses.head + parts[0].before_frames, first.lead)
    for (part, after), (clip, following) in zip(pairwise(parts), pairwise(track.clips), strict=True):
        own = part.cut.tail + after.cut.lead
        sound_ends, sound_begins = clip.end_frame - part.cut.tail, following.start_frame + after.cut.lead
        wanted = pauses.after[part.after] + part.after_frames + after.before_frames
        assert sound_begins - sound_ends == max(wanted, own) - following.seam_frames


@given(parts_of_chapters(), pauses)
def test_every_part_becomes_one_clip_of_its_own_length(parts: list[Part], pauses: Pauses) -> None:
    placed_clips = [(clip.chunk, clip.key, clip.offset, clip.frames) for clip in placed(parts, pauses).clips]
    assert placed_clips == [(part.chunk, part.key, part.cut.offset, part.cut.frames) for part in parts]


@given(parts_of_chapters(), pauses)
def test_a_seam_is_never_longer_than_half_the_shorter_clip(parts: list[Part], pauses: Pauses) -> None:
    track = placed(parts, pauses)
    for (part, following), clip in zip(pairwise(parts), track.clips[1:], strict=True):
        assert clip.seam_frames == seam_after(part, following, pauses)
        assert 2 * clip.seam_frames <= min(part.cut.frames, following.cut.frames)
        assert clip.seam_frames <= pauses.seam
        assert part.after is Boundary.SEAM or clip.seam_frames == 0


@given(parts_of_chapters(), pauses, st.sampled_from([1_024, 9_216, 46_080]))
def test_a_track_is_whole_packets_and_ends_with_its_pause(parts: list[Part], pauses: Pauses, packet: int) -> None:
    track = placed(parts, pauses, packet=packet)
    end = track.clips[-1].end_frame + silence_after(parts[-1], None, pauses)
    assert track.frames % packet == 0
    assert 0 <= track.frames - end < packet


@given(st.integers(0, 10**9))
def test_padding_adds_less_than_a_packet_and_only_once(frames: int) -> None:
    assert padded(frames, PACKET) % PACKET == 0
    assert 0 <= padded(frames, PACKET) - frames < PACKET
    assert padded(padded(frames, PACKET), PACKET) == padded(frames, PACKET)


@given(st.lists(st.tuples(st.text(), st.integers(1, 1_000).map(lambda n: n * PACKET)), min_size=1))
def test_marks_tile_the_book(chapters: list[tuple[str, int]]) -> None:
    marks = marks_of(tuple(Track(number, title, frames) for number, (title, frames) in enumerate(chapters)))
    assert marks[0].start_frame == 0
    assert marks[-1].end_frame == sum(frames for _, frames in chapters)
    assert all(mark.end_frame == following.start_frame for mark, following in pairwise(marks))
    assert [mark.title for mark in marks] == [title for title, _ in chapters]


def test_pauses_grow_with_the_scale_and_vanish_with_it() -> None:
    once, twice, never = (pauses_of(sound(pause_scale=scale)) for scale in (1.0, 2.0, 0.0))
    for boundary in Boundary:
        assert twice.after[boundary] == 2 * once.after[boundary]
        assert never.after[boundary] == 0
    assert once.after[Boundary.PARAGRAPH] == 750 * 24
    assert once.after[Boundary.SEAM] == 0
    assert once.after[Boundary.PART] > once.after[Boundary.CHAPTER]


def test_the_ends_of_a_file_are_as_long_as_its_target_wants_them() -> None:
    """Inside its windows even with a margin, whatever is set; and as set where it wants nothing."""

    def ends(settings: SoundSettings, target: str) -> list[int]:
        pauses = settings.pauses(targets()[target])
        return [pauses.head // 24, pauses.after[Boundary.CHAPTER] // 24, pauses.after[Boundary.PART] // 24]

    short, long = sound(head_ms=100, pause_chapter_ms=100), sound(head_ms=9_000, pause_part_ms=9_000, pause_scale=3.0)
    assert ends(short, "personal") == [100, 100, 4_000]
    assert ends(short, "acx") == [650, 1_150, 4_000]
    assert ends(long, "acx") == [850, 4_850, 4_850]


def test_where_silence_is_asked_for_no_seam_blends_the_clips() -> None:
    cut, of = Cut(0, 24_000), pauses_of(sound(seam_ms=40))
    left, right = Part(1, "a", cut, Boundary.SEAM), Part(2, "b", cut, Boundary.CHAPTER)
    waiting = replace(right, before_frames=24_000)
    assert (seam_after(left, right, of), silence_after(left, right, of)) == (40 * 24, 0)
    assert (seam_after(left, waiting, of), silence_after(left, waiting, of)) == (0, 24_000)


def test_a_file_for_a_store_begins_and_ends_as_the_store_wants_whatever_is_asked_for() -> None:
    """ACX takes a second at the beginning and five at the end at most."""
    part = Part(1, "a", Cut(0, 24_000), Boundary.CHAPTER, 240_000, 240_000)
    track = place(1, "One", [part], sound().pauses(targets()["acx"]), packet_frames=1)
    assert 0.5 * 24_000 < track.clips[0].start_frame < 1.0 * 24_000
    assert 1.0 * 24_000 < track.frames - track.clips[0].end_frame < 5.0 * 24_000
    assert placed([part], pauses_of(sound()), packet=1).clips[0].start_frame > 240_000
