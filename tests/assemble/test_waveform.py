"""The outline of a sound: every part has its highest level, however the sound is cut into pieces."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.assemble.waveform import BUCKETS, Waveform


def outline(sound: np.ndarray, cuts: list[int]) -> list[int]:
    waveform = Waveform(len(sound))
    pieces = np.split(sound, sorted(cuts))
    assert sum(len(piece) for piece in waveform.passing(pieces)) == len(sound)
    return list(bytes.fromhex(waveform.as_hex()))


@settings(max_examples=30)
@given(st.integers(BUCKETS, 5_000), st.lists(st.integers(0, 5_000), max_size=8), st.integers(0, 9))
def test_every_part_has_its_highest_level_however_the_sound_comes(frames: int, cuts: list[int], seed: int) -> None:
    sound = np.random.default_rng(seed).uniform(-1, 1, frames).astype(np.float32)
    wanted = [0] * BUCKETS
    for i, value in enumerate(sound):
        bucket = i * BUCKETS // frames
        wanted[bucket] = max(wanted[bucket], round(abs(float(value)) * 255))
    assert outline(sound, [min(cut, frames) for cut in cuts]) == wanted


def test_what_is_louder_than_full_scale_is_full_scale() -> None:
    assert set(outline(np.full(BUCKETS, -1.5, dtype=np.float32), [])) == {255}
