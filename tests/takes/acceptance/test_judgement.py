"""What passes, what is suspect, what fails, and what is said about it."""

import re

import numpy as np
import pytest

from pipeline.recording import Samples
from pipeline.takes.acceptance import Judgement, Verdict, VoiceNorm, judge, judgement_of
from pipeline.takes.acceptance.refrains import echoed_chars
from tests.bench.detection import faults
from tests.bench.detection.faults import Scene
from tests.bench.detection.sources import Clip
from tests.takes.acceptance.conftest import OTHERS, PARAGRAPH, SHORT

Clips = dict[tuple[str, str], Clip]


def judged(samples: Samples, text: str = PARAGRAPH, norm: VoiceNorm | None = None) -> Judgement:
    return judge(samples, text, language="en", norm=norm)


@pytest.fixture
def norm(clips: Clips) -> VoiceNorm:
    """The low voice, known from its other takes."""
    return VoiceNorm.of(judged(clips["en+m3", text].samples, text).figures for text in OTHERS)


@pytest.fixture
def scene(clips: Clips, paragraph: Clip) -> Scene:
    other_text, other_voice = clips["en+m3", OTHERS[0]].samples, clips["en+f4", PARAGRAPH].samples
    return Scene(paragraph, other_text, other_voice, np.random.default_rng(1))


@pytest.mark.parametrize("is_known", [False, True])
def test_good_takes_pass_long_and_short(clips, norm, is_known):
    for (voice, text), clip in clips.items():
        if voice == "en+m3":
            judgement = judged(clip.samples, text, norm if is_known else None)
            assert (judgement.verdict, judgement.reasons, judgement.badness) == (Verdict.PASS, (), 0), text


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda scene: faults.truncated_at_pause(scene, 0.8), "is cut"),
        (lambda scene: faults.twice(scene, 1.0), "that the text says once"),
        (lambda scene: faults.twice(scene, 1.03), "that the text says once"),
        (lambda scene: faults.sentence_thrice(scene, 1.0), "that the text says once"),
        (lambda scene: faults.passage_again(scene, 5.0), "that the text says once"),
        (lambda scene: faults.stuck(scene, 6.0), "stuck on one sound"),
        (lambda scene: faults.fading(scene, -30), "fades by"),
        (lambda scene: faults.noisy(scene, "white", 5), "noise"),
        (lambda scene: faults.noisy(scene, "drone", 5), "drone"),
        (lambda scene: faults.silence_inside(scene, 4.5), r"silent for \d\.\d s"),
        (lambda scene: faults.silent(scene, 0.0), "of silence"),
        (lambda scene: faults.silent(scene, 4.0), "of silence"),
        (lambda scene: faults.clipped(scene, 20.0), "clipped"),
        (lambda scene: faults.data_as_sound(scene, "base64"), "noise rather than speech"),
        (lambda scene: faults.data_as_sound(scene, "compressed"), "noise rather than speech"),
        (lambda scene: scene.samples[:0], "empty"),
        (lambda scene: scene.samples[:1_000], "empty"),
    ],
)
def test_what_is_certain_fails_even_in_a_voice_nobody_knows(scene, spoil, said):
    judgement = judged(spoil(scene))
    assert judgement.verdict is Verdict.FAIL
    assert any(re.search(said, reason) for reason in judgement.reasons)
    assert judgement.badness > 100


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda scene: faults.fading(scene, -12), "fades by"),
        (lambda scene: faults.silence_after(scene, 2.0), "ends with"),
        (lambda scene: faults.silence_before(scene, 2.0), "begins with"),
        (lambda scene: faults.silence_inside(scene, 2.1), "silent for"),
        (lambda scene: faults.noisy(scene, "pink", 20), "noise"),
        (lambda scene: (scene.samples // 64).astype(np.int16), "very quiet"),
        (lambda scene: faults.clipped(scene, 6.0), "clipped"),
        (faults.voice_changes, "changes its"),
    ],
)
def test_what_is_doubtful_is_suspect(scene, spoil, said):
    judgement = judged(spoil(scene))
    assert judgement.verdict is Verdict.SUSPECT
    assert any(said in reason for reason in judgement.reasons)
    assert 0 < judgement.badness < 100


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda scene: faults.truncated_at_pause(scene, 0.33), "is cut"),
        (lambda scene: faults.babble(scene, 8.0), "too long"),
        (lambda scene: faults.wrong_rate(scene, 1.5), "pitch"),
        (lambda scene: scene.other_voice, "usual pitch"),
        (lambda scene: (scene.samples // 4).astype(np.int16), "usual level"),
    ],
)
def test_a_known_voice_shows_more(scene, norm, spoil, said):
    assert judged(spoil(scene)).verdict is not Verdict.FAIL
    judgement = judged(spoil(scene), norm=norm)
    assert judgement.verdict is not Verdict.PASS
    assert any(said in reason for reason in judgement.reasons)


def test_what_only_the_norm_says_is_suspect(scene, norm):
    assert judged(scene.other_voice).verdict is Verdict.PASS
    assert judged(scene.other_voice, norm=norm).verdict is Verdict.SUSPECT


