"""What is delivered, and what each chapter is encoded to for it: settings, without the libraries that encode."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from pipeline.assemble.targets import Target, targets
from pipeline.recording import PIPELINE_FORMAT

Codec = Literal["aac", "mp3", "opus", "flac", "pcm"]
Format = Literal["m4b", "mp3", "opus", "flac", "wav"]
ReadAlong = Literal["vtt", "srt", "lrc", "chapters", "rss", "lpf", "epub"]

_EMBEDDING = frozenset({"lpf", "epub"})
"""What holds the sound itself, as an MP3 a chapter."""

CODECS: tuple[Codec, ...] = get_args(Codec)
AAC_PACKET_FRAMES = 1_024

_MP3_KBPS = 64
"""Speech of 24 kHz needs no more; a store's target asks for its own."""

_MPEG1_HZ = 32_000
"""From this rate on an MP3 is MPEG-1, of 1,152 frames a packet; below it MPEG-2, of 576 (ISO/IEC 13818-3, 2.4)."""

_MPEG1_KBPS = {32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}
_MPEG2_KBPS = {32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}

_OPUS_HZ = 24_000
"""A rate Opus encodes as it is, and the pipeline's own."""

_SAMPLE_BITS = 16


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a chapter is encoded: `bit_rate` in bits, `rate` in frames a second.

    AAC and Opus chapters can always be joined into one stream; an MP3 only if `joins`, which costs its bit reservoir.
    """

    codec: Codec
    bit_rate: int
    rate: int = PIPELINE_FORMAT.rate
    joins: bool = False

    @property
    def is_joined(self) -> bool:
        return self.joins or self.codec in ("aac", "opus")

    @property
    def packet_frames(self) -> int:
        """Frames at `rate` that one packet holds; 1 where a packet may hold any number."""
        mp3 = 1_152 if self.rate >= _MPEG1_HZ else 576
        return {"aac": AAC_PACKET_FRAMES, "mp3": mp3, "opus": self.rate // 50, "flac": 1, "pcm": 1}[self.codec]

    @property
    def delay_frames(self) -> int:
        """Frames at `rate` by which what is decoded comes late: the encoder's look-ahead and the decoder's own.

        LAME 576 + 529, Opus 6.5 ms, AAC a packet; all as FFmpeg tells them, and measured.
        """
        return {"aac": AAC_PACKET_FRAMES, "mp3": 1_105, "opus": 13 * self.rate // 2_000, "flac": 0, "pcm": 0}[
            self.codec
        ]

    @property
    def lead_frames(self) -> int:
        """Silence put before a chapter that will be joined, so that it is late by whole packets."""
        return -self.delay_frames % self.packet_frames if self.is_joined else 0

    @property
    def priming_packets(self) -> int:
        """Packets before the one a joined chapter begins with."""
        return (self.delay_frames + self.lead_frames) // self.packet_frames

    @property
    def whole_frames(self) -> int:
        """The fewest frames of the pipeline's rate that fill whole packets; a joined chapter is a multiple of it."""
        source = self.packet_frames * PIPELINE_FORMAT.rate
        return source // math.gcd(source, self.rate)

    def packets_in(self, frames: int) -> int:
        """Packets that `frames` of the pipeline's rate fill. Raises `ValueError` where they are not whole ones."""
        packets, rest = divmod(frames * self.rate, PIPELINE_FORMAT.rate * self.packet_frames)
        if rest:
            raise ValueError(f"{frames} frames are no whole packets of {self.codec}")
        return packets


def _refuse_impossible(mp3_kbps: int, target_name: str) -> None:
    """Raises `ValueError` for a bit rate that no MP3 has at the rate the target asks for."""
    target = targets().get(target_name)
    rate = (target and target.rate_hz) or PIPELINE_FORMAT.rate
    allowed = _MPEG1_KBPS if rate >= _MPEG1_HZ else _MPEG2_KBPS
    if mp3_kbps not in {0} | allowed:
        rates = " ".join(map(str, sorted(allowed)))
        raise ValueError(f"at {rate} Hz, as the target has it, an MP3 can have 0 (as the target asks) {rates}")


