"""Pronunciations applied to the text a voice is given: a user's rules first, then the book's own.

A lexicon may have thousands of entries, so that each text is tried only with the rules whose first word is in it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from pipeline.book import Sound
from pipeline.script.pronunciation import Pronunciation, in_ipa

_WORD = re.compile(r"\w+")
_FIRST_STAND_IN = 0xF0000  # a private-use plane that no font and no book uses
_STAND_INS = 0xFFFD


class Held(NamedTuple):
    """A text in which one private character stands for each place that is said in IPA, and what is sent for them."""

    text: str
    said: dict[str, str]


class Pronouncer:
    """Says texts by `rules`, which go in their order. `ipa_syntax` is how a model takes IPA; empty where it does not.

    `escape` makes harmless what a model would take for a tag: everything but the IPA goes through it.
    """

    def __init__(
        self, rules: Sequence[Pronunciation], *, ipa_syntax: str = "", escape: Callable[[str], str] = str
    ) -> None:
        self.rules = tuple(rules)
        self._ipa_syntax = ipa_syntax
        self._escape = escape
        self._by_word: dict[str, list[int]] = {}
        self._always: list[int] = []
        for number, rule in enumerate(self.rules):
            first = _WORD.search(rule.words)
            if first is None or rule.settings.part:
                self._always.append(number)
            else:
                self._by_word.setdefault(_folded(first.group()), []).append(number)

    def touching(self, text: str, *, language: str) -> list[Pronunciation]:
        """The rules that change how `text`, of this primary language tag, is said; in their order."""
        words = {_folded(word) for word in _WORD.findall(text)} if self._by_word else set()
        numbers = {number for word in words for number in self._by_word.get(word, ())}
        rules = (self.rules[number] for number in sorted(numbers.union(self._always)))
        return [rule for rule in rules if rule.language in ("", language) and rule.touches(text)]

    def said(self, text: str, *, language: str) -> str:
        """`text` with every rule's words replaced once; what one rule put in, no other touches."""
        pieces: list[tuple[str, bool]] = [(text, False)]
        for rule in self.touching(text, language=language):
            pieces = [part for piece, is_done in pieces for part in self._applied(piece, rule, is_done=is_done)]
        return "".join(piece if is_done else self._escape(piece) for piece, is_done in pieces)

    def _applied(self, piece: str, rule: Pronunciation, *, is_done: bool) -> Iterator[tuple[str, bool]]:
        if is_done:
            yield piece, True
            return
        end = 0
        for match in rule.pattern.finditer(piece):
            yield piece[end : match.start()], False
            yield rule.said(match.group(), ipa_syntax=self._ipa_syntax, escape=self._escape), True
            end = match.end()
        yield piece[end:], False

    def carried(self, text: str, sounds: Sequence[Sound], *, language: str) -> list[Sound]:
        """The sounds of single places that are said: none without IPA, none where a user's rule has its say."""
        if not sounds or not self._ipa_syntax:
            return []
        users = [rule for rule in self.touching(text, language=language) if not rule.is_books]
        taken = [match.span() for rule in users for match in rule.pattern.finditer(text)]
        return [sound for sound in sounds if not any(sound.start < end and start < sound.end for start, end in taken)]

    def held(self, text: str, sounds: Sequence[Sound], *, language: str) -> Held:
        """`text` with stand-ins for those places, so that no rule of typography or pronunciation touches them."""
        said: dict[str, str] = {}
        parts: list[str] = []
        end = 0
        for number, sound in enumerate(self.carried(text, sounds, language=language)[:_STAND_INS]):
            stand_in = chr(_FIRST_STAND_IN + number)
            if sound.start >= end and stand_in not in text:
                words = self._escape(text[sound.start : sound.end])
                said[stand_in] = in_ipa(words, sound.ipa, self._ipa_syntax)
                parts += text[end : sound.start], stand_in
                end = sound.end
        return Held("".join([*parts, text[end:]]), said)


def restored(text: str, said: dict[str, str]) -> str:
    """`text` with what is sent for each stand-in in its place."""
    return "".join(said.get(sign, sign) for sign in text) if said else text


def _folded(word: str) -> str:
    """What words have in common that differ in case alone, by the rules of `re.IGNORECASE` or looser ones."""
    return word.casefold().replace("\u0307", "").replace("ı", "i")
