"""Chunks of real books as the embedded voice says them, and when it says each word: the truth for sentence times.

espeak-ng tells with the sound where each word of the text begins. Its own ends of sentences are not asked for: it finds
fewer and others than the pipeline does.
"""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.assemble.clips import cut_of
from pipeline.assemble.gaps import gaps_of
from pipeline.config import settings_of
from pipeline.ingest import read_book
from pipeline.recording import PIPELINE_FORMAT, Clip, Samples
from pipeline.script import Chunk, Limits, script_of
from pipeline.script.sentences import sentence_spans
from pipeline.speech.espeak import data_path, embedded_voice_for, library_path
from pipeline.speech.pcm import resampled

_SYNCHRONOUS, _UTF8, _END_PAUSE, _POSITION_CHARACTER = 2, 1, 0x1000, 1
_LIST_TERMINATED, _WORD = 0, 1


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_longlong),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True, slots=True)
class Spoken:
    """A chunk, the clip that says it, and the frame of it where each sentence's first word begins (None: no word)."""

    chunk: Chunk
    clip: Clip
    starts: tuple[float | None, ...]
    language: str


def spoken_book(path: Path, sentences: int) -> Iterator[Spoken]:
    """Chunks of two sentences and more from all over the book, until they hold as many `sentences`."""
    book, settings = read_book(path), settings_of([])
    language = book.metadata.language or "en"
    script = script_of(book, settings.script, Limits(settings.script.max_chars), language=language)
    chunks = list(script.chunks())
    for chunk in chunks[:: max(1, len(chunks) // 40)]:
        spoken = _spoken(chunk, language)
        if len(spoken.starts) > 1 and sentences > 0:
            sentences -= len(spoken.starts)
            yield spoken


def _spoken(chunk: Chunk, language: str) -> Spoken:
    samples, words = synthesised(chunk.text, embedded_voice_for(language))
    sound = settings_of([]).sound
    cut = cut_of(samples, silence_db=sound.silence_db, keep_ms=sound.keep_silence_ms)
    clip = Clip(1, "", cut.offset, 0, cut.frames, gaps=gaps_of(samples[cut.offset : cut.offset + cut.frames]))
    starts = (
        next((frame - cut.offset for position, frame in words if start <= position < end), None)
        for start, end in _sentences(chunk, language)
    )
    return Spoken(chunk, clip, tuple(starts), language)


def _sentences(chunk: Chunk, language: str) -> Iterator[tuple[int, int]]:
    """Where the sentences stand in the chunk's text."""
    position = 0
    for line in chunk.lines:
        position = chunk.text.index(line.text, position)
        for start, end in sentence_spans(line.text, language=language):
            yield position + start, position + end
        position += len(line.text)


def synthesised(text: str, voice: str) -> tuple[Samples, list[tuple[int, float]]]:
    """The sound at the pipeline's rate, and for each word its place in the text and the frame it begins on."""
    library = ctypes.CDLL(library_path())
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, data_path().encode(), 0)
    pieces: list[bytes] = []
    words: list[tuple[int, float]] = []

    def collect(wave: "ctypes._Pointer[ctypes.c_short]", count: int, events: "ctypes._Pointer[_Event]") -> int:
        if wave and count > 0:
            pieces.append(ctypes.string_at(wave, count * 2))
        i = 0
        while events[i].type != _LIST_TERMINATED:
            if events[i].type == _WORD:
                words.append((events[i].text_position - 1, events[i].sample * PIPELINE_FORMAT.rate / rate))
            i += 1
        return 0

    callback = _Callback(collect)
    library.espeak_SetSynthCallback(callback)
    assert library.espeak_SetVoiceByName(voice.encode()) == 0, voice
    data = text.encode() + b"\0"
    flags = _UTF8 | _END_PAUSE
    library.espeak_Synth(data, ctypes.c_size_t(len(data)), 0, _POSITION_CHARACTER, 0, flags, None, None)
    library.espeak_Terminate()
    sound = np.frombuffer(b"".join(pieces), dtype=np.int16).astype(np.float32) / np.float32(32768)
    return resampled(sound, rate), words
