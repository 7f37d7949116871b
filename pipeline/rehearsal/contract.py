"""What a request must be for the service to answer it, and how it says no.

Sources: OpenRouter's schema and guide, and what real calls measured (facts/speech-api.md 1.2, 1.5).
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from pipeline.speech.profiles import ModelProfile

ERROR_TYPES: Mapping[int, tuple[str, str]] = {
    400: ("invalid_request", "Invalid request"),
    401: ("authentication", "No auth credentials found"),
    402: ("payment_required", "Insufficient credits"),
    403: ("permission_denied", "This request is not permitted"),
    404: ("not_found", "Not found"),
    408: ("timeout", "The request timed out"),
    413: ("payload_too_large", "The request is too large"),
    422: ("invalid_request", "The request could not be processed"),
    429: ("rate_limit_exceeded", "Rate limit exceeded"),
    500: ("server", "Internal Server Error"),
    502: ("provider_unavailable", "The provider returned an invalid response"),
    503: ("provider_overloaded", "The provider is overloaded"),
    504: ("timeout", "The provider timed out"),
    524: ("timeout", "The request timed out at the edge"),
    529: ("provider_overloaded", "The provider is overloaded"),
}
"""Status → (`error_type`, a message) as documented."""

_UTF8_BYTES_PER_TOKEN = 4
"""An estimate for the records: about right for English prose, and near enough for other scripts."""


class Refusal(Exception):
    """An answer that is no sound: a status with its documented body; `more` are further fields of its `error`."""

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        error_type: str = "",
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        usual_type, usual_message = ERROR_TYPES.get(status, ("unmapped", f"Status {status}"))
        super().__init__(message or usual_message)
        self.status = status
        self.error_type = error_type or usual_type
        self.headers = dict(headers or {})
        self._more = dict(more or {})

    def body(self) -> dict[str, Any]:
        metadata = {"error_type": self.error_type}
        error = {"code": self.status, "message": str(self), "metadata": metadata, **self._more}
        return {"error": error, "user_id": None, "openrouter_metadata": None}


class SchemaRefusal(Refusal):
    """A body of the wrong shape; the service answers these in a second shape of its own."""

    def __init__(self, issues: list[dict[str, Any]]) -> None:
        super().__init__(400, json.dumps(issues))

    def body(self) -> dict[str, Any]:
        return {"success": False, "error": {"name": "ZodError", "message": str(self)}}


class AskedTurn(BaseModel):
    """A turn as sent; what it leaves out comes from the request."""

    text: Annotated[str, Field(min_length=1)]
    voice: Annotated[str, Field(min_length=1)] | None = None
    instructions: str | None = None


class _Body(BaseModel):
    """The declared fields that matter here. Unknown ones are dropped without a word, as the service does."""

    model: Annotated[str, Field(min_length=1)]
    input: Annotated[str, Field(min_length=1)] | Annotated[list[AskedTurn], Field(min_length=1)]
    voice: Annotated[str, Field(min_length=1)] | None = None
    response_format: str = "pcm"
    instructions: str | None = None


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one voice is asked to say: text as sent, voice as named.

    `performed` is the text with its tags as marks of the embedded voice; "" where it has none.
    """

    text: str
    voice: str
    performed: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request the service would answer."""

    profile: ModelProfile
    utterances: tuple[Utterance, ...]
    input_tokens: int
    chars: int


def digest_of(body: bytes) -> str:
    """SHA-256 of the body's canonical JSON (sorted keys, no spaces); of the bytes as they are if it is not JSON."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return hashlib.sha256(body).hexdigest()
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def asked_from(body: bytes, profiles: Mapping[str, ModelProfile]) -> Asked:
    """The request in `body`. Raises `Refusal` with the status the real service answers."""
    fields = _fields(body)
    profile = profiles.get(fields.model)
    if profile is None:
        raise Refusal(400, f"{fields.model} is not a valid model ID", error_type="model_not_found")
    if fields.response_format != "pcm":
        raise Refusal(400, f'Gemini TTS only supports response_format="pcm". Got "{fields.response_format}".')
    turns = [AskedTurn(text=fields.input)] if isinstance(fields.input, str) else fields.input
    voices = [turn.voice or fields.voice or "" for turn in turns]
    _check_voices(voices, profile)
    prompt = "".join((fields.instructions or "", *(turn.text + (turn.instructions or "") for turn in turns)))
    return Asked(
        profile,
        tuple(Utterance(turn.text, voice) for turn, voice in zip(turns, voices, strict=True)),
        input_tokens=_fitting_tokens(prompt, profile),
        chars=len(prompt),
    )


def input_chars_of(body: bytes) -> int:
    """Characters of `input`, or of all messages, for the log; 0 where there is none to count."""
    try:
        asked = json.loads(body)
        if "messages" in asked:
            return sum(len(message["content"]) for message in asked["messages"])
        said = asked["input"]
        return len(said) if isinstance(said, str) else sum(len(turn["text"]) for turn in said)
    except (ValueError, KeyError, TypeError, RecursionError):
        return 0


def _fields(body: bytes) -> _Body:
    try:
        return _Body.model_validate_json(body)
    except ValidationError as error:
        issues = [{"code": e["type"], "path": list(e["loc"]), "message": e["msg"]} for e in error.errors()]
        raise SchemaRefusal(issues) from error


def _check_voices(voices: list[str], profile: ModelProfile) -> None:
    """Raises 400 for none or too many, and 500 for one that does not exist: measured, however odd."""
    known = {name.lower() for name in profile.voices}
    named = {voice.lower() for voice in voices}
    if "" in named:
        raise Refusal(400, "voice is required for this model")
    if len(named) > profile.max_speakers:
        raise Refusal(400, f"at most {profile.max_speakers} voices in one request; got {len(named)}")
    if known and not named <= known:
        raise Refusal(500)


def _fitting_tokens(prompt: str, profile: ModelProfile) -> int:
    tokens = -(-len(prompt.encode()) // _UTF8_BYTES_PER_TOKEN)
    if profile.max_input_tokens and tokens > profile.max_input_tokens:
        limit = profile.max_input_tokens
        message = f"This endpoint's maximum context length is {limit} tokens. However, you requested about {tokens}."
        raise Refusal(400, message, error_type="context_length_exceeded")
    return tokens


_BEARER = re.compile(r"[Bb]earer\s+(\S+)\s*")


def check_key(authorization: str, *, api_key: str) -> None:
    """Raises 401 without a bearer key, or with another than `api_key` where that is set."""
    match = _BEARER.fullmatch(authorization)
    if not match:
        raise Refusal(401)
    if api_key and match[1] != api_key:
        raise Refusal(401, "User not found.")
