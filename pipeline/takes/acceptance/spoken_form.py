"""How long a text is when spoken: characters of its spoken form, an estimate that never says a word itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.languages import primary_subtag


@dataclass(frozen=True, slots=True)
class Numerals:
    """Mean letters of a language's number words: a unit, a ten, the word for hundred, the word for thousand."""

    unit: float
    ten: float
    hundred: float
    thousand: float


_NUMERALS: Mapping[str, Numerals] = {
    "en": Numerals(4.0, 6.0, 10.0, 8.0),
    "de": Numerals(4.0, 8.0, 7.0, 7.0),
    "fr": Numerals(4.2, 8.5, 4.5, 5.0),
    "es": Numerals(4.5, 8.5, 6.5, 3.5),
    "it": Numerals(4.0, 7.5, 5.0, 5.0),
    "pt": Numerals(4.2, 8.5, 7.5, 3.5),
    "nl": Numerals(3.9, 8.5, 7.0, 7.0),
    "ru": Numerals(4.5, 9.5, 7.5, 7.0),
    "ja": Numerals(2.0, 4.0, 4.5, 4.5),
    "zh": Numerals(3.2, 5.0, 5.0, 5.0),
}
_ANY_NUMERALS = Numerals(4.2, 8.0, 7.0, 6.0)
"""The mean of the above, for languages not listed."""

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")

_SCRIPT_UNITS: tuple[tuple[re.Pattern[str], float], ...] = (
    (_HAN, 3.2),  # Han: a syllable or two
    (re.compile(r"[\uac00-\ud7a3]"), 2.4),  # Hangul: a syllable
    (re.compile(r"[\u3040-\u30ff]"), 2.0),  # kana: a mora
    (re.compile(r"[\u0590-\u06ff]"), 1.4),  # Hebrew, Arabic: short vowels are spoken and not written
)
"""Spoken characters of one written one, where it is not one; Latin letters at 15 a second are the measure."""

_SYMBOLS: Mapping[str, float] = {
    "$": 7, "€": 5, "£": 6, "¥": 3, "%": 8, "‰": 10, "&": 4, "+": 5, "=": 7, "@": 3, "°": 7, "§": 8, "©": 9, "½": 6,
    "¼": 8, "¾": 10, "×": 5, "√": 10, "π": 2, "№": 6,
}  # fmt: skip  # a table
"""Letters of a symbol's usual name; languages differ by less than a syllable or two."""

_ABBREVIATIONS: Mapping[str, Mapping[str, float]] = {
    "en": {
        "Mr": 6, "Mrs": 6, "Dr": 6, "St": 5, "Capt": 7, "Col": 7, "Gen": 7, "Lieut": 10, "Rev": 8, "Prof": 9,
        "etc": 8, "vs": 6,
    },
    "de": {"Dr": 6, "Hr": 4, "Fr": 4, "Prof": 9, "St": 6, "usw": 13, "bzw": 17, "Nr": 6, "ca": 5, "etc": 8},
    "fr": {"M": 8, "MM": 9, "Mme": 6, "Mlle": 12, "Dr": 7, "St": 5, "etc": 8},
    "es": {"Sr": 5, "Sra": 6, "Srta": 8, "Dr": 6, "Dra": 7, "Ud": 5, "Vd": 5, "D": 3, "etc": 8},
    "it": {"Sig": 6, "Dott": 7, "Prof": 10, "ecc": 8},
    "pt": {"Sr": 6, "Sra": 7, "Dr": 6, "Dra": 7, "D": 3, "etc": 8},
    "nl": {"Dr": 6, "Mr": 7, "Mevr": 7, "bijv": 12, "enz": 10, "St": 4},
    "ru": {"г": 4, "гг": 5, "стр": 8, "им": 5},
}  # fmt: skip  # a table
"""Letters of what an abbreviation with a point after it is read as."""

_SPELT_LETTER = 3.0
"""A spelt letter is a syllable: `BBC` is “bee bee see”."""

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+\.?|[^\w\s]")


@dataclass(frozen=True, slots=True)
class SpokenForm:
    """What there is to say: `chars` of the spoken form, one a word for the way to the next; `doubtful` ones of them.

    Doubtful are figures, symbols, spelt letters and Han, whose reading only the voice knows.
    """

    chars: float
    doubtful: float


def spoken_form(text: str, *, language: str) -> SpokenForm:
    """The length of `text` as it is spoken; marks, dashes and ornaments count for nothing."""
    primary = primary_subtag(language)
    chars, doubtful = 0.0, 0.0
    for token in _TOKEN.findall(text):
        length, is_doubtful = _spoken_length(token, primary)
        if length:
            chars += length + 1
            doubtful += (length + 1) * is_doubtful
    return SpokenForm(chars, doubtful)


def _spoken_length(token: str, primary: str) -> tuple[float, bool]:
    if token[0].isalpha():
        return _word_length(token, primary)
    if token[0].isdigit():
        figures = re.findall(r"\d+", re.sub(r"(?<=\d)[.,](?=\d{3}\b)", "", token))
        return sum(_number_length(figure, primary) for figure in figures), True
    return _SYMBOLS.get(token, 0.0), True


def _word_length(token: str, primary: str) -> tuple[float, bool]:
    word = token.rstrip(".")
    if token != word and word in _ABBREVIATIONS.get(primary, {}):
        return _ABBREVIATIONS[primary][word], False
    if _is_spelt(word):
        return _SPELT_LETTER * len(word), True
    if word.isascii():
        return float(len(word)), _is_roman(word)
    length = len(word) + sum((weight - 1) * len(script.findall(word)) for script, weight in _SCRIPT_UNITS)
    return length, bool(_HAN.search(word))


def _is_spelt(word: str) -> bool:
    """Two or more Latin capitals without a vowel."""
    return len(word) > 1 and word.isascii() and word.isupper() and not re.search(r"[AEIOUY]", word)


def _is_roman(word: str) -> bool:
    return bool(re.fullmatch(r"[IVXLCDM]+", word)) and word not in {"I", "MIX", "DID", "CIVIL", "MILD", "VIVID"}


_LONGEST_NUMBER = 12
"""More digits than a billion has are read one by one."""

_YEAR = range(1100, 2000)


def _number_length(digits: str, primary: str) -> float:
    words = _NUMERALS.get(primary, _ANY_NUMERALS)
    if len(digits) > _LONGEST_NUMBER or digits.startswith("0"):
        return words.unit * len(digits)
    value = int(digits)
    if primary in _YEARS_IN_HUNDREDS and value in _YEAR:
        return _below_thousand(value // 100, words) + _below_thousand(value % 100, words)
    total = 0.0
    while value:
        value, group = divmod(value, 1000)
        total += _below_thousand(group, words) + (words.thousand if value else 0)
    return total


_YEARS_IN_HUNDREDS = frozenset({"en", "de", "nl"})
"""“nineteen eighty-four”; the others say “one thousand nine hundred”."""


def _below_thousand(value: int, words: Numerals) -> float:
    hundreds, rest = divmod(value, 100)
    length = (words.unit + words.hundred) if hundreds else 0.0
    if rest >= 20:
        return length + words.ten + (words.unit if rest % 10 else 0)
    if rest > 10:
        return length + words.ten
    return length + (words.unit if rest else 0)
