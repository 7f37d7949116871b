"""What goes wrong on the way: the bytes of the body, what the header calls them, and how they travel."""

import io
import wave
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from pipeline.recording import PIPELINE_FORMAT
from pipeline.rehearsal.faults import Fault

CONTENT_TYPE = f"audio/pcm;rate={PIPELINE_FORMAT.rate};channels={PIPELINE_FORMAT.channels}"

_PIECE_BYTES = 64 * 1024

_TRICKLE_PIECES = 40
"""A slow body comes in so many pieces: enough that no single wait looks like the end of it."""


@dataclass(frozen=True, slots=True)
class Journey:
    """How an answer travels: `body_bytes` of it in pieces with `pause_s` before each, then a wait, then its end.

    `dropped`: the connection ends without the rest, or where there are no headers without a byte. `reset`: rudely.
    """

    body_bytes: int
    ends: Literal["whole", "dropped", "reset"] = "whole"
    has_headers: bool = True
    piece_bytes: int = _PIECE_BYTES
    pause_s: float = 0.0
    hold_s: float = 0.0


def journey_of(body_bytes: int, fault: Fault | None) -> Journey:
    """How a body of that size travels under this fault: whole and at once where it is not about the way."""
    journey = JOURNEYS.get(fault.kind) if fault else None
    return journey(body_bytes, fault) if journey and fault else Journey(body_bytes)


def _cut(body_bytes: int, fault: Fault) -> Journey:
    """The connection drops after `share` of the body: valid samples came, so it may well be billed."""
    return Journey(int(body_bytes * fault.share), ends="dropped")


def _slow(body_bytes: int, fault: Fault) -> Journey:
    """The body trickles: `bytes_per_s`, or all of it within `seconds`. One answer in ten took 27 to 48 s."""
    piece_bytes = max(1, -(-body_bytes // _TRICKLE_PIECES))
    pieces = -(-body_bytes // piece_bytes)
    seconds = body_bytes / fault.bytes_per_s if fault.bytes_per_s else fault.seconds
    return Journey(body_bytes, piece_bytes=piece_bytes, pause_s=seconds / max(1, pieces))


def _stall(body_bytes: int, fault: Fault) -> Journey:
    """Headers, `share` of the body, and then nothing for `hold_s`."""
    return Journey(int(body_bytes * fault.share), ends="dropped", hold_s=fault.hold_s)


def _reset(_body_bytes: int, _fault: Fault) -> Journey:
    """The connection is reset before a header. Nothing was made, nothing is charged."""
    return Journey(0, ends="reset", has_headers=False)


def _lost(_body_bytes: int, _fault: Fault) -> Journey:
    """The sound was made and is charged, and the connection ends before a header: not even its id is known."""
    return Journey(0, ends="dropped", has_headers=False)


JOURNEYS: Mapping[str, Callable[[int, Fault], Journey]] = {
    "cut": _cut,
    "slow": _slow,
    "stall": _stall,
    "reset": _reset,
    "lost": _lost,
}


def wrapped(pcm: bytes, fault: Fault | None) -> bytes:
    """The body as this fault sends it: the PCM itself where it is not about the bytes."""
    wrap = WRAPPINGS.get(fault.kind) if fault else None
    return wrap(pcm) if wrap else pcm


def _as_wav(pcm: bytes) -> bytes:
    """A WAV file labelled as raw PCM: some servers and proxies answer so whatever is asked."""
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setparams((PIPELINE_FORMAT.channels, 2, PIPELINE_FORMAT.rate, 0, "NONE", ""))
        wav.writeframes(pcm)
    return file.getvalue()


def _odd(pcm: bytes) -> bytes:
    """Half a sample at the end: a body cut by a proxy that then ends it well."""
    return pcm[:-1]


WRAPPINGS: Mapping[str, Callable[[bytes], bytes]] = {"wav-as-pcm": _as_wav, "odd": _odd}


def labelled(fault: Fault | None) -> dict[str, str]:
    """The headers that say what the body is."""
    label = LABELS.get(fault.kind) if fault else None
    return label(fault) if label and fault else {"Content-Type": CONTENT_TYPE}


def _mislabelled(fault: Fault) -> dict[str, str]:
    """Another rate than the samples have: some servers send 22,050 or 44,100 Hz under any name."""
    return {"Content-Type": f"audio/pcm;rate={fault.hertz:.0f};channels={PIPELINE_FORMAT.channels}"}


def _untyped(_fault: Fault) -> dict[str, str]:
    """No word on what it is: some answers say plain `audio/pcm`, or nothing."""
    return {}


LABELS: Mapping[str, Callable[[Fault], dict[str, str]]] = {"mislabelled": _mislabelled, "untyped": _untyped}
