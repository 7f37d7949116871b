"""What is known of voices beside their names."""

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from pipeline.errors import SettingsError
from pipeline.languages import primary_subtag
from pipeline.speech.espeak import embedded_voices, resolved_voice
from pipeline.speech.profiles import ModelProfile

ALL = "all"


@cache
def voice_characters() -> dict[str, str]:
    """The documented character of each voice that has one, in a word, in the order of the documentation."""
    return tomllib.loads(resources.files("pipeline.speech").joinpath("voices.toml").read_text("utf-8"))


def characters_of(profile: ModelProfile) -> Mapping[str, str]:
    """The same of a model's own voices: another maker's voice of the same name is another voice."""
    return voice_characters() if profile.name.startswith("google/gemini-") else {}


def voices_of(profile: ModelProfile, *, language: str) -> tuple[str, ...]:
    """The voices a model is known to have: of the embedded ones, those that read a language."""
    if profile.engine == "espeak":
        primary = primary_subtag(language)
        return tuple(
            voice.identifier
            for voice in embedded_voices()
            if primary in {primary_subtag(tag) for tag in voice.languages}
        )
    return profile.voices or tuple(characters_of(profile))


def voices_named(listed: str, profile: ModelProfile, *, language: str) -> tuple[str, ...]:
    """The voices of a list with commas, or "all" of them, each once and as the model spells it.

    Raises `SettingsError` with every name that none has, and the nearest to it that one has.
    """
    if listed.strip().lower() == ALL:
        return _all_of(profile, language=language)
    wanted = [name for part in listed.split(",") if (name := part.strip())]
    found = {name: _spelt(name, profile) for name in wanted}
    unknown = [name for name, voice in found.items() if not voice]
    if unknown:
        known = _known(profile)
        remedy = "`run-pipeline voices` lists them"
        raise SettingsError(
            f"{profile.name} has no voice " + ", ".join(_beside_nearest(name, known) for name in unknown),
            where="--voices",
            remedy=remedy,
        )
    if not found:
        raise SettingsError("no voice named", where="--voices", remedy="list some with commas, or say all")
    return tuple(dict.fromkeys(found.values()))


def _all_of(profile: ModelProfile, *, language: str) -> tuple[str, ...]:
    voices = voices_of(profile, language=language)
    if not voices:
        raise SettingsError(
            f"nobody knows all voices of {profile.name}", where="--voices", remedy="name some, with commas"
        )
    return voices


def _spelt(name: str, profile: ModelProfile) -> str:
    if profile.engine == "espeak":
        return resolved_voice(name)
    known = {voice.lower(): voice for voice in (*characters_of(profile), *profile.voices)}
    return known.get(name.lower(), "" if profile.voices else name)


def _known(profile: ModelProfile) -> Sequence[str]:
    return [voice.identifier for voice in embedded_voices()] if profile.engine == "espeak" else profile.voices


def _beside_nearest(name: str, known: Sequence[str]) -> str:
    """A name that is none, and the one it is nearest to."""
    lower = {voice.lower(): voice for voice in known}
    near = difflib.get_close_matches(name.lower().partition("+")[0], lower, n=1, cutoff=0.4)
    return f"{name!r} (did you mean {lower[near[0]]}?)" if near else repr(name)
