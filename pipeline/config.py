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
from pipeline.director.settings import DirectorSettings
from pipeline.errors import SettingsError
from pipeline.ingest.settings import ReadingSettings
from pipeline.notify.settings import NotifySettings
from pipeline.script import ScriptSettings
from pipeline.script.credits import CreditSettings
from pipeline.script.direction import DirectionSettings
from pipeline.speech.cast import Cast, SceneSettings, cast_of
from pipeline.speech.pace import PaceSettings
from pipeline.speech.profiles import load_profiles
from pipeline.speech.retry import RetrySettings
from pipeline.speech.settings import SpeechSettings
from pipeline.takes.chain import AcceptanceSettings

Table = dict[str, Any]

_FREE_TABLES = {"cast", "models", "pronunciations", "speech.parameters", "voice_by_language"}
"""Tables whose keys are the user's own."""

_CAST_KEYS = ("cast", "voice_by_language", "scene", "pronunciations")
"""What a file may hold that several jobs share."""


class RunSettings(BaseModel):
    """The `[run]` section: folders, worker processes and threads (0: one a core), logs kept, how books take turns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    out: str
    takes: str
    workers: int = Field(ge=0, le=64)
    logs: int = Field(ge=0, le=10_000)
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
    direction: DirectionSettings
    director: DirectorSettings
    notify: NotifySettings
    cast: dict[str, dict[str, Any]]
    voice_by_language: dict[str, str]
    scene: tuple[SceneSettings, ...]
    pronunciations: dict[str, str | dict[str, Any]]
    models: dict[str, dict[str, Any]]

    @property
    def company(self) -> Cast:
        """Who has a part. Raises `SettingsError` for one that cannot be read."""
        return cast_of(self.cast, self.voice_by_language)


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


def settings_of(layers: Iterable[Layer]) -> Settings:
    """Defaults with `layers` laid over them, in order."""
    default = default_layer()
    known = default.table
    merged: Table = default.table
    applied = [default]
    for layer in _with_cast(list(layers)):
        _refuse_unknown(layer, known)
        merged = _merged(merged, layer.table)
        applied.append(layer)
    try:
        settings = Settings.model_validate(merged)
    except ValidationError as error:
        raise _settings_error(error, applied) from error
    _check_cast(settings, applied)
    return settings


def _check_cast(settings: Settings, layers: Iterable[Layer]) -> None:
    """Raises the `SettingsError` of a cast that cannot be, with the files it comes from."""
    try:
        _ = settings.company
    except SettingsError as error:
        section = error.where.partition(".")[0]
        origins = dict.fromkeys(layer.origin for layer in layers if layer.table.get(section) and layer.text)
        where = ": ".join(filter(None, (", ".join(origins), error.where)))
        raise SettingsError(error.what, where=where, remedy=error.way_out) from error


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


def secrets_of(settings: Settings) -> set[str]:
    """Every key in the environment that these settings know of: what no line may ever say."""
    try:
        profiles = load_profiles(settings.models)
    except SettingsError:  # is told where a book is planned with them
        profiles = load_profiles({})
    names = {profile.api_key_env for profile in profiles.values()}
    names |= {settings.director.api_key_env, settings.notify.token_env}
    return {key for name in names if (key := api_key(name))}


def _with_cast(layers: list[Layer]) -> list[Layer]:
    """The layers over that of the cast file they name, if they do."""
    named = (layer.table.get("direction", {}) for layer in reversed(layers))
    file = next((table["cast"] for table in named if isinstance(table, dict) and table.get("cast")), "")
    return [_cast_layer(Path(str(file)).expanduser()), *layers] if file else layers


def _cast_layer(path: Path) -> Layer:
    layer = read_layer(path, "cast file")
    stray = next((name for name in layer.table if name not in _CAST_KEYS), None)
    if stray is not None:
        remedy = "it holds " + ", ".join(_CAST_KEYS) + "; the rest belongs into a job file"
        raise SettingsError(f"{stray!r} has no place in a cast file", where=str(path), remedy=remedy)
    return layer


def read_layer(path: Path, what: str) -> Layer:
    """The settings in a TOML file. Raises `SettingsError` where it cannot be read; `what` is what it should be."""
    try:
        text = path.read_text("utf-8-sig")  # some editors of Windows put a mark first
        return Layer(str(path), tomllib.loads(text), text)
    except FileNotFoundError:
        raise SettingsError(f"no such {what}", where=str(path), remedy="check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot be read: {error}", where=str(path), remedy="check the file") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"no valid TOML: {error}", where=str(path), remedy="mend the line it names") from error


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
