"""The seam between this program and whatever speaks: one method, one attempt, one body on disk."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline.speech.request import SpeechRequest


@dataclass(frozen=True, slots=True)
class Speech:
    """What came back of one attempt: the body as received, complete on disk, and what was said about it.

    `content_type` is a hint only (see `body.read_pcm`). `cost_usd` is None where the service does not say.
    """

    body: Path
    content_type: str = ""
    generation_id: str = ""
    cost_usd: float | None = None


class Engine(Protocol):
    """Turns a request into speech. Retry, pace, budget and acceptance stand around it and know no HTTP."""

    async def speak(self, request: SpeechRequest, body: Path, *, timeout_s: float) -> Speech:
        """Make one attempt and write the answer to `body`. Raises a `SpeechError`; a partial body may be left."""

    async def aclose(self) -> None:
        """Let go of connections and worker processes."""
