"""The engine for OpenRouter and every server of the same protocol: one POST, one body on disk; and its records.

Foreign exceptions and statuses become ours here and nowhere else. The key stands in a header of the client and in no
message, log or file.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx

from pipeline import __version__
from pipeline.errors import (
    ConnectionTrouble,
    FilterRefused,
    Passing,
    PaymentRequired,
    RateLimited,
    RequestRefused,
    ServiceRefused,
    ServiceTrouble,
    SettingsError,
    SpeechError,
    TimedOut,
    TooLong,
)
from pipeline.speech.engine import Speech
from pipeline.speech.profiles import ModelProfile
from pipeline.speech.prompt import speech_body
from pipeline.speech.records import KeyRecord, ModelRecord, generation_usd_from, key_from, models_from
from pipeline.speech.request import SpeechRequest

ATTRIBUTION = {
    "HTTP-Referer": "https://github.com/run-pipeline/run-pipeline",
    "X-Title": "run-pipeline",
    "X-OpenRouter-Title": "run-pipeline",
    "User-Agent": f"run-pipeline/{__version__}",
}

_ERROR_BODY_BYTES = 64 * 1024
_CONNECT_TIMEOUT_S = 10.0
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}

RECORDS_TIMEOUT_S = 10.0
"""A record that takes longer is not worth a run's waiting; the service answers in under a second."""

_MILLISECONDS_FROM = 1e11
"""Read as seconds this is in the year 5138."""

_LONGEST_RESET_S = 900.0
"""Limits by the minute and the quarter of an hour are waited for; two clocks that differ by more say nothing."""

_GONE_MODEL = {"model_not_found", "model_deprecated", "no_endpoints", "model_unavailable_upstream", "wrong_endpoint"}
_TOO_LONG = {"context_length_exceeded", "max_tokens_exceeded", "token_limit_exceeded", "string_too_long"}
_FILTER = {"content_policy_violation", "content_blocked", "refusal"}
_FILTER_WORDS = ("PROHIBITED_CONTENT", "CONTENT_BLOCKED", "INVALID_ARGUMENT", "SAFETY", "MODERATION")
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_PASSING_STATUS = {408, 500, 502, 503, 504, 524}
_OVERLOAD_STATUS = {429, 529}
_NOTHING_TO_BUY = {401, 402}


class OpenRouterEngine:
    """Speaks through `base_url`; one keep-alive pool for the engine's life."""

    def __init__(self, profile: ModelProfile, *, base_url: str, model_name: str, api_key: str) -> None:
        self._profile = profile
        self._model_name = model_name or profile.name
        self._api_key = api_key
        self._client = client_of(checked_url(base_url), api_key, key_name=profile.api_key_env)

    async def speak(self, request: SpeechRequest, body: Path, *, timeout_s: float) -> Speech:
        """One POST to `/audio/speech`; the answer is in the file when this returns, and not yet synced."""
        payload = speech_body(request, self._profile, model=self._model_name)
        async with mapped_errors(timeout_s, secret=self._api_key), asyncio.timeout(timeout_s):
            timeout = timeout_of(timeout_s)
            async with self._client.stream("POST", "audio/speech", json=payload, timeout=timeout) as response:
                if response.status_code != httpx.codes.OK:
                    raise self._refusal(response, await beginning(response))
                await _save(response, body)
                headers = response.headers
        return Speech(body, headers.get("content-type", ""), headers.get("x-generation-id", ""))

    async def key(self) -> KeyRecord | None:
        """What the service says of the key. Raises `ServiceRefused` for one that it does not know."""
        body = await self._record("key", {})
        return key_from(body) if body is not None else None

    async def models(self) -> dict[str, ModelRecord] | None:
        """The speech models on offer; without the parameter the service lists only those that write text."""
        body = await self._record("models", {"output_modalities": "speech"})
        return models_from(body) if body is not None else None

    async def generation_usd(self, generation_id: str) -> float | None:
        """What a generation cost, by the id its answer came with; None while there is no record of it."""
        body = await self._record("generation", {"id": generation_id})
        return generation_usd_from(body) if body is not None else None

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _record(self, path: str, query: Mapping[str, str]) -> bytes | None:
        """The body of a record; None where the service has none.

        Only what says that nothing can be bought at all (401, 402) and what may pass is raised: a server without
        records answers with any other status, and speaks all the same.
        """
        async with mapped_errors(RECORDS_TIMEOUT_S, secret=self._api_key), asyncio.timeout(RECORDS_TIMEOUT_S):
            response = await self._client.get(path, params=query, timeout=RECORDS_TIMEOUT_S)
        if response.status_code == httpx.codes.OK:
            return response.content
        error = self._refusal(response, response.content[:_ERROR_BODY_BYTES])
        if response.status_code in _NOTHING_TO_BUY or isinstance(error, Passing):
            raise error
        return None

    def _refusal(self, response: httpx.Response, body: bytes) -> SpeechError:
        return refusal_of(response, body, secret=self._api_key, successor=self._profile.successor)


def client_of(base_url: httpx.URL, api_key: str, *, key_name: str) -> httpx.AsyncClient:
    """A keep-alive pool that shows `api_key`, of which only `key_name` is ever told. Raises `ServiceRefused` for one
    that no header can carry.
    """
    if not (api_key.isascii() and api_key.isprintable()):
        raise ServiceRefused(
            "the key holds characters that no key has",
            where=key_name,
            remedy="copy it again, without the “…” of an example, quotes or line breaks",
        )
    headers = {**ATTRIBUTION, **({"Authorization": f"Bearer {api_key}"} if api_key else {})}
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=30)
    has_tls = not (base_url.scheme == "http" and base_url.host in _LOOPBACK)  # certificates take a moment to load
    return httpx.AsyncClient(base_url=base_url, headers=headers, limits=limits, http2=False, verify=has_tls)


