"""Any file with sound in it, decoded piece by piece, and what can be told of the file itself."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
from av.audio import AudioFrame, AudioStream
from av.container import InputContainer

from pipeline.assemble.loudness import Channels
from pipeline.assemble.names import IGNORE_NAME
from pipeline.errors import AudioError

_NAMES = "m4b m4a mp4 mp3 flac wav w64 ogg oga opus aac aif aiff caf mka wma ac3"
SOUND_SUFFIXES = frozenset(f".{name}" for name in _NAMES.split())

_PIECE_S = 2
_PIECE_FRAMES = 48_000
_FULL_SCALE = {"u1": 2.0**7, "i2": 2.0**15, "i4": 2.0**31, "i8": 2.0**63}


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a file is, measurements aside.

    container, codec          FFmpeg's names, as in `mp3`, `aac`, `pcm_s16le`
    kbps                      average over the sound's packets; cover and tags do not count
    declared_s                how long it says it is; 0: it does not say
    is_constant               whether the bit rate is constant; None: the codec is not one where that is told
    damaged, damaged_at_s     places that could not be decoded, and the first of them, -1: none
    """

    path: Path
    container: str
    codec: str
    rate: int
    channels: int
    size_bytes: int
    kbps: int
    is_constant: bool | None
    declared_s: float = 0.0
    damaged: int = 0
    damaged_at_s: float = -1.0


