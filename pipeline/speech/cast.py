"""The cast: who speaks with which voice, and what a model is told of a character. Pure data and look-ups."""

import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import SettingsError
from pipeline.languages import primary_subtag
from pipeline.speech.language import named_language

NARRATOR = "narrator"

_MOST_CHARS = 600
"""Of what a model is told of one character: Google's guide asks for profiles that are coherent, not over-specified."""

_VARIANTS = ("f2", "m3", "f3", "m7", "f4", "m1", "f5", "m4", "f1", "m5", "m2", "m6", "m8")
"""Voice variants of espeak-ng that are plain human voices, those that differ most first."""

_PITCHES = (-1, 30, 70, 15, 85)
"""Pitches of further parts once every variant has one; -1 is the voice's own (50)."""


class EmbeddedSettings(BaseModel):
    """How the embedded voice plays a part: a voice of the library (as in `en-us+f3`) and its parameters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    voice: str = ""
    rate_wpm: int = Field(default=0, ge=0, le=450)
    pitch: int = Field(default=-1, ge=-1, le=100)
    volume: int = Field(default=-1, ge=-1, le=200)

    @property
    def parameters(self) -> dict[str, int]:
        given = {"rate_wpm": self.rate_wpm or None, "pitch": self.pitch, "volume": self.volume}
        return {name: value for name, value in given.items() if value is not None and value >= 0}


class RoleSettings(BaseModel):
    """One `[cast."Name"]` table.

    `voice` is one of the model's; `name`, `role` and `character` are the audio profile, `style`, `pace` and `accent`
    the notes on how all lines of the part are spoken. `aliases` are other names of the same person in the book;
    `language` is the one of the part's lines, where that is not the book's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    voice: str = ""
    name: str = ""
    role: str = ""
    character: str = ""
    style: str = ""
    pace: str = ""
    accent: str = ""
    language: str = ""
    aliases: tuple[str, ...] = ()
    embedded: EmbeddedSettings = EmbeddedSettings()

    @property
    def told_chars(self) -> int:
        """How much a model is told of the part, whatever it says."""
        return sum(map(len, (self.role, self.character, self.style, self.pace, self.accent)))

    @property
    def is_described(self) -> bool:
        """Whether there is an audio profile: a name alone directs nothing."""
        return bool(self.role or self.character)

    @property
    def is_directed(self) -> bool:
        """Whether a model is told anything of the part beside its voice."""
        return self.is_described or bool(self.style or self.pace or self.accent)