def timeout_of(timeout_s: float) -> httpx.Timeout:
    """What each step of an exchange may take; a connection is there soon or not at all."""
    return httpx.Timeout(timeout_s, connect=_CONNECT_TIMEOUT_S, pool=None)


def checked_url(text: str, *, where: str = "speech.base_url") -> httpx.URL:
    """An http or https address with a host and a port that exists. Raises `SettingsError` for anything else."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise SettingsError(f"not a URL: {text}", where=where) from error
    if url.scheme not in {"http", "https"} or not url.host or (url.port or 0) > 65_535:
        raise SettingsError(
            f"not the address of a server: {text}", where=where, remedy="write https://host[:port]/path"
        )
    return url


def refusal_of(response: httpx.Response, body: bytes, *, secret: str, successor: str = "") -> SpeechError:
    """The error of ours for an answer that is none; `secret` is kept out of what it says."""
    message, error_type = _message(_without(secret, body.decode("utf-8", "replace")))
    error = error_of(response.status_code, message, error_type, headers=response.headers, successor=successor)
    error.where = response.url.host
    return error


def error_of(
    status: int, message: str, error_type: str, *, headers: Mapping[str, str], successor: str = ""
) -> SpeechError:
    """The error of ours for a refusal of the service, by status first and its own error type second."""
    what = f"the service answered {status}: {message or 'no reason given'}"
    if status in _OVERLOAD_STATUS:
        rest_s = _retry_after_s(headers)
        return RateLimited(what, retry_after_s=_reset_s(headers) if rest_s is None else rest_s, limit=_limit(headers))
    if status in _PASSING_STATUS:
        return ServiceTrouble(what, retry_after_s=_retry_after_s(headers))
    if status == 402:
        return PaymentRequired(what)
    if status == 404 or error_type in _GONE_MODEL:
        return ServiceRefused(what, remedy=f"the model may be gone: try `--model {successor}`" if successor else "")
    if status == 401 or (status == 403 and not _is_filter(message, error_type)):
        return ServiceRefused(what)
    return _text_refusal(status, what, error_type) if status < 500 else ServiceTrouble(what)


def _text_refusal(status: int, what: str, error_type: str) -> RequestRefused:
    if status == 413 or error_type in _TOO_LONG:
        return TooLong(what)
    return FilterRefused(what) if _is_filter(what, error_type) else RequestRefused(what)


def _is_filter(message: str, error_type: str) -> bool:
    """Whether the content filter spoke; it is often wrong, and says so in several ways (facts 1.5, 3.5)."""
    said = message.upper()
    return error_type in _FILTER or any(word in said for word in _FILTER_WORDS)


@contextlib.asynccontextmanager
async def mapped_errors(timeout_s: float, *, secret: str = "", where: str = "speech.base_url") -> AsyncIterator[None]:
    """Every failure httpx and the socket know, as one of ours; `secret` is kept out of what it says."""
    try:
        yield
    except (TimeoutError, httpx.TimeoutException) as error:
        was_sent = not isinstance(error, _NEVER_SENT)
        raise TimedOut(f"no answer within {timeout_s:.0f} s", where=where, was_sent=was_sent) from error
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise SettingsError(str(error), where=where) from error
    except (httpx.HTTPError, httpx.StreamError) as error:
        said = _without(secret, str(error)) or type(error).__name__
        was_sent = not isinstance(error, _NEVER_SENT)
        raise ConnectionTrouble(f"the connection failed: {said}", where=where, was_sent=was_sent) from error


def _without(secret: str, text: str) -> str:
    return text.replace(secret, "…") if secret else text


async def _save(response: httpx.Response, body: Path) -> None:
    with body.open("wb") as file:
        async for piece in response.aiter_bytes():
            file.write(piece)


async def beginning(response: httpx.Response, *, max_bytes: int = _ERROR_BODY_BYTES) -> bytes:
    """The body, or as much of it as anybody needs: a piece more than `max_bytes` at most."""
    body = b""
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) >= max_bytes:
            break
    return body


def _message(body: str) -> tuple[str, str]:
    """The sentence and the error type in any of the shapes servers use (facts 1.5, 4.1, 4.2)."""
    try:
        data: Any = json.loads(body)
    except ValueError:
        return " ".join(body.split())[:200], ""
    error = data.get("error", data.get("detail", data)) if isinstance(data, dict) else data
    if not isinstance(error, dict):
        return str(error)[:200], ""
    inner = [part for part in (error.get("availability"), error.get("metadata")) if isinstance(part, dict)]
    said = [part.get("code") or part.get("error_type") for part in inner] + [error.get("type")]
    error_type = next((name for name in said if name), "")
    return " ".join(str(error.get("message", error)).split())[:200], str(error_type)


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """`Retry-After` in seconds; the date form is not used by these services and counts as unsaid."""
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None


def _reset_s(headers: Mapping[str, str]) -> float | None:
    """Seconds from the answer's own `Date` to `X-RateLimit-Reset` (milliseconds or seconds since 1970, or seconds)."""
    try:
        reset = float(headers.get("x-ratelimit-reset", ""))
        if reset < _LONGEST_RESET_S:
            return max(0.0, reset)
        reset_s = reset / 1000 if reset > _MILLISECONDS_FROM else reset
        wait_s = reset_s - parsedate_to_datetime(headers.get("date", "")).timestamp()
    except ValueError:
        return None
    return wait_s if 0 <= wait_s <= _LONGEST_RESET_S else None


def _limit(headers: Mapping[str, str]) -> int | None:
    stated = headers.get("x-ratelimit-limit", "").strip()
    return int(stated) if stated.isascii() and stated.isdigit() else None
