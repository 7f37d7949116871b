"""Defaults, job file, `[[book]]`, flags → settings. The only reader of TOML and the environment.

Every key has its default in `configs/default.toml`, which is loaded, so there is one truth about defaults; a key that
does not stand there is unknown, and the nearest one is suggested.
"""

import difflib
import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.assemble.formats import DeliverySettings
from pipeline.assemble.timeline import SoundSettings
from pipeline.errors import SettingsError
from pipeline.ingest.settings import ReadingSettings
from pipeline.script import ScriptSettings
from pipeline.script.credits import CreditSettings
from pipeline.speech.pace import PaceSettings
from pipeline.speech.retry import RetrySettings
from pipeline.speech.settings import SpeechSettings
from pipeline.takes.chain import AcceptanceSettings

Table = dict[str, Any]

_FREE_TABLES = {"models", "pronunciations", "speech.parameters"}
"""Tables whose keys are the user's own."""

_MOST_CHAPTERS = 100_000
"""No book has more; `1-999999999` must not fill the memory."""

_BOOK_KEYS = {"source", "chapters"}


class RunSettings(BaseModel):
    """The `[run]` section: folders, worker processes and threads (0: one a core), and how books take turns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    out: str
    takes: str
    workers: int = Field(ge=0, le=64)
    books: Literal["in-order", "fair"]

    @property
    def takes_folder(self) -> Path:
        return Path(self.takes).expanduser() if self.takes else platformdirs.user_cache_path("run-pipeline")

    @property
    def worker_count(self) -> int:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        return self.workers or cores or 1


class Settings(BaseModel):
    """All settings of one book; each stage is handed its own section and knows no other."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: RunSettings
    reading: ReadingSettings
    script: ScriptSettings
    speech: SpeechSettings
    acceptance: AcceptanceSettings
    pace: PaceSettings
    retry: RetrySettings
    sound: SoundSettings
    delivery: DeliverySettings
    credits: CreditSettings
    pronunciations: dict[str, str | dict[str, Any]]
    models: dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class BookJob:
    """A book to make: its file, its settings, and the chapter numbers picked (None: all)."""

    source: Path
    settings: Settings
    chapters: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """Settings from one place; `origin` is a file or a flag, `text` the file's text, for line numbers."""

    origin: str
    table: Table
    text: str = ""


def default_layer() -> Layer:
    """`default.toml`, from inside the installed package or from the repository."""
    here = Path(__file__).parent
    path = next(path for path in (here / "default.toml", here.parent / "configs" / "default.toml") if path.exists())
    text = path.read_text("utf-8")
    return Layer(path.name, tomllib.loads(text), text)


def jobs_of(sources: Iterable[Path], flags: list[Layer], *, chapters: str = "") -> list[BookJob]:
    """The books that files and job files name, each with its settings. Raises `SettingsError`."""
    jobs: list[BookJob] = []
    for source in sources:
        if source.suffix.lower() == ".toml":
            jobs += _jobs_of_file(source, flags, chapters)
        else:
            jobs.append(BookJob(source, settings_of(flags), _picked(chapters, "--chapters")))
    return jobs


def settings_of(layers: Iterable[Layer]) -> Settings:
    """Defaults with `layers` laid over them, in order."""
    default = default_layer()
    known = default.table
    merged: Table = default.table
    applied = [default]
    for layer in layers:
        _refuse_unknown(layer, known)
        merged = _merged(merged, layer.table)
        applied.append(layer)
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        raise _settings_error(error, applied) from error


def flag_layer(origin: str, key: str, value: Any) -> Layer:
    """One dotted key as a layer: what `--voice` and `--set` become."""
    table: Table = {}
    inner = table
    *parents, last = key.split(".")
    for name in parents:
        inner = inner.setdefault(name, {})
    inner[last] = value
    return Layer(origin, table)


def set_layer(assignment: str) -> Layer:
    """`section.key=value`, the value in TOML or, where that is none, taken as a string."""
    key, separator, value = assignment.partition("=")
    if not separator or "." not in key:
        raise SettingsError(f"not of the form section.key=value: {assignment!r}", where="--set")
    for written in (value, json.dumps(value, ensure_ascii=False)):
        try:
            return Layer("--set", tomllib.loads(f"{key} = {written}"))
        except tomllib.TOMLDecodeError:
            continue
    raise SettingsError(f"not a setting: {assignment!r}", where="--set")


def api_key(env_name: str) -> str:
    """The key in the environment, or nothing; it goes from here into a header and nowhere else."""
    return os.environ.get(env_name, "").strip() if env_name else ""


