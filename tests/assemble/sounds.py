"""Sound for the assembly tests: tones that tell clips apart, takes that hold them, files decoded back."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import av
import numpy as np

from pipeline.assemble.clips import cut_of
from pipeline.assemble.formats import Codec
from pipeline.assemble.mix import ChapterMix
from pipeline.assemble.order import ChapterOrder, Spoken
from pipeline.assemble.targets import targets
from pipeline.assemble.timeline import Pauses, SoundSettings
from pipeline.assemble.tracks import EncodedChapter
from pipeline.config import settings_of
from pipeline.recording import PIPELINE_FORMAT, Boundary, Samples, Sound, Take, Track

RATE = PIPELINE_FORMAT.rate


def sound(**changes: float) -> SoundSettings:
    """The default `[sound]` section with some of it changed."""
    return settings_of([]).sound.model_copy(update=changes)


def tone(hz: float, seconds: float, *, peak: int = 12_000) -> Samples:
    """A sine that begins and ends at zero, if `hz * seconds` is whole."""
    at = np.arange(round(seconds * RATE)) / RATE
    samples: Samples = np.rint(peak * np.sin(2 * np.pi * hz * at)).astype(np.int16)
    return samples


def as_float(samples: Samples) -> Sound:
    """The same sound at full scale ±1."""
    return samples.astype(np.float32) / 32768


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), dtype=np.int16)


def joined(*pieces: Samples) -> Samples:
    return np.concatenate(pieces)


def noise(seconds: float, *, seed: int, peak: int = 8_000) -> Samples:
    """Sound without any period, so that an alignment has one right answer."""
    generator = np.random.default_rng(seed)
    return generator.integers(-peak, peak, round(seconds * RATE), dtype=np.int16)


class Takes(dict[str, Samples]):
    """Takes in memory, by their key; `read` is what a store's `samples` is."""

    def __init__(self, samples: Sequence[Samples]) -> None:
        super().__init__({f"key{number}": each for number, each in enumerate(samples, start=1)})
        self.reads: list[str] = []

    def read(self, take: Take) -> Samples:
        self.reads.append(take.key)
        return self[take.key]

    def spoken(self, after: Iterable[Boundary]) -> tuple[Spoken, ...]:
        return tuple(
            Spoken(number, take_of(key, self[key]), boundary)
            for number, (key, boundary) in enumerate(zip(self, after, strict=True), start=1)
        )

    def order(self, after: Iterable[Boundary], *, number: int = 1, title: str = "One") -> ChapterOrder:
        return ChapterOrder(number, title, self.spoken(after))


def take_of(key: str, samples: Samples) -> Take:
    return Take(key, hashlib.sha256(samples.tobytes()).hexdigest(), len(samples))


def pauses_of(settings: SoundSettings) -> Pauses:
    return settings.pauses(targets()["personal"])


def mix_of(
    samples: Sequence[Samples], after: Iterable[Boundary], settings: SoundSettings
) -> tuple[ChapterMix, Samples]:
    """The mix of a chapter at the level of its takes, and its whole sound."""
    takes = Takes(samples)
    cuts = [cut_of(each, silence_db=settings.silence_db, keep_ms=settings.keep_silence_ms) for each in samples]
    mix = ChapterMix(
        takes.order(after),
        cuts,
        [0.0] * len(cuts),
        pauses=pauses_of(settings),
        fade_ms=settings.fade_ms,
        packet_frames=1_024,
        samples=takes.read,
    )
    return mix, as_samples(np.concatenate(list(mix)))


def as_samples(heard: Sound) -> Samples:
    samples: Samples = np.clip(np.rint(heard * 32768), -32768, 32767).astype(np.int16)
    return samples


def decoded(path: Path) -> Samples:
    """All frames of a file's first audio stream, as a player would hear them, at 16 bits."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
    whole = np.concatenate(frames, axis=-1)[0]
    if whole.dtype == np.float32:
        whole = np.clip(np.rint(whole * 32768), -32768, 32767)
    samples: Samples = whole.astype(np.int16)
    return samples


def tags_of(path: Path) -> Mapping[str, str]:
    with av.open(str(path)) as container:
        return dict(container.metadata)


def lag_of(heard: Samples, meant: Samples, *, around: int = 2_100) -> int:
    """By how many frames `heard` comes late against `meant`: where their correlation is highest."""
    size = 1 << (len(heard) + len(meant) - 1).bit_length()
    spectrum = np.fft.rfft(heard.astype(np.float64), size) * np.conj(np.fft.rfft(meant.astype(np.float64), size))
    correlation = np.fft.irfft(spectrum, size)
    lags = np.r_[0 : around + 1, -around:0]
    return int(lags[np.argmax(correlation[lags])])


def encoded_chapter(track: Track, files: dict[Codec, Path]) -> EncodedChapter:
    """A chapter as it comes from the shelf, of files that were not measured."""
    return EncodedChapter(track, 0.0, is_short=False, files=files, proofs={}, reused=False)
