"""The routes of the speech service over a `Service`."""

import asyncio
from collections.abc import Iterator
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from pipeline.rehearsal.attempts import Answer, Attempt, Hold
from pipeline.rehearsal.contract import Refusal
from pipeline.rehearsal.service import Service

DROP = "rehearsal.drop"
"""Where in the state of a connection its listener puts the function that ends it: `drop(rudely: bool)`."""

_ROUNDS_TO_NOTICE = 5
"""Rounds of the event loop from the end of a connection to the end of the attempt that was waiting on it."""


def rehearsal_app(service: Service, closing: asyncio.Future[None]) -> Starlette:
    """The application. Once `closing` is done, requests that wait for something are let go."""
    books = _Books(service)
    routes = [
        Route("/api/v1/audio/speech", _Call(service, service.answer, closing), methods=["POST"]),
        Route("/api/v1/chat/completions", _Call(service, service.answer_chat, closing), methods=["POST"]),
        Route("/api/v1/generation", books.generation),
        Route("/api/v1/models", books.models),
        Route("/api/v1/key", books.key),
    ]
    return Starlette(routes=routes, exception_handlers={Refusal: _refused, HTTPException: _unknown})


class _Books:
    """What can be looked up."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def generation(self, request: Request) -> Response:
        self._service.check_access(request.headers.get("authorization", ""))
        return JSONResponse({"data": self._service.generation(request.query_params.get("id", ""))})

    async def models(self, request: Request) -> Response:
        wanted = request.query_params.get("output_modalities", "text")
        return JSONResponse(self._service.models(output_modalities=wanted))

    async def key(self, request: Request) -> Response:
        self._service.check_access(request.headers.get("authorization", ""))
        return JSONResponse({"data": self._service.key()})


class Answering(Protocol):
    """What a service makes of an attempt."""

    async def __call__(self, attempt: Attempt, *, authorization: str, hold: Hold) -> Answer: ...


class _Call:
    """What is posted, as a bare ASGI application: a connection that breaks in mid-body needs one."""

    def __init__(self, service: Service, answer: Answering, closing: asyncio.Future[None]) -> None:
        self._service = service
        self._answer = answer
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            body = await request.body()
        except ClientDisconnect:
            return
        await _notice_who_left()
        attempt = self._service.begin(body)
        exchange = _Exchange(self._service, attempt, request, send=send, closing=self._closing)
        await exchange.run(self._answer)


class _Exchange:
    """One attempt, from its arrival to the last byte of the answer."""

    def __init__(
        self, service: Service, attempt: Attempt, request: Request, *, send: Send, closing: asyncio.Future[None]
    ) -> None:
        self._service = service
        self._attempt = attempt
        self._request = request
        self._send = send
        self._closing = closing
        self._left = asyncio.ensure_future(_until_left(request.receive))
        self._sent_bytes = 0

    async def run(self, answering: Answering) -> None:
        answer = Answer(None)
        try:
            authorization = self._request.headers.get("authorization", "")
            answer = await answering(self._attempt, authorization=authorization, hold=self._hold)
            if answer.status is not None:
                await self._deliver(answer, answer.status)
            elif not answer.journey.has_headers:
                await self._drop(answer)
        finally:
            self._end(answer, is_complete=False)
            self._left.cancel()

    async def _hold(self, wait_s: float) -> bool:
        timeout = max(0.0, self._service.clock.machine_s(wait_s))
        await asyncio.wait({self._left, self._closing}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        return self._left.done() or self._closing.done()

    async def _deliver(self, answer: Answer, status: int) -> None:
        """Send what gets through; returning before the end of the body makes the server drop the line."""
        journey = answer.journey
        await self._send({"type": "http.response.start", "status": status, "headers": _raw_headers(answer)})
        for piece in _pieces(answer.body[: journey.body_bytes], journey.piece_bytes):
            if journey.pause_s and await self._hold(journey.pause_s):
                return
            await self._send(_part(piece))
            if self._left.done():
                return
            self._sent_bytes += len(piece)
        await self._send(_part(b""))  # returns when the pieces have left the buffer, or the client has left
        await _notice_who_left()
        if journey.ends == "whole":
            self._end(answer, is_complete=not self._left.done())
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        elif journey.hold_s:
            await self._hold(journey.hold_s)

    async def _drop(self, answer: Answer) -> None:
        """End the connection without a header. The line is written first: the client knows in the next moment."""
        self._end(answer, is_complete=False)
        self._request.scope["state"][DROP](rudely=answer.journey.ends == "reset")
        await self._left

    def _end(self, answer: Answer, *, is_complete: bool) -> None:
        self._service.end(self._attempt, answer, sent_bytes=self._sent_bytes, is_complete=is_complete)


async def _notice_who_left() -> None:
    """Let the loop look at its sockets: a client that gave up must not count as answered, nor, back again, as two."""
    for _ in range(_ROUNDS_TO_NOTICE):
        await asyncio.sleep(0)


async def _until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _raw_headers(answer: Answer) -> list[tuple[bytes, bytes]]:
    """No content length, so the body goes out chunked, as the real service's does."""
    return [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]


def _part(piece: bytes) -> dict[str, Any]:
    return {"type": "http.response.body", "body": piece, "more_body": True}


def _pieces(body: bytes, piece_bytes: int) -> Iterator[bytes]:
    return (body[start : start + piece_bytes] for start in range(0, len(body), piece_bytes))


async def _refused(_request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return JSONResponse(refusal.body(), refusal.status, refusal.headers)


async def _unknown(_request: Request, error: Exception) -> Response:
    """A path or method the service does not have."""
    assert isinstance(error, HTTPException)
    return JSONResponse(Refusal(error.status_code, error.detail).body(), error.status_code, error.headers)
