"""The routes of the speech service over a `Service`."""

import asyncio
import json
from collections.abc import Iterator, Mapping

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from pipeline.rehearsal.contract import Refusal, check_key
from pipeline.rehearsal.records import models_answer
from pipeline.rehearsal.service import Answer, Attempt, Service

_PIECE_BYTES = 16 * 1024

_ROUNDS_TO_NOTICE = 5
"""Rounds of the event loop from the end of a connection to the end of the attempt that was waiting on it."""


def rehearsal_app(service: Service, closing: asyncio.Future[None]) -> Starlette:
    """The application. Once `closing` is done, requests that wait for something are let go."""
    books = _Books(service)
    routes = [
        Route("/api/v1/audio/speech", _Speech(service, closing), methods=["POST"]),
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
        self._check_key(request)
        generation = self._service.records.find(request.query_params.get("id", ""))
        return JSONResponse({"data": generation.record()})

    async def models(self, request: Request) -> Response:
        wanted = request.query_params.get("output_modalities", "text")
        return JSONResponse(models_answer(self._service.rules.profiles.values(), output_modalities=wanted))

    async def key(self, request: Request) -> Response:
        self._check_key(request)
        return JSONResponse({"data": self._service.records.key()})

    def _check_key(self, request: Request) -> None:
        check_key(request.headers.get("authorization", ""), api_key=self._service.rules.api_key)


class _Speech:
    """`POST /audio/speech` as a bare ASGI application: a connection that breaks in mid-body needs one."""

    def __init__(self, service: Service, closing: asyncio.Future[None]) -> None:
        self._service = service
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            body = await request.body()
        except ClientDisconnect:
            return
        await _notice_who_left()
        exchange = _Exchange(self._service, self._service.begin(body), receive, send)
        await exchange.run(authorization=request.headers.get("authorization", ""), closing=self._closing)


class _Exchange:
    """One attempt, from its arrival to the last byte of the answer."""

    def __init__(self, service: Service, attempt: Attempt, receive: Receive, send: Send) -> None:
        self._service = service
        self._attempt = attempt
        self._send = send
        self._left = asyncio.ensure_future(_until_left(receive))
        self._sent_bytes = 0

    async def run(self, *, authorization: str, closing: asyncio.Future[None]) -> None:
        async def hold(wait_s: float) -> bool:
            await asyncio.wait({self._left, closing}, timeout=max(0.0, wait_s), return_when=asyncio.FIRST_COMPLETED)
            return self._left.done() or closing.done()

        answer = Answer(None)
        try:
            answer = await self._service.answer(self._attempt, authorization=authorization, hold=hold)
            if answer.status is not None:
                await self._deliver(answer, answer.status)
        finally:
            self._end(answer, answered=False)
            self._left.cancel()

    async def _deliver(self, answer: Answer, status: int) -> None:
        """Send all of it, or with a cut all up to there; then returning unfinished makes the server drop the line."""
        await self._send({"type": "http.response.start", "status": status, "headers": _raw_headers(answer)})
        for piece in _pieces(_body_of(answer)[: answer.cut_at]):
            await self._send(_part(piece))
            if self._left.done():
                return
            self._sent_bytes += len(piece)
        await self._send(_part(b""))  # returns when the pieces have left the buffer, or the client has left
        await _notice_who_left()
        if answer.cut_at is None:
            self._end(answer, answered=not self._left.done())
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def _end(self, answer: Answer, *, answered: bool) -> None:
        self._service.end(self._attempt, answer, sent_bytes=self._sent_bytes, answered=answered)


async def _notice_who_left() -> None:
    """Let the loop look at its sockets: a client that gave up must not count as answered, nor, back again, as two."""
    for _ in range(_ROUNDS_TO_NOTICE):
        await asyncio.sleep(0)


async def _until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _body_of(answer: Answer) -> bytes:
    return json.dumps(answer.refusal.body()).encode() if answer.refusal else answer.body


def _raw_headers(answer: Answer) -> list[tuple[bytes, bytes]]:
    """No content length, so the body goes out chunked, as the real service's does."""
    headers: Mapping[str, str] = {"Content-Type": "application/json", **answer.headers}
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def _part(piece: bytes) -> dict[str, object]:
    return {"type": "http.response.body", "body": piece, "more_body": True}


def _pieces(body: bytes) -> Iterator[bytes]:
    return (body[start : start + _PIECE_BYTES] for start in range(0, len(body), _PIECE_BYTES))


async def _refused(_request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return JSONResponse(refusal.body(), refusal.status, refusal.headers)


async def _unknown(_request: Request, error: Exception) -> Response:
    """A path or method the service does not have."""
    assert isinstance(error, HTTPException)
    return JSONResponse(Refusal(error.status_code, error.detail).body(), error.status_code, error.headers)
