"""Every figure a verdict rests on, as JSON numbers: a take can be judged again without its sound."""

import dataclasses
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

import pipeline.takes.acceptance.limits as bounds
from pipeline.recording import Samples
from pipeline.takes.acceptance.acting import PLAIN, Acting
from pipeline.takes.acceptance.alignment import preamble_of
from pipeline.takes.acceptance.features import HOP_FRAMES, HOP_S, Floats, Sound, sound_of
from pipeline.takes.acceptance.pitch import pitches_hz
from pipeline.takes.acceptance.refrains import echoed_chars, repeated_chars, repeats_a_word
from pipeline.takes.acceptance.repetition import repetition_of
from pipeline.takes.acceptance.spoken_form import spoken_form

Figures = Mapping[str, float]

BAND_NAMES = tuple(f"band_{number:02}_db" for number in range(12))
"""The long-term spectrum, two mel bands a figure, less its own mean."""

_SHORTEST_PAUSE_HOPS = 10
"""0.2 s: shorter silences belong to words (a plosive's closure, a breath)."""

_BLOCK_HOPS = 200
"""4 s: speech falls silent at least once in it."""

_QUIET_BAND_DB = 45.0
"""A band so far under the loudest is not used by this voice (it was recorded at 16 kHz, say)."""

_SPECTRUM_RANGE_DB = 60.0


def figures_of(samples: Samples, text: str, *, language: str, acting: Acting = PLAIN) -> dict[str, float]:
    """What is measured of a take; a take without sound has only its length and peak."""
    form = spoken_form(text, language=language)
    sound = sound_of(samples)
    peak = max(int(samples.max()), -int(samples.min())) if len(samples) else 0
    figures = {
        "seconds": sound.seconds,
        "peak_dbfs": 20 * float(np.log10(max(peak, 1) / 32768)),
        "spoken_chars": form.chars,
        "doubtful_chars": form.doubtful,
        "sounding_s": 0.0,
        **acting.figures(),
    }
    heard = np.flatnonzero(sound.is_sounding)
    if len(heard):
        figures |= _times(sound, heard, acting) | _levels(sound, heard, peak) | _noises(sound, heard)
        figures |= _longest_pauses(sound, text, language, acting)
        figures["lead_shift_s"], figures["lead_fit"] = preamble_of(sound, text, language=language)
        figures |= dataclasses.asdict(repetition_of(sound)) | {"refrain_chars": repeated_chars(text, form)}
        figures["halves"] *= not repeats_a_word(text)
        figures |= {"echoed_chars": echoed} if (echoed := echoed_chars(text)) else {}
        figures |= _voice(sound, heard)
    return {name: round(float(figure), 3) for name, figure in figures.items()}


def _inner_pauses(sound: Sound) -> list[tuple[int, int]]:
    hops = len(sound.level_db)
    return [(a, b) for a, b in sound.silences if a > 0 and b < hops and b - a >= _SHORTEST_PAUSE_HOPS]


def _unasked_hops(pauses: list[tuple[int, int]], acting: Acting) -> NDArray[np.float64]:
    """What of each pause nobody asked for: the longest of those asked for are the longest there are."""
    lengths = np.array([b - a for a, b in pauses], np.float64)
    asked = np.sort(np.array(acting.silences_s))[::-1][: len(lengths)]
    longest = np.argsort(-lengths, kind="stable")[: len(asked)]
    lengths[longest] -= bounds.ASKED_PAUSE_FACTOR * asked / HOP_S
    return np.maximum(lengths, 0)


def _times(sound: Sound, heard: NDArray[np.intp], acting: Acting) -> dict[str, float]:
    pauses = _inner_pauses(sound)
    span = int(heard[-1] + 1 - heard[0])
    silent = sum(b - a for a, b in pauses)
    unasked = float(_unasked_hops(pauses, acting).sum())
    return {
        "sounding_s": (span - silent) * HOP_S,
        "lead_s": heard[0] * HOP_S,
        "trail_s": max(0.0, sound.seconds - (heard[-1] + 1) * HOP_S),
        "silent_share": unasked / (span - silent + unasked),
    }


