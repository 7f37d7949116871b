"""How people are told: a process of their own, a message to an address. What goes wrong here is told and no more."""

import asyncio
import contextlib
import os
import shlex
import signal
import tempfile
from collections.abc import Collection, Mapping
from typing import IO
from urllib.parse import urlsplit

import httpx

from pipeline.discretion import without_keys
from pipeline.notify.message import Message, facts_of, message_of
from pipeline.notify.settings import NotifySettings
from pipeline.report.schema import RunReport

_SHOWN_CHARS = 200
"""Of what a command said before it failed."""


async def tell(
    report: RunReport, settings: NotifySettings, *, run: str, log: str, secrets: Collection[str], token: str
) -> list[str]:
    """Tell whoever wants to be told of such an end; what went wrong with that, a line each. Never raises for it.

    `secrets` are kept out of all that is said, and out of the environment of the command.
    """
    report = RunReport.model_validate_json(without_keys(report.model_dump_json(), secrets))
    message = message_of(report)
    if message.outcome not in settings.on:
        return []
    facts = facts_of(report, message, run=run, log=log)
    troubles = await asyncio.gather(
        _run(settings, report.model_dump_json(), facts, secrets) if settings.command else _nothing(),
        _send(settings, message, token) if settings.url else _nothing(),
    )
    return [trouble for trouble in troubles if trouble]


async def _nothing() -> str:
    return ""


async def _run(settings: NotifySettings, report: str, facts: Mapping[str, str], secrets: Collection[str]) -> str:
    """Run the command with the report on its stdin; why it failed, or nothing. It does not outlive its time."""
    words = ["/bin/sh", "-c", settings.command] if settings.shell else shlex.split(settings.command)
    environment = {name: value for name, value in os.environ.items() if value.strip() not in secrets}
    with tempfile.TemporaryFile() as said:  # a pipe would stay open in whatever the command leaves running
        try:
            process = await _started(words, {**environment, **facts}, said)
        except (OSError, ValueError) as error:
            return f"notify.command could not be run: {error}"
        try:
            await asyncio.wait_for(process.communicate(report.encode()), settings.timeout_s)
        except TimeoutError:
            return f"notify.command took longer than {settings.timeout_s:g} s and was ended"
        finally:
            await _ended(process)
        return _failure(process.returncode, said) if process.returncode else ""


async def _started(words: list[str], environment: Mapping[str, str], said: IO[bytes]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *words,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,  # ours is data
        stderr=said,
        start_new_session=True,  # so that it ends with all it has started
    )


async def _ended(process: asyncio.subprocess.Process) -> None:
    """If it has not ended by itself, it and what it has started are ended."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _failure(status: int | None, said: IO[bytes]) -> str:
    said.seek(0)
    lines = said.read(1 << 16).decode("utf-8", "replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f"notify.command failed with status {status}" + (f": {last[:_SHOWN_CHARS]}" if last else "")


async def _send(settings: NotifySettings, message: Message, token: str) -> str:
    """Send the message; why it was not taken, or nothing. Of the address only the host is told: the rest may be
    all that keeps it private.
    """
    host = urlsplit(settings.url).hostname
    headers = message.headers | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        async with asyncio.timeout(settings.timeout_s), httpx.AsyncClient() as client:
            async with client.stream(
                "POST", settings.url, content=message.text.encode(), headers=headers, timeout=settings.timeout_s
            ) as response:
                status = response.status_code
    except TimeoutError:
        return f"notify.url: {host} did not answer within {settings.timeout_s:g} s"
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:  # `ValueError`: a token no header can carry
        return f"notify.url: {host} could not be told: {type(error).__name__}"
    return "" if httpx.codes.is_success(status) else f"notify.url: {host} answered {status}"
