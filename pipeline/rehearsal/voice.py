"""The voices that stand in for the paid model's: the embedded one, or arithmetic that serves thousands a minute.

The sound is a function of the words and the voice's name alone: the same body gives the same bytes on every server.
"""

import asyncio
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from pipeline.recording import PIPELINE_FORMAT, Samples
from pipeline.rehearsal.contract import Asked, Utterance
from pipeline.rehearsal.lines import language_of, variant_of
from pipeline.rehearsal.tone import tone
from pipeline.speech.espeak import EspeakEngine
from pipeline.speech.profiles import EMBEDDED_MODEL
from pipeline.speech.request import SpeechRequest, Turn
from pipeline.speech.tags import TagSyntax

SPEAK_TIMEOUT_S = 300.0
"""espeak-ng needs well under a second for the longest request; this ends a worker that hangs."""


class Voice(Protocol):
    """Says one line."""

    async def say(self, line: Utterance) -> Samples:
        """The line as samples of the pipeline's format. Raises a `SpeechError` if there is no voice left to say it."""

    async def aclose(self) -> None:
        """Let go of worker processes."""


class EmbeddedVoice:
    """espeak-ng in `workers` processes; `scratch` is a folder for what they hand over."""

    def __init__(self, scratch: Path, *, workers: int) -> None:
        self._engine = EspeakEngine(workers=workers)
        self._scratch = scratch
        self._numbers = count()

    async def say(self, line: Utterance) -> Samples:
        voice = f"{language_of(line.text)}+{variant_of(line.voice)}"
        turns = (Turn(line.performed or line.text, voice),)
        syntax: TagSyntax | Literal[""] = "embedded" if line.performed else ""
        request = SpeechRequest("espeak", EMBEDDED_MODEL, turns, tag_syntax=syntax)
        body = self._scratch / f"{next(self._numbers)}.pcm"
        try:
            await self._engine.speak(request, body, timeout_s=SPEAK_TIMEOUT_S)
            return np.frombuffer(body.read_bytes(), dtype="<i2").astype(np.int16, copy=False)
        finally:
            body.unlink(missing_ok=True)

    async def aclose(self) -> None:
        await self._engine.aclose()


class ToneVoice:
    """Arithmetic that looks like speech: see `tone`."""

    async def say(self, line: Utterance) -> Samples:
        await asyncio.sleep(0)  # so that a crowd of requests does not keep the loop from its sockets
        return tone(line.text, variant=variant_of(line.voice))

    async def aclose(self) -> None:
        """Nothing to let go of."""


async def speak(lines: Iterable[Utterance], voice: Voice, *, longest_frames: int | None) -> Samples:
    """All lines in order, cut where the model reaches its limit of output tokens. Raises like `Voice.say`."""
    return np.concatenate([await voice.say(line) for line in lines])[:longest_frames]


def longest_answer_frames(asked: Asked) -> int | None:
    """Frames after which the model stops, whatever is left to say; None without a limit."""
    profile = asked.profile
    if not profile.max_output_tokens or not profile.audio_tokens_per_s:
        return None
    return PIPELINE_FORMAT.frames_of_ms(1000 * profile.max_output_tokens / profile.audio_tokens_per_s)
