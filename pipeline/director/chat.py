"""One exchange with a chat model, and what the service says it costs. HTTP and its errors are those of speech."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from pipeline.director.reply import Failure
from pipeline.director.settings import DirectorSettings
from pipeline.errors import (
    ConnectionTrouble,
    Passing,
    RequestRefused,
    ServiceRefused,
    ServiceTrouble,
    SpeechError,
    TimedOut,
)
from pipeline.speech.openrouter import (
    RECORDS_TIMEOUT_S,
    beginning,
    checked_url,
    client_of,
    error_of,
    mapped_errors,
    refusal_of,
    timeout_of,
)
from pipeline.speech.records import ModelRecord, models_from

_MOST_BYTES = 8 * 1024 * 1024
"""Of an answer: a hundred times the longest one that is asked for."""

_REMEDIES: Mapping[type[SpeechError], str] = {
    TimedOut: "run the same command again, or raise `director.timeout_s`",
    ConnectionTrouble: "check the network and `director.base_url`, then run the same command again",
    ServiceRefused: "check the key (`director.api_key_env`) and `director.model`: it has to take a JSON schema",
    RequestRefused: "another `director.model` may take it, or a smaller `director.window_chars`",
}
"""The way out where it is another than with speech."""


class Chat:
    """Asks `settings.model`; one keep-alive pool for its life."""

    def __init__(self, settings: DirectorSettings, *, api_key: str) -> None:
        self._settings = settings
        self._api_key = api_key
        url = checked_url(settings.address, where="director.base_url")
        self._client = client_of(url, api_key, key_name=settings.api_key_env)

    async def complete(self, body: Mapping[str, Any], *, timeout_s: float) -> str:
        """The body of the answer, whatever stands in it, to one POST. Raises `SpeechError`."""
        try:
            async with (
                mapped_errors(timeout_s, secret=self._api_key, where="director.base_url"),
                asyncio.timeout(timeout_s),
                self._client.stream("POST", "chat/completions", json=body, timeout=timeout_of(timeout_s)) as response,
            ):
                if response.status_code != httpx.codes.OK:
                    raise refusal_of(response, await beginning(response), secret=self._api_key)
                content = await beginning(response, max_bytes=_MOST_BYTES)
        except SpeechError as error:
            raise self._told(error) from error.__cause__
        if len(content) >= _MOST_BYTES:
            raise self._told(ServiceTrouble("the answer had no end"))
        return content.decode("utf-8", "replace")

    def error_of(self, failure: Failure) -> SpeechError:
        """What an error under status 200 would have been under its own."""
        return self._told(error_of(failure.status, failure.message, failure.error_type, headers={}))

    async def record(self) -> ModelRecord | None:
        """What the service lists of the model; None where it does not list it, or nothing at all."""
        async with (
            mapped_errors(RECORDS_TIMEOUT_S, secret=self._api_key, where="director.base_url"),
            asyncio.timeout(RECORDS_TIMEOUT_S),
        ):
            response = await self._client.get("models", timeout=RECORDS_TIMEOUT_S)
        if response.status_code == httpx.codes.OK:
            return (models_from(response.content) or {}).get(self._settings.model)
        error = refusal_of(response, response.content, secret=self._api_key)
        if response.status_code in {401, 402} or isinstance(error, Passing):
            raise self._told(error)
        return None

    async def aclose(self) -> None:
        await self._client.aclose()

    def _told(self, error: SpeechError) -> SpeechError:
        error.where = self._settings.service  # which names the director, and its host
        error.way_out = next((way for kind, way in _REMEDIES.items() if isinstance(error, kind)), error.way_out)
        return error
