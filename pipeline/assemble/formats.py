"""What is delivered, and what each chapter is encoded to for it: settings, without the libraries that encode."""

from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from pipeline.assemble.targets import Target, targets
from pipeline.recording import PIPELINE_FORMAT

Codec = Literal["aac", "mp3"]
Format = Literal["m4b", "mp3"]
ReadAlong = Literal["vtt", "srt", "lrc", "chapters", "rss", "lpf", "epub"]

CODECS: tuple[Codec, ...] = get_args(Codec)
AAC_PACKET_FRAMES = 1_024

_MP3_KBPS = 64
"""Speech of 24 kHz needs no more; a store's target asks for its own."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a chapter is encoded: `bit_rate` in bits, `rate` in frames a second."""

    codec: Codec
    bit_rate: int
    rate: int = PIPELINE_FORMAT.rate


class DeliverySettings(BaseModel):
    """The `[delivery]` section: whom the files are for, formats, bit rates in kb/s, the narrator's name.

    0 kb/s for MP3: what the target asks for. No narrator: model and voice. `read_along` names what is written to read
    along with, `feed_url` where the folder of a feed will be found.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: str
    formats: tuple[Format, ...] = Field(min_length=1)
    aac_kbps: int = Field(ge=24, le=320)
    mp3_kbps: Literal[0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 192, 224, 256, 320]
    narrator: str
    feed_url: str
    read_along: tuple[ReadAlong, ...]

    @field_validator("read_along")
    @classmethod
    def _can_be_made(cls, kinds: tuple[ReadAlong, ...], info: ValidationInfo) -> tuple[ReadAlong, ...]:
        if "rss" in kinds and ("mp3" not in info.data.get("formats", ()) or info.data.get("mp3") == "one"):
            raise ValueError('rss has an MP3 a chapter for each episode: add "mp3" to delivery.formats')
        if "rss" in kinds and not info.data.get("feed_url"):
            raise ValueError("rss names its files by address: say in delivery.feed_url where the folder will be found")
        return kinds

    @field_validator("target")
    @classmethod
    def _is_known(cls, name: str) -> str:
        if name not in targets():
            raise ValueError(f"no such target; there are {', '.join(targets())}")
        return name

    @property
    def goal(self) -> Target:
        return targets()[self.target]

    @property
    def encodings(self) -> tuple[Encoding, ...]:
        """What each chapter is encoded to, for the formats asked for."""
        return tuple(
            Encoding("aac", self.aac_kbps * 1000) if format == "m4b" else self._mp3
            for format in dict.fromkeys(self._encoded)
        )

    @property
    def packet_frames(self) -> int:
        """Frames of the timeline that are whole packets of every codec whose chapters are joined into one file."""
        return AAC_PACKET_FRAMES

    @property
    def _encoded(self) -> tuple[Format, ...]:
        """What is delivered as files, and what goes into files to read along with."""
        return (*self.formats, *(("mp3",) if {"lpf", "epub"} & set(self.read_along) else ()))

    @property
    def _mp3(self) -> Encoding:
        kbps = self.mp3_kbps or self.goal.mp3_kbps or _MP3_KBPS
        return Encoding("mp3", kbps * 1000, self.goal.rate_hz or PIPELINE_FORMAT.rate)