def _longest_pauses(sound: Sound, text: str, language: str, acting: Acting) -> dict[str, float]:
    """The longest silence where the text has a paragraph's end, and the longest elsewhere."""
    pauses = _inner_pauses(sound)
    if not pauses:
        return {"pause_s": 0.0, "break_s": 0.0}
    paragraphs = [spoken_form(part, language=language).chars for part in text.split("\n")]
    ends = np.cumsum([chars for chars in paragraphs if chars])
    breaks = ends[:-1] / ends[-1] if len(ends) > 1 else np.zeros(0)
    lengths = _unasked_hops(pauses, acting) * HOP_S
    sounding = np.cumsum(sound.is_sounding) * HOP_S
    places = np.array([sounding[a] for a, _ in pauses])
    tolerance = bounds.BREAK_TOLERANCE_S + bounds.BREAK_TOLERANCE_SHARE * sounding[-1]
    is_break = (np.abs(places[:, None] - breaks[None, :] * sounding[-1]) < tolerance).any(axis=1)
    return {
        "pause_s": float(lengths[~is_break].max(initial=0.0)),
        "break_s": float(lengths[is_break].max(initial=0.0)),
    }


def _levels(sound: Sound, heard: NDArray[np.intp], peak: int) -> dict[str, float]:
    full = 0.0
    if peak >= bounds.FULL_SCALE:
        full = float((sound.samples >= bounds.FULL_SCALE).mean() + (sound.samples <= -bounds.FULL_SCALE).mean())
    return {
        "level_dbfs": sound.loud_db,
        "full_scale_share": full,
        "end_db": _end_db(sound),
        "slope_db": _trend_db(sound.level_db[heard]),
    }


def _end_db(sound: Sound) -> float:
    """The louder of the last 20 and the last 10 ms, under the loud hops."""
    end = sound.samples[-HOP_FRAMES:].astype(np.float64) / 32768
    power = max(float((end**2).mean()), float((end[len(end) // 2 :] ** 2).mean()), 1e-10)
    return 10 * float(np.log10(power)) - sound.loud_db


_TREND_PARTS = 10
_TREND_PART_HOPS = 25


def _trend_db(levels: Floats) -> float:
    """How far the loud of ten parts rises or falls over the take: the median of all slopes (Theil, Sen)."""
    parts = min(_TREND_PARTS, len(levels) // _TREND_PART_HOPS)
    if parts < 3:
        return 0.0
    loud = np.array([np.percentile(part, 85) for part in np.array_split(levels, parts)])
    first, second = np.triu_indices(parts, 1)
    return float(np.median((loud[second] - loud[first]) / (second - first)) * parts)


def _noises(sound: Sound, heard: NDArray[np.intp]) -> dict[str, float]:
    mel = sound.mel_db
    mean_db = 10 * np.log10((10 ** (mel[heard] / 10)).mean(axis=1))
    loud = np.percentile(mel, 95, axis=0)
    used = loud > loud.max() - _QUIET_BAND_DB
    blocks = np.array_split(mel, max(1, len(mel) // _BLOCK_HOPS))
    floors = np.array([np.percentile(block, 5, axis=0) for block in blocks])
    return {
        "flatness_db": float(np.median(mel[heard].mean(axis=1) - mean_db)),
        "floor_db": float(np.median((floors - loud)[:, used], axis=1).max()),
        "drone_db": float((floors - loud.max())[:, used].max()),
    }


def _spectrum(mel_db: Floats) -> Floats:
    bands = mel_db.reshape(len(mel_db), len(BAND_NAMES), -1).mean(axis=(0, 2))
    found: Floats = bands - bands.mean()
    return found


def _voice(sound: Sound, heard: NDArray[np.intp]) -> dict[str, float]:
    """Pitch and long-term spectrum, and how far they change within the take."""
    mel = np.maximum(sound.mel_db[heard], sound.mel_db.max() - _SPECTRUM_RANGE_DB)
    hertz = pitches_hz(sound)
    shares = [share for share in (0.25, 0.5, 0.75) if min(share, 1 - share) * len(heard) * HOP_S >= _LEAST_PART_S]
    return {
        "pitch_hz": float(np.median(hertz)) if len(hertz) else 0.0,
        "voice_change_db": max((_spectrum_change(mel, share) for share in shares), default=0.0),
        "pitch_change_semitones": max((_pitch_change(hertz, share) for share in shares), default=0.0),
        **dict(zip(BAND_NAMES, map(float, _spectrum(mel)), strict=True)),
    }


_LEAST_PART_S = bounds.CHANGE_FROM_S / 2
"""A change is told from so much speech on, of which either half is a part: parts no shorter than those are compared."""


def _spectrum_change(mel: Floats, share: float) -> float:
    at = int(len(mel) * share)
    return float(np.sqrt(((_spectrum(mel[:at]) - _spectrum(mel[at:])) ** 2).mean()))


_LEAST_PITCHES = 40


def _pitch_change(hertz: Floats, share: float) -> float:
    at = int(len(hertz) * share)
    if min(at, len(hertz) - at) < _LEAST_PITCHES // 2:
        return 0.0
    return abs(12 * float(np.log2(np.median(hertz[:at]) / np.median(hertz[at:]))))
