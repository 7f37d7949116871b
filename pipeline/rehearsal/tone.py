"""Sound that looks like speech to an acceptance check and costs a millisecond: a table of syllables, read by a hash.

A syllable is a buzz with a pitch, three formants and an onset that may hiss; words are told apart by a hash of the
text so far, so that nothing repeats unless it is looped. Punctuation pauses. English prose comes to 15 characters a
second. A voice is a pitch and a length of throat, from the name of the embedded voice's variant.
"""

import functools
import re
import unicodedata
import zlib
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from pipeline.recording import PIPELINE_FORMAT, Samples

_RATE = PIPELINE_FORMAT.rate

_LETTER_MS = 72
"""With the pauses below English prose comes to 15 characters a second, as measured of the real model."""

_PAUSE_MS: Mapping[str, int] = {" ": 18, ",": 190, ";": 260, ":": 260, "—": 220, ".": 420, "!": 420, "?": 420, "…": 500}
_WIDE_PAUSE: Mapping[str, str] = {"、": ",", "，": ",", "。": ".", "！": "!", "？": "?", "\n": "."}
_EDGE_MS = (90, 230)
"""Quiet before the first and after the last syllable: every answer of the real model begins with some."""

_DIGIT_LETTERS = 4
"""`7` is spoken in about as many letters as any digit's word has."""

_WIDE_LETTERS = 2
"""A kana or an ideograph is a syllable of its own: about seven a second."""

_LONGEST_SYLLABLE = 4
_SYLLABLES = 96
"""So many that three in a row do not come again by chance within a chapter."""

_FRAMES = 8_192
"""A syllable of four letters (6,912 frames) with room to spare, and a good length for an FFT."""

_LEVEL = 3_300.0
"""About −20 dBFS where it sounds: what the real model's answers measure, and room for every peak."""

_HISS_SHARE = 0.45
"""Of syllables that begin with a hiss, like s, f, sh."""

_VOWELS_HZ = np.array(
    [(730, 1090, 2440), (530, 1840, 2480), (390, 1990, 2550), (270, 2290, 3010), (570, 840, 2410), (440, 1020, 2240)]
)
"""First three formants of six English vowels in a man's voice, as textbooks give them."""

_QUIET = 2.0
"""Amplitude of the noise under everything, −84 dBFS: real silence is not all zeros."""


def tone(text: str, *, variant: str) -> Samples:
    """`text` in the voice of that variant (`m1` … `f5`); the same text always sounds the same."""
    table = _table(variant)
    state, pause_ms = zlib.crc32(variant.encode()), 0
    pieces: list[Samples] = []
    for sign, letters in _sounds(text):
        state = zlib.crc32(sign.encode(), state)
        if letters:
            pieces += [_quiet(pause_ms if pieces else _EDGE_MS[0]), table[letters][state % _SYLLABLES]]
            pause_ms = 0
        else:
            pause_ms = max(pause_ms, _PAUSE_MS.get(_WIDE_PAUSE.get(sign, sign), 0))
    return np.concatenate([*pieces, _quiet(_EDGE_MS[1])])


_SOUND = re.compile(r"\w+|\W")
_SYLLABLE = re.compile(r"\d|\D{4}$|\D{1,3}")
"""The last four letters of a word stay together, so that few syllables have one letter."""


def _sounds(text: str) -> Iterator[tuple[str, int]]:
    """Each syllable with its letters, each sign between with none."""
    for match in _SOUND.finditer(text):
        if match[0][0].isalnum():
            yield from _syllables(match[0])
        else:
            yield match[0], 0


def _syllables(word: str) -> Iterator[tuple[str, int]]:
    """The word in pieces of up to four letters, digits and wide letters each for itself."""
    for part in _SYLLABLE.findall(word):
        if part.isdigit():
            yield part, _DIGIT_LETTERS
        elif unicodedata.east_asian_width(part[0]) in "WF":
            yield from ((letter, _WIDE_LETTERS) for letter in part)
        else:
            yield part, len(part)


def _quiet(milliseconds: int) -> Samples:
    frames = PIPELINE_FORMAT.frames_of_ms(milliseconds)
    return np.resize(_noise_floor(), frames)


