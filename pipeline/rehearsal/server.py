"""Starting and stopping the rehearsal server: for the command line, and for tests."""

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from anyio.from_thread import start_blocking_portal

from pipeline.errors import UsageError
from pipeline.rehearsal.clock import FastClock
from pipeline.rehearsal.fault_script import load_script
from pipeline.rehearsal.faults import FaultScript
from pipeline.rehearsal.journal import open_journal
from pipeline.rehearsal.limits import Limits
from pipeline.rehearsal.service import Rules, Service
from pipeline.rehearsal.voice import EmbeddedVoice, ToneVoice, Voice
from pipeline.speech.espeak import library_path
from pipeline.speech.profiles import load_profiles

VoiceName = Literal["espeak", "tone"]
"""espeak: the embedded voice, real speech · tone: arithmetic that looks like speech, thousands of chunks a minute."""

_EXTRA = {"starlette", "uvicorn"}


@dataclass(frozen=True, slots=True)
class RehearsalOptions:
    """How to rehearse. 0 is no limit, and for `port` any free one; an empty `api_key` lets any key in.

    `latency_per_audio_s` are seconds of waiting for each second of audio; `workers` are processes that speak.
    `credit_usd` goes before what the script says. With a `speedup` the server lives that many times faster: all its
    waits, windows and times are in its own seconds, those it tells a client too.
    """

    port: int = 0
    script: Path | None = None
    log: Path | None = None
    requests_per_minute: int = 0
    max_concurrency: int = 0
    latency_per_audio_s: float = 0.0
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    api_key: str = ""
    credit_usd: float | None = None
    speedup: float = 1.0
    voice: VoiceName = "espeak"


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that answers at `base_url` (…/api/v1) until its block ends."""

    base_url: str
    service: Service

    @property
    def max_in_flight(self) -> int:
        """The most attempts that were under way at once."""
        return self.service.max_in_flight

    def top_up(self, usd: float) -> None:
        """Pay in: what was refused for want of credit is answered again."""
        self.service.records.top_up(usd)


def serve(options: RehearsalOptions, *, started: Callable[[str], None]) -> None:
    """Serve until interrupted or terminated; `started` is told the base URL once requests are taken.

    Raises `UsageError` without the extra, for a port that is taken, or (`SettingsError`) for a script that means
    nothing; `EngineMissing` without the embedded voice; `MachineError` for a log that cannot be written.
    """
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(options, started))


@contextlib.asynccontextmanager
async def running_server(
    options: RehearsalOptions | None = None, *, script: FaultScript | None = None
) -> AsyncIterator[RunningServer]:
    """A server while the block runs; `script` in place of the options' file. Raises like `serve`."""
    try:
        from pipeline.rehearsal.app import rehearsal_app
        from pipeline.rehearsal.listener import bound_socket, listening
    except ModuleNotFoundError as error:
        if str(error.name).split(".")[0] not in _EXTRA:
            raise
        raise UsageError(
            "the rehearsal server is not installed", remedy="pip install 'run-pipeline[rehearsal]'"
        ) from error

    options = options or RehearsalOptions()
    async with _service(options, script) as service, contextlib.AsyncExitStack() as stack:
        sock = stack.enter_context(bound_socket(options.port))
        closing = asyncio.get_running_loop().create_future()
        await stack.enter_async_context(listening(rehearsal_app(service, closing), sock))
        stack.callback(closing.set_result, None)
        yield RunningServer(f"http://127.0.0.1:{sock.getsockname()[1]}/api/v1", service)


@contextlib.contextmanager
def server_in_thread(
    options: RehearsalOptions | None = None, *, script: FaultScript | None = None
) -> Iterator[RunningServer]:
    """`running_server` for callers without an event loop, or with one that must not be shared."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(running_server(options, script=script)) as server,
    ):
        yield server


async def _serve(options: RehearsalOptions, started: Callable[[str], None]) -> None:
    terminated = asyncio.Event()
    with contextlib.suppress(NotImplementedError, RuntimeError):  # Windows; not the main thread
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminated.set)
    async with running_server(options) as server:
        started(server.base_url)
        await terminated.wait()


@contextlib.asynccontextmanager
async def _service(options: RehearsalOptions, script: FaultScript | None) -> AsyncIterator[Service]:
    rules = Rules(
        {name: profile for name, profile in load_profiles({}).items() if profile.engine == "openrouter"},
        _script(options, script),
        Limits(options.requests_per_minute, options.max_concurrency, options.latency_per_audio_s),
        options.api_key,
    )
    with open_journal(options.log) as journal, tempfile.TemporaryDirectory(prefix="rehearsal-") as scratch:
        async with contextlib.aclosing(_voice(options, Path(scratch))) as voice:
            yield Service(rules, voice, clock=FastClock(options.speedup), journal=journal)


def _script(options: RehearsalOptions, script: FaultScript | None) -> FaultScript:
    if script is None:
        script = load_script(options.script) if options.script else FaultScript()
    return script if options.credit_usd is None else script.model_copy(update={"credit_usd": options.credit_usd})


def _voice(options: RehearsalOptions, scratch: Path) -> Voice:
    if options.voice == "tone":
        return ToneVoice()
    library_path()  # raises `EngineMissing` now rather than at the first request
    return EmbeddedVoice(scratch, workers=options.workers)