class SoundFile(AbstractContextManager["SoundFile"]):
    """The first sound of a file. `pieces` go by once; `facts` are complete after them.

    Raises `AudioError` for what is missing, empty, or has no sound that can be decoded.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._container = _opened(path)
        self._stream = _sound_of(self._container, path)
        if self._codec == "flac":
            self._stream.codec_context.options = {"err_detect": "crccheck+explode"}  # else a broken block is played
        self.rate, self.channels = self._stream.rate, self._stream.channels
        self.declared_s = _declared_s(self._container, self._stream)
        self._tick_s = float(self._stream.time_base or 0)
        self._packets = _Packets()
        self._frames = self._damaged = 0
        self._damaged_at_s = -1.0

    def __exit__(self, *_: object) -> None:
        self._container.close()

    def pieces(self) -> Iterator[Channels]:
        """The sound as (channels, frames) of float32, some two seconds at a time.

        What cannot be decoded is left out and counted; so is what follows where the rate or the channels change.
        """
        held: list[Channels] = []
        frames = 0
        for frame in self._decoded():
            held.append(_as_float(frame))
            frames += frame.samples
            if frames >= _PIECE_S * self.rate:
                yield np.concatenate(held, axis=1)
                held, frames = [], 0
        if held:
            yield np.concatenate(held, axis=1)

    def declared(self) -> FileFacts:
        """What the file says of itself, nothing of it decoded. An MP3 is taken to have one bit rate."""
        kbps = round((self._container.bit_rate or 0) / 1000)
        return replace(self.facts(), kbps=kbps, is_constant=self._codec == "mp3" or None)

    def facts(self) -> FileFacts:
        return FileFacts(
            self._path,
            container=self._container.format.name.split(",")[0],
            codec=self._codec,
            rate=self.rate,
            channels=self.channels,
            size_bytes=self._path.stat().st_size,
            kbps=self._packets.kbps,
            is_constant=self._packets.is_constant if self._codec == "mp3" else None,
            declared_s=self.declared_s,
            damaged=self._damaged,
            damaged_at_s=self._damaged_at_s,
        )

    @property
    def _codec(self) -> str:
        return self._stream.codec_context.codec.canonical_name

    def _decoded(self) -> Iterator[AudioFrame]:
        for packet in self._demuxed():
            try:
                frames = self._stream.codec_context.decode(packet)
            except av.FFmpegError:
                self._note_damage()
                continue
            for frame in frames:
                if frame.sample_rate != self.rate or frame.layout.nb_channels != self.channels:
                    self._note_damage()
                    continue
                self._frames += frame.samples
                yield frame

    def _demuxed(self) -> Iterator["av.Packet[AudioStream]"]:
        try:
            for packet in self._container.demux(self._stream):
                if packet.size:
                    self._packets.note(packet.size, (packet.duration or 0) * self._tick_s)
                yield packet
        except av.FFmpegError:
            self._note_damage()

    def _note_damage(self) -> None:
        if not self._damaged:
            self._damaged_at_s = self._frames / self.rate
        self._damaged += 1


def sound_files(path: Path) -> list[Path]:
    """The file itself, or all files of sound in a folder and the folders in it, by name.

    Hidden ones are left aside, and folders in it that ask library servers to be left out (`.ignore`).

    Raises `AudioError` for what is not there, and for a folder without any.
    """
    if not path.is_dir():
        if not path.exists():
            raise AudioError("there is no such file", where=str(path))
        return [path]
    found = sorted(file for file in path.rglob("*") if file.suffix.lower() in SOUND_SUFFIXES and file.is_file())
    ignored = {mark.parent for mark in path.rglob(IGNORE_NAME)} - {path}
    shown = [
        file
        for file in found
        if not any(part.startswith(".") for part in file.relative_to(path).parts) and ignored.isdisjoint(file.parents)
    ]
    if not shown:
        raise AudioError("there is no file of sound in this folder", where=str(path))
    return shown


def declared_seconds(path: Path) -> float:
    """How long a file says it is; 0 if it cannot be opened."""
    try:
        with SoundFile(path) as file:
            return file.declared_s
    except AudioError:
        return 0.0


def decoded(path: Path) -> Iterator[Channels]:
    """The sound of a mono file of floats that is known to be whole, some two seconds at a time.

    FFmpeg reads and decodes it by itself (its filter `amovie`). With a call of ours for each of 23 packets a second,
    two chapters at once would wait for the interpreter a third of the time.
    """
    graph = av.filter.Graph()
    source = graph.add("amovie", filename=str(path))
    pieces = graph.add("asetnsamples", n=str(_PIECE_FRAMES), p="0")
    sink = graph.add("abuffersink")
    source.link_to(pieces)
    pieces.link_to(sink)
    graph.configure()
    while True:
        try:
            frame = graph.pull()
        except av.EOFError:
            return
        assert isinstance(frame, AudioFrame)
        yield _as_float(frame)


class _Packets:
    """Their sizes: how many bits a second, and whether always as many."""

    def __init__(self) -> None:
        self._bytes = self._last = 0
        self._seconds = 0.0
        self._least, self._most = 1 << 62, 0

    def note(self, size: int, seconds: float) -> None:
        if self._last:  # so the very last packet, which may be cut short, is not compared
            self._least, self._most = min(self._least, self._last), max(self._most, self._last)
        self._last = size
        self._bytes += size
        self._seconds += seconds

    @property
    def kbps(self) -> int:
        return round(8 * self._bytes / self._seconds / 1000) if self._seconds else 0

    @property
    def is_constant(self) -> bool:
        """MP3 frames of one bit rate differ by the byte of padding that some of them have."""
        return self._most - self._least <= 1


def _opened(path: Path) -> InputContainer:
    if path.is_file() and not path.stat().st_size:
        raise AudioError("the file is empty", where=str(path))
    with _audio_errors(path):
        return av.open(str(path))


def _sound_of(container: InputContainer, path: Path) -> AudioStream:
    if not container.streams.audio or not container.streams.audio[0].rate:
        container.close()
        raise AudioError("there is no sound in it", where=str(path))
    return container.streams.audio[0]


def _declared_s(container: InputContainer, stream: AudioStream) -> float:
    if container.format.name == "aac":
        return 0.0  # a bare stream says nothing, and FFmpeg's guess is seconds off
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return float(container.duration or 0) / av.time_base


@contextmanager
def _audio_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise AudioError("there is no such file", where=str(path)) from error
    except (av.FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise AudioError(f"no sound can be read from it ({reason})", where=str(path)) from error


def _as_float(frame: AudioFrame) -> Channels:
    """(channels, frames) at full scale ±1, whatever the decoder gives."""
    if frame.format.name == "fltp" and frame.layout.nb_channels == 1:  # what most are: a view does
        view: Channels = np.frombuffer(memoryview(frame.planes[0]), dtype=np.float32)[np.newaxis, : frame.samples]
        return view
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    kind = samples.dtype.str[1:]
    sound: Channels = samples.astype(np.float32, copy=False)
    if kind == "u1":
        sound = sound - 128
    return sound / np.float32(_FULL_SCALE[kind]) if kind in _FULL_SCALE else sound
