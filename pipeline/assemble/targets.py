"""Delivery targets: what the files for a shelf, a store or a feed have to measure. Data, in `targets.toml`."""

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field

Window = tuple[float, float]
"""Lowest and highest value allowed."""


class Target(BaseModel):
    """One table of `targets.toml`, which says what each of these means. None: nothing is asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    loudness_lufs: float = Field(ge=-40, le=-5)
    tolerance_lu: float = Field(gt=0, le=5)
    ceiling_dbtp: float = Field(ge=-12, le=0)
    spread_lu: float | None = None
    rms_db: Window | None = None
    floor_db: float | None = None
    tone_db: float | None = None
    codecs: tuple[str, ...] = ()
    rate_hz: int | None = None
    mp3_kbps: int | None = None
    mp3_kbps_most: int | None = None
    constant: bool = False
    channels_most: int | None = None
    head_ms: Window | None = None
    tail_ms: Window | None = None
    longest_min: float | None = None
    largest_mb: float | None = None
    credits: bool = False
    sample_min: float | None = None
    remark: str = ""

    @property
    def is_rms(self) -> bool:
        """Whether it goes by RMS: loudness is then only what we aim at, and nothing a file can miss."""
        return self.rms_db is not None

    @property
    def longest_s(self) -> float | None:
        """Seconds of sound that fit in one file, by its length and, as MP3 of `mp3_kbps`, by its size."""
        limits = [self.longest_min * 60] if self.longest_min else []
        if self.largest_mb and self.mp3_kbps:
            limits.append(self.largest_mb * 8000 / self.mp3_kbps)
        return min(limits, default=None)


@cache
def targets() -> dict[str, Target]:
    """Every target by its name."""
    tables = tomllib.loads(files("pipeline.assemble").joinpath("targets.toml").read_text())
    return {name: Target(name=name, **table) for name, table in tables.items()}
