"""What a request must be for the service to answer it, and how it says no.

Sources: OpenRouter's schema and guide, and what real calls measured (facts/speech-api.md 1.2, 1.5).
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, Field, ValidationError

from pipeline.rehearsal.options import AskedProvider
from pipeline.rehearsal.transcript import LabelMismatch, dialogue, parted
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

_DIALOGUE_VOICES = 2
"""Google's types: exactly two speaker voice configurations."""


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
    provider: AskedProvider = AskedProvider()


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
    """A request the service would answer.

    `notes` are all that is told and not to be spoken. `is_marked`: a preamble says what to do, and it is plain where
    the words begin, which is the documented way past a false alarm of the content filter.
    """

    profile: ModelProfile
    utterances: tuple[Utterance, ...]
    input_tokens: int
    chars: int
    notes: str = ""
    is_marked: bool = False


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
    said = _dialogue(fields) if fields.provider.google.voices else _turns(fields, profile)
    _check_voices([one.voice for one in said.utterances], profile)
    prompt = _read(fields)
    return Asked(
        profile,
        said.utterances,
        input_tokens=_fitting_tokens(prompt, profile),
        chars=len(prompt),
        notes=said.notes,
        is_marked=said.is_marked,
    )


class _Said(NamedTuple):
    utterances: tuple[Utterance, ...]
    notes: str
    is_marked: bool


def _turns(fields: _Body, profile: ModelProfile) -> _Said:
    """One text, or turns that may have voices and notes of their own; a prompt only where the model reads prompts."""
    is_list = not isinstance(fields.input, str)
    turns = [AskedTurn(text=fields.input)] if isinstance(fields.input, str) else fields.input
    is_prompt = profile.direction == "input" and not is_list
    texts = [parted(turn.text) if is_prompt else ("", turn.text) for turn in turns]
    own = [turn.instructions or "" for turn in turns]
    notes = _told(fields, *(notes for notes, _ in texts), *own)
    utterances = (
        Utterance(text.strip(), turn.voice or fields.voice or "") for turn, (_, text) in zip(turns, texts, strict=True)
    )
    return _Said(tuple(utterances), notes, is_marked=bool(fields.instructions if is_list else texts[0][0]))


def _dialogue(fields: _Body) -> _Said:
    """A labelled transcript. Raises 400 where its labels are not those of the voices, or the voices are not two."""
    voices = fields.provider.google.voices
    if len(dict(voices)) != _DIALOGUE_VOICES or not isinstance(fields.input, str):
        raise Refusal(400, f"Exactly two speaker voice configurations must be provided; got {len(voices)}")
    try:
        notes, speeches = dialogue(fields.input, list(dict(voices)))
    except LabelMismatch as error:
        raise Refusal(400, str(error)) from error
    utterances = tuple(Utterance(words, dict(voices)[label]) for label, words in speeches)
    return _Said(utterances, _told(fields, notes), is_marked=bool(notes))


def _read(fields: _Body) -> str:
    """All that the model reads, and charges for."""
    said = fields.input
    texts = [said] if isinstance(said, str) else [turn.text + (turn.instructions or "") for turn in said]
    return "".join((fields.instructions or "", fields.provider.google.style, *texts))


def _told(fields: _Body, *notes: str) -> str:
    return "\n".join(filter(None, (fields.instructions, fields.provider.google.style, *notes)))


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
