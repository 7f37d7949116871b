"""Whom a request is spoken by, and which of its words: the embedded voice in place of the paid model's.

The sound is a function of the request alone: the same body gives the same bytes on every server.
"""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pipeline.recording import PIPELINE_FORMAT, Samples
from pipeline.rehearsal.contract import Asked, Utterance
from pipeline.speech.espeak import EspeakEngine
from pipeline.speech.profiles import EMBEDDED_MODEL
from pipeline.speech.request import SpeechRequest, Turn

_VARIANTS = ("m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "f1", "f2", "f3", "f4", "f5")
"""Plain human variants of espeak-ng. The order is part of what a voice name sounds like."""

_SCRIPTS: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(r"[A-Za-zÀ-ɏ]"),
    "ru": re.compile(r"[Ѐ-ӿ]"),
    "el": re.compile(r"[Ͱ-Ͽἀ-῿]"),
    "ja": re.compile(r"[぀-ヿ㐀-鿿]"),
}

_TRANSCRIPT_MARK = re.compile(r"^####[ \t]*TRANSCRIPT[ \t]*:?[ \t]*$", re.MULTILINE)

_TAGS: Mapping[str, re.Pattern[str]] = {
    "square": re.compile(r"\[[^\[\]\n]{1,80}\]"),
    "angle": re.compile(r"<[^<>\n]{1,80}>"),
    "none": re.compile(r"(?!)"),
}
"""What a model of each tag syntax performs instead of speaking."""

SPEAK_TIMEOUT_S = 300.0
"""espeak-ng needs well under a second for the longest request; this ends a worker that hangs."""


def language_of(text: str) -> str:
    """`ru`, `el` or `ja` where most letters are of that script, else `en`."""
    counts = {language: len(script.findall(text)) for language, script in _SCRIPTS.items()}
    return max(counts, key=lambda language: counts[language])


def variant_of(voice: str) -> str:
    """The same variant for the same voice name on every machine; case does not count."""
    return _VARIANTS[int.from_bytes(hashlib.sha256(voice.lower().encode()).digest()[:4], "big") % len(_VARIANTS)]


def spoken_part(text: str, *, tag_syntax: str) -> str:
    """What the model would say: the transcript where the text marks one, without audio tags."""
    mark = _TRANSCRIPT_MARK.search(text)
    return _TAGS[tag_syntax].sub("", text[mark.end() :] if mark else text).strip()


async def speak(asked: Asked, engine: EspeakEngine, body: Path) -> Samples:
    """All utterances of a request in order, as samples of the pipeline's format. `body` is a scratch file.

    Cut where the model reaches its limit of output tokens. Raises a `SpeechError` if the embedded voice fails.
    """
    pieces = [await _uttered(utterance, asked.profile.tag_syntax, engine, body) for utterance in asked.utterances]
    return np.concatenate(pieces)[: longest_answer_frames(asked)]


def longest_answer_frames(asked: Asked) -> int | None:
    """Frames after which the model stops, whatever is left to say; None without a limit."""
    profile = asked.profile
    if not profile.max_output_tokens or not profile.audio_tokens_per_s:
        return None
    return PIPELINE_FORMAT.frames_of_ms(1000 * profile.max_output_tokens / profile.audio_tokens_per_s)


async def _uttered(utterance: Utterance, tag_syntax: str, engine: EspeakEngine, body: Path) -> Samples:
    text = spoken_part(utterance.text, tag_syntax=tag_syntax)
    voice = f"{language_of(text)}+{variant_of(utterance.voice)}"
    request = SpeechRequest("espeak", EMBEDDED_MODEL, (Turn(text, voice),))
    try:
        await engine.speak(request, body, timeout_s=SPEAK_TIMEOUT_S)
        return np.frombuffer(body.read_bytes(), dtype="<i2").astype(np.int16, copy=False)
    finally:
        body.unlink(missing_ok=True)
