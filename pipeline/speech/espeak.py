"""The embedded voice: espeak-ng from the espeakng-loader package, in worker processes. Free, offline, deterministic."""

import asyncio
import functools
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import espeakng_loader

from pipeline.errors import EngineMissing, RequestRefused, ServiceTrouble, TimedOut
from pipeline.languages import primary_subtag
from pipeline.recording import PIPELINE_FORMAT
from pipeline.speech.engine import Speech
from pipeline.speech.performance import pieces_of
from pipeline.speech.request import SpeechRequest

_SAME_LANGUAGE = {"zh": "cmn", "no": "nb", "nn": "nb", "tl": "en", "fil": "en"}
"""Primary tags books use, and the tag under which the library files that language (or its nearest reading)."""

_PCM = f"audio/pcm;rate={PIPELINE_FORMAT.rate};channels={PIPELINE_FORMAT.channels}"


@dataclass(frozen=True, slots=True)
class EmbeddedVoice:
    """A voice of the library: its identifier (`en`, `en-US`, `ru`), its display name, the language tags it reads."""

    identifier: str
    name: str
    languages: tuple[str, ...]


class EspeakEngine:
    """Speaks through up to `workers` processes, started when first needed and ended with the engine."""

    def __init__(self, *, workers: int) -> None:
        self._free: asyncio.Queue[_Worker | None] = asyncio.LifoQueue()  # a warm one first
        for _ in range(max(1, workers)):
            self._free.put_nowait(None)
        self._all: list[_Worker] = []

    async def speak(self, request: SpeechRequest, body: Path, *, timeout_s: float) -> Speech:
        """Speak every turn in its voice, tags performed, into `body`, as raw PCM of the pipeline's format."""
        question = _question(request, body)
        worker = await self._free.get()
        try:
            if worker is None or not worker.is_alive:
                worker = await self._start()
            answer = await asyncio.wait_for(worker.ask(question), timeout_s)
        except TimeoutError as error:
            raise TimedOut(f"espeak-ng took more than {timeout_s:.0f} s") from error
        finally:
            self._free.put_nowait(worker if worker is not None and worker.is_idle else None)
        if "error" in answer:
            raise RequestRefused(str(answer["error"]))
        return Speech(body, _PCM, cost_usd=0.0)

    async def aclose(self) -> None:
        for worker in self._all:
            await worker.stop()
        self._all.clear()

    async def _start(self) -> "_Worker":
        worker = await _Worker.start()
        self._all = [known for known in self._all if known.is_alive] + [worker]
        return worker


class _Worker:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._asked = False

    @classmethod
    async def start(cls) -> "_Worker":
        command = (sys.executable, "-m", "pipeline.speech.espeak_worker", library_path(), data_path())
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, start_new_session=True)
        return cls(process)

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None

    @property
    def is_idle(self) -> bool:
        """Alive and with no answer outstanding: a worker that was given up on must not hand out a stale answer."""
        if self._asked and self.is_alive:
            self._process.kill()
        return self.is_alive and not self._asked

    async def ask(self, question: dict[str, object]) -> dict[str, object]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        self._asked = True
        try:
            stdin.write(json.dumps(question).encode() + b"\n")
            await stdin.drain()
            line = await stdout.readline()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise ServiceTrouble("the espeak-ng process died") from error
        if not line:
            await self._process.wait()
            raise ServiceTrouble(f"the espeak-ng process died (status {self._process.returncode})")
        self._asked = False
        answer: dict[str, object] = json.loads(line)
        return answer

    async def stop(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self.is_alive:
            await self._process.wait()


def _question(request: SpeechRequest, body: Path) -> dict[str, object]:
    """What the worker is told. Raises `RequestRefused` for parameters that are no numbers."""
    try:
        performed = pieces_of(request)
    except ValueError as error:
        raise RequestRefused(str(error)) from error
    pieces = [
        {
            "text": piece.text,
            "voice": piece.voice,
            "parameters": dict(piece.parameters),
            "pause_ms": piece.pause_ms,
            "is_open": piece.is_open,
        }
        for piece in performed
    ]
    return {"pieces": pieces, "body": str(body)}


def library_path() -> str:
    """The shared library of espeakng-loader. Raises `EngineMissing` where the package brings none."""
    path = str(espeakng_loader.get_library_path())
    if not Path(path).exists():
        raise EngineMissing(
            "the embedded voice is not installed", remedy="pip install --force-reinstall espeakng-loader"
        )
    return path


def data_path() -> str:
    return str(espeakng_loader.get_data_path())


@functools.cache
def embedded_voices() -> tuple[EmbeddedVoice, ...]:
    """Every language voice the library's data folder describes, by identifier."""
    files = sorted(
        (file for file in Path(data_path(), "lang").rglob("*") if file.is_file()), key=lambda file: file.name
    )
    return tuple(_described(file) for file in files)


def embedded_voice_for(language: str) -> str:
    """The voice that reads `language`: the exact tag, else its primary subtag, else British English."""
    wanted = language.lower().replace("_", "-")
    primary = _SAME_LANGUAGE.get(primary_subtag(wanted), primary_subtag(wanted))
    return _named(wanted) or _named(primary) or "en"


def resolved_voice(name: str) -> str:
    """The library's identifier for a voice a user names: an identifier or language tag, with an optional `+variant`.

    Empty if the library has no such voice.
    """
    base, plus, variant = name.partition("+")
    identifier = _named(base.lower())
    if not identifier or (plus and not _is_variant(variant)):
        return ""
    return identifier + plus + variant


def _is_variant(name: str) -> bool:
    return Path(name).name == name and Path(data_path(), "voices", "!v", name).is_file()


@functools.cache
def _named(tag: str) -> str:
    """Looked up once: every request of a plan asks for the same few."""
    voices = embedded_voices()
    by_identifier = (voice.identifier for voice in voices if voice.identifier.lower() == tag)
    by_language = (voice.identifier for voice in voices if tag in voice.languages)
    return next(by_identifier, "") or next(by_language, "")


def _described(file: Path) -> EmbeddedVoice:
    name, languages = file.name, []
    for line in file.read_text("utf-8", errors="replace").splitlines():
        word, _, rest = line.split("//")[0].strip().partition(" ")
        if word == "name":
            name = rest.strip()
        elif word == "language" and rest.split():
            languages.append(rest.split()[0].lower())
    return EmbeddedVoice(file.name, name, tuple(languages))
