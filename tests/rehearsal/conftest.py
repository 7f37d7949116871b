"""What every rehearsal test needs: a client that knows the protocol, and the request log as data."""

import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline.rehearsal.faults import FaultScript
from pipeline.rehearsal.server import RehearsalOptions, RunningServer, running_server, server_in_thread

MODEL = "google/gemini-3.1-flash-tts-preview"
AUTHORIZATION = {"Authorization": "Bearer sk-or-v1-not-to-be-seen"}


def body_of(text: Any = "The rain fell in torrents.", **changes: Any) -> dict[str, Any]:
    return {"model": MODEL, "input": text, "voice": "Charon", "response_format": "pcm", **changes}


class Caller:
    """Asks a running server the way the real service is asked."""

    def __init__(self, server: RunningServer, client: httpx.AsyncClient) -> None:
        self.server = server
        self.client = client

    async def say(self, *text: Any, **changes: Any) -> httpx.Response:
        return await self.client.post("audio/speech", json=body_of(*text, **changes))

    def streamed(self, *text: Any) -> contextlib.AbstractAsyncContextManager[httpx.Response]:
        return self.client.stream("POST", "audio/speech", json=body_of(*text))

    async def get(self, path: str) -> Any:
        return (await self.client.get(path)).json()


class Asker(httpx.Client):
    """The same without an event loop."""

    def say(self, *text: Any, **changes: Any) -> httpx.Response:
        return self.post("audio/speech", json=body_of(*text, **changes))


@pytest.fixture(scope="session")
def asker() -> Iterator[Asker]:
    """One server without faults, limits or log, for all who only ask."""
    with (
        server_in_thread(RehearsalOptions(workers=2)) as server,
        Asker(base_url=server.base_url, headers=AUTHORIZATION, timeout=20) as client,
    ):
        yield client


Rehearse = Callable[..., contextlib.AbstractAsyncContextManager[Caller]]


@pytest.fixture(scope="session")
def rehearse() -> Rehearse:
    @contextlib.asynccontextmanager
    async def started(
        options: RehearsalOptions | None = None, *, script: FaultScript | None = None, timeout_s: float = 20.0
    ) -> AsyncIterator[Caller]:
        async with (
            running_server(options or RehearsalOptions(workers=1), script=script) as server,
            httpx.AsyncClient(base_url=server.base_url, headers=AUTHORIZATION, timeout=timeout_s) as client,
        ):
            yield Caller(server, client)

    return started


@pytest.fixture
def read_log() -> Callable[[Path], list[dict[str, Any]]]:
    return lambda path: [json.loads(line) for line in path.read_text("utf-8").splitlines()]
