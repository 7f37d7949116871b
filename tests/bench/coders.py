"""Which AAC coder for which bit rate: speed against FFmpeg's default, and what a listener would notice (PESQ).

    python -m tests.bench.coders [--voices DIR] [--kbps 32 48 64 96]

Ratios side by side in one run: every coder encodes the same sound in this process, best of three. PESQ is the wide-band
one (ITU-T P.862.2), of the decoded sound against the sound that went in, both resampled to its 16 kHz, over stretches
of eight seconds; it needs `pip install pesq` and is left out otherwise. DIR is a folder of recordings that FFmpeg can
read; without it, the embedded voice is the only one heard.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Mapping
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import soxr
from av.audio.codeccontext import AudioCodecContext

from pipeline.ingest import read_book
from pipeline.recording import PIPELINE_FORMAT, Sound
from pipeline.speech.espeak import EspeakEngine, embedded_voice_for
from pipeline.speech.request import SpeechRequest, Turn
from tests.bench.books import SAMPLE

CODERS: dict[str, dict[str, str]] = {
    "twoloop": {"aac_coder": "twoloop"},
    "fast": {"aac_coder": "fast"},
    "fast-notns": {"aac_coder": "fast", "aac_tns": "0"},
    "fast-nopns": {"aac_coder": "fast", "aac_pns": "0"},
    "fast-neither": {"aac_coder": "fast", "aac_tns": "0", "aac_pns": "0"},
}

_PESQ_RATE = 16_000
_STRETCH_S = 8
"""What P.862 was made for; longer stretches are aligned ever worse."""

_RUNS = 3
_SPEED_S = 60
"""Seconds of sound the speed is taken over."""


def encoder(options: Mapping[str, str], kbps: int) -> AudioCodecContext:
    codec = av.CodecContext.create("aac", "w")
    assert isinstance(codec, AudioCodecContext)
    codec.sample_rate, codec.layout, codec.format = PIPELINE_FORMAT.rate, "mono", "fltp"
    codec.bit_rate = kbps * 1000
    codec.time_base = Fraction(1, PIPELINE_FORMAT.rate)
    codec.options = dict(options)
    codec.open()
    return codec


class Encoded(NamedTuple):
    """Packets, the codec's own header, and the processor's seconds they took."""

    packets: list[av.Packet]
    header: bytes
    seconds: float


def encoded(sound: Sound, options: Mapping[str, str], kbps: int) -> Encoded:
    codec = encoder(options, kbps)
    started = time.process_time()
    packets = []
    for start in range(0, len(sound), 1_024):
        frame = av.AudioFrame.from_ndarray(sound[np.newaxis, start : start + 1_024], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = PIPELINE_FORMAT.rate, start
        packets += codec.encode(frame)
    packets += codec.encode(None)
    return Encoded(packets, codec.extradata or b"", time.process_time() - started)


def decoded(sent: Encoded) -> Sound:
    """What is heard, without the encoder's priming."""
    codec = av.CodecContext.create("aac", "r")
    assert isinstance(codec, AudioCodecContext)
    codec.extradata = sent.header
    frames = [frame.to_ndarray()[0] for packet in sent.packets for frame in codec.decode(packet)]
    return np.concatenate(frames)[1_024:]


def listening_score(heard: Sound, meant: Sound) -> float:
    """Mean wide-band PESQ of the stretches that hold speech."""
    from pesq import NoUtterancesError, pesq

    scores = []
    step = _STRETCH_S * _PESQ_RATE
    pair = [
        soxr.resample(sound[: len(meant)], PIPELINE_FORMAT.rate, _PESQ_RATE, quality="HQ") for sound in (meant, heard)
    ]
    for start in range(0, len(pair[0]) - step + 1, step):
        try:
            scores.append(pesq(_PESQ_RATE, *(sound[start : start + step] for sound in pair), "wb"))
        except NoUtterancesError:
            continue
    return float(np.mean(scores))


def recordings(folder: Path | None) -> dict[str, Sound]:
    files = sorted(path for path in folder.iterdir() if path.suffix in (".m4b", ".mp3", ".wav")) if folder else []
    return {path.stem: recording(path) for path in files} | {"espeak": spoken()}


def recording(path: Path) -> Sound:
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", layout="mono")
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    sound = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    return soxr.resample(sound, frames[0].sample_rate, PIPELINE_FORMAT.rate, quality="HQ")


def spoken() -> Sound:
    """A minute or so of the sample book in the embedded voice."""
    text = " ".join(block.text for block in list(read_book(SAMPLE).blocks())[10:20])[:1_000]

    async def speak(body: Path) -> None:
        engine = EspeakEngine(workers=1)
        request = SpeechRequest(engine="espeak", model="espeak-ng", turns=(Turn(text, embedded_voice_for("en")),))
        await engine.speak(request, body, timeout_s=60)
        await engine.aclose()

    with tempfile.TemporaryDirectory() as folder:
        body = Path(folder, "speech.pcm")
        asyncio.run(speak(body))
        return np.fromfile(body, dtype="<i2").astype(np.float32) / 32768


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--voices", type=Path)
    parser.add_argument("--kbps", type=int, nargs="+", default=[32, 48, 64, 96])
    arguments = parser.parse_args()
    voices = recordings(arguments.voices)
    listens = find_spec("pesq") is not None
    print("kb/s  coder          speed", *(f"{name[:12]:>12}" for name in (*voices, "mean")))
    for kbps in arguments.kbps:
        for name, row in rows(voices, kbps, listens=listens).items():
            print(f"{kbps:4}  {name:13} {row[0]:5.2f}x", *(f"{score:12.2f}" for score in row[1:]))


def rows(voices: Mapping[str, Sound], kbps: int, *, listens: bool) -> dict[str, list[float]]:
    """By coder: speed against the first of them, then PESQ voice by voice and its mean."""
    stretch = np.concatenate([sound[: _SPEED_S * PIPELINE_FORMAT.rate // len(voices)] for sound in voices.values()])
    seconds = {name: [] for name in CODERS}
    for _ in range(_RUNS):
        for name, options in CODERS.items():
            seconds[name].append(encoded(stretch, options, kbps).seconds)
    best = {name: min(runs) for name, runs in seconds.items()}
    table = {name: [best["twoloop"] / best[name]] for name in CODERS}
    for name, options in CODERS.items() if listens else ():
        scores = [listening_score(decoded(encoded(sound, options, kbps)), sound) for sound in voices.values()]
        table[name] += [*scores, float(np.mean(scores))]
    return table


if __name__ == "__main__":
    main()
