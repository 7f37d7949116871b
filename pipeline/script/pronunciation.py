"""How names and terms are to be said: the rules of a user's table and of the book's own lexicon."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.book import Lexeme
from pipeline.errors import SettingsError
from pipeline.languages import primary_subtag


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
    """A rule ready to be applied: `words` as they stand in the book, and what is said instead.

    `language` is the primary tag of the text it holds in ("": any); `is_books`: it is of the book's own lexicon.
    """

    words: str
    settings: PronunciationSettings
    language: str = ""
    is_books: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        body = r"\s+".join(re.escape(word) for word in self.words.split())
        edges = ("", "") if self.settings.part else (r"(?<!\w)", r"(?!\w)")
        return re.compile(edges[0] + body + edges[1], 0 if self.settings.case else re.IGNORECASE)

    def touches(self, text: str) -> bool:
        return self.pattern.search(text) is not None

    def said(self, words: str, *, ipa_syntax: str, escape: Callable[[str], str]) -> str:
        """What is said for `words`. `escape` makes harmless what a model would take for a tag; IPA is no such text."""
        if self.settings.ipa and ipa_syntax:
            return in_ipa(escape(words), self.settings.ipa, ipa_syntax)
        return escape(self.settings.say or words)


def in_ipa(words: str, ipa: str, ipa_syntax: str) -> str:
    """`words` said as `ipa`, in a model's own way: `{ipa}` and `{text}` in `ipa_syntax` stand for them."""
    return ipa_syntax.replace("{ipa}", ipa).replace("{text}", words)


def pronunciations_of(table: Mapping[str, Any], *, language: str) -> tuple[Pronunciation, ...]:
    """The rules that hold for a book of `language`, longest words first, so that a phrase goes before its words.

    A plain string is short for `{ say = "…" }`. Raises `SettingsError` naming the entry that makes no rule.
    """
    rules = [Pronunciation(words, _settings(words, value)) for words, value in table.items()]
    holding = [rule for rule in rules if rule.settings.language in ("", primary_subtag(language))]
    return _phrases_first(holding)


def lexicon_rules(lexicon: Iterable[Lexeme], *, language: str, takes_ipa: bool) -> tuple[Pronunciation, ...]:
    """The book's own rules, longest words first: those that say something to a model that takes IPA, or takes none."""
    rules = (
        Pronunciation(
            lexeme.words,
            PronunciationSettings(say=lexeme.say, ipa=lexeme.ipa, case=lexeme.is_cased),
            language=primary_subtag(lexeme.language or language),
            is_books=True,
        )
        for lexeme in lexicon
        if lexeme.say or (lexeme.ipa and takes_ipa)
    )
    return _phrases_first(rules)


def _phrases_first(rules: Iterable[Pronunciation]) -> tuple[Pronunciation, ...]:
    return tuple(sorted(rules, key=lambda rule: (-len(rule.words), rule.words)))


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