class SceneSettings(BaseModel):
    """A `[[scene]]`: where the chapters (as in "1-3,7"; empty: all) are set, and in which mood."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    chapters: str = ""
    place: str = ""
    mood: str = ""

    @property
    def text(self) -> str:
        return ". ".join(part.rstrip(".") for part in (self.place, self.mood) if part)


@dataclass(frozen=True)
class Cast:
    """Everybody who has a part, by name; `by_language` are the narrator's voices for text of another language."""

    roles: Mapping[str, RoleSettings]
    by_language: Mapping[str, str]

    def named(self, speaker: str) -> str:
        """The name under which a person of the book is cast, the narrator's where nobody is: case does not count."""
        return self._names.get(folded_name(speaker), NARRATOR)

    def knows(self, speaker: str) -> bool:
        """Whether a person of the book is somebody here: in a part, or as the narrator."""
        return folded_name(speaker) in self._names or folded_name(speaker) == NARRATOR

    def has_part(self, speaker: str) -> bool:
        """Whether a person of the book is spoken by another than the narrator."""
        return self.named(speaker) != NARRATOR

    def role(self, name: str) -> RoleSettings:
        return self.roles.get(name, _UNDESCRIBED)

    @property
    def is_alone(self) -> bool:
        """Whether the narrator speaks everybody."""
        return not set(self.roles) - {NARRATOR}

    @cached_property
    def _names(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for name, role in self.roles.items():
            for alias in (name, *role.aliases):
                other = names.setdefault(folded_name(alias), name)
                if other != name:
                    raise SettingsError(
                        f"{alias!r} is said to be {other!r} and {name!r}",
                        where="cast",
                        remedy="take it from one of them",
                    )
        return names

    def embedded(self, name: str, *, base: str) -> tuple[str, dict[str, int]]:
        """The embedded voice that plays a part, and its parameters; `base` is the voice of its language.

        One that names none gets a variant, and then a pitch, that no part before it in the cast has: a part added at
        the end changes nobody's voice, nor does one that comes to name its own.
        """
        role = self.role(name)
        variant, pitch = ("", -1) if role.embedded.voice else self._variants.get(name, ("", -1))
        automatic = {} if pitch < 0 else {"pitch": pitch}
        voice = role.embedded.voice or (f"{base}+{variant}" if variant and "+" not in base else base)
        return voice, {**automatic, **role.embedded.parameters}

    @cached_property
    def _variants(self) -> dict[str, tuple[str, int]]:
        taken: dict[str, tuple[str, int]] = {}
        for name in self.roles:
            if name == NARRATOR:
                continue
            number = _number(name)
            choices = [
                (_VARIANTS[(number + i) % len(_VARIANTS)], pitch) for pitch in _PITCHES for i in range(len(_VARIANTS))
            ]
            free = (choice for choice in choices if choice not in taken.values())
            taken[name] = next(free, choices[0])
        return taken


NOBODY = Cast({}, {})
_UNDESCRIBED = RoleSettings()


def cast_of(table: Mapping[str, Any], by_language: Mapping[str, str]) -> Cast:
    """The cast of a job. Raises `SettingsError` for a part that cannot be read, or two that share a name."""
    roles: dict[str, RoleSettings] = {}
    for name, part in table.items():
        known = NARRATOR if folded_name(name) == NARRATOR else name
        if known in roles:
            raise SettingsError("the narrator has two tables", where=f'cast."{name}"', remedy="make one of them")
        roles[known] = _role(known, part)
    tags = {language: named_language(language, where=f"voice_by_language.{language}") for language in by_language}
    cast = Cast(roles, {primary_subtag(tags[language]): voice for language, voice in by_language.items()})
    cast.named(NARRATOR)
    return cast


def _role(name: str, table: Any) -> RoleSettings:
    where = f'cast."{name}"'
    try:
        role = RoleSettings.model_validate(table)
    except ValidationError as error:
        raise _unreadable(error, where) from error
    _check_names(name, role, where)
    if role.told_chars > _MOST_CHARS:
        raise SettingsError(
            f"{role.told_chars} characters of direction; a model takes {_MOST_CHARS} well",
            where=where,
            remedy="say it shorter",
        )
    return role.model_copy(update={"language": named_language(role.language, where=f"{where}.language")})


def _unreadable(error: ValidationError, where: str) -> SettingsError:
    """What is wrong with a part's table first, in words."""
    first = error.errors()[0]
    key, value = ".".join(map(str, first["loc"])), first["input"]
    if first["type"] != "extra_forbidden":
        return SettingsError(f"{key}: {first['msg'].lower()}, got {value!r}", where=where)
    if isinstance(value, dict):
        remedy = 'a name with a dot in it stands in quotes: [cast."Mr. Hyde"]'
        return SettingsError(f"{key!r} is no setting of a part", where=where, remedy=remedy)
    known = [*RoleSettings.model_fields, *(f"embedded.{name}" for name in EmbeddedSettings.model_fields)]
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    remedy = f"did you mean {near[0]}?" if near else "it has " + ", ".join(RoleSettings.model_fields)
    return SettingsError(f"unknown setting {key}", where=where, remedy=remedy)


def _check_names(name: str, role: RoleSettings, where: str) -> None:
    """A part nobody could be found by, or whose lines would be everybody's, is a slip of the pen."""
    if not all(folded_name(one) for one in (name, *role.aliases)):
        raise SettingsError("a name with nothing in it", where=where, remedy="give it a name, or take it out")
    if name != NARRATOR and NARRATOR in map(folded_name, role.aliases):
        remedy = f"one who tells the story is an alias of [cast.{NARRATOR}]"
        raise SettingsError(f"{NARRATOR!r} is who reads all that is not speech", where=where, remedy=remedy)


def folded_name(name: str) -> str:
    """What two spellings of one name have in common."""
    return " ".join(name.split()).casefold()


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(folded_name(name).encode()).digest()[:4], "big")
