"""PCM into packets: the only place where an encoder runs. FFmpeg's own, through PyAV, in this process."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio import AudioStream
from av.container import OutputContainer

from pipeline.assemble.formats import Codec
from pipeline.atomic import machine_errors
from pipeline.recording import PIPELINE_FORMAT, Samples

SUFFIX: dict[Codec, str] = {"aac": ".m4a", "mp3": ".mp3"}

_ENCODER: dict[Codec, str] = {"aac": "aac", "mp3": "libmp3lame"}
_CONTAINER: dict[Codec, str] = {"aac": "mp4", "mp3": "mp3"}
_SAMPLE_FORMAT: dict[Codec, str] = {"aac": "fltp", "mp3": "s16p"}
_OPTIONS: dict[Codec, dict[str, str]] = {"aac": {"aac_coder": "fast"}, "mp3": {}}
"""`fast` encodes about twice as fast as the default coder, at no loss a listener would find on speech."""

_TIME_BASE = Fraction(1, PIPELINE_FORMAT.rate)


def encode_track(pieces: Iterable[Samples], targets: dict[Codec, tuple[Path, int]]) -> None:
    """Encode one chapter once into every target, codec → (file, bits a second), reading its sound a single time."""
    with ExitStack() as stack, machine_errors(next(iter(targets.values()))[0]):
        writers = [stack.enter_context(_Writer(codec, path, rate)) for codec, (path, rate) in targets.items()]
        for block in _blocks(pieces, writers[0].frame_size if len(writers) == 1 else _COMMON_BLOCK):
            for writer in writers:
                writer.write(block)


_COMMON_BLOCK = 9_216
"""Frames that hold a whole number of AAC (1,024) and MP3 at 24 kHz (576) packets."""


class _Writer:
    def __init__(self, codec: Codec, path: Path, bit_rate: int) -> None:
        options = {"fflags": "+bitexact"}
        self._container: OutputContainer = av.open(str(path), "w", format=_CONTAINER[codec], options=options)
        stream = self._container.add_stream(_ENCODER[codec], rate=PIPELINE_FORMAT.rate, options=_OPTIONS[codec])
        assert isinstance(stream, AudioStream)
        stream.layout = "mono"
        stream.format = _SAMPLE_FORMAT[codec]
        stream.bit_rate = bit_rate
        stream.time_base = _TIME_BASE
        stream.codec_context.open()
        self._stream = stream
        self._is_float = _SAMPLE_FORMAT[codec] == "fltp"
        self._position = 0

    @property
    def frame_size(self) -> int:
        return self._stream.frame_size

    def write(self, block: Samples) -> None:
        for start in range(0, len(block), self.frame_size):
            piece = block[start : start + self.frame_size]
            data = piece.astype(np.float32) / 32768 if self._is_float else piece
            frame = av.AudioFrame.from_ndarray(data[np.newaxis], format=self._stream.format.name, layout="mono")
            frame.sample_rate = PIPELINE_FORMAT.rate
            frame.time_base = _TIME_BASE
            frame.pts = self._position
            self._position += len(piece)
            self._container.mux(self._stream.encode(frame))

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        if failure is None:
            self._container.mux(self._stream.encode(None))
        self._container.close()


def _blocks(pieces: Iterable[Samples], size: int) -> Iterator[Samples]:
    """The same frames in blocks of `size`, the last one shorter."""
    held: list[Samples] = []
    count = 0
    for piece in pieces:
        held.append(piece)
        count += len(piece)
        if count >= size:
            joined = np.concatenate(held)
            whole = count - count % size
            for start in range(0, whole, size):
                yield joined[start : start + size]
            held, count = [joined[whole:]], count - whole
    if count:
        yield np.concatenate(held)


def packets(path: Path) -> Iterator[bytes]:
    """The encoded packets of a file this module wrote, priming packet included, in order."""
    with av.open(str(path)) as container:
        for packet in container.demux(audio=0):
            if packet.size:
                yield bytes(packet)
