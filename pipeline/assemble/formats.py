"""What is delivered, and what each chapter is encoded to for it: settings, without the libraries that encode."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Codec = Literal["aac", "mp3"]
Format = Literal["m4b", "mp3"]


@dataclass(frozen=True, slots=True)
class Encoding:
    codec: Codec
    bit_rate: int


class DeliverySettings(BaseModel):
    """The `[delivery]` section: formats, bit rates in kb/s, and the narrator's name (empty: model and voice)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    formats: tuple[Format, ...] = Field(min_length=1)
    aac_kbps: int = Field(ge=24, le=320)
    mp3_kbps: Literal[32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
    narrator: str

    @property
    def encodings(self) -> tuple[Encoding, ...]:
        """What each chapter is encoded to, for the formats asked for."""
        return tuple(
            Encoding("aac", self.aac_kbps * 1000) if format == "m4b" else Encoding("mp3", self.mp3_kbps * 1000)
            for format in dict.fromkeys(self.formats)
        )