class DeliverySettings(BaseModel):
    """The `[delivery]` section: whom the files are for, formats, bit rates in kb/s, the narrator's name.

    `mp3`: one file a chapter, or the whole book in one. 0 kb/s for MP3: what the target asks for. No narrator: model
    and voice. `read_along` names what is written to read along with, `feed_url` where the folder of a feed will be
    found. `listen_early`: finished chapters can be played while the rest is rendered.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: str
    formats: tuple[Format, ...] = Field(min_length=1)
    mp3: Literal["chapters", "one"]
    aac_kbps: int = Field(ge=24, le=320)
    mp3_kbps: Literal[0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 192, 224, 256, 320]
    opus_kbps: int = Field(ge=8, le=128)
    narrator: str
    feed_url: str
    listen_early: bool
    read_along: tuple[ReadAlong, ...]

    @field_validator("read_along")
    @classmethod
    def _can_be_made(cls, kinds: tuple[ReadAlong, ...], info: ValidationInfo) -> tuple[ReadAlong, ...]:
        if "rss" in kinds and ("mp3" not in info.data.get("formats", ()) or info.data.get("mp3") == "one"):
            raise ValueError('rss has an MP3 a chapter for each episode: add "mp3" to delivery.formats')
        if "rss" in kinds and not info.data.get("feed_url"):
            raise ValueError("rss names its files by address: say in delivery.feed_url where the folder will be found")
        if _EMBEDDING & set(kinds):
            _refuse_impossible(info.data.get("mp3_kbps", 0), info.data.get("target", ""))
        return kinds

    @field_validator("target")
    @classmethod
    def _is_known(cls, name: str) -> str:
        if name not in targets():
            raise ValueError(f"no such target; there are {', '.join(targets())}")
        return name

    @field_validator("mp3")
    @classmethod
    def _is_taken(cls, division: str, info: ValidationInfo) -> str:
        target = targets().get(info.data.get("target", ""))
        if division == "one" and target is not None and target.longest_min is not None:
            raise ValueError(f"the target {target.name} takes one file a chapter")
        return division

    @field_validator("mp3_kbps")
    @classmethod
    def _is_possible(cls, kbps: int, info: ValidationInfo) -> int:
        if "mp3" in info.data.get("formats", ()):
            _refuse_impossible(kbps, info.data.get("target", ""))
        return kbps

    @property
    def goal(self) -> Target:
        return targets()[self.target]

    @property
    def encodings(self) -> tuple[Encoding, ...]:
        """What each chapter is encoded to, for the formats asked for and for the files to read along with."""
        embedded: tuple[Format, ...] = ("mp3",) if _EMBEDDING & set(self.read_along) else ()
        return tuple(self.encoding(format) for format in dict.fromkeys((*self.formats, *embedded)))

    @property
    def packet_frames(self) -> int:
        """Frames of the timeline that are whole packets of every codec whose chapters are joined into one file.

        As for an M4B where there is none, so that one can be added later.
        """
        joined = [encoding.whole_frames for encoding in self.encodings if encoding.is_joined]
        return math.lcm(*joined) if joined else AAC_PACKET_FRAMES

    def encoding(self, format: Format) -> Encoding:
        """What a chapter is encoded to for one format."""
        rate = self.goal.rate_hz or PIPELINE_FORMAT.rate
        mp3_kbps = self.mp3_kbps or self.goal.mp3_kbps or _MP3_KBPS
        return {
            "m4b": Encoding("aac", self.aac_kbps * 1000),
            "mp3": Encoding("mp3", mp3_kbps * 1000, rate, joins=self.mp3 == "one"),
            "opus": Encoding("opus", self.opus_kbps * 1000, _OPUS_HZ),
            "flac": Encoding("flac", _SAMPLE_BITS * rate, rate),
            "wav": Encoding("pcm", _SAMPLE_BITS * rate, rate),
        }[format]
