"""The flags with which a book is planned again as it was: what a page tells its reader to type. Pure."""

import json
import shlex
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from pipeline.config import BookJob, settings_of

_FLAGS = {
    "run.out": "--out",
    "run.takes": "--takes",
    "speech.engine": "--engine",
    "speech.model": "--model",
    "speech.language": "--language",
    "delivery.target": "--target",
    "direction.cast": "--cast",
    "direction.script": "--script",
}
"""All but `--voice`, which to `retake` means another one."""

_ONLY_PACE = {"pace", "retry", "director"}
"""Sections that decide how fast or by whom it is asked, not what is asked."""

_IN_CAST_FILE = {"cast", "voice_by_language", "scene"}


def retake_command(job: BookJob, chunk: str) -> str:
    """What asks for another take of one chunk, quoted for a shell."""
    return shlex.join(["run-pipeline", "retake", str(job.source), "--chunk", chunk, *planning_flags(job)])


def planning_flags(job: BookJob) -> list[str]:
    """The flags that plan the same chunks and requests from the book's file alone, whatever job file named it."""
    flags = [part for key, value in _changed(job) for part in _flag(key, value)]
    return flags + (["--chapters", _listed(sorted(job.chapters))] if job.chapters is not None else [])


def _changed(job: BookJob) -> Iterator[tuple[str, Any]]:
    """Every setting that is not the default one. What stands in a cast file is named by that file."""
    own, usual = job.settings.model_dump(mode="json"), settings_of([]).model_dump(mode="json")
    unsaid = _ONLY_PACE | (_IN_CAST_FILE if job.settings.direction.cast else {"scene"})
    for section, table in own.items():
        if section in unsaid:
            continue
        for name, value in table.items():
            if value != usual[section].get(name):
                yield f"{section}.{name if name.replace('_', '').isalnum() and name.isascii() else _toml(name)}", value


def _flag(key: str, value: Any) -> list[str]:
    flag = _FLAGS.get(key)
    return ["--set", f"{key}={_toml(value)}"] if flag is None else [flag, str(value)]


def _toml(value: Any) -> str:
    """A value as TOML writes it within a line; None, which TOML has not, is left out of tables."""
    if isinstance(value, dict):
        pairs = (f"{_toml(str(key))} = {_toml(one)}" for key, one in value.items() if one is not None)
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _listed(numbers: Sequence[int]) -> str:
    """`1-3,7` for 1, 2, 3, 7."""
    begins = [numbers[0], *(after for before, after in pairwise(numbers) if after != before + 1)] if numbers else []
    ends = [*(before for before, after in pairwise(numbers) if after != before + 1), numbers[-1]] if numbers else []
    return ",".join(
        f"{first}" if first == last else f"{first}-{last}" for first, last in zip(begins, ends, strict=True)
    )
