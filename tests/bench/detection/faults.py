"""What goes wrong with a take, made from a good one: each fault at several strengths, labelled.

Each is a function of the clip, of other clips (another voice of the same text, other texts of the same voice) and of
a seeded generator, so a fault is the same on every run.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import soxr

from pipeline.recording import PIPELINE_FORMAT, Samples
from pipeline.takes.acceptance.features import HOP_FRAMES, sound_of
from tests.bench.detection.sources import Clip

RATE = PIPELINE_FORMAT.rate


@dataclass(frozen=True, slots=True)
class Scene:
    """A clip, the same voice saying another text, another voice saying this one."""

    clip: Clip
    other_text: Samples
    other_voice: Samples
    chance: np.random.Generator

    @property
    def samples(self) -> Samples:
        return self.clip.samples


Fault = Callable[[Scene], Samples]


def pcm(wave: np.ndarray) -> Samples:
    return np.clip(np.rint(wave), -32_768, 32_767).astype(np.int16)


def pauses(samples: Samples, *, shortest_s: float = 0.2) -> list[tuple[int, int]]:
    """Inner silences as frames, start and end."""
    sound = sound_of(samples)
    hops = [(a, b) for a, b in sound.silences if a > 0 and b < len(sound.level_db)]
    return [(a * HOP_FRAMES, b * HOP_FRAMES) for a, b in hops if (b - a) * HOP_FRAMES >= shortest_s * RATE]


def spoken_span(samples: Samples) -> tuple[int, int]:
    """First and last sounding frame."""
    heard = np.flatnonzero(sound_of(samples).is_sounding)
    return (int(heard[0]) * HOP_FRAMES, int(heard[-1] + 1) * HOP_FRAMES) if len(heard) else (0, len(samples))


def truncated(scene: Scene, share: float) -> Samples:
    """`share` of the spoken part is missing, and what comes after it."""
    start, end = spoken_span(scene.samples)
    return scene.samples[: int(start + (end - start) * (1 - share))]


def truncated_at_pause(scene: Scene, share: float) -> Samples:
    """Cut in the pause nearest to that place, so that the ending is a clean one."""
    start, end = spoken_span(scene.samples)
    wanted = start + (end - start) * (1 - share)
    places = [a for a, _ in pauses(scene.samples)]
    at = min(places, key=lambda place: abs(place - wanted), default=int(wanted))
    return scene.samples[: at + RATE // 10]


def twice(scene: Scene, tempo: float) -> Samples:
    """All of it again; at another tempo, as a model would say it anew."""
    return np.concatenate([scene.samples, _resampled(scene.samples, tempo)])


def sentence_thrice(scene: Scene, tempo: float) -> Samples:
    """What follows the last long pause, two times more."""
    _, end = spoken_span(scene.samples)
    starts = [b for _, b in pauses(scene.samples, shortest_s=0.25) if b < end - 2 * RATE]
    start = starts[-1] if starts else spoken_span(scene.samples)[0]
    last = scene.samples[start - min(start, RATE // 10) :]
    return np.concatenate([scene.samples, _resampled(last, tempo), last])


def passage_again(scene: Scene, seconds: float) -> Samples:
    """A passage from the middle is said again at once."""
    middle = len(scene.samples) // 2
    length = min(int(seconds * RATE), middle)
    return np.concatenate([scene.samples[:middle], scene.samples[middle - length :]])


def stuck(scene: Scene, seconds: float) -> Samples:
    """300 ms over and over, as a decoder that is stuck."""
    at = _loud_place(scene)
    piece = scene.samples[at : at + int(0.3 * RATE)]
    loop = np.tile(piece, max(1, int(seconds / 0.3)))
    return np.concatenate([scene.samples[:at], loop, scene.samples[at:]])


def fading(scene: Scene, to_db: float) -> Samples:
    """Steadily weaker from the beginning to `to_db` at the end."""
    gain = 10 ** (np.linspace(0, to_db, len(scene.samples)) / 20)
    return pcm(scene.samples * gain)


def noisy(scene: Scene, kind: str, snr_db: float, second_half: bool = False) -> Samples:
    """White or pink noise or hum, `snr_db` under the voice's own level."""
    noise = _noise(kind, len(scene.samples), scene.chance)
    noise *= _loudness(scene.samples) * 10 ** (-snr_db / 20) / max(1e-9, float(np.sqrt((noise**2).mean())))
    if second_half:
        noise[: len(noise) // 2] = 0
    return pcm(scene.samples + noise)


def silence_inside(scene: Scene, seconds: float) -> Samples:
    """Silence between two words: where it is quietest near a random place of the middle."""
    at = _quiet_place(scene)
    return np.concatenate([scene.samples[:at], np.zeros(int(seconds * RATE), np.int16), scene.samples[at:]])


def silence_after(scene: Scene, seconds: float) -> Samples:
    return np.concatenate([scene.samples, np.zeros(int(seconds * RATE), np.int16)])


def silence_before(scene: Scene, seconds: float) -> Samples:
    return np.concatenate([np.zeros(int(seconds * RATE), np.int16), scene.samples])


def silent(scene: Scene, amplitude: float) -> Samples:
    return pcm(scene.chance.normal(0, amplitude, len(scene.samples)) if amplitude else np.zeros(len(scene.samples)))


def clipped(scene: Scene, gain_db: float) -> Samples:
    """Driven so far over full scale."""
    peak = max(1, int(np.abs(scene.samples.astype(np.int32)).max()))
    return pcm(scene.samples * (32_767 / peak * 10 ** (gain_db / 20)))


def wrong_rate(scene: Scene, speed: float) -> Samples:
    return _resampled(scene.samples, speed)


def preamble(scene: Scene, words: int) -> Samples:
    """The first words of another text (300 ms a word, to the next pause or closure) before this one."""
    start, _ = spoken_span(scene.other_text)
    lead = scene.other_text[start : start + int(words * 0.33 * RATE)]
    gap = np.zeros(int(0.35 * RATE), np.int16)
    return np.concatenate([_faded(lead), gap, scene.samples])


def babble(scene: Scene, seconds: float) -> Samples:
    """Other words after the text."""
    start, _ = spoken_span(scene.other_text)
    gap = np.zeros(int(0.35 * RATE), np.int16)
    return np.concatenate([scene.samples, gap, _faded(scene.other_text[start : start + int(seconds * RATE)])])


def other_voice(scene: Scene) -> Samples:
    return scene.other_voice


def voice_changes(scene: Scene) -> Samples:
    """Another voice from the middle on, at the level of the first."""
    ours, theirs = scene.samples, scene.other_voice
    gain = _loudness(ours) / max(1.0, _loudness(theirs))
    return np.concatenate([ours[: len(ours) // 2], pcm(theirs[len(theirs) // 2 :] * gain)])


def without_sentence(scene: Scene) -> Samples:
    """What stands between two long pauses of the middle is missing."""
    ends = [(a + b) // 2 for a, b in pauses(scene.samples, shortest_s=0.25)]
    if len(ends) < 3:
        return truncated_at_pause(scene, 0.33)
    i = max(range(len(ends) - 1), key=lambda i: ends[i + 1] - ends[i])
    return np.concatenate([scene.samples[: ends[i]], scene.samples[ends[i + 1] :]])


def data_as_sound(scene: Scene, kind: str) -> Samples:
    """Bytes that are no PCM, read as PCM: base64 text, or what any compressed file looks like."""
    data = scene.samples.tobytes()
    if kind == "base64":
        coded = base64.b64encode(data)
        return np.frombuffer(coded[: len(coded) // 2 * 2], "<i2").astype(np.int16)
    return scene.chance.integers(-32_768, 32_768, len(scene.samples) // 6, dtype=np.int16)


def _resampled(samples: Samples, speed: float) -> Samples:
    return samples if speed == 1 else pcm(soxr.resample(samples.astype(np.float32), RATE * speed, RATE))


def _faded(samples: Samples) -> Samples:
    """40 ms to nothing, as a word ends."""
    ramp = np.ones(len(samples))
    fade = min(len(samples), RATE // 25)
    ramp[len(samples) - fade :] = np.linspace(1, 0, fade)
    return pcm(samples * ramp)


def _loudness(samples: Samples) -> float:
    """RMS of what sounds."""
    sound = sound_of(samples)
    heard = sound.level_db[sound.is_sounding]
    return float(32_768 * np.sqrt((10 ** (heard / 10)).mean())) if len(heard) else 1.0


def _loud_place(scene: Scene) -> int:
    sound = sound_of(scene.samples)
    loud = np.flatnonzero(sound.level_db > sound.loud_db - 10)
    return int(scene.chance.choice(loud)) * HOP_FRAMES


def _quiet_place(scene: Scene) -> int:
    start, end = spoken_span(scene.samples)
    wanted = int(start + (end - start) * scene.chance.uniform(0.2, 0.8))
    levels = sound_of(scene.samples).level_db
    first, last = max(0, wanted // HOP_FRAMES - 40), min(len(levels), wanted // HOP_FRAMES + 40)
    return (first + int(levels[first:last].argmin())) * HOP_FRAMES + HOP_FRAMES // 2


def _noise(kind: str, frames: int, chance: np.random.Generator) -> np.ndarray:
    if kind == "hum":
        t = np.arange(frames) / RATE
        return sum(np.sin(2 * np.pi * hertz * t) / n for n, hertz in enumerate((50, 100, 150, 200, 250, 300), start=1))
    white = chance.normal(0, 1, frames)
    if kind == "white":
        return white
    if kind == "drone":
        return np.sin(2 * np.pi * 440 * np.arange(frames) / RATE)
    spectrum = np.fft.rfft(white)
    hertz = np.maximum(np.fft.rfftfreq(frames, 1 / RATE), 20)
    return np.fft.irfft(spectrum / np.sqrt(hertz), frames)


Row = tuple[str, str, Fault, float]


def _at(fault: str, made: Callable[..., Samples], parameter: str, rows: Mapping[str, tuple[float, float]]) -> list[Row]:
    """One fault at several strengths: name of the strength → value of the parameter and target."""
    return [(fault, name, partial(made, **{parameter: value}), target) for name, (value, target) in rows.items()]


def _noises(fault: str, kinds: Mapping[str, Mapping[int, float]], *, second_half: bool = False) -> list[Row]:
    """Kinds of noise, each at some decibels under the voice, with targets."""
    return [
        (fault, f"{kind}, {snr} dB", partial(noisy, kind=kind, snr_db=snr, second_half=second_half), target)
        for kind, levels in kinds.items()
        for snr, target in levels.items()
    ]


_ROWS: tuple[Row, ...] = (
    *_at("truncated", truncated, "share", {"10 %": (0.1, 0), "20 %": (0.2, 0), "33 %": (0.33, 99)}),
    *_at("truncated", truncated, "share", {"50 %": (0.5, 99), "80 %": (0.8, 99)}),
    *_at("truncated in a pause", truncated_at_pause, "share", {"20 %": (0.2, 0), "33 %": (0.33, 99)}),
    *_at("truncated in a pause", truncated_at_pause, "share", {"50 %": (0.5, 99), "80 %": (0.8, 99)}),
    *_at("said twice", twice, "tempo", {"exactly": (1.0, 99), "3 % faster": (1.03, 99)}),
    *_at("last sentence thrice", sentence_thrice, "tempo", {"exactly": (1.0, 99), "3 % faster": (1.03, 99)}),
    *_at("passage again", passage_again, "seconds", {"2 s": (2.0, 99), "5 s": (5.0, 99)}),
    *_at("stuck on 300 ms", stuck, "seconds", {"2 s": (2.0, 99), "6 s": (6.0, 99)}),
    *_at("fade", fading, "to_db", {"to -10 dB": (-10, 0), "to -20 dB": (-20, 95), "to -30 dB": (-30, 95)}),
    *_noises("noise", {kind: {30: 0, 20: 99, 10: 99, 0: 99} for kind in ("white", "pink")}),
    *_noises("noise in second half", {kind: {10: 99} for kind in ("white", "pink")}, second_half=True),
    *_noises("drone", {kind: {20: 0, 10: 99} for kind in ("hum", "drone")}),
    *_at("silence inside", silence_inside, "seconds", {"1.5 s": (1.5, 95), "2 s": (2.0, 95), "3 s": (3.0, 95)}),
    *_at("silence at the end", silence_after, "seconds", {"2 s": (2.0, 99), "5 s": (5.0, 99)}),
    *_at("silence before", silence_before, "seconds", {"3 s": (3.0, 99)}),
    *_at("silent", silent, "amplitude", {"zeros": (0.0, 99), "dither": (4.0, 99)}),
    *_at("clipped", clipped, "gain_db", {"6 dB over": (6.0, 0), "12 dB over": (12.0, 0), "20 dB over": (20.0, 0)}),
    *_at("wrong rate", wrong_rate, "speed", {"0.75x": (0.75, 99), "1.5x": (1.5, 99), "2x": (2.0, 99)}),
    *_at("preamble", preamble, "words", {"3 words": (3, 99), "6 words": (6, 99), "12 words": (12, 99)}),
    *_at("babble at the end", babble, "seconds", {"3 s": (3.0, 0), "8 s": (8.0, 0)}),
    ("another voice", "all of it", other_voice, 0),
    ("another voice", "from the middle", voice_changes, 0),
    ("a sentence missing", "the longest", without_sentence, 0),
    *_at("data as sound", data_as_sound, "kind", {"base64": ("base64", 99), "compressed": ("compressed", 99)}),
)

FAULTS: Mapping[tuple[str, str], tuple[Fault, float]] = {
    (fault, strength): (made, target) for fault, strength, made, target in _ROWS
}
"""Fault and strength → how it is made, and the recall in percent it is to reach (0: measured only)."""
