"""How names and terms are to be said: a user's rules, applied to whole words of the spoken text."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.errors import SettingsError


class PronunciationSettings(BaseModel):
    """One entry of `[pronunciations]`: what to say for a word or phrase.

    `say` is another spelling; `ipa` is used instead by models that take it. `case`: upper and lower case must match.
    `part`: inside longer words too. `language`: only in books of that language (a primary tag).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    say: str = ""
    ipa: str = ""
    case: bool = False
    part: bool = False
    language: str = ""


@dataclass(frozen=True)
class Pronunciation:
    """A rule ready to be applied: `words` as they stand in the book, and what is said instead."""

    words: str
    settings: PronunciationSettings

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        body = r"\s+".join(re.escape(word) for word in self.words.split())
        edges = ("", "") if self.settings.part else (r"(?<!\w)", r"(?!\w)")
        return re.compile(edges[0] + body + edges[1], 0 if self.settings.case else re.IGNORECASE)

    def touches(self, text: str) -> bool:
        return self.pattern.search(text) is not None


def pronunciations_of(table: Mapping[str, Any], *, language: str) -> tuple[Pronunciation, ...]:
    """The rules that hold for a book of `language`, longest words first, so that a phrase goes before its words.

    A plain string is short for `{ say = "…" }`. Raises `SettingsError` naming the entry that makes no rule.
    """
    rules = [Pronunciation(words, _settings(words, value)) for words, value in table.items()]
    primary = language.replace("_", "-").split("-", maxsplit=1)[0].lower()
    holding = [rule for rule in rules if rule.settings.language in ("", primary)]
    return tuple(sorted(holding, key=lambda rule: (-len(rule.words), rule.words)))


def pronounced(text: str, rules: Iterable[Pronunciation], *, ipa_syntax: str = "") -> str:
    """`text` with every rule's words replaced once; what one rule put in, no other touches.

    `ipa_syntax` is how a model takes IPA, with `{ipa}` and `{text}` in it; empty where it takes none.
    """
    pieces: list[tuple[str, bool]] = [(text, False)]
    for rule in rules:
        pieces = [part for piece, is_done in pieces for part in _applied(piece, rule, ipa_syntax, is_done=is_done)]
    return "".join(piece for piece, _ in pieces)


def _applied(piece: str, rule: Pronunciation, ipa_syntax: str, *, is_done: bool) -> list[tuple[str, bool]]:
    if is_done:
        return [(piece, True)]
    parts: list[tuple[str, bool]] = []
    end = 0
    for match in rule.pattern.finditer(piece):
        parts += [(piece[end : match.start()], False), (_said(rule, match.group(), ipa_syntax), True)]
        end = match.end()
    return [*parts, (piece[end:], False)]


def _said(rule: Pronunciation, words: str, ipa_syntax: str) -> str:
    if rule.settings.ipa and ipa_syntax:
        return ipa_syntax.format(ipa=rule.settings.ipa, text=words)
    return rule.settings.say or words


def _settings(words: str, value: Any) -> PronunciationSettings:
    where = f'pronunciations."{words}"'
    try:
        settings = PronunciationSettings.model_validate({"say": value} if isinstance(value, str) else value)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        what = f"{name}: {first['msg'].lower()}".removeprefix(": ")
        raise SettingsError(what, where=where, remedy='write "word" = "say this"') from error
    if not words.strip() or not (settings.say or settings.ipa):
        raise SettingsError("says nothing", where=where, remedy='write "word" = "say this"')
    return settings
