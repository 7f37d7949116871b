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

from pipeline.assemble.formats import Codec, Encoding
from pipeline.atomic import machine_errors
from pipeline.recording import PIPELINE_FORMAT, Sound

SUFFIX: dict[Codec, str] = {"aac": ".m4a", "mp3": ".mp3"}

_ENCODER: dict[Codec, str] = {"aac": "aac", "mp3": "libmp3lame"}
_CONTAINER: dict[Codec, str] = {"aac": "mp4", "mp3": "mp3"}
_LEVEL: dict[Codec, float] = {"aac": 1.0, "mp3": 1 / 0.95}
"""What the sound is multiplied with first: LAME turns everything down to 0.95 of its own accord, which is 0.45 dB."""

_OPTIONS: dict[Codec, dict[str, str]] = {"aac": {"aac_coder": "fast"}, "mp3": {}}
"""`fast` encodes about twice as fast as the default coder, at no loss a listener would find on speech."""


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
    """One file. The sound comes in pieces of any length and goes out in packets of the codec's own."""

    def __init__(self, encoding: Encoding, path: Path) -> None:
        codec, self._rate = encoding.codec, encoding.rate
        self._container: OutputContainer = av.open(
            str(path), "w", format=_CONTAINER[codec], options={"fflags": "+bitexact"}
        )
        stream = self._container.add_stream(_ENCODER[codec], rate=self._rate, options=_OPTIONS[codec])
        assert isinstance(stream, AudioStream)
        stream.layout = "mono"
        stream.format = "fltp"
        stream.bit_rate = encoding.bit_rate
        stream.time_base = Fraction(1, self._rate)
        stream.codec_context.open()
        self._stream = stream
        self._level = np.float32(_LEVEL[codec])
        self._resampler = _resampler(self._rate)
        self._held = np.zeros(0, dtype=np.float32)
        self._position = 0

    def write(self, piece: Sound) -> None:
        self._take(piece if self._resampler is None else self._resampler.resample_chunk(piece))

    def flush(self) -> None:
        """The rest, which may be shorter than a packet."""
        if self._resampler is not None:
            self._take(self._resampler.resample_chunk(np.zeros(0, dtype=np.float32), last=True))
        if len(self._held):
            self._encode(self._held)
        self._container.mux(self._stream.encode(None))

    def _take(self, sound: Sound) -> None:
        sound = np.concatenate([self._held, sound]) if len(self._held) else sound
        size = self._stream.frame_size
        whole = len(sound) - len(sound) % size
        for start in range(0, whole, size):
            self._encode(sound[start : start + size])
        self._held = sound[whole:].copy()

    def _encode(self, sound: Sound) -> None:
        sound = sound if self._level == 1 else sound * self._level
        frame = av.AudioFrame.from_ndarray(sound[np.newaxis], format="fltp", layout="mono")
        frame.sample_rate = self._rate
        frame.time_base = self._stream.time_base
        frame.pts = self._position
        self._position += len(sound)
        for packet in self._stream.encode(frame):
            self._container.mux_one(packet)

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()


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