@functools.lru_cache(maxsize=1)
def _noise_floor() -> Samples:
    return np.rint(np.random.default_rng(0).normal(0.0, _QUIET, _RATE)).astype(np.int16)


@functools.lru_cache(maxsize=16)
def _table(variant: str) -> tuple[Samples, ...]:
    """`table[letters][number]`: every syllable at every length of this voice, about 3 MB."""
    random = np.random.default_rng(zlib.crc32(variant.encode()))
    base_hz, throat = (random.uniform(100, 135), 1.0) if variant.startswith("m") else (random.uniform(180, 225), 1.17)
    buzz = _buzz(random, base_hz)
    spectra = np.fft.rfft(buzz) * _formants(random, throat * random.uniform(0.96, 1.04))
    voiced = np.fft.irfft(spectra, _FRAMES)
    voiced *= random.uniform(0.7, 1.3, (_SYLLABLES, 1)) / np.sqrt(np.mean(voiced**2, axis=1, keepdims=True))
    hiss = _hiss(random)
    return tuple(_enveloped(voiced, hiss, letters) for letters in range(_LONGEST_SYLLABLE + 1))


def _buzz(random: np.random.Generator, base_hz: float) -> NDArray[np.float64]:
    """Sawtooths whose pitch lies within a fifth of the voice's and glides through the syllable."""
    start = base_hz * random.uniform(0.82, 1.22, (_SYLLABLES, 1))
    glide = np.linspace(0, 1, _FRAMES) * random.uniform(-0.15, 0.08, (_SYLLABLES, 1))
    phase = np.cumsum(start * (1 + glide) / _RATE, axis=1)
    return 2 * (phase % 1.0) - 1


def _formants(random: np.random.Generator, throat: float) -> NDArray[np.float64]:
    """How loud each frequency leaves the mouth: three resonances, each between two vowels', over a fall."""
    hertz = np.fft.rfftfreq(_FRAMES, 1 / _RATE)[None, :]
    one, other = random.integers(0, len(_VOWELS_HZ), (2, _SYLLABLES))
    share = random.uniform(0, 1, (_SYLLABLES, 1))
    centres = throat * (share * _VOWELS_HZ[one] + (1 - share) * _VOWELS_HZ[other])
    peaks = [
        level / (1 + ((hertz - centres[:, [number]]) / width) ** 2)
        for number, (level, width) in enumerate([(1.0, 70.0), (0.5, 95.0), (0.25, 130.0)])
    ]
    return np.asarray(sum(peaks) + 0.02) * (hertz > 60)


def _hiss(random: np.random.Generator) -> NDArray[np.float64]:
    """Noise above 3 kHz for those that begin with one; silence for the others."""
    noise = np.fft.rfft(random.standard_normal((_SYLLABLES, _FRAMES)))
    hertz = np.fft.rfftfreq(_FRAMES, 1 / _RATE)
    shaped = np.fft.irfft(noise * (hertz > 3_000) * np.exp(-(((hertz - 5_500) / 2_500) ** 2)), _FRAMES)
    loudness = random.uniform(0.15, 0.5, (_SYLLABLES, 1)) * (random.uniform(0, 1, (_SYLLABLES, 1)) < _HISS_SHARE)
    hiss: NDArray[np.float64] = loudness * shaped / np.sqrt(np.mean(shaped**2))
    return hiss


def _enveloped(voiced: NDArray[np.float64], hiss: NDArray[np.float64], letters: int) -> Samples:
    """All syllables at the length of so many letters: the hiss, then the vowel swelling and dying away."""
    frames = PIPELINE_FORMAT.frames_of_ms(letters * _LETTER_MS)
    time = np.linspace(0, 1, frames)
    onset = np.where(hiss.any(axis=1, keepdims=True), 0.28, 0.06)
    swell = np.clip((time - 0.5 * onset) / onset, 0, 1) * np.clip((1 - time) / 0.3, 0, 1) ** 0.7
    breath = np.sin(np.pi * np.clip(time / 0.35, 0, 1))
    sound = _LEVEL * (swell * voiced[:, :frames] + breath * hiss[:, :frames])
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)
