"""Chapter headings in text without markup, found only where they count: Chapter I, Глава 2, 第三章, bare numbers. Pure.

A line is no heading for its look alone: at least two of its kind must follow each other in rising order, each with
text of its own under it. What looks like headings without text is the printed table of contents.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

MAX_HEADING_CHARS = 120
MAX_HEADING_LINES = 3
MAX_TITLE_CHARS = 70  # of a title behind a bare number, which a list item has as well
LEAST_SECTION_CHARS = 400  # under numbers that a list could have
LEAST_CONTENTS_LINES = 3
CONTENTS_SHARE = 0.7  # of the lines of a printed table of contents that name chapters

_WORDS = "|".join(
    """chapter chap part book volume vol canto act scene letter section stave
    kapitel teil buch band akt aufzug auftritt brief gesang abschnitt
    chapitre partie livre tome chant acte scène lettre
    capítulo capitulo parte libro livro tomo acto ato escena cena canto carta capitolo atto scena lettera capitol partea
    hoofdstuk deel boek bedrijf avdeling avsnitt del bok kapitlet osa luku kirja kafli
    глава часть книга том действие явление письмо песнь сцена частина розділ дія част раздзел
    rozdział część księga kapitola část díl kniha fejezet rész könyv poglavlje dio knjiga poglavje capítol
    κεφάλαιο μέρος βιβλίο bölüm kısım kitap chương phần bab bagian peatükk nodaļa skyrius caput liber pars
    """.split()  # noqa: SIM905  a word list reads better than a hundred quoted strings
)
_ASIDE = frozenset(
    """prologue epilogue preface foreword introduction afterword conclusion prolog epilog vorwort nachwort einleitung
    préface avant-propos épilogue prólogo epílogo prefacio prefácio prologo epilogo prefazione introduzione voorwoord
    nawoord inleiding пролог эпилог предисловие послесловие введение вступление епілог förord efterord forord etterord
    przedmowa posłowie wstęp předmluva doslov 序 序章 終章 エピローグ プロローグ 尾声 楔子
    """.split()  # noqa: SIM905
)
_CONTENTS = frozenset(
    """contents inhalt inhaltsverzeichnis índice indice inhoud содержание оглавление зміст 目次 目录 目錄 sommaire
    spis_treści obsah sisältö innehåll indhold innhold tartalom table_of_contents table_des_matières
    """.split()  # noqa: SIM905
)
_NUMBER = r"\d{1,3}|(?=[IVXLC])(?:C{0,3})(?:XC|XL|L?X{0,4})(?:IX|IV|V?I{0,4})"
_AFTER = r"(?=$|[\s.:,;)—–-])"
_WORD_NUMBER = re.compile(
    rf"(?P<word>{_WORDS})\.?\s+(?:(?:no|nr|№)\.?\s*)?(?P<number>{_NUMBER}){_AFTER}", re.IGNORECASE
)
_NUMBER_WORD = re.compile(rf"(?P<number>{_NUMBER})(?:\.|-?\w{{1,2}})?\s+(?P<word>{_WORDS}){_AFTER}", re.IGNORECASE)
_ORDINAL = re.compile(
    rf"(?:(?P<word>{_WORDS})(?:\s+[^\W\d]+){{1,3}}|[^\W\d]+\s+(?P<last>{_WORDS}))\s*(?:$|[.:—–-])", re.IGNORECASE
)
_EAST_ASIAN = re.compile(
    r"[第제]\s*(?P<number>[0-9０-９〇一二三四五六七八九十百]{1,5})\s*(?P<word>[章回話话節节巻卷部編篇幕場场장화부권막편])"
)
_BARE = re.compile(rf"[-–—*(\[\s]*(?P<number>{_NUMBER})[-–—*)\].:\s]*$")
_BARE_EAST_ASIAN = re.compile(r"(?P<number>[一二三四五六七八九十百]{1,5})$")
_NUMBER_TITLE = re.compile(rf"(?P<number>{_NUMBER})(?:[.:)]\s+|\s+[—–-]\s+)(?P<title>[^\W\d_a-z].*)")
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_DIGITS = {sign: value for value, sign in enumerate("〇一二三四五六七八九")}


class Numbering(NamedTuple):
    """Paragraphs that open chapters, by index, with the depth of each; and those that only list them."""

    depths: Mapping[int, int]
    contents: frozenset[int] = frozenset()


class _Mark(NamedTuple):
    """A paragraph that may be a heading; `number` 0 stands for one in words."""

    paragraph: int
    family: tuple[str, str]
    number: int


def numbering_of(paragraphs: Sequence[Sequence[str]]) -> Numbering:
    """The headings among `paragraphs`, each given by its lines."""
    marks = [mark for index, lines in enumerate(paragraphs) for mark in _marks(index, lines)]
    speaking = _with_text(marks, len(paragraphs))
    families = _families(speaking, paragraphs)
    if not families:
        return Numbering({})
    depths = _depths(families, [mark for mark in speaking if mark.family[0] == "aside"])
    return Numbering(depths, frozenset(_contents(paragraphs, marks, depths)))


def _marks(index: int, lines: Sequence[str]) -> Iterator[_Mark]:
    text = " ".join(" ".join(lines).split())
    if len(lines) > MAX_HEADING_LINES or len(text) > MAX_HEADING_CHARS:
        return
    family, number = _shape(text, " ".join(lines[0].split()))
    is_list = any(_shape(line.strip(), line.strip())[0] == family for line in lines[1:])
    if family[0] and not is_list:
        yield _Mark(index, family, number)


def _shape(text: str, first_line: str) -> tuple[tuple[str, str], int]:
    """What kind of heading `text` would be, and its number; an empty kind for none."""
    if match := _WORD_NUMBER.match(text) or _NUMBER_WORD.match(text) or _EAST_ASIAN.match(text):
        return ("word", match["word"].casefold()), _value(match["number"])
    if text.strip(".: ").casefold() in _ASIDE:
        return ("aside", ""), 0
    if (match := _ORDINAL.match(first_line)) and text[0].isupper() and not _is_sentence(first_line):
        return ("word", (match["word"] or match["last"]).casefold()), 0
    if match := _BARE.match(first_line) or _BARE_EAST_ASIAN.match(first_line):
        return ("bare", _script(match["number"])), _value(match["number"])
    if (match := _NUMBER_TITLE.match(text)) and len(match["title"]) <= MAX_TITLE_CHARS:
        return ("titled", _script(match["number"])), _value(match["number"])
    return ("", ""), 0


def _is_sentence(line: str) -> bool:
    return line.rstrip().endswith((",", ";", "!", "?")) or sum(word[0].islower() for word in line.split()) > 1


def _script(number: str) -> str:
    return "arabic" if number.isdecimal() else "roman" if number.isascii() else "han"


def _value(number: str) -> int:
    if number.isdecimal():
        return int(number)
    if not number.isascii():
        return _han_value(number)
    values = [_ROMAN[letter] for letter in number.upper()]
    return sum(-here if here < after else here for here, after in pairwise([*values, 0]))


def _han_value(number: str) -> int:
    hundreds, _, below = number.rpartition("百")
    tens, has_ten, ones = below.rpartition("十")
    return (
        100 * (_DIGITS.get(hundreds, 1) if "百" in number else 0)
        + 10 * (_DIGITS.get(tens, 1) if has_ten else 0)
        + _DIGITS.get(ones, 0)
    )


def _with_text(marks: Sequence[_Mark], end: int) -> list[_Mark]:
    """Marks that have a paragraph which is no mark between them and the next of their family."""
    speaking: list[_Mark] = []
    following: dict[tuple[str, str], tuple[int, int]] = {}
    for place in reversed(range(len(marks))):
        mark = marks[place]
        next_place, next_index = following.get(mark.family, (len(marks), end))
        if next_index - mark.paragraph > next_place - place:
            speaking.append(mark)
        following[mark.family] = place, mark.paragraph
    return speaking[::-1]


def _families(marks: Sequence[_Mark], paragraphs: Sequence[Sequence[str]]) -> list[list[_Mark]]:
    """The kinds of heading that count: all with a word, and the commonest of bare or titled numbers.

    Numbers below a heading with a word count only if they stand right below it: the chapters of parts, not the
    sections of chapters.
    """
    by_family: dict[tuple[str, str], list[_Mark]] = defaultdict(list)
    for mark in marks:
        by_family[mark.family].append(mark)
    counting = {family: _rising(members) for family, members in by_family.items() if family[0] != "aside"}
    with_word = [members for (kind, _), members in counting.items() if kind == "word" and members]
    bare = [members for (kind, _), members in counting.items() if kind == "bare" and members]
    titled = [
        members
        for (kind, _), members in counting.items()
        if kind == "titled" and members and _mean_chars(members, paragraphs) >= LEAST_SECTION_CHARS
    ]
    numbered = sorted(bare, key=len)[-1:] or sorted(titled, key=len)[-1:]
    if with_word and not any(_encloses(outer, inner) for outer in with_word for inner in numbered):
        return with_word
    return with_word + numbered


def _rising(marks: Sequence[_Mark]) -> list[_Mark]:
    """The marks that count up, from one again in every part; none unless two follow each other.

    Headings with a word may leave numbers out; bare numbers may not.
    """
    runs: list[list[_Mark]] = []
    last = 0
    for mark in marks:
        number = mark.number or last + 1
        if runs and (number == last + 1 or (mark.family[0] == "word" and number > last)):
            runs[-1].append(mark)
        elif number == 1 or mark.family[0] == "word":
            runs.append([mark])
        else:
            continue
        last = number
    if len(runs) > 1:
        runs = [run for run in runs if run[0].number <= 1]
    return [mark for run in runs for mark in run] if any(len(run) > 1 for run in runs) else []


def _mean_chars(marks: Sequence[_Mark], paragraphs: Sequence[Sequence[str]]) -> float:
    return sum(len(line) for lines in paragraphs[marks[0].paragraph :] for line in lines) / len(marks)


def _depths(families: Sequence[Sequence[_Mark]], asides: Sequence[_Mark]) -> dict[int, int]:
    depths = {mark.paragraph: 1 for mark in asides}
    for family in families:
        depth = 1 + sum(_encloses(other, family) for other in families if len(other) < len(family))
        depths |= {mark.paragraph: depth for mark in family}
    return dict(sorted(depths.items()))


def _encloses(outer: Sequence[_Mark], inner: Sequence[_Mark]) -> bool:
    """Most headings of `outer` have one of `inner` right below them."""
    starts = {mark.paragraph for mark in inner}
    return 2 * sum(mark.paragraph + 1 in starts for mark in outer) > len(outer)


def _contents(paragraphs: Sequence[Sequence[str]], marks: Sequence[_Mark], depths: Mapping[int, int]) -> Iterator[int]:
    """What stands before the first chapter and only lists chapters, with the word above it."""
    first = min(depths)
    names = {_letters(" ".join(paragraphs[index])) for index in depths}
    marked = {mark.paragraph for mark in marks}
    listing = {index for index in range(first) if index in marked or _is_listing(paragraphs[index], names)}
    if sum(len(paragraphs[index]) for index in listing) < LEAST_CONTENTS_LINES:
        return
    start = min(listing)
    yield from listing
    if start and _is_contents_word(paragraphs[start - 1]):
        yield start - 1


def _is_listing(lines: Sequence[str], names: set[str]) -> bool:
    """Most lines name a chapter: by its whole heading, or by what stands in it."""
    if _is_contents_word(lines[:1]):
        lines = lines[1:]
    entries = [_letters(line) for line in lines]
    if len(entries) < LEAST_CONTENTS_LINES:
        return False
    named = sum(any(entry and (entry in name or name in entry) for name in names) for entry in entries)
    return named >= CONTENTS_SHARE * len(entries)


def _is_contents_word(lines: Sequence[str]) -> bool:
    return len(lines) == 1 and "_".join(lines[0].strip(" .:").casefold().split()) in _CONTENTS


def _letters(line: str) -> str:
    """Only what a heading and its entry in the contents have in common: no case, no signs, no page number."""
    return "".join(filter(str.isalnum, re.sub(r"\d+\s*$", "", line.casefold())))
