"""A loopback socket and the uvicorn that serves it, started and stopped inside somebody else's event loop."""

import asyncio
import contextlib
import functools
import os
import socket
import struct
from collections.abc import AsyncIterator, Generator

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from pipeline.errors import UsageError
from pipeline.rehearsal.app import DROP

_KEEP_ALIVE_S = 120
"""Longer than any client keeps an idle connection: the side that closes should not be ours, or requests get lost."""

_SHUTDOWN_S = 1


class _Server(uvicorn.Server):
    """uvicorn that leaves the signals to its caller."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class _Protocol(H11Protocol):
    """HTTP whose requests can end their own connection: the state of each holds the function that does."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn's own
        self.app_state = {**self.app_state, DROP: functools.partial(_drop, transport)}
        super().connection_made(transport)


def _drop(transport: asyncio.Transport, *, rudely: bool) -> None:
    """End a connection at once; rudely: with a reset, where the other side loses even what it had not read yet."""
    if rudely:
        no_lingering = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_lingering)
    transport.abort()


def bound_socket(port: int) -> socket.socket:
    """A socket on 127.0.0.1 that takes connections from now on, answered once it is served; port 0 is any free one.

    Raises `UsageError` if the port cannot be had.
    """
    # With the protocol named, asyncio turns Nagle's algorithm off; without, small answers wait 40 ms.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(("127.0.0.1", port))
        sock.listen()
    except (OSError, OverflowError) as error:
        sock.close()
        remedy = "choose another with `--port`; 0 takes any free one"
        raise UsageError(f"port {port} cannot be used: {error}", remedy=remedy) from error
    return sock


@contextlib.asynccontextmanager
async def listening(app: Starlette, sock: socket.socket) -> AsyncIterator[None]:
    """Serve `app` on `sock` while the block runs; afterwards nothing of it is left running."""
    config = uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_SHUTDOWN_S,
    )
    server = _Server(config)
    serving = asyncio.ensure_future(server.serve(sockets=[sock]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving
        await asyncio.gather(*server.server_state.tasks, return_exceptions=True)
