"""A chapter's stream is as long as its timeline, and each clip sounds where the timeline says."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.recording import Boundary, Samples, Take
from tests.assemble.sounds import RATE, as_samples, joined, mix_of, pauses_of, silence, sound, tone

TONES = [200.0, 500.0, 900.0, 1_400.0, 2_000.0]

takes = st.lists(
    st.tuples(st.sampled_from(TONES), st.integers(1, 30), st.sampled_from([0.0, 0.03, 0.2])), min_size=1, max_size=5
)
inside = st.sampled_from([boundary for boundary in Boundary if boundary not in (Boundary.CHAPTER, Boundary.PART)])


@settings(deadline=None)
@given(takes, st.data())
def test_what_comes_out_is_as_long_as_the_track(parts: list[tuple[float, int, float]], data: st.DataObject) -> None:
    samples = [joined(silence(lead), tone(hz, hundredths / 100), silence(0.1)) for hz, hundredths, lead in parts]
    after = [*(data.draw(inside) for _ in parts[1:]), Boundary.CHAPTER]
    mix, whole = mix_of(samples, after, sound())
    assert len(whole) == mix.track.frames
    assert [clip.chunk for clip in mix.track.clips] == list(range(1, len(parts) + 1))


@settings(deadline=None)
@given(takes, st.data())
def test_each_clip_holds_its_own_take(parts: list[tuple[float, int, float]], data: st.DataObject) -> None:
    """Away from fades and seams, the frames of the chapter are the frames of the take, bit by bit."""
    samples = [joined(silence(lead), tone(hz, hundredths / 100), silence(0.1)) for hz, hundredths, lead in parts]
    after = [*(data.draw(inside) for _ in parts[1:]), Boundary.CHAPTER]
    mix, whole = mix_of(samples, after, sound())
    edge = max(pauses_of(sound()).seam, sound().fade_ms * 24)
    for clip, take in zip(mix.track.clips, samples, strict=True):
        mixed = whole[clip.start_frame + edge : clip.end_frame - edge]
        meant = take[clip.offset + edge : clip.offset + clip.frames - edge]
        assert np.array_equal(mixed, meant)


def test_between_the_clips_is_digital_silence() -> None:
    after = [Boundary.SENTENCE, Boundary.SCENE, Boundary.CHAPTER]
    mix, whole = mix_of([tone(hz, 0.2) for hz in TONES[:3]], after, sound())
    rest = whole.copy()
    for clip in mix.track.clips:
        rest[clip.start_frame : clip.end_frame] = 0
        assert np.abs(whole[clip.start_frame : clip.end_frame]).max() > 10_000
    assert not rest.any()


def test_a_seam_blends_its_two_takes_and_loses_no_level() -> None:
    first, second = tone(500, 0.5), tone(900, 0.5)
    mix, whole = mix_of([first, second], [Boundary.SEAM, Boundary.CHAPTER], sound(seam_ms=40))
    clip, following = mix.track.clips
    assert following.seam_frames == 40 * 24
    assert following.start_frame == clip.end_frame - following.seam_frames
    seam = whole[following.start_frame : clip.end_frame].astype(float)
    middle = seam[len(seam) // 4 : -len(seam) // 4]
    level_db = 20 * np.log10(np.sqrt(np.mean(middle**2)) / (12_000 / np.sqrt(2)))
    assert abs(level_db) < 1


def test_three_takes_over_two_seams_keep_the_short_one_whole() -> None:
    """A clip shorter than two seams gives each neighbour at most half of itself."""
    short = tone(500, 0.02)
    after = [Boundary.SEAM, Boundary.SEAM, Boundary.CHAPTER]
    mix, whole = mix_of([tone(200, 0.5), short, tone(900, 0.5)], after, sound(seam_ms=50, keep_silence_ms=0))
    assert len(whole) == mix.track.frames
    assert [clip.seam_frames for clip in mix.track.clips] == [0, len(short) // 2, len(short) // 2]


def test_one_clip_at_a_time_is_read() -> None:
    """Memory is flat: what has been yielded needs at most the next take, not the whole chapter."""
    after = [Boundary.PARAGRAPH] * 4 + [Boundary.CHAPTER]
    mix, _ = mix_of([tone(hz, 0.2) for hz in TONES], after, sound())
    reads: list[str] = []

    def samples(take: Take) -> Samples:
        reads.append(take.key)
        return mix.samples(take)

    sounding = 0
    for piece in replace(mix, samples=samples):
        sounding += bool(piece.any())
        assert len(reads) <= sounding + 1


def test_a_mix_comes_out_the_same_every_time() -> None:
    mix, whole = mix_of([tone(hz, 0.2) for hz in TONES[:2]], [Boundary.SEAM, Boundary.PART], sound())
    assert np.array_equal(as_samples(np.concatenate(list(mix))), whole)


def test_each_take_has_its_gain() -> None:
    mix, whole = mix_of([tone(500, 0.2)] * 2, [Boundary.PARAGRAPH, Boundary.CHAPTER], sound())
    louder = as_samples(np.concatenate(list(replace(mix, gains_db=[0.0, 6.0]))))
    first, second = mix.track.clips
    assert np.array_equal(louder[: first.end_frame], whole[: first.end_frame])
    in_second = slice(second.start_frame + 1_000, second.end_frame - 1_000)
    assert 1.99 < np.abs(louder[in_second]).max() / np.abs(whole[in_second]).max() < 2.0


def test_an_edge_next_to_a_pause_is_faded_and_an_edge_at_a_seam_is_not() -> None:
    square: Samples = np.where(np.arange(RATE // 4) % 48 < 24, 9_000, -9_000).astype(np.int16)
    mix, whole = mix_of([square, square], [Boundary.SEAM, Boundary.CHAPTER], sound(seam_ms=0))
    first, second = mix.track.clips
    assert abs(int(whole[first.start_frame])) < 1_500
    assert abs(int(whole[first.end_frame - 1])) == abs(int(whole[second.start_frame])) == 9_000
    assert abs(int(whole[second.end_frame - 1])) < 1_500
