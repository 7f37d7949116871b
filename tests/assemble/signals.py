"""Signals whose loudness, peaks and silences are known or can be told by another meter, and files that hold them."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from pipeline.assemble.loudness import Channels


def sine(hz: float, seconds: float, *, rate: int, db: float = 0.0, phase: float = 0.0) -> Channels:
    at = np.arange(round(seconds * rate)) / rate
    return (10 ** (db / 20) * np.sin(2 * np.pi * hz * at + phase)).astype(np.float32)


def bursts(seconds: float, *, rate: int, seed: int = 1, peak: float = 0.5) -> Channels:
    """Noise that loses its highs as speech does, in syllables and pauses."""
    white = np.random.default_rng(seed).standard_normal(round(seconds * rate))
    spectrum = np.fft.rfft(white)
    spectrum /= 1 + (np.fft.rfftfreq(len(white), 1 / rate) / 500) ** 2
    sound = np.fft.irfft(spectrum, len(white))
    at = np.arange(len(white)) / rate
    sound *= np.clip(np.sin(2 * np.pi * 2.1 * at), 0, 1) * (np.sin(2 * np.pi * 0.23 * at) > -0.4)
    return (peak * sound / np.abs(sound).max()).astype(np.float32)


def room(seconds: float, *, rate: int, db: float, seed: int = 7) -> Channels:
    """White noise of this RMS."""
    noise = np.random.default_rng(seed).standard_normal(round(seconds * rate))
    return (10 ** (db / 20) * noise).astype(np.float32)


def reading(
    seconds: float, *, rate: int, head_s: float = 0.75, tail_s: float = 3.0, tone_db: float = -70.0
) -> Channels:
    """What a store takes: peaks 18 dB over the RMS at the most, silences at both ends, and a room throughout."""
    speech = (0.6 * np.tanh(4 * bursts(seconds, rate=rate))).astype(np.float32)
    ends = [np.zeros(round(length * rate), dtype=np.float32) for length in (head_s, tail_s)]
    whole = np.concatenate([ends[0], speech, ends[1]])
    return whole + room(len(whole) / rate, rate=rate, db=tone_db)[: len(whole)]


def write(path: Path, sound: Channels, *, rate: int, codec: str, **options: str) -> Path:
    """Encode a sound by FFmpeg's encoder of that name, into the container of the file's name."""
    planes = np.atleast_2d(sound)
    layout = {1: "mono", 2: "stereo"}[len(planes)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, options=options)
        stream.layout, stream.time_base = layout, Fraction(1, rate)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(planes), format="fltp", layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = rate, stream.time_base, 0
        resampler = av.AudioResampler(stream.format, layout, rate, frame_size=stream.codec_context.frame_size or None)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path
