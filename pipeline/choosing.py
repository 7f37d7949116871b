"""The choices of a book on disk: a small file beside its deliveries, which people may read, and mend.

It is no part of the take store: a store may be thrown away and filled again, a choice was somebody's work.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.atomic import write_atomic
from pipeline.config import Table, read_layer
from pipeline.errors import SettingsError
from pipeline.takes.choices import NO_RETAKE, Choice, Choices, Retake

CHOICES_NAME = "choices.toml"

_REMEDY = "mend it, or move it away: the book is then spoken as if nobody had chosen"

_HEAD = """\
# Retakes of single chunks, and which of them speaks: written by `run-pipeline retake`, read by every run of this book.
# `use` is the number of a retake, 0 for none of them. Lose this file, and the takes speak that the program would use.

version = 1
"""


class _File(BaseModel):
    """The whole file. `version` is raised where a program that knows only the last one could not go on with it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = 1
    chunk: tuple[Choice, ...] = ()


def choices_in(folder: Path) -> Choices:
    """The choices of the book that is delivered into `folder`. Raises `SettingsError` where they cannot be read."""
    path = folder / CHOICES_NAME
    if not path.exists():
        return Choices()
    return choices_of(read_layer(path, "choices file").table, where=str(path))


def choices_of(table: Table, *, where: str) -> Choices:
    """The choices in a file's table. Raises `SettingsError` with the first thing that is wrong in it."""
    try:
        file = _File.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"{place}: {first['msg'].lower()}", where=where, remedy=_REMEDY) from error
    if file.version != 1:
        raise SettingsError(f"of version {file.version}", where=where, remedy="use a newer run-pipeline")
    return Choices.of(file.chunk)


def write_choices(choices: Choices, folder: Path) -> Path:
    """Put the choices into the book's folder; durable on return. Raises `MachineError`."""
    path = folder / CHOICES_NAME
    write_atomic(path, text_of(choices))
    return path


def text_of(choices: Choices) -> str:
    """The file: the same for the same choices, in whatever order they were made."""
    return "\n".join([_HEAD, *_tables(choices)])


def _tables(choices: Choices) -> Iterator[str]:
    for key in sorted(choices.by_key):
        choice = choices.by_key[key]
        yield "[[chunk]]"
        yield f"key = {_quoted(choice.key)}"
        yield f"chapter = {_quoted(choice.chapter)}"
        yield f"words = {_quoted(choice.words)}"
        yield f"use = {choice.use}"
        if choice.before != NO_RETAKE:
            yield f"before = {choice.before}"
        for retake in choice.retake:
            yield from _table(retake)
        yield ""


def _table(retake: Retake) -> Iterator[str]:
    yield "[[chunk.retake]]"
    yield f"number = {retake.number}"
    for name in ("voice", "text", "framing"):
        if getattr(retake, name):
            yield f"{name} = {_quoted(getattr(retake, name))}"
    if retake.parameters:
        inside = ", ".join(f"{_quoted(name)} = {_written(value)}" for name, value in sorted(retake.parameters.items()))
        yield f"parameters = {{ {inside} }}"


def _written(value: str | int | float) -> str:
    return _quoted(value) if isinstance(value, str) else repr(value)


def _quoted(words: str) -> str:
    """A TOML string: JSON's escapes are TOML's too, but for the one control character that JSON takes as it is."""
    return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007f")
