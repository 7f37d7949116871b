"""What the event lines of `--json` and of a run's log look like, as a JSON schema.

A line is one event of `pipeline/events.py` under four fields that all lines have.
"""

from typing import Any, get_args

from pydantic import TypeAdapter

from pipeline.events import Event

VERSION = 1
"""Of the lines: raised when one comes to mean something else, not when fields or events are added."""

_EVERY_LINE: dict[str, dict[str, Any]] = {
    "at": {"type": "string", "format": "date-time", "description": "when it was told, in UTC"},
    "run": {"type": "string", "description": "name of the run, also that of its log; empty outside of one"},
    "version": {"const": VERSION, "description": "of these lines: raised when one comes to mean something else"},
}

_MEANINGS = {
    "attempt": "which exchange with the service about this chunk it is, from 1 on",
    "attempts": "exchanges with the service that it took",
    "book": "title of the book",
    "books": "books of the run",
    "budget_usd": "USD that may be spent; 0: no limit",
    "chapter": "number of the chapter in its book (of a failed chunk: the chapter's title)",
    "chapters": "chapters that will be spoken",
    "chunks": "chunks to speak, equal ones counted once",
    "concurrency": "requests that leave at once now",
    "cost_usd": "USD, expected or, of what was rendered, by its length",
    "delivered": "books whose files are there",
    "difference_usd": "USD by which that is more, or less, than was taken for their cost before",
    "doubtful": "requests of an earlier run of which no answer came",
    "doubtful_usd": "USD these can have cost at most",
    "exit_code": "what the run, or this book alone, would exit with",
    "failed": "books that were stopped or could not be made",
    "files": "paths of the sound files, in order",
    "generations": "takes whose cost the service has told",
    "is_suspect": "whether there is something to say against it that its report tells",
    "kept": "answers of an earlier run that turned out to be good takes",
    "key": "name of the chunk's request; a chunk halved after failures goes on under the names of its halves",
    "missing_seconds": "expected seconds of speech that are still to be rendered",
    "pending": "takes whose cost the service does not know yet",
    "probe_in_s": "seconds until it is asked again",
    "reason": "why, in words",
    "rejected": "answers of an earlier run that turned out to be none",
    "requests_per_minute": "requests that leave in a minute at most; 0: no limit is known",
    "reused": "chunks already in the store (of a track: whether it was there, encoded)",
    "run": "name of the run",
    "seconds": "of sound or, where a run ends, of its own time",
    "service": "name of the service",
    "take": "number of the take, from 0 on",
    "takes": "takes that speak it: several where it had to be halved",
    "text": "words of the chunk or, of a notice, of the program",
    "title": "title of the chapter",
    "wait_s": "seconds until the next attempt",
}


def events_schema() -> dict[str, Any]:
    """Draft 2020-12. Fields and events may be added under the same version: pass over what you do not know."""
    kinds: tuple[type, ...] = get_args(Event)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An event of a run",
        "description": "A line of stderr of `make --json`, and of `logs/RUN.jsonl` in the folder of finished books. "
        "Events and fields may be added under the same version: pass over what you do not know.",
        "oneOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in kinds],
        "$defs": {kind.__name__: _schema_of(kind) for kind in kinds},
    }


def _schema_of(kind: type) -> dict[str, Any]:
    fields = TypeAdapter[Any](kind).json_schema(mode="serialization")["properties"]
    own = {name: {**_plain(field), "description": _MEANINGS[name]} for name, field in fields.items()}
    return {
        "type": "object",
        "description": " ".join((kind.__doc__ or "").split()),
        "properties": {"event": {"const": kind.__name__}, **_EVERY_LINE, **own},
        "required": ["event", *_EVERY_LINE, *(name for name in own if name not in _EVERY_LINE)],
    }


def _plain(field: dict[str, Any]) -> dict[str, Any]:
    """Without what pydantic adds for its own: titles that repeat the name, defaults that no line relies on."""
    return {name: value for name, value in field.items() if name not in ("title", "default")}
