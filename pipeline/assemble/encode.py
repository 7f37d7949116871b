"""Sound into packets: the only place where an encoder runs. FFmpeg's own, through PyAV, in this process."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soxr
from av.audio import AudioStream
from av.container import OutputContainer
from numpy.typing import NDArray

from pipeline.assemble.formats import Codec, Encoding
from pipeline.atomic import machine_errors
from pipeline.recording import PIPELINE_FORMAT, Sound

SUFFIX: dict[Codec, str] = {"aac": ".m4a", "mp3": ".mp3", "opus": ".opus", "flac": ".flac", "pcm": ".wav"}

_ENCODER: dict[Codec, str] = {
    "aac": "aac",
    "mp3": "libmp3lame",
    "opus": "libopus",
    "flac": "flac",
    "pcm": "pcm_s16le",
}
_CONTAINER: dict[Codec, str] = {"aac": "mp4", "mp3": "mp3", "opus": "ogg", "flac": "flac", "pcm": "wav"}
_SAMPLES: dict[Codec, str] = {"aac": "fltp", "mp3": "fltp", "opus": "flt", "flac": "s16", "pcm": "s16"}

_LAME_LEVEL = {0: 0.95, 192_000: 0.97, 256_000: 1.0}
"""What LAME turns everything down to of its own accord, from these bit rates on (measured); it is made up for first."""

_AAC_TOOLS: dict[int, dict[str, str]] = {
    0: {"aac_tns": "0"},
    48_000: {"aac_tns": "0", "aac_pns": "0"},
}
"""From this bit rate on, the tools that the `fast` coder does without. `python -m tests.bench.coders` has the figures.

Against FFmpeg's default coder on five voices, `fast` takes a third of the time and has the higher wide-band PESQ at
32, 48, 64 and 96 kb/s (3.19 to 3.02, 4.05 to 3.67, 4.35 to 4.13, 4.58 to 4.55). Without temporal noise shaping (TNS)
it is a tenth faster and, at every bit rate, as good or better (3.25, 4.07, 4.36, 4.60). Noise substitution (PNS) costs
next to nothing and is worth 0.02 at 32 kb/s, nothing from 48 on.
"""

_PIECE_FRAMES = 32_768
"""Sound goes to the encoder in pieces of this size, which FFmpeg cuts into packets: a call a packet costs a tenth."""


def encode_track(pieces: Iterable[Sound], targets: Mapping[Encoding, Path]) -> None:
    """Encode one chapter into every target, reading its sound a single time. Pieces may be of any length."""
    with ExitStack() as stack, machine_errors(next(iter(targets.values()))):
        writers = [stack.enter_context(_Writer(encoding, path)) for encoding, path in targets.items()]
        for piece in pieces:
            for writer in writers:
                writer.write(piece)
        for writer in writers:
            writer.flush()


class _Writer:
    """One file. The sound comes in pieces of any length; the encoder cuts it into packets of its own."""

    def __init__(self, encoding: Encoding, path: Path) -> None:
        self._codec = codec = encoding.codec
        self._rate = encoding.rate
        self._container: OutputContainer = av.open(
            str(path), "w", format=_CONTAINER[codec], options={"fflags": "+bitexact"}
        )
        stream = self._container.add_stream(_ENCODER[codec], rate=self._rate, options=coder_options(encoding))
        assert isinstance(stream, AudioStream)
        stream.layout = "mono"
        stream.format = _SAMPLES[codec]
        stream.bit_rate = encoding.bit_rate
        stream.time_base = Fraction(1, self._rate)
        stream.codec_context.open()
        self._stream = stream
        self._level = _level(encoding)
        self._resampler = _resampler(self._rate)
        self._position = 0
        self._encode(np.zeros(encoding.lead_frames, dtype=np.float32))

    def write(self, piece: Sound) -> None:
        self._encode(piece if self._resampler is None else self._resampler.resample_chunk(piece))

    def flush(self) -> None:
        """What the resampler and the encoder still hold; the last packet may be a short one."""
        if self._resampler is not None:
            self._encode(self._resampler.resample_chunk(np.zeros(0, dtype=np.float32), last=True))
        self._container.mux(self._stream.encode(None))

    def _encode(self, sound: Sound) -> None:
        for start in range(0, len(sound), _PIECE_FRAMES):
            piece = sound[np.newaxis, start : start + _PIECE_FRAMES]
            samples = _as_taken(piece * self._level, self._codec)
            frame = av.AudioFrame.from_ndarray(samples, format=_SAMPLES[self._codec], layout="mono")
            frame.sample_rate = self._rate
            frame.time_base = Fraction(1, self._rate)
            frame.pts = self._position
            self._position += piece.shape[1]
            for packet in self._stream.encode(frame):
                self._container.mux_one(packet)

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()


def coder_options(encoding: Encoding) -> dict[str, str]:
    """The encoder's own options: chosen by measurement, or what joining needs."""
    if encoding.codec == "aac":
        tools = max(least for least in _AAC_TOOLS if least <= encoding.bit_rate)
        return {"aac_coder": "fast", **_AAC_TOOLS[tools]}
    if encoding.codec == "opus":
        return {"application": "audio"}  # `voip` is as fast and scores less: PESQ 4.37 to 4.39 at 32 kb/s
    if encoding.codec == "mp3" and encoding.joins:
        return {"reservoir": "0"}  # else a packet's bits begin in the packets before it
    return {}


def _level(encoding: Encoding) -> np.float32:
    """What the sound is multiplied with so that it comes back as loud as it went in."""
    if encoding.codec != "mp3":
        return np.float32(1)
    return np.float32(1 / _LAME_LEVEL[max(least for least in _LAME_LEVEL if least <= encoding.bit_rate)])


def _as_taken(sound: Sound, codec: Codec) -> "Sound | NDArray[np.int16]":
    """The sound in the form its encoder takes."""
    if _SAMPLES[codec] == "s16":
        return np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16)
    return sound


def _resampler(rate: int) -> soxr.ResampleStream | None:
    if rate == PIPELINE_FORMAT.rate:
        return None
    return soxr.ResampleStream(PIPELINE_FORMAT.rate, rate, 1, dtype="float32", quality="HQ")


def packets(path: Path) -> Iterator[bytes]:
    """The encoded packets of a file this module wrote, priming packet included, in order."""
    with av.open(str(path)) as container:
        for packet in container.demux(audio=0):
            if packet.size:
                yield bytes(packet)
