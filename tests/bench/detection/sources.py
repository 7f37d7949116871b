"""Who speaks: espeak-ng (the embedded voice), and Debian's flite and festival where they are installed.

Every source gives clips: sound of the pipeline's format with the text it should hold. What is missing on this machine
is left out, and said. Synthesised clips are kept in a cache folder, because a festival voice takes a while.
"""

import asyncio
import hashlib
import shutil
import subprocess
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pipeline.errors import BadAudio
from pipeline.recording import PIPELINE_FORMAT, Samples
from pipeline.speech.body import read_pcm
from pipeline.speech.espeak import EspeakEngine
from pipeline.speech.request import SpeechRequest, Turn

_SPEAK_TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True)
class Voice:
    source: str
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class Clip:
    """A good take: what `voice` made of `text`."""

    voice: Voice
    text: str
    samples: Samples = field(repr=False)


Speak = Callable[[Voice, Sequence[str]], list[Samples]]

ESPEAK = (
    ("en", "en-US+m3"), ("en", "en+f2"), ("en", "en-GB-scotland+m7"), ("de", "de+f3"), ("de", "de+m1"),
    ("fr", "fr+m2"), ("fr", "fr+f4"), ("ru", "ru+m4"), ("ru", "ru+f1"), ("pt", "pt+m6"), ("pt", "pt-BR+f5"),
    ("nl", "nl+m8"), ("ja", "ja+f2"), ("es", "es+m5"), ("it", "it+f3"),
)  # fmt: skip  # a table
FLITE = (("en", "slt"), ("en", "rms"), ("en", "awb"), ("en", "kal16"))
FESTIVAL = (
    ("en", "kal_diphone"), ("en", "ked_diphone"), ("en", "cmu_us_slt_arctic_hts"),
    ("it", "pc_diphone"), ("it", "lp_diphone"),
)  # fmt: skip  # a table


class Sources:
    """The voices of this machine; `speak` is cached in `cache`."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._speak: dict[str, Speak] = {"espeak": _espeak, "flite": _flite, "festival": _festival}

    def voices(self) -> Iterator[Voice]:
        yield from (Voice("espeak", name, language) for language, name in ESPEAK)
        if shutil.which("flite"):
            yield from (Voice("flite", name, language) for language, name in FLITE)
        else:
            print("flite is not installed (apt-get install flite): left out")
        if shutil.which("text2wave"):
            folders = {path.name for path in Path("/usr/share/festival/voices").glob("*/*")}
            yield from (Voice("festival", name, language) for language, name in FESTIVAL if name in folders)
        else:
            print("festival is not installed (apt-get install festival festvox-kallpc16k …): left out")

    def clips(self, voice: Voice, texts: Sequence[str]) -> list[Clip]:
        """One clip a text; texts the voice makes nothing of are left out."""
        files = {text: self._cache / f"{_name(voice, text)}.pcm" for text in texts}
        missing = [text for text, file in files.items() if not file.exists()]
        for start in range(0, len(missing), 16):
            batch = missing[start : start + 16]
            for text, samples in zip(batch, self._speak[voice.source](voice, batch), strict=True):
                files[text].parent.mkdir(parents=True, exist_ok=True)
                files[text].write_bytes(samples.astype("<i2").tobytes())
        clips = (
            Clip(voice, text, np.frombuffer(file.read_bytes(), "<i2").astype(np.int16)) for text, file in files.items()
        )
        return [clip for clip in clips if len(clip.samples)]


def _name(voice: Voice, text: str) -> str:
    return f"{voice.source}/{voice.name}/{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _espeak(voice: Voice, texts: Sequence[str]) -> list[Samples]:
    async def speak() -> list[Samples]:
        engine = EspeakEngine(workers=2)
        try:
            return await asyncio.gather(*(one(engine, text, number) for number, text in enumerate(texts)))
        finally:
            await engine.aclose()

    async def one(engine: EspeakEngine, text: str, number: int) -> Samples:
        body = scratch / f"{number}.pcm"
        request = SpeechRequest("espeak", "espeak-ng", (Turn(text, voice.name),))
        await engine.speak(request, body, timeout_s=_SPEAK_TIMEOUT_S)
        return np.frombuffer(body.read_bytes(), "<i2").astype(np.int16)

    with tempfile.TemporaryDirectory(prefix="detection-") as folder:
        scratch = Path(folder)
        return asyncio.run(speak())


def _flite(voice: Voice, texts: Sequence[str]) -> list[Samples]:
    return [_wav_of(("flite", "-voice", voice.name), _latin(text, "ascii")) for text in texts]


def _festival(voice: Voice, texts: Sequence[str]) -> list[Samples]:
    command = ("text2wave", "-eval", f"(voice_{voice.name})")
    return [_wav_of(command, _latin(text, "ascii" if voice.language == "en" else "latin-1")) for text in texts]


def _wav_of(command: Sequence[str], text: bytes) -> Samples:
    """What a program makes of a text file; nothing where it fails or has nothing to say."""
    with tempfile.TemporaryDirectory(prefix="detection-") as folder:
        words, wav = Path(folder, "text"), Path(folder, "out.wav")
        words.write_bytes(text + b"\n")
        arguments = ("-f", str(words), "-o", str(wav)) if command[0] == "flite" else (str(words), "-o", str(wav))
        spoken = subprocess.run((*command, *arguments), capture_output=True, check=False)
        try:
            return read_pcm(wav, content_type="audio/wav", assumed_rate=PIPELINE_FORMAT.rate)
        except (BadAudio, FileNotFoundError):
            print(f"{command}: {spoken.stderr.decode(errors='replace').strip()[:80]} on {text[:40]!r}")
            return np.zeros(0, np.int16)


_TYPOGRAPHY = str.maketrans(
    {"—": " - ", "–": " - ", "’": "'", "‘": "'", "“": '"', "”": '"', "…": "...", "«": '"', "»": '"'}
)


def _latin(text: str, encoding: str) -> bytes:
    """The text in the letters these programs know, for they spell out what they do not."""
    plain = unicodedata.normalize("NFC" if encoding == "latin-1" else "NFD", text.translate(_TYPOGRAPHY))
    return plain.encode(encoding, errors="ignore")
