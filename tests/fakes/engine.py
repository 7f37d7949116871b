"""A voice with arithmetic durations that fails by a script: `ok, 429(2s), 500, cut, hang, empty, odd, silent, ok`."""

import asyncio
import errno
import functools
import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pipeline.errors import ConnectionTrouble, TimedOut
from pipeline.recording import PIPELINE_FORMAT, Samples
from pipeline.speech.engine import Speech
from pipeline.speech.openrouter import error_of
from pipeline.speech.request import SpeechRequest

FRAMES_PER_LETTER = 2_400
_PCM = "audio/pcm;rate=24000;channels=1"
_REPLY = re.compile(r"([\w-]+)(?:\((\d+(?:\.\d+)?)s\))?")


def frames_of(text: str) -> int:
    """A tenth of a second a letter, so that timelines are sums."""
    return FRAMES_PER_LETTER * max(1, len(re.findall(r"\w", text)))


def tone_of(text: str) -> Samples:
    """A babble of `frames_of(text)` that acceptance takes for speech: a syllable a letter, coloured by its hash."""
    letters = re.findall(r"\w", text) or [""]
    base_hertz = 100 + hashlib.sha256(text.encode()).digest()[0] / 2
    return np.concatenate([_syllable(letter, base_hertz) for letter in letters])


@functools.cache
def _syllable(letter: str, base_hertz: float) -> Samples:
    """Harmonics of a pitch, coloured by the letter, that swell and die away well within `FRAMES_PER_LETTER`."""
    colours = np.frombuffer(hashlib.sha256(letter.encode()).digest(), np.uint8) / 255
    seconds = np.arange(FRAMES_PER_LETTER) / PIPELINE_FORMAT.rate
    harmonics = np.arange(1, len(colours) + 1)
    waves = (colours**3 / harmonics**0.5) @ np.sin(2 * np.pi * base_hertz * np.outer(harmonics, seconds))
    swell = np.sin(np.pi * np.minimum(1, np.arange(FRAMES_PER_LETTER) / (0.7 * FRAMES_PER_LETTER))) ** 2
    return np.rint(8_000 * swell * waves / np.abs(waves).max()).astype(np.int16)


class FakeEngine:
    """Answers each request by the next word of `script`, and `ok` once that is used up; `history` is what was asked.

    `ok` speaks · a number refuses with that status, `429(2s)` with Retry-After, `403-filter` as a content filter does ·
    `cut` loses the connection half-way · `hang` times out · `full` finds no room on the disk · `empty`, `odd`,
    `silent`, `short`, `page` are answers that are no take.
    `gates` hold back the answer to a text until its event is set.
    """

    def __init__(self, script: str = "", *, gates: Mapping[str, asyncio.Event] | None = None) -> None:
        self._script = [self._reply(word) for word in script.split(",") if word.strip()]
        assert all(self._script), f"not a script: {script}"
        self.gates = gates or {}
        self.history: list[SpeechRequest] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.is_closed = False

    @staticmethod
    def _reply(word: str) -> re.Match[str] | None:
        return _REPLY.fullmatch(word.strip())

    @property
    def texts(self) -> list[str]:
        return [request.text for request in self.history]

    async def speak(self, request: SpeechRequest, body: Path, *, timeout_s: float) -> Speech:
        reply = self._script.pop(0) if self._script else _REPLY.fullmatch("ok")
        self.history.append(request)
        number = len(self.history)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(0)
            if request.text in self.gates:
                await self.gates[request.text].wait()
            return _answered(reply[1], reply[2], tone_of(request.text).astype("<i2").tobytes(), body, number)
        finally:
            self.in_flight -= 1

    async def aclose(self) -> None:
        self.is_closed = True


def _answered(word: str, wait: str | None, pcm: bytes, body: Path, number: int) -> Speech:
    bodies = {
        "ok": pcm,
        "empty": b"",
        "odd": pcm[:-1],
        "silent": bytes(len(pcm)),
        "short": pcm[: len(pcm) // 20 * 2],
        "page": b"<!doctype html><title>Bad gateway</title>",
    }
    status, _, kind = word.partition("-")
    if status.isdigit():
        error_type = "content_policy_violation" if kind else ""
        raise error_of(int(status), "as scripted", error_type, headers={"retry-after": wait} if wait else {})
    if word == "full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(body))
    if word == "hang":
        raise TimedOut("no answer, as scripted")
    if word == "cut":
        body.write_bytes(pcm[: len(pcm) // 2])
        raise ConnectionTrouble("the connection was cut, as scripted")
    body.write_bytes(bodies[word])
    return Speech(body, "text/html" if word == "page" else _PCM, f"gen-{number}", 0.01)
