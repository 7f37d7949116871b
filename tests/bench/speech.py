"""Speech to measure with: takes of a sample book in the embedded voice, made by this program itself."""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from pipeline.recording import Samples

_BOOK = Path(__file__).parents[2] / "samples" / "three-tales.md"
_WAV_HEADER_BYTES = 44


def spoken_takes() -> list[Samples]:
    """The PCM of every take of the book, in the order of their keys."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        command = [sys.executable, "-m", "pipeline", str(_BOOK), "--engine", "espeak", "--quiet"]
        folder = Path(scratch)
        subprocess.run(
            [*command, "--takes", str(folder / "takes"), "--out", str(folder / "out")],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        wavs = sorted((folder / "takes" / "takes").rglob("*.wav"))
        return [np.frombuffer(wav.read_bytes()[_WAV_HEADER_BYTES:], dtype="<i2").astype(np.int16) for wav in wavs]
