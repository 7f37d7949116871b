"""FAULTS.toml, or a line of words, → `FaultScript`; with a sentence for everything that is wrong in it."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pipeline.errors import SettingsError
from pipeline.rehearsal.faults import KEYS, Fault, FaultScript, LimitsFrom, TopUp

_REMEDY = "`configs/faults.toml` is a script to start from"


def load_script(path: Path) -> FaultScript:
    """The script in the file at `path`. Raises `SettingsError` if it cannot be read or means nothing."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"cannot read the fault script: {error}", where=str(path), remedy="check the path"
        ) from error
    return parse_script(text, where=str(path))


def parse_script(text: str, *, where: str) -> FaultScript:
    """The script written in TOML. Raises `SettingsError` that names `where`, the key, and the nearest right one."""
    try:
        return script_from(tomllib.loads(text), where=where)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"not TOML: {error}", where=where, remedy=_REMEDY) from error


def script_from(table: Mapping[str, Any], *, where: str) -> FaultScript:
    """The script of a parsed table; raises like `parse_script`."""
    try:
        return FaultScript.model_validate(table)
    except ValidationError as error:
        raise _settings_error(error.errors()[0], where) from error


_WORD = re.compile(r"(?P<name>[a-z0-9][a-z0-9-]*)(?:\((?P<seconds>\d+(?:\.\d+)?)s\))?")

_SECONDS_KEYS = ("retry_after_s", "hold_s", "seconds")
"""What the seconds of a word are: the first of these that the kind takes."""


def script_of(words: str) -> FaultScript:
    """A script from one word an attempt: `"ok, 429(2s), 500, cut, hang, ok"`; all is well after the last.

    Raises `SettingsError` for a word that names no fault.
    """
    faults = [_fault_of(word.strip(), attempt) for attempt, word in enumerate(words.split(","), start=1)]
    return script_from({"fault": [fault for fault in faults if fault]}, where=words)


def _fault_of(word: str, attempt: int) -> dict[str, object]:
    match = _WORD.fullmatch(word)
    if not match:
        raise SettingsError(f"no fault is called {word!r}", remedy="for example: ok, 429(2s), 500, cut, hang")
    name, seconds = match["name"], match["seconds"]
    if name == "ok":
        return {}
    kind: dict[str, object] = {"kind": "status", "status": int(name)} if name.isdigit() else {"kind": name}
    takes = KEYS.get(str(kind["kind"]), {})
    key = next((key for key in _SECONDS_KEYS if key in takes), _SECONDS_KEYS[0])
    return {**kind, **({key: float(seconds)} if seconds else {}), "attempts": [attempt]}


_KEYS_AT: Mapping[int | str, Iterable[str]] = {
    "": ("seed", "record_lag_s", "credit_usd", "top_up", "limits", "fault"),
    "fault": Fault.model_fields,
    "limits": LimitsFrom.model_fields,
    "top_up": TopUp.model_fields,
}


def _settings_error(detail: ErrorDetails, where: str) -> SettingsError:
    place, key, said = detail["loc"], str(detail["loc"][-1]) if detail["loc"] else "", str(detail["input"])
    if detail["type"] == "extra_forbidden":
        keys = _KEYS_AT[place[0] if len(place) > 1 else ""]
        what, remedy = f"unknown key {key!r}", _nearest(key, keys)
    elif detail["type"] == "literal_error":
        what, remedy = f"no fault is called {said!r}", _nearest(said, KEYS)
    else:
        what, remedy = detail["msg"].removeprefix("Value error, "), _REMEDY
    return SettingsError(what, where=": ".join(filter(None, (where, _path(place)))), remedy=remedy)


def _nearest(word: str, known: Any) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else f"one of {', '.join(known)}"


def _path(place: tuple[int | str, ...]) -> str:
    """`fault[2].kind`: tables are counted from 1, as a reader counts them."""
    steps = (f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in place)
    return "".join(steps).removeprefix(".")
