"""What is asked of a voice, and the key it is remembered by.

A `SpeechRequest` holds exactly what changes the sound. What only changes speed (concurrency, time-outs, retries, the
port of a server) lives elsewhere and so cannot get in. A request never knows where in the book it stands: a chunk that
moves keeps its take.

Every paid take hangs on `key_of`, so the rules of the canonical form are few and fixed:

* a field at its empty value is left out, so that a field added later leaves all old keys as they are;
* JSON with sorted keys, no spaces, UTF-8, no escapes beyond JSON's own; floats as Python's shortest `repr`;
* the SHA-256 of that, in hex.
"""

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Literal, NewType

from pipeline.recording import PIPELINE_FORMAT, PcmFormat
from pipeline.speech.tags import TagSyntax, without_tags

Key = NewType("Key", str)
"""SHA-256 of a request's canonical JSON, 64 hex digits. Not a digest: that is the hash of what came back."""

Parameter = str | int | float

LABELLED = "labelled"
"""The layout that puts all turns into one text, each paragraph after the name of who says it."""

SCHEMA = 1
"""Raised only when the same fields come to mean another sound; every user would pay again."""


_SHORT_CHARS = 10
"""Digits of a key that people are shown."""

_EMPTY: tuple[Any, ...] = ("", None, {}, [])


@dataclass(frozen=True, slots=True)
class Turn:
    """What one voice says: `text` as it is sent, the voice's name as the model knows it."""

    text: str
    voice: str
    speaker: str = ""
    style: str = ""


@dataclass(frozen=True, slots=True)
class Direction:
    """How it is to be spoken, for the whole request: the parts of Google's guide, each empty where nothing is said.

    `name`, `role` and `profile` (character) are who speaks; `style`, `pace` and `accent` are the director's notes.
    """

    profile: str = ""
    scene: str = ""
    style: str = ""
    name: str = ""
    role: str = ""
    pace: str = ""
    accent: str = ""


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """One request: at least one turn, to one model of one service.

    `service` is empty at the service the model profile names and the host name elsewhere, so that a take from a
    rehearsal never passes for one from the real service.
    `parameters` are the sampling parameters as sent, sorted by name. `take` counts retakes. `framing` is "transcript"
    where the text goes out between the documented marks although there is no direction to keep apart from it.
    `layout` is "labelled" where several turns go out as one text, empty where they are a list.
    `tag_syntax` says what in the texts is an audio tag; it is empty where there is none.
    """

    engine: str
    model: str
    turns: tuple[Turn, ...]
    service: str = ""
    direction: Direction = Direction()
    parameters: tuple[tuple[str, Parameter], ...] = ()
    seed: int | None = None
    format: PcmFormat = field(default=PIPELINE_FORMAT)
    take: int = 0
    framing: str = ""
    layout: str = ""
    tag_syntax: TagSyntax | Literal[""] = ""
    schema: int = SCHEMA

    @property
    def text(self) -> str:
        return "\n\n".join(turn.text for turn in self.turns)

    @property
    def words(self) -> str:
        """What is to be heard of `text`: all but its audio tags."""
        return without_tags(self.text, self.tag_syntax or "none")


def canonical(request: SpeechRequest) -> str:
    """The canonical JSON of a request; equal for equal requests on every machine and in every version."""
    fields = _without_empties(request)
    if request.take == 0:
        del fields["take"]
    return json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def key_of(request: SpeechRequest) -> Key:
    return Key(hashlib.sha256(canonical(request).encode()).hexdigest())


def shortened(key: str) -> str:
    """The beginning of a key, to be shown and named again: of 5,000 keys two share it in one book of 90,000."""
    return key[:_SHORT_CHARS]


def seeded(request: SpeechRequest) -> SpeechRequest:
    """The request with the seed its own content (take number included) derives: 31 bits, as the API's int32 asks."""
    unseeded = dataclasses.replace(request, seed=None)
    derived = hashlib.sha256(b"seed:" + canonical(unseeded).encode()).digest()
    return dataclasses.replace(unseeded, seed=int.from_bytes(derived[:4], "big") >> 1)


def retaken(request: SpeechRequest, *, take: int, framing: str = "") -> SpeechRequest:
    """The same request as its take number `take`, with the seed that follows from it where it has one."""
    other = dataclasses.replace(request, take=take, framing=framing)
    return other if request.seed is None else seeded(other)


def from_canonical(text: str) -> SpeechRequest:
    """Read back what `canonical` wrote. Raises `KeyError`, `TypeError` or `ValueError` if it is not that."""
    data: dict[str, Any] = json.loads(text)
    return SpeechRequest(
        **{
            **data,
            "turns": tuple(Turn(**turn) for turn in data["turns"]),
            "direction": Direction(**data.get("direction", {})),
            "parameters": tuple((str(name), value) for name, value in data.get("parameters", ())),
            "format": PcmFormat(**data["format"]),
        }
    )


def _without_empties(value: Any) -> Any:
    """A dataclass as a table of its fields that say something, and so on inside."""
    if isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [_without_empties(item) for item in value]
    if dataclasses.is_dataclass(value):
        kept = ((field.name, _without_empties(getattr(value, field.name))) for field in dataclasses.fields(value))
        return {name: item for name, item in kept if item not in _EMPTY}
    return value
