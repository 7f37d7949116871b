"""A loopback HTTP server that says what it is told to, so that real sockets fail in real ways."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `cut_after` bytes of the body the connection ends; `hangs` sends nothing (after the headers, if
    `body` is given); `verbatim` replaces the whole answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    hangs: bool = False
    is_chunked: bool = False
    verbatim: bytes | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    line: str
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class ScriptedService:
    """Gives `replies` in order, the last one for ever after; `asked` is what came in.

    What is asked under one of the `routes` (`/key`, with or without a query) gets that reply each time.
    """

    def __init__(self, replies: list[Reply], routes: Mapping[str, Reply]) -> None:
        self._replies = list(replies)
        self._routes = routes
        self.asked: list[Asked] = []
        self.base_url = ""
        self._connections: list[asyncio.StreamWriter] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.append(writer)
        number = len(self._connections)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:-1])}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                self.asked.append(Asked(head[0], headers, body, number))
                reply = self._routed(head[0]) or self._next()
                if not await self._given(reply, reader, writer):
                    break
        writer.close()

    def _routed(self, line: str) -> Reply | None:
        path = line.split()[1].partition("?")[0]
        return next((reply for route, reply in self._routes.items() if path.endswith(route)), None)

    def _next(self) -> Reply:
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    async def _given(self, reply: Reply, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection is good for another request."""
        if reply.verbatim is not None:
            writer.write(reply.verbatim)
            await writer.drain()
            return False
        if not (reply.hangs and not reply.body):
            writer.write(_answer_of(reply))
            await writer.drain()
        if reply.hangs:
            await reader.read()  # until the client gives up
        return reply.cut_after is None and not reply.hangs

    async def close(self) -> None:
        for writer in self._connections:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


def _answer_of(reply: Reply) -> bytes:
    length = {"Transfer-Encoding": "chunked"} if reply.is_chunked else {"Content-Length": str(len(reply.body))}
    if reply.hangs:
        length = {"Content-Length": str(len(reply.body) + 1)}
    lines = [f"HTTP/1.1 {reply.status} Whatever", *(f"{n}: {v}" for n, v in {**length, **reply.headers}.items())]
    body = reply.body[: reply.cut_after]
    if reply.is_chunked:
        body = f"{len(body):x}\r\n".encode() + body + b"\r\n" + (b"0\r\n\r\n" if reply.cut_after is None else b"")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@contextlib.asynccontextmanager
async def scripted_service(
    *replies: Reply, routes: Mapping[str, Reply] | None = None
) -> AsyncIterator[ScriptedService]:
    service = ScriptedService(list(replies), routes or {})
    server = await asyncio.start_server(service.answer, "127.0.0.1", 0)
    service.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/v1"
    try:
        yield service
    finally:
        server.close()
        await service.close()
        await server.wait_closed()
