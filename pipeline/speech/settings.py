"""Who speaks: the `[speech]` section, and how a text becomes the request that asks for it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, field_validator

from pipeline.errors import SettingsError
from pipeline.speech.espeak import embedded_voice_for, resolved_voice
from pipeline.speech.language import named_language
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, EMBEDDED_MODEL, ModelProfile
from pipeline.speech.request import Parameter


class SpeechSettings(BaseModel):
    """The `[speech]` section; empty strings mean "what the model profile says".

    `engine`: openrouter, openai, espeak, or empty to choose by the key at hand. `model`: a profile's name.
    `model_name`: what a server calls the model, if not as the profile. `service`: the name under which takes of
    another address count as the same service. `language`: overrides the book's. `parameters`: sampling parameters,
    sent where the profile accepts them. `fallback_model` and `fallback_voice` speak the sentence that the model refuses
    or spoils every time. `preflight`: the service is asked about key, credit and model before the first paid request.
    `probe`: one chunk of a paid book is spoken and judged before the others are asked for. `two_speakers`: where a
    model takes two voices in one request, a dialogue of two goes out in one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    engine: str
    model: str
    model_name: str
    base_url: str
    service: str
    voice: str
    language: str
    style: str
    parameters: dict[str, Parameter]
    fallback_model: str
    fallback_voice: str
    preflight: bool
    probe: bool
    two_speakers: bool

    @field_validator("language")
    @classmethod
    def _as_a_tag(cls, language: str) -> str:
        return named_language(language, where="speech.language")

    def base_url_of(self, profile: ModelProfile) -> str:
        """Where a model is asked."""
        return self.base_url or profile.base_url

    def model_name_of(self, profile: ModelProfile) -> str:
        """What the service calls a model."""
        return self.model_name or profile.name


def profile_for(settings: SpeechSettings, profiles: dict[str, ModelProfile], *, has_paid_key: bool) -> ModelProfile:
    """The model profile the settings choose. Raises `SettingsError` naming what is known.

    With neither model nor engine named: the paid default if its key is at hand, else the embedded voice.
    """
    by_engine = {"openrouter": DEFAULT_PAID_MODEL, "openai": "openai-compatible", "espeak": EMBEDDED_MODEL}
    if settings.engine and settings.engine not in by_engine:
        raise SettingsError(
            f"unknown engine {settings.engine!r}", where="speech.engine", remedy="use " + ", ".join(by_engine)
        )
    name = settings.model or by_engine.get(settings.engine, DEFAULT_PAID_MODEL if has_paid_key else EMBEDDED_MODEL)
    if name not in profiles:
        raise SettingsError(f"unknown model {name!r}", where="speech.model", remedy="`run-pipeline voices` lists them")
    if settings.engine and profiles[name].engine != settings.engine:
        raise SettingsError(
            f"model {name!r} speaks through engine {profiles[name].engine!r}, not {settings.engine!r}",
            where="speech.engine",
            remedy="leave one of the two out",
        )
    return profiles[name]


def voice_for(settings: SpeechSettings, profile: ModelProfile, *, language: str) -> str:
    """The narrator's voice as the model spells it. Raises `SettingsError` naming its voices if it has no such one."""
    if profile.engine == "espeak" and not settings.voice:
        return embedded_voice_for(language)
    wanted = settings.voice or profile.default_voice
    if not wanted:
        raise SettingsError(
            f"no voice named for {profile.name}", where="speech.voice", remedy="name one with `--voice`"
        )
    return spelt_voice(wanted, profile, where="speech.voice")


def spelt_voice(wanted: str, profile: ModelProfile, *, where: str) -> str:
    """A voice as the model spells it. Raises `SettingsError` if it has none of that name."""
    if profile.engine == "espeak":
        voice = resolved_voice(wanted)
        if not voice:
            remedy = "`run-pipeline voices --engine espeak` lists them"
            raise SettingsError(f"the embedded voice has no {wanted!r}", where=where, remedy=remedy)
        return voice
    known = {voice.lower(): voice for voice in profile.voices}
    if known and wanted.lower() not in known:
        remedy = "one of " + ", ".join(profile.voices)
        raise SettingsError(f"{profile.name} has no voice {wanted!r}", where=where, remedy=remedy)
    return known.get(wanted.lower(), wanted)


def service_of(settings: SpeechSettings, profile: ModelProfile) -> str:
    """The service part of the key: empty at home, the host elsewhere (so that a rehearsal's takes stay a rehearsal's).

    The port is left out: a local server that moves to another port is still the same one.
    """
    if settings.service:
        return "" if settings.service == profile.engine else settings.service
    if not settings.base_url or settings.base_url.rstrip("/") == profile.base_url.rstrip("/"):
        return ""
    return urlsplit(settings.base_url).hostname or settings.base_url


def service_named(profile: ModelProfile, *, place: str) -> str:
    """What a model at a service is called in the ledger."""
    return _in_the_ledger(profile.engine, profile.name, place)


def service_asked(request: Mapping[str, Any]) -> str:
    """The same of a request as a take's record has it, by the name the model was asked by.

    Where `model_name` gave it another than its profile's, the profile is not known any more: that is a service of its
    own here, and its prices teach no plan anything.
    """
    return _in_the_ledger(request.get("engine", ""), request.get("model", ""), request.get("service", ""))


def _in_the_ledger(engine: str, model: str, place: str) -> str:
    return f"{engine} {model}" + (f" at {place}" if place else "")
