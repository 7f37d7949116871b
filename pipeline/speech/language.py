"""Languages of a job, as users write them: what is meant, and what is near where nothing is."""

from pipeline.errors import SettingsError
from pipeline.languages import is_tag, language_tag, nearest_language
from pipeline.speech.profiles import ModelProfile


def named_language(name: str, *, where: str) -> str:
    """The tag of a language a user names in any way. Raises `SettingsError` for what is none, with the nearest."""
    tag = language_tag(name)
    if tag and not is_tag(tag):
        raise SettingsError(f"no language is called {name!r}", where=where, remedy=_meant(name) or "write de, en-GB …")
    return tag


def unspoken(profile: ModelProfile, language: str, *, where: str, remedy: str) -> SettingsError:
    """That a model has not the language."""
    said = "; ".join(filter(None, (_meant(language), remedy)))
    return SettingsError(f"{profile.name} does not speak {language!r}", where=where, remedy=said)


def _meant(name: str) -> str:
    near = nearest_language(name)
    return f"did you mean {near}?" if near else ""
