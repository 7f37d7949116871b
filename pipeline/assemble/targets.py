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
    rms_db: Window | None = None
    floor_db: float | None = None
    tone_db: float | None = None
    rate_hz: int | None = None
    mp3_kbps: int | None = None
    constant: bool = False
    head_ms: Window | None = None
    tail_ms: Window | None = None
    longest_min: float | None = None
    credits: bool = False
    sample_min: float | None = None
    remark: str = ""


@cache
def targets() -> dict[str, Target]:
    """Every target by its name."""
    tables = tomllib.loads(files("pipeline.assemble").joinpath("targets.toml").read_text())
    return {name: Target(name=name, **table) for name, table in tables.items()}
