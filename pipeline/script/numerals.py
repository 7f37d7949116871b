"""Numbers as books print them for the eye: roman figures of headings, ordinals. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from pipeline.script.abbreviations import POINT_MAKES_ORDINAL

_DIVISIONS = frozenset(
    """
    chapter chap part book volume vol canto act scene section letter stave fable tale sonnet psalm
    chapitre partie livre tome acte scène chant lettre
    kapitel teil buch band akt aufzug auftritt szene gesang brief abschnitt
    capítulo capitulo parte libro tomo acto escena carta livro ato cena capítol
    capitolo atto scena lettera
    hoofdstuk deel boek bedrijf toneel zang afdeling
    del bok scen akten kapitlet avdeling avsnitt osa luku kirja kafli
    глава часть книга том действие явление письмо песнь сцена частина розділ дія част раздзел
    rozdział część księga tom pieśń kapitola část díl kniha poglavlje dio knjiga poglavje
    caput liber pars actus scaena cap lib
    fejezet rész könyv κεφάλαιο μέρος βιβλίο bölüm kısım kitap chương phần capitol capitolul partea cartea
    peatükk nodaļa skyrius bab bagian
    """.split()  # noqa: SIM905  a word list reads better than sixty quoted strings
)
"""Words a division's number follows. Elsewhere a figure may be a pronoun ("I am born") or a king's ("Henry VIII")."""

_FIGURE = re.compile(r"(?:(?<=^)|(?<=[\s(]))(?:([IVXLCDM]+)|([ivx]+))(?![\w’'])")
_CLOSES = re.compile(r"\s*(?:[.:;,—–)-]|$)")
_WORD = re.compile(r"\w+")
_FIRST_WORD_LIMIT = 200
"""Above it a figure without a division's name is a word: MIX, DIX, CD."""
_LETTERS_TOO = frozenset("CDLM")
"""Single figures that are letters more often: "Part C" is no hundredth part."""

_ROMAN = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_ROMAN_VALUES = {"M": 1000, "D": 500, "C": 100, "L": 50, "X": 10, "V": 5, "I": 1}


def roman_value(figure: str) -> int:
    """1 to 3,999 for a well-formed roman figure in capitals, else 0."""
    if not figure or not _ROMAN.fullmatch(figure):
        return 0
    values = [_ROMAN_VALUES[letter] for letter in figure]
    return sum(-value if value < max(values[i:]) else value for i, value in enumerate(values))


def heading_figures(headings: Iterable[str]) -> frozenset[int]:
    """The numbers that a book's headings have in roman figures, first or behind a division's name."""
    return frozenset(value for heading in headings for _, value, _ in _numbers(heading))


def digits_for_roman(heading: str, figures: Collection[int], *, language: str) -> str:
    """The heading with its number in digits, which every voice reads in the book's own language.

    A single letter is a number only where the one before it or after it is among the book's `figures`: "I" beside
    "II", but not the letters of a glossary, nor the initial of a name. `language` is a primary tag.
    """
    parts: list[str] = []
    end = 0
    for match, value, is_named in _numbers(heading):
        if len(match.group()) == 1 and not _is_number(match.group(), value, figures, is_named=is_named):
            continue
        parts += heading[end : match.start()], str(value)
        end = match.end()
        if language in POINT_MAKES_ORDINAL and heading[end : end + 1] == ".":
            end += 1
            parts.append(_mark_for_point(_WORD.search(heading, end)))
    return "".join([*parts, heading[end:]])


def _numbers(heading: str) -> Iterator[tuple[re.Match[str], int, bool]]:
    """Figures where a heading has its number, with their values and whether a division's name stands before."""
    words, before = _WORD.finditer(heading), ""
    following = next(words, None)
    for match in _FIGURE.finditer(heading):
        while following is not None and following.end() <= match.start():
            before, following = following.group(), next(words, None)
        is_named = before.lower() in _DIVISIONS
        is_closed = bool(_CLOSES.match(heading, match.end()))
        value = roman_value(match.group().upper())
        is_first = not before and is_closed and value < _FIRST_WORD_LIMIT and bool(match[1])
        if value and (is_first or (is_named and (bool(match[1]) or is_closed))):
            yield match, value, is_named


def _is_number(letter: str, value: int, figures: Collection[int], *, is_named: bool) -> bool:
    return (is_named and letter.upper() not in _LETTERS_TOO) or value - 1 in figures or value + 1 in figures


def _mark_for_point(following: re.Match[str] | None) -> str:
    """What replaces a figure's point where that would make it an ordinal: "IV. Akt" is one, "IV. Der Brief" is not."""
    if following is None:
        return ""
    return "." if following.group().lower() in _DIVISIONS else ":"


def _french(number: str, ending: str) -> str:
    value = int(number) if number.isdecimal() else roman_value(number)
    if value == 1 and ending in ("er", "re", "ère"):
        return "premier" if ending == "er" else "première"
    return _FRENCH.get(value, "") if ending in ("e", "ème", "ième") else ""


_FRENCH: Mapping[int, str] = dict(
    enumerate(
        """deuxième troisième quatrième cinquième sixième septième huitième neuvième dixième onzième douzième treizième
        quatorzième quinzième seizième dix-septième dix-huitième dix-neuvième vingtième vingt-et-unième
        """.split(),  # noqa: SIM905  a word list
        start=2,
    )
)
_DUTCH: Mapping[int, str] = dict(
    enumerate(
        """eerste tweede derde vierde vijfde zesde zevende achtste negende tiende elfde twaalfde dertiende veertiende
        vijftiende zestiende zeventiende achttiende negentiende twintigste
        """.split(),  # noqa: SIM905
        start=1,
    )
)
_FRENCH_ORDINAL = re.compile(r"\b(?:(\d{1,2})(er|re|ère|e|ème|ième)|([IVX]{1,5})(er|e|ème))\b")
_DUTCH_ORDINAL = re.compile(r"\b(\d{1,2})(?:e|de|ste)\b")
_SPANISH_ORDINAL = re.compile(r"\b(\d{1,2})\.([ºª])")


def spelt_ordinals(text: str, *, language: str) -> str:
    """Ordinals in figures as words, in languages whose figures the embedded voice reads wrongly; others as they are."""
    if language == "fr":
        return _FRENCH_ORDINAL.sub(
            lambda match: _french(match[1] or match[3], match[2] or match[4]) or match.group(), text
        )
    if language == "nl":
        return _DUTCH_ORDINAL.sub(lambda match: _DUTCH.get(int(match[1]), match.group()), text)
    return _SPANISH_ORDINAL.sub(r"\1\2", text) if language == "es" else text