def _jobs_of_file(path: Path, flags: list[Layer], chapters: str) -> list[BookJob]:
    layer = _read_job(path)
    books = layer.table.pop("book", [])
    if not isinstance(books, list) or not books or not all(isinstance(book, dict) for book in books):
        raise SettingsError("no [[book]] with a source in it", where=str(path))
    jobs = []
    for book in books:
        _anchor_folders(book, path.parent)
        own = {name: value for name, value in book.items() if name not in _BOOK_KEYS}
        if not isinstance(book.get("source"), str):
            raise SettingsError("a [[book]] without a source", where=str(path), remedy='add source = "book.epub"')
        settings = settings_of([layer, Layer(f"{path} [[book]]", own, layer.text), *flags])
        picked = _picked(chapters or str(book.get("chapters", "")), str(path))
        jobs.append(BookJob(path.parent / Path(book["source"]).expanduser(), settings, picked))
    return jobs


def _read_job(path: Path) -> Layer:
    try:
        text = path.read_text("utf-8")
        table = tomllib.loads(text)
    except FileNotFoundError:
        raise SettingsError("no such job file", where=str(path), remedy="check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot be read: {error}", where=str(path), remedy="check the file") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"no valid TOML: {error}", where=str(path), remedy="mend the line it names") from error
    _anchor_folders(table, path.parent)
    return Layer(str(path), table, text)


def _anchor_folders(table: Table, folder: Path) -> None:
    """Folders named in a job file are meant from where the file stands."""
    run = table.get("run", {})
    for name in ("out", "takes"):
        if isinstance(run, dict) and isinstance(run.get(name), str) and run[name]:
            run[name] = str(folder / Path(run[name]).expanduser())


def _picked(chapters: str, origin: str) -> frozenset[int] | None:
    """`1-3,7` as numbers; nothing picks all."""
    if not chapters.strip():
        return None
    picked: set[int] = set()
    for part in chapters.split(","):
        first, _, last = part.strip().partition("-")
        try:
            picked.update(range(int(first), min(int(last or first), _MOST_CHAPTERS) + 1))
        except ValueError:
            raise SettingsError(f"not a list of chapters: {chapters!r}", where=origin, remedy="write 1-3,7") from None
    return frozenset(picked)


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> Table:
    result = dict(base)
    for name, value in over.items():
        both_tables = isinstance(value, dict) and isinstance(result.get(name), dict)
        result[name] = _merged(result[name], value) if both_tables else value
    return result


def _refuse_unknown(layer: Layer, known: Table) -> None:
    for key in _dotted(layer.table):
        free = any(key == table or key.startswith(f"{table}.") for table in _FREE_TABLES)
        if not free and key not in set(_dotted(known)) and not _is_table(known, key):
            raise _unknown_key(key, layer, known)


def _unknown_key(key: str, layer: Layer, known: Table) -> SettingsError:
    names = list(_dotted(known))
    near = difflib.get_close_matches(key, names, n=1, cutoff=0.5)
    same_name = [name for name in names if name.rpartition(".")[2] == key.rpartition(".")[2]]
    remedy = f"did you mean {(same_name or near)[0]}?" if same_name or near else ""
    return SettingsError(f"unknown setting {key}", where=_place(layer, key), remedy=remedy)


def _dotted(table: Mapping[str, Any], prefix: str = "") -> Iterable[str]:
    for name, value in table.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict) and value and key not in _FREE_TABLES:
            yield from _dotted(value, f"{key}.")
        else:
            yield key


def _is_table(known: Table, key: str) -> bool:
    """Whether the key names an empty section of ours, as a job file may well write it."""
    inner: Any = known
    for name in key.split("."):
        inner = inner.get(name) if isinstance(inner, dict) else None
    return isinstance(inner, dict)


def _settings_error(error: ValidationError, layers: list[Layer]) -> SettingsError:
    first = error.errors()[0]
    key = _written_key(first["loc"], layers)
    origin = next((layer for layer in reversed(layers) if _has(layer.table, key)), layers[0])
    return SettingsError(f"{key}: {first['msg'].lower()}, got {first['input']!r}", where=_place(origin, key))


def _written_key(loc: tuple[int | str, ...], layers: list[Layer]) -> str:
    """The setting somebody wrote: without what pydantic adds to it, such as the type of a union it tried last."""
    parts = [str(part) for part in loc if not isinstance(part, int)]
    while len(parts) > 1 and not any(_has(layer.table, ".".join(parts)) for layer in layers):
        parts.pop()
    return ".".join(parts)


def _has(table: Any, key: str) -> bool:
    for name in key.split("."):
        if not isinstance(table, dict) or name not in table:
            return False
        table = table[name]
    return True


def _place(layer: Layer, key: str) -> str:
    name = key.rpartition(".")[2]
    for number, line in enumerate(layer.text.splitlines(), start=1):
        left, assigned, _ = line.partition("=")
        if assigned and left.strip().strip('"').rpartition(".")[2].strip() == name:
            return f"{layer.origin} line {number}"
    return layer.origin
