"""The language a text is in, where nobody says, as far as its letters tell.

A voice that does not know the letters spells them ("Cyrillic letter de …"), which nobody wants to hear. Latin letters
tell nothing; of the others each stands for the language most books in it are in, told apart from its neighbours by
letters that these have not.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

ENOUGH_CHARS = 20_000
"""Of a book, a slice of each of its blocks: an introduction may be in another language."""

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
    "Cyrillic": {"be": "ў", "sr": "ђћ", "mk": "ѓќ", "ru": "ыъѣ", "uk": "іїєґ"},
    "Arabic": {"ur": "ٹڈڑے", "fa": "پچژگ"},
}
"""Letters that a language has and those after it here have not: the first that has enough of them is taken. (і is
Belarusian and old Russian as well as Ukrainian, ы Belarusian as well as Russian.)"""

_OWN_SHARE = 0.004
"""A quoted word does not make a book Ukrainian: its letters are one in twelve there, ў, ћ and ђ one in a hundred."""

_KANA_SHARE = 0.05
"""Of kana among kana and Han: a Japanese page has a third and more, a Chinese one none but in names."""


def language_by_letters(texts: Iterable[str]) -> tuple[str, str]:
    """The alphabet more than half of the letters are of and its language (BCP 47); two empty strings where that tells
    nothing.
    """
    sample = "".join(texts).lower()
    counts = Counter({name: len(pattern.findall(sample)) for name, pattern in _ALPHABETS.items()})
    if counts["Japanese"] > _KANA_SHARE * (counts["Japanese"] + counts["Chinese"]):
        counts["Japanese"] += counts.pop("Chinese")
    [(alphabet, count)] = counts.most_common(1)
    if alphabet not in _LANGUAGES or 2 * count <= sum(map(str.isalpha, sample)):
        return "", ""
    own = _OWN_LETTERS.get(alphabet, {}).items()
    taken = (tag for tag, signs in own if sum(map(sample.count, signs)) >= _OWN_SHARE * count)
    return alphabet, next(taken, _LANGUAGES[alphabet])


def slices(texts: Sequence[str]) -> Iterator[str]:
    """`ENOUGH_CHARS` characters or so of all the texts, the beginning of each."""
    total = sum(map(len, texts))
    share = min(1.0, ENOUGH_CHARS / max(1, total))
    for text in texts:
        yield text[: math.ceil(len(text) * share)]
