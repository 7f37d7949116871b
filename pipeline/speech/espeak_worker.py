"""A process that speaks: one JSON request a line on stdin, one JSON answer a line on stdout, PCM into a file.

espeak-ng keeps hidden state from one text to the next (and is not thread-safe), so the same words would come out a few
samples different depending on what was said before. Here the library is loaded afresh for every request and its noise
seeded, which takes 3 ms and makes speech a function of the request alone. At end of input the process ends by itself,
so none outlives its parent, however that died.
"""

import _ctypes
import ctypes
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.recording import PIPELINE_FORMAT, Samples
from pipeline.speech.pcm import resampled

_SYNCHRONOUS = 2
_UTF8 = 1
_END_PAUSE = 0x1000
_POSITION_CHARACTER = 1
_PARAMETERS = {"rate_wpm": 1, "volume": 2, "pitch": 3}

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


def main() -> None:
    """Answer requests until stdin closes."""
    library_path, data_path = sys.argv[1], sys.argv[2]
    for line in sys.stdin:
        request = json.loads(line)
        try:
            frames = speak_to_file(request, library_path, data_path)
            answer: dict[str, Any] = {"frames": frames}
        except (OSError, ValueError) as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


def speak_to_file(request: dict[str, Any], library_path: str, data_path: str) -> int:
    """Speak `pieces` one after the other into the raw PCM file `body`; the number of frames written."""
    library = _load(library_path)
    try:
        parts = list(_speak(library, request["pieces"], data_path))
    finally:
        library.espeak_Terminate()
        _unload(library)
    samples = np.concatenate(parts)
    Path(request["body"]).write_bytes(samples.astype("<i2").tobytes())
    return len(samples)


def _speak(library: ctypes.CDLL, pieces: list[dict[str, Any]], data_path: str) -> Iterator[Samples]:
    """The silence before each piece, exact to the frame, and the piece."""
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, data_path.encode(), 0)
    if rate <= 0:
        raise ValueError(f"espeak-ng does not start with the data in {data_path}")
    library.espeak_ng_SetRandSeed(ctypes.c_long(1))
    for piece in pieces:
        yield np.zeros(PIPELINE_FORMAT.frames_of_ms(piece["pause_ms"]), np.int16)
        pcm = np.frombuffer(_spoken(library, piece), dtype=np.int16)
        yield resampled(pcm.astype(np.float32) / np.float32(32768), rate)


def _spoken(library: ctypes.CDLL, piece: dict[str, Any]) -> bytes:
    parts: list[bytes] = []

    def collect(wave: Any, count: int, _events: Any) -> int:
        if wave and count > 0:
            parts.append(ctypes.string_at(wave, count * 2))
        return 0

    callback = _Callback(collect)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(piece["voice"].encode()) != 0:
        raise ValueError(f"espeak-ng has no voice {piece['voice']!r}")
    for name, number in _PARAMETERS.items():
        if name in piece["parameters"]:
            library.espeak_SetParameter(number, int(piece["parameters"][name]), 0)
    text = piece["text"].encode() + b"\0"
    flags = _UTF8 if piece["is_open"] else _UTF8 | _END_PAUSE
    library.espeak_Synth(text, len(text), 0, _POSITION_CHARACTER, 0, flags, None, None)
    return b"".join(parts)


def _load(library_path: str) -> ctypes.CDLL:
    library = ctypes.CDLL(library_path)
    library.espeak_Initialize.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int]
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    return library


def _unload(library: ctypes.CDLL) -> None:
    if os.name == "nt":
        _ctypes.FreeLibrary(library._handle)  # type: ignore[attr-defined,unused-ignore]  # Windows only
    else:
        _ctypes.dlclose(library._handle)


if __name__ == "__main__":
    main()
