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

_HEAD_BYTES = 4_096
"""Holds two frames of any MP3: the longest, 320 kb/s at 32 kHz, has 1,441 bytes."""

_MP3_KBPS = {
    3: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),  # MPEG-1 Layer III
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),  # MPEG-2
    0: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),  # MPEG-2.5
}
_MP3_HERTZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


def read_pcm(path: Path, *, content_type: str, assumed_rate: int) -> Samples:
    """The body at `path` as mono samples of `PIPELINE_FORMAT`.

    Raises `BadAudio` if it is empty, no whole number of frames, an error document, or not decodable.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head:
        raise BadAudio("the answer was empty")
    if _is_container(head):
        return _decoded(path)
    if head.lstrip()[:1] in (b"{", b"<") and b"\0" not in head and "audio" not in content_type:
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
    return head.startswith(_CONTAINERS) or head[4:8] == b"ftyp" or _is_mp3(head)


def _is_mp3(head: bytes) -> bool:
    """Two frames one after the other. One is not enough: raw PCM may well begin with 0xFF 0xFB (the sample −1025)."""
    frame_bytes = _mp3_frame_bytes(head)
    return frame_bytes > 0 and _mp3_frame_bytes(head[frame_bytes:]) > 0 and head[frame_bytes + 1] == head[1]


def _mp3_frame_bytes(head: bytes) -> int:
    """Length of the Layer III frame whose header `head` begins with; 0 if it begins with none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, bitrate, hertz = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version not in _MP3_KBPS or bitrate in (0, 15) or hertz == 3:
        return 0
    bytes_per_kbps = 144_000 if version == 3 else 72_000
    return bytes_per_kbps * _MP3_KBPS[version][bitrate - 1] // _MP3_HERTZ[version][hertz] + (head[2] >> 1 & 1)


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
