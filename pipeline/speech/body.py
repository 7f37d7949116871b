"""From the bytes a service sent to PCM: what they are is sniffed, what was said about them is only a hint.

Servers return WAV when asked for PCM, PCM without a rate, MP3 under any name (facts: Kokoro-FastAPI, LocalAI, LiteLLM).
"""

import re
from pathlib import Path

import av
import numpy as np

from pipeline.errors import BadAudio
from pipeline.recording import PIPELINE_FORMAT, PcmFormat, Samples
from pipeline.speech.pcm import resampled

_CONTAINERS = (b"RIFF", b"RF64", b"ID3", b"OggS", b"fLaC")


def read_pcm(path: Path, *, content_type: str, assumed_rate: int) -> Samples:
    """The body at `path` as mono samples of `PIPELINE_FORMAT`.

    Raises `BadAudio` if it is empty, no whole number of frames, an error document, or not decodable.
    """
    with path.open("rb") as file:
        head = file.read(64)
    if not head:
        raise BadAudio("the answer was empty")
    if _is_container(head):
        return _decoded(path)
    if head.lstrip()[:1] in (b"{", b"<") and "audio" not in content_type:
        raise BadAudio(f"the answer is text, not audio ({content_type or 'no content type'})")
    return _raw(path.read_bytes(), pcm_format_of(content_type, assumed_rate=assumed_rate))


def pcm_format_of(content_type: str, *, assumed_rate: int) -> PcmFormat:
    """Rate and channels from `audio/pcm;rate=24000;channels=1`, in any order, mono at `assumed_rate` where unsaid."""
    said = dict(re.findall(r"(rate|channels)\s*=\s*\"?(\d+)", content_type.lower()))
    rate, channels = int(said.get("rate", assumed_rate)), int(said.get("channels", 1))
    if not (4_000 <= rate <= 384_000 and 1 <= channels <= 8):
        raise BadAudio(f"the answer claims {rate} Hz and {channels} channels")
    return PcmFormat(rate, channels)


def _is_container(head: bytes) -> bool:
    is_mp3_frame = (
        len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 in (0xE2, 0xE4, 0xE6) and head[2] >> 4 not in (0, 15)
    )
    return head.startswith(_CONTAINERS) or head[4:8] == b"ftyp" or (is_mp3_frame and _looks_like_mp3(head))


def _looks_like_mp3(head: bytes) -> bool:
    """Raw PCM near zero also begins with 0xFF bytes (−1, −2): an MPEG header must hold together beyond its sync."""
    return (head[2] >> 2) & 3 != 3 and head[2:4] != b"\xff\xff" and head[:2] != b"\xff\xff" and head[4:6] != head[:2]


def _raw(data: bytes, format: PcmFormat) -> Samples:
    if len(data) % format.frame_bytes:
        raise BadAudio(f"{len(data)} bytes are no whole number of {format.frame_bytes}-byte frames: the answer was cut")
    samples = np.frombuffer(data, dtype="<i2")
    if format == PIPELINE_FORMAT:
        return samples.astype(np.int16, copy=False)
    mono = samples.reshape(-1, format.channels).astype(np.float32).mean(axis=1) / 32768
    return resampled(mono, format.rate)


def _decoded(path: Path) -> Samples:
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise BadAudio("the answer holds no audio stream")
            converter = av.AudioResampler(format="flt", layout="mono")
            rate = container.streams.audio[0].rate
            frames = [out.to_ndarray()[0] for f in container.decode(audio=0) for out in converter.resample(f)]
            frames += [out.to_ndarray()[0] for out in converter.resample(None)]
    except av.FFmpegError as error:
        raise BadAudio(f"the answer does not decode: {error}") from error
    if not frames:
        raise BadAudio("the answer decodes to nothing")
    return resampled(np.concatenate(frames), rate)
