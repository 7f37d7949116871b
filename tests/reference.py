"""The job-file page, made from the settings types and `configs/default.toml`: `python -m tests.reference` writes it."""

import json
import re
import textwrap
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pipeline.config import Settings, default_layer
from pipeline.script.pronunciation import PronunciationSettings
from pipeline.speech.cast import EmbeddedSettings, RoleSettings, SceneSettings
from pipeline.speech.profiles import ModelProfile

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "pipeline" / "docs" / "job-file.md"

_OPENING = """# The job file

A job file names books and what is to be different from the defaults; it is TOML. This page lists every setting: its
default, what it takes, and what it does.

```toml
[speech]
engine = "openrouter"
voice = "Charon"

[pace]
budget_usd = 40

[[book]]
source = "books/alice.epub"

[[book]]
source = "books/kim.md"
chapters = "1-3"
speech.voice = "Kore"
delivery.formats = ["m4b", "mp3"]
```

`run-pipeline plan shelf.toml` shows what it would come to, `run-pipeline shelf.toml` makes it. What stands in a
`[[book]]` goes before what stands above it, and a flag before both; `--set section.key=value` sets anything for one
run. Paths are relative to the job file. An unknown key is an error that names the nearest one.

A `[[book]]` has `source`, the book's file, and may have `chapters`, numbers as the plan prints them; any other setting
may stand in it as well.
"""

_TABLES: Mapping[str, tuple[str, type[BaseModel]]] = {
    "scene": ("[[scene]]", SceneSettings),
    "cast": ('[cast."NAME"]', RoleSettings),
    "pronunciations": ("[pronunciations]", PronunciationSettings),
    "models": ('[models."NAME"]', ModelProfile),
}
"""Tables whose names are the user's own, with the type of one entry."""

_COLUMNS = 120

_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}

_KINDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def page() -> str:
    return "\n".join([_OPENING, *_sections()]).rstrip() + "\n"


def _sections() -> Iterator[str]:
    layer = default_layer()
    comments = _comments(layer.text)
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield _section(f"[{name}]", _told(kind))
            yield from _entries(kind, layer.table[name], comments[name])
        elif name in _TABLES:
            heading, kind = _TABLES[name]
            yield _section(heading, _told(kind), _sentence(comments[""].get(name, "")))
            defaults = {key: item.default for key, item in kind.model_fields.items() if not item.is_required()}
            yield from _entries(kind, defaults, _profile_comments() if kind is ModelProfile else {})
            if kind is RoleSettings:
                yield _section(f"{heading} embedded", _told(EmbeddedSettings))
                yield from _entries(EmbeddedSettings, EmbeddedSettings().model_dump(), {})
        else:
            yield _section(f"[{name}]", "Its keys are your own:", _sentence(comments[""].get(name, "")))


def _section(heading: str, *paragraphs: str) -> str:
    filled = [
        textwrap.fill(part, _COLUMNS, break_long_words=False, break_on_hyphens=False)
        for paragraph in paragraphs
        for part in paragraph.split("\n\n")
        if part
    ]
    return "\n\n".join([f"## {heading}", *filled]) + "\n"


def _told(kind: type[BaseModel]) -> str:
    """The docstring without its first words where they only name the section, which the heading does."""
    paragraphs = [" ".join(part.split()) for part in (kind.__doc__ or "").split("\n\n")]
    named = re.sub(r"^(The|One) `\[+\w+[^`]*\]+` (section|table)[.:;]? ?", "", paragraphs[0])
    first = named[:1].upper() + named[1:]
    return "\n\n".join(part for part in [first, *paragraphs[1:]] if part)


def _entries(kind: type[BaseModel], defaults: Mapping[str, Any], comments: Mapping[str, str]) -> Iterator[str]:
    for key, field in kind.model_fields.items():
        if key not in defaults and kind is ModelProfile and key == "name":
            continue  # the table's own
        default = f" = {_value(defaults[key])}" if key in defaults else ""
        comment = comments.get(key, "")
        takes = "" if _names_choices(comment, field) else f" ({_takes(field)})"
        entry = f"- `{key}{default}`{takes}" + (f": {comment}" if comment else "")
        yield textwrap.fill(entry, _COLUMNS, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    yield ""


def _names_choices(comment: str, field: FieldInfo) -> bool:
    """Whether what is said of a setting already says what may be written."""
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    return bool(choices) and all(str(choice) in comment for choice in choices)


def _sentence(comment: str) -> str:
    return comment + ("" if comment.endswith(".") else ".") if comment else ""


def _value(default: Any) -> str:
    if isinstance(default, BaseModel):
        return "{}"
    if isinstance(default, tuple):
        return _value(list(default))
    return json.dumps(default, ensure_ascii=False)


def _takes(field: FieldInfo) -> str:
    """What may be written: kind or choices, and bounds."""
    bounds = [
        f"{words} {getattr(bound, name)}"
        for name, words in _BOUNDS.items()
        for bound in field.metadata
        if getattr(bound, name, None) is not None
    ]
    return ", ".join([_kind(field.annotation), " and ".join(bounds)] if bounds else [_kind(field.annotation)])


def _kind(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " | ".join(map(str, arguments))
    if origin in (tuple, list):
        return f"a list of {_kind(arguments[0])}"
    if origin is dict:
        return "a table"
    if origin in (Union, types.UnionType):
        return " or ".join(_kind(argument) for argument in arguments)
    return _KINDS.get(annotation, "a table")


def _comments(text: str) -> dict[str, dict[str, str]]:
    """Section → key → its comment in `default.toml`; of a section without keys under ""."""
    found: dict[str, dict[str, str]] = {"": {}}
    section = ""
    for line in text.splitlines():
        if opened := re.match(r"\[+([\w.]+)\]+(?:\s+# (.+))?$", line):
            section = opened[1]
            found.setdefault(section, {})
            found[""][section] = opened[2] or ""
        elif entry := re.match(r"(\w+) = .*?\s# (.+)$", line):
            found[section][entry[1]] = entry[2]
    return found


def _profile_comments() -> dict[str, str]:
    """What the head of `models.toml` says of each key."""
    head = (ROOT / "pipeline" / "speech" / "models.toml").read_text("utf-8").partition('\n["')[0]
    lines = [line.removeprefix("#").rstrip() for line in head.splitlines() if line.startswith("#")]
    found: dict[str, str] = {}
    keys: list[str] = []
    for line in lines:
        entry = re.match(r" (\w+(?:, \w+)*) +(\S.*)$", line)
        if entry and set(entry[1].split(", ")) <= ModelProfile.model_fields.keys():
            keys = entry[1].split(", ")
            found.update(dict.fromkeys(keys, entry[2]))
        else:
            found.update({key: f"{found[key]} {line.strip()}" for key in keys})
    return found


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
