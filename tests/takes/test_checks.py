"""What may count as a take."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import BadAudio
from pipeline.takes.checks import check
from tests.fakes.engine import tone_of


def test_a_tone_of_natural_length_passes_with_its_figures():
    figures = check(tone_of("Hello there"), "Hello there")
    assert figures["seconds"] == 1.0
    assert figures["peak_dbfs"] == pytest.approx(20 * np.log10(8_000 / 32_768), abs=0.02)


def test_full_scale_is_zero_decibels():
    loud = tone_of("Hello")
    loud[100] = -32_768
    assert check(loud, "Hello")["peak_dbfs"] == 0


@pytest.mark.parametrize(("frames", "said"), [(0, "empty"), (1, "empty"), (1_199, "empty")])
def test_less_than_a_syllable_is_empty(frames, said):
    with pytest.raises(BadAudio, match=said):
        check(tone_of("Hello")[:frames], "…")


@pytest.mark.parametrize(("peak", "is_silent"), [(0, True), (32, True), (-32, True), (33, False), (-33, False)])
def test_silence_is_what_nobody_hears(peak, is_silent):
    samples = np.zeros(24_000, dtype=np.int16)
    samples[12_000] = peak
    if is_silent:
        with pytest.raises(BadAudio, match=r"1\.0 s of silence"):
            check(samples, "Hello")
    else:
        assert check(samples, "Hello")["seconds"] == 1


@pytest.mark.parametrize(
    "text",
    ["word " * 100, "слово " * 100, "猫" * 400, "1234 " * 100],
    ids=["latin", "cyrillic", "han", "digits"],
)
def test_a_few_seconds_for_a_page_are_a_cut(text):
    samples = tone_of("a" * 40)
    with pytest.raises(BadAudio, match=r"cut: 4\.0 s for \d{3} letters"):
        check(samples, text)


@given(st.text(st.sampled_from("ab é猫.,… \n"), max_size=200))
def test_any_natural_reading_passes(text):
    """The fastest natural reading is 15 characters a second; all the figures are finite."""
    letters = sum(char.isalnum() for char in text)
    seconds = max(0.1, letters / 15)
    samples = np.full(int(24_000 * seconds) + 1, 1_000, dtype=np.int16)
    assert all(np.isfinite(figure) for figure in check(samples, text).values())
