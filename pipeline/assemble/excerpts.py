"""Small sounds beside a report: takes to listen to, one file each, that any browser plays from a folder."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from pipeline.assemble.encode import encode_track
from pipeline.assemble.formats import Encoding
from pipeline.assemble.names import IGNORE_NAME
from pipeline.atomic import machine_errors, replacing, write_atomic
from pipeline.recording import Samples

SUFFIX = ".m4a"
"""What every browser of today plays."""

_ENCODING = Encoding("aac", 48_000)
"""A chunk of 45 s takes 0.18 s and 280 kB; as MP3 0.68 s, as Opus 0.74 s, as FLAC 0.04 s and a megabyte."""


def write_excerpts(folder: Path, sounds: "Mapping[str, Callable[[], Samples | None]]") -> dict[str, str]:
    """Have each sound in `folder` under its name; the files, for those that there are. Others that are there go.

    A name stands for one sound for ever, so what is there is not made again. Library servers are told that these are no
    part of the book. Raises `MachineError`.
    """
    if sounds:
        write_atomic(folder / IGNORE_NAME, "")
    files = {name: f"{name}{SUFFIX}" for name, read in sounds.items() if _is_there(folder / f"{name}{SUFFIX}", read)}
    with machine_errors(folder):
        for stray in set(folder.glob(f"*{SUFFIX}")) - {folder / file for file in files.values()}:
            stray.unlink(missing_ok=True)
    return files


def _is_there(path: Path, read: "Callable[[], Samples | None]") -> bool:
    if path.exists():
        return True
    samples = read()
    if samples is None or not len(samples):
        return False
    with replacing(path) as part:
        encode_track([samples.astype(np.float32) / np.float32(32768)], {_ENCODING: part})
    return True