def test_a_cut_inside_a_word_is_heard_however_little_is_missing(paragraph):
    _, end = faults.spoken_span(paragraph.samples)
    cut = paragraph.samples[: end - 7_200]
    loud = int(np.abs(cut[-12_000:].astype(int)).argmax()) + len(cut) - 12_000
    assert "is cut: ends in the middle of a sound" in judged(paragraph.samples[: loud + 100]).reasons


@pytest.mark.parametrize("text", ["…", "* * *", "—"])
def test_where_nothing_is_to_be_said_silence_is_right(text, paragraph):
    assert judged(np.zeros(12_000, np.int16), text).verdict is Verdict.PASS
    assert judged(paragraph.samples, text).verdict is Verdict.SUSPECT


def test_a_refrain_of_the_text_is_no_loop(clips):
    line = clips["en+m3", OTHERS[2]]
    sung = np.concatenate([line.samples, line.samples])
    assert judged(sung, f"{line.text} {line.text}").verdict is Verdict.PASS
    assert any("says once" in reason for reason in judged(sung, line.text).reasons)


@pytest.mark.parametrize("text", [text for text in SHORT if text not in ("No.", "1984", "Oh, no, no!")])
def test_a_short_line_said_twice_is_not_once(clips, text):
    line = clips["en+m3", text].samples
    assert judged(np.concatenate([line, line]), text).verdict is not Verdict.PASS


def test_a_pause_where_the_text_has_a_paragraph_may_be_longer(paragraph):
    pauses = faults.pauses(paragraph.samples)
    longest = max(pauses, key=lambda pause: pause[1] - pause[0])
    within = min(pauses, key=lambda pause: pause[0])
    more = np.zeros(24_000, np.int16)
    at_break = np.insert(paragraph.samples, longest[0] + 480, more)
    at_comma = np.insert(paragraph.samples, within[0] + 480, np.zeros(36_000, np.int16))
    assert judged(at_break).verdict is Verdict.PASS
    assert judged(at_comma).verdict is Verdict.SUSPECT


def test_the_worse_of_two_takes_has_the_greater_badness(scene):
    takes = [scene.samples, *(faults.fading(scene, db) for db in (-10, -14)), faults.truncated(scene, 0.8)]
    badness = [judged(take).badness for take in takes]
    assert badness == sorted(badness)
    assert badness[0] == 0
    assert badness[-1] > 100


def test_the_same_is_said_from_the_figures_alone(scene, norm):
    for samples in (scene.samples, faults.truncated(scene, 0.5), scene.other_voice):
        judgement = judged(samples, norm=norm)
        assert judgement_of(judgement.figures, language="en", norm=norm) == judgement


def test_figures_are_plain_numbers(paragraph):
    figures = judged(paragraph.samples).figures
    assert {type(value) for value in figures.values()} == {float}
    assert all(np.isfinite(value) for value in figures.values())
    assert figures["seconds"] == pytest.approx(len(paragraph.samples) / 24_000, abs=0.001)
    assert figures["pitch_hz"] == pytest.approx(100, abs=40)


@pytest.mark.parametrize("frames", [0, 1, 479, 480, 1_199, 1_200, 2_000, 5_000])
def test_no_length_is_too_short_to_judge(frames, paragraph):
    assert judged(paragraph.samples[:frames], "No.").verdict in Verdict


def _figures(text: str, **measured: float) -> dict[str, float]:
    """Of a take with nothing wrong, but for what is named."""
    plain = {
        **dict.fromkeys(_NOTHING.split(), 0.0),
        **dict.fromkeys(_LOW.split(), -60.0),
        **{"level_dbfs": -15.0, "flatness_db": -20.0, "halves": 0.0},
        **judged(np.zeros(0, np.int16), text).figures,
        **{"seconds": 3.0, "peak_dbfs": -6.0},
    }
    return plain | measured


_NOTHING = (
    "lead_s trail_s pause_s break_s silent_share full_scale_share slope_db repeated_s refrain_chars stuck_s lead_fit"
    " lead_shift_s voice_change_db pitch_change_semitones pitch_hz"
)
_LOW = "end_db floor_db drone_db"


@pytest.mark.parametrize(("sounding_s", "reasons"), [(0.4, ()), (1.0, ("says its text twice",))])
def test_like_halves_are_a_text_said_twice_only_where_there_is_room_for_two(sounding_s, reasons):
    """ "Glibly." has like halves, and 0.4 s for both of them."""
    figures = _figures("Glibly.", halves=0.95, sounding_s=sounding_s)
    assert judgement_of(figures, language="en").reasons == reasons


def test_a_word_that_the_text_says_again_and_again_is_no_stuck_sound():
    text = "Twinkle, twinkle, twinkle, twinkle—"
    figures = _figures(text, stuck_s=2.3, sounding_s=2.3)
    assert judgement_of(figures, language="en").reasons == ("is stuck on one sound for 2.3 s",)
    assert judgement_of({**figures, "echoed_chars": echoed_chars(text)}, language="en").reasons == ()
    assert echoed_chars("Very, very good; very good indeed.") == 0
