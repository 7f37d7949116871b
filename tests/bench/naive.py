"""The chain everybody writes first: one WAV a paragraph, joined with `+=`, encoded once at the end. In one process.

    python -m tests.bench.naive PARAGRAPHS.json FOLDER

It is given the paragraphs, so reading the book is not in its time. It speaks through the espeak-ng program where there
is one, else through the library, loaded once. Prints seconds of audio and of each step as JSON.
"""

import ctypes
import json
import shutil
import subprocess
import sys
import time
import warnings
import wave
from collections.abc import Callable, Sequence
from pathlib import Path

import av

from pipeline.speech.espeak import data_path, library_path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # as in the pipeline: pydub's own
    from pydub import AudioSegment

Speak = Callable[[str, Path], None]


def main(paragraphs: Sequence[str], folder: Path) -> dict[str, float]:
    """Make the book; seconds of audio, and of speaking, joining and encoding."""
    begun = time.perf_counter()
    files = spoken(paragraphs, folder)
    were_spoken = time.perf_counter()
    book = joined(files)
    were_joined = time.perf_counter()
    encoded(book, folder)
    done = time.perf_counter()
    steps = {"speak": were_spoken - begun, "join": were_joined - were_spoken, "encode": done - were_joined}
    return {"audio": len(book) / 1000, **steps}


def spoken(paragraphs: Sequence[str], folder: Path) -> list[Path]:
    speak = _program() if shutil.which("espeak-ng") else _library()
    files = []
    for number, text in enumerate(paragraphs):
        files.append(folder / f"{number:06}.wav")
        speak(text, files[-1])
    return files


def joined(files: Sequence[Path]) -> AudioSegment:
    book = AudioSegment.empty()
    for file in files:
        book += AudioSegment.from_wav(str(file))
    return book


def encoded(book: AudioSegment, folder: Path) -> None:
    """One AAC encode with every setting at its default: the ffmpeg program's, or the same library's in process."""
    whole = folder / "book.wav"
    book.export(str(whole), format="wav")
    if shutil.which("ffmpeg"):
        command = ["ffmpeg", "-v", "error", "-y", "-i", str(whole), "-c:a", "aac", str(folder / "book.m4a")]
        subprocess.run(command, check=True)
        return
    with av.open(str(whole)) as source, av.open(str(folder / "book.m4a"), "w") as target:
        stream = target.add_stream("aac", rate=book.frame_rate)
        for frame in source.decode(audio=0):
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))


def _program() -> Speak:
    def speak(text: str, file: Path) -> None:
        subprocess.run(["espeak-ng", "-w", str(file), "--stdin"], input=text.encode(), check=True)

    return speak


def _library() -> Speak:
    library = ctypes.CDLL(library_path())
    rate = library.espeak_Initialize(2, 0, data_path().encode(), 0)
    pieces: list[bytes] = []

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
    def collect(samples: object, count: int, _events: object) -> int:
        if samples and count > 0:
            pieces.append(ctypes.string_at(samples, 2 * count))
        return 0

    library.espeak_SetSynthCallback(collect)
    library.espeak_SetVoiceByName(b"en")

    def speak(text: str, file: Path, _alive: object = collect) -> None:
        data = text.encode() + b"\0"
        library.espeak_Synth(data, ctypes.c_size_t(len(data)), 0, 1, 0, 1 | 0x1000, None, None)
        with wave.open(str(file), "wb") as output:
            output.setparams((1, 2, rate, 0, "NONE", ""))
            output.writeframes(b"".join(pieces))
        pieces.clear()

    return speak


if __name__ == "__main__":
    print(json.dumps(main(json.loads(Path(sys.argv[1]).read_text("utf-8")), Path(sys.argv[2]))))
