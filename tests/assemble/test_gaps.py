"""The silences inside a clip are found at any level of voice and room, and speech is never one of them."""

import numpy as np
import pytest

from pipeline.assemble.gaps import gaps_of
from pipeline.recording import PIPELINE_FORMAT, Samples
from tests.assemble.sounds import RATE, joined, noise, silence, tone

_TOLERANCE_FRAMES = PIPELINE_FORMAT.frames_of_ms(10)


def _near(found: tuple[tuple[int, int], ...], meant_s: list[tuple[float, float]]) -> bool:
    return len(found) == len(meant_s) and all(
        abs(start - at_s * RATE) <= _TOLERANCE_FRAMES and abs(frames - long_s * RATE) <= 2 * _TOLERANCE_FRAMES
        for (start, frames), (at_s, long_s) in zip(found, meant_s, strict=True)
    )


@pytest.mark.parametrize("peak", [120, 1_200, 30_000])
def test_silences_inside_are_found_whatever_the_level_of_the_voice(peak: int) -> None:
    voice = [
        tone(200, 1.0, peak=peak),
        silence(0.3),
        tone(240, 0.8, peak=peak),
        silence(0.08),
        tone(180, 1.0, peak=peak),
    ]
    assert _near(gaps_of(joined(silence(0.2), *voice, silence(0.2))), [(1.2, 0.3), (2.3, 0.08)])


def test_silence_at_the_ends_is_no_gap() -> None:
    assert gaps_of(joined(silence(0.5), tone(200, 1.0), silence(0.5))) == ()


def test_a_closure_as_short_as_a_plosives_is_no_gap() -> None:
    assert gaps_of(joined(tone(200, 1.0), silence(0.05), tone(200, 1.0))) == ()


def test_a_weak_consonant_is_speech() -> None:
    consonant = noise(0.12, seed=1, peak=900)  # about 25 dB under the vowels
    assert gaps_of(joined(tone(200, 1.0), consonant, tone(200, 1.0))) == ()


def test_a_click_does_not_part_a_silence() -> None:
    sound = joined(tone(200, 1.0), silence(0.2), tone(1_000, 0.008), silence(0.2), tone(200, 1.0))
    assert _near(gaps_of(sound), [(1.0, 0.408)])


def test_a_gap_is_found_over_the_noise_of_a_room() -> None:
    sound = joined(tone(200, 1.0), silence(0.4), tone(200, 1.0)) + noise(2.4, seed=2, peak=500)
    assert _near(gaps_of(sound), [(1.0, 0.4)])


@pytest.mark.parametrize("samples", [silence(0.0), silence(0.003), silence(2.0), tone(200, 2.0)])
def test_what_has_no_speech_or_no_pause_has_no_gaps(samples: Samples) -> None:
    assert gaps_of(samples) == ()


def test_gaps_are_whole_numbers_in_order_inside_the_clip() -> None:
    generator = np.random.default_rng(3)
    pieces = [piece for _ in range(20) for piece in (noise(generator.uniform(0.1, 0.6), seed=4), silence(0.15))]
    sound = joined(*pieces, tone(200, 0.5))
    found = gaps_of(sound)
    assert len(found) == 20
    ends = [0, *(start + frames for start, frames in found)]
    assert all(type(start) is int and ends[i] <= start < ends[i + 1] for i, (start, _) in enumerate(found))
    assert ends[-1] < len(sound)
