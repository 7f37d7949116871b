"""The language a book is in, where it does not say, as far as its letters tell.

A voice that does not know the letters spells them ("Cyrillic letter de …"), which nobody wants to hear. Latin letters
tell nothing; of the others each stands for the language most books in it are in, told apart from its neighbours by
letters that only these have.
"""

import re
from collections import Counter
from collections.abc import Iterable

ENOUGH_LETTERS = 20_000
"""As many are looked at; a book does not change its letters after that."""

_ALPHABETS: dict[str, re.Pattern[str]] = {
    "Greek": re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]"),
    "Cyrillic": re.compile(r"[\u0400-\u04ff]"),
    "Armenian": re.compile(r"[\u0531-\u0587]"),
    "Hebrew": re.compile(r"[\u05d0-\u05ea]"),
    "Arabic": re.compile(r"[\u0620-\u06d3]"),
    "Devanagari": re.compile(r"[\u0904-\u0939]"),
    "Bengali": re.compile(r"[\u0985-\u09b9]"),
    "Tamil": re.compile(r"[\u0b85-\u0bb9]"),
    "Thai": re.compile(r"[\u0e01-\u0e2e]"),
    "Georgian": re.compile(r"[\u10d0-\u10fa]"),
    "Hangul": re.compile(r"[\uac00-\ud7a3]"),
    "Japanese": re.compile(r"[\u3041-\u30ff]"),
    "Chinese": re.compile(r"[\u4e00-\u9fff]"),
    "Latin": re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]"),
}

_LANGUAGES = {
    "Greek": "el",
    "Cyrillic": "ru",
    "Armenian": "hy",
    "Hebrew": "he",
    "Arabic": "ar",
    "Devanagari": "hi",
    "Bengali": "bn",
    "Tamil": "ta",
    "Thai": "th",
    "Georgian": "ka",
    "Hangul": "ko",
    "Japanese": "ja",
    "Chinese": "zh",
}

_OWN_LETTERS = {
    "Cyrillic": {"uk": "іїєґ", "be": "ў", "sr": "ђћ", "mk": "ѓќ"},
    "Arabic": {"fa": "پچژگ", "ur": "ٹڈڑے"},
}
"""Letters that only this language of an alphabet has, of those we tell apart."""

_OWN_SHARE = 0.004
"""A quoted word does not make a book Ukrainian: Ukrainian text has one such letter in twelve, Belarusian ў and Serbian
ћ and ђ one in a hundred, the rarest of the others one in two hundred."""

_KANA_SHARE = 0.05
"""Of kana among kana and Han: a Japanese page has a third and more, a Chinese one none but in names."""


def language_by_letters(texts: Iterable[str]) -> tuple[str, str]:
    """The alphabet most letters are of and its language (BCP 47); two empty strings where that tells nothing."""
    sample = _sample(texts)
    counts = Counter({name: len(pattern.findall(sample)) for name, pattern in _ALPHABETS.items()})
    if counts["Japanese"] > _KANA_SHARE * (counts["Japanese"] + counts["Chinese"]):
        counts["Japanese"] += counts.pop("Chinese")
    [(alphabet, count)] = counts.most_common(1)
    if alphabet not in _LANGUAGES or 2 * count <= counts.total():
        return "", ""
    own = Counter({tag: sum(map(sample.count, signs)) for tag, signs in _OWN_LETTERS.get(alphabet, {}).items()})
    for tag, times in own.most_common(1):
        if times >= _OWN_SHARE * count:
            return alphabet, tag
    return alphabet, _LANGUAGES[alphabet]


def _sample(texts: Iterable[str]) -> str:
    parts: list[str] = []
    length = 0
    for text in texts:
        parts.append(text)
        length += len(text)
        if length >= ENOUGH_LETTERS:
            break
    return "".join(parts).lower()
