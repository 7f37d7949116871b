"""Speech to measure with: recordings of real voices, or takes of a sample book in the embedded voice."""

import subprocess
import sys
import tempfile
from pathlib import Path

import av
import numpy as np

from pipeline.assemble.soundfile import sound_files
from pipeline.recording import PIPELINE_FORMAT, Samples

_BOOK = Path(__file__).parents[2] / "samples" / "three-tales.md"
_WAV_HEADER_BYTES = 44
_TAKE_S = 45


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


def recorded_takes(folder: Path) -> list[Samples]:
    """All recordings in a folder, in pieces of a take's length."""
    size = _TAKE_S * PIPELINE_FORMAT.rate
    return [
        whole[start : start + size]
        for whole in map(_samples_of, sound_files(folder))
        for start in range(0, len(whole), size)
    ]


def _samples_of(path: Path) -> Samples:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=PIPELINE_FORMAT.rate)
    with av.open(str(path)) as container:
        frames = [piece.to_ndarray()[0] for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
    return np.concatenate(frames)
