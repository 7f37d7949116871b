"""What goes wrong with the sound itself: each a small function from good samples to bad ones.

Levels are decibels against the sound's own level (RMS): −20 is a tenth of it, whatever the voice. What looks random is
a function of the samples, so the same sound is spoiled into the same bytes.
"""

import zlib
from collections.abc import Callable, Mapping

import numpy as np
import soxr
from numpy.typing import NDArray

from pipeline.recording import PIPELINE_FORMAT, Samples
from pipeline.rehearsal.faults import Fault

_EDGE_MS = 5
"""Faded at a gap's edges: what is to be noticed is the silence, not a click."""


def distorted(samples: Samples, fault: Fault | None) -> Samples:
    """The samples as this fault leaves them: themselves where it is not about the sound."""
    distort = DISTORTIONS.get(fault.kind) if fault else None
    return distort(samples, fault) if distort and fault and len(samples) else samples


def _truncated(samples: Samples, fault: Fault) -> Samples:
    """Stops after `share` and says nothing of it: streaming has ended after 60 s, after exactly 20 s, after 13 %."""
    return samples[: int(len(samples) * fault.share)]


def _looped(samples: Samples, fault: Fault) -> Samples:
    """The last `share` is said `times` times in all: a take two or three times as long as its text."""
    start = round(len(samples) * (1 - fault.share))
    return np.concatenate([samples[:start], *[samples[start:]] * fault.times])


def _fading(samples: Samples, fault: Fault) -> Samples:
    """Ends at `level_db`, steadily from `at` on: soft passages were heard to fade to near silence by minute four."""
    start = int(len(samples) * fault.at)
    fall_db = np.concatenate([np.zeros(start), np.linspace(0.0, fault.level_db, len(samples) - start)])
    return _clipped_to_16_bits(samples * 10 ** (fall_db / 20))


def _noise(samples: Samples, fault: Fault) -> Samples:
    """White noise over the voice from `at` on: metallic hiss, or a client that took PCM for something else."""
    noise = _random(samples).standard_normal(len(samples))
    return _mixed(samples, noise, fault)


def _drone(samples: Samples, fault: Fault) -> Samples:
    """A hum of `hertz` and its first overtones from `at` on: the ringing that grew in takes of two minutes."""
    turns = fault.hertz / PIPELINE_FORMAT.rate * np.arange(len(samples))
    hum = sum(np.sin(2 * np.pi * overtone * turns) / overtone for overtone in (1, 2, 3))
    return _mixed(samples, np.asarray(hum), fault)


def _gap(samples: Samples, fault: Fault) -> Samples:
    """`seconds` of nothing put in at `at`."""
    start = int(len(samples) * fault.at)
    before, after = samples[:start].astype(np.float64), samples[start:].astype(np.float64)
    edge = min(PIPELINE_FORMAT.frames_of_ms(_EDGE_MS), len(before), len(after))
    before[len(before) - edge :] *= np.linspace(1.0, 0.0, edge)
    after[:edge] *= np.linspace(0.0, 1.0, edge)
    return np.concatenate([before.astype(np.int16), _silence(fault.seconds), after.astype(np.int16)])


def _trailing(samples: Samples, fault: Fault) -> Samples:
    """`seconds` of nothing after the last word, paid for by the second."""
    return np.concatenate([samples, _silence(fault.seconds)])


def _clipped(samples: Samples, fault: Fault) -> Samples:
    """So loud by `gain_db` that the tops are cut off."""
    return _clipped_to_16_bits(samples * 10 ** (fault.gain_db / 20))


def _silent(samples: Samples, _fault: Fault) -> Samples:
    """The right length, all zeros: silent clips were recorded as successes."""
    return np.zeros_like(samples)


def _empty(samples: Samples, _fault: Fault) -> Samples:
    """Status 200 without a byte: the model ended with `OTHER`, and the same request works later."""
    return samples[:0]


def _resampled(samples: Samples, fault: Fault) -> Samples:
    """At another rate than the header says: played at 24 kHz it is faster and higher, or slower and deeper."""
    floats = samples.astype(np.float32) / 32768
    return _clipped_to_16_bits(soxr.resample(floats, PIPELINE_FORMAT.rate, fault.hertz, quality="HQ") * 32768)


DISTORTIONS: Mapping[str, Callable[[Samples, Fault], Samples]] = {
    "truncated": _truncated,
    "looped": _looped,
    "fading": _fading,
    "noise": _noise,
    "drone": _drone,
    "gap": _gap,
    "trailing": _trailing,
    "clipped": _clipped,
    "silent": _silent,
    "empty": _empty,
    "resampled": _resampled,
}


def _mixed(samples: Samples, other: NDArray[np.float64], fault: Fault) -> Samples:
    """`other` over the sound from `at` on, at `level_db` against its level."""
    start = int(len(samples) * fault.at)
    gain = _rms(samples) * 10 ** (fault.level_db / 20) / max(_rms(other), 1e-9)
    mixed = samples.astype(np.float64)
    mixed[start:] += gain * other[start:]
    return _clipped_to_16_bits(mixed)


def _rms(samples: NDArray[np.generic]) -> float:
    return float(np.sqrt(np.mean(np.square(samples.astype(np.float64)))))


def _random(samples: Samples) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(samples.tobytes()))


def _silence(seconds: float) -> Samples:
    return np.zeros(PIPELINE_FORMAT.frames_of_ms(1000 * seconds), dtype=np.int16)


def _clipped_to_16_bits(samples: NDArray[np.floating]) -> Samples:
    rounded: Samples = np.clip(np.rint(samples), -32768, 32767).astype(np.int16)
    return rounded
