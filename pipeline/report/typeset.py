"""Text set in the columns of a terminal: how wide it is shown, shortened, padded, wrapped, inked. Pure."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_JOINER = "\u200d"
_AS_PICTURE = "\ufe0f"
_ZERO_WIDTH = frozenset({"Mn", "Me", "Cf"})
_LINE_ENDS = frozenset({"Zl", "Zp"})


def plain(text: str) -> str:
    """`text` on one line, without what a terminal would take for an order or for a turn of direction: the titles of
    books are strangers' words.
    """
    return text if text.isprintable() else "".join(map(_harmless, text))


def _harmless(sign: str) -> str:
    category = unicodedata.category(sign)
    if sign.isspace() or category in _LINE_ENDS:
        return " "
    if category == "Cf":
        return sign if sign in (_JOINER, "\u200c") else ""
    return "\ufffd" if category in ("Cc", "Cs", "Co", "Cn") else sign


def columns_of(text: str) -> int:
    """Columns a terminal shows `text` in: East Asian wide signs take two, combining marks none (UAX #11)."""
    return len(text) if text.isascii() else sum(map(_width, _clusters(text)))


def _clusters(text: str) -> Iterator[str]:
    """What is shown as one sign: a base with its marks, joined pictures, a flag of two letters."""
    cluster = ""
    for sign in text:
        if cluster and _goes_on(cluster, sign):
            cluster += sign
        else:
            if cluster:
                yield cluster
            cluster = sign
    if cluster:
        yield cluster


def _goes_on(cluster: str, sign: str) -> bool:
    if _is_zero_width(sign):
        return True
    if cluster[-1] == _JOINER:
        return _is_picture(cluster[0]) and _is_picture(sign)
    if "\U0001f3fb" <= sign <= "\U0001f3ff":  # a colour of skin
        return _is_picture(cluster[0])
    return len(cluster) == 1 and _is_flag_letter(cluster) and _is_flag_letter(sign)


def _is_picture(sign: str) -> bool:
    return unicodedata.category(sign) == "So"


def _is_flag_letter(sign: str) -> bool:
    return "\U0001f1e6" <= sign <= "\U0001f1ff"


def _is_zero_width(sign: str) -> bool:
    """Marks and joiners, and the vowels and finals of Korean syllables that are written apart."""
    is_jamo = "\u1160" <= sign <= "\u11ff" or "\ud7b0" <= sign <= "\ud7fb"
    return is_jamo or unicodedata.category(sign) in _ZERO_WIDTH


def _width(cluster: str) -> int:
    first = cluster[0]
    if _is_zero_width(first):
        return 0
    is_picture = _is_picture(first) and _AS_PICTURE in cluster
    is_flag = len(cluster) > 1 and _is_flag_letter(first)
    return 2 if is_picture or is_flag or unicodedata.east_asian_width(first) in "WF" else 1


def shortened(text: str, columns: int) -> str:
    """`text` in at most so many columns, with a sign of ellipsis where something is missing."""
    if columns_of(text) <= columns:
        return text
    return _fitting(text, columns - 1) + "…" if columns > 0 else ""


def _fitting(text: str, columns: int) -> str:
    """As many signs of `text` as there is room for."""
    fitting, used = "", 0
    for cluster in _clusters(text):
        used += _width(cluster)
        if used > columns:
            break
        fitting += cluster
    return fitting


def left(text: str, columns: int) -> str:
    """`text` at the left of exactly so many columns."""
    return (short := shortened(text, columns)) + " " * (columns - columns_of(short))


def right(text: str, columns: int) -> str:
    """`text` at the right of exactly so many columns."""
    return " " * (columns - columns_of(short := shortened(text, columns))) + short


def wrapped(text: str, columns: int | None) -> Iterator[str]:
    """`text` in lines of at most so many columns, parted at spaces, and inside a word that is longer than a line; in
    one line for None.
    """
    if columns is None:
        yield text
        return
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if columns_of(joined) <= columns:
            line = joined
            continue
        if line and columns_of(word) <= columns:
            yield line
            line = word
            continue
        *full, line = _pieces(joined, columns)
        yield from full
    yield line


def _pieces(text: str, columns: int) -> list[str]:
    """`text` cut wherever a line is full; a sign too wide for any line has one of its own."""
    pieces: list[str] = []
    while columns_of(text) > columns:
        piece = _fitting(text, columns) or next(_clusters(text))
        pieces.append(piece.rstrip(" "))
        text = text[len(piece) :].lstrip(" ")
    return [*pieces, text]


@dataclass(frozen=True, slots=True)
class Ink:
    """How words are set apart on a terminal that shows it; put on after all is measured."""

    is_coloured: bool = False

    def strong(self, text: str) -> str:
        return self._set("1", text)

    def faint(self, text: str) -> str:
        return self._set("2", text)

    def good(self, text: str) -> str:
        return self._set("32", text)

    def warning(self, text: str) -> str:
        return self._set("33", text)

    def _set(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.is_coloured and text.strip() else text


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is written on. `columns` None: as wide as it comes, as for a pipe; `folds`: rows that are alike may be
    told together, where there are very many.
    """

    columns: int | None = None
    ink: Ink = Ink()
    folds: bool = False

    @property
    def is_narrow(self) -> bool:
        """Whether tables have to leave cells out."""
        return self.columns is not None and self.columns < NARROW_COLUMNS

    def text(self, text: str, *, margin: str = "") -> Iterator[str]:
        """A text over as many lines as it takes."""
        room = None if self.columns is None else max(1, self.columns - len(margin))
        return (margin + line for line in wrapped(plain(text), room))

    def prose(self, label: str, text: str, *, inked: Callable[[str], str] = str) -> Iterator[str]:
        """A text under its label, over as many lines as it takes, each of them `inked`."""
        room = None if self.columns is None else max(1, self.columns - LABEL_COLUMNS)
        for number, line in enumerate(wrapped(plain(text), room)):
            yield self.labelled("" if number else label, inked(line))

    def hanging(self, label: str, head: str, text: str) -> Iterator[str]:
        """A text that is wrapped beside its head, or after it where there is no room beside it."""
        room = None if self.columns is None else self.columns - LABEL_COLUMNS - columns_of(head)
        if room is not None and room < _LEAST_ROOM:
            yield from self.prose(label, " ".join(f"{head} {text}".split()))
            return
        for number, line in enumerate(wrapped(plain(text), room)):
            yield self.labelled("" if number else label, (" " * columns_of(head) if number else head) + line)

    def row(self, label: str, text: str) -> str:
        """A row of a table under its label, on one line."""
        room = None if self.columns is None else max(1, self.columns - LABEL_COLUMNS)
        return self.labelled(label, text if room is None else shortened(text, room))

    def labelled(self, label: str, text: str) -> str:
        return f"  {self.ink.faint(left(label, LABEL_COLUMNS - 4))}  {text}".rstrip()

    def cut(self, text: str) -> str:
        """A line as it stands, no wider than the sheet."""
        return text if self.columns is None else shortened(text, self.columns)


LABEL_COLUMNS = 15
"""Two of margin, eleven for the longest label, two between."""

NARROW_COLUMNS = 80
_LEAST_ROOM = 24  # columns; a text in fewer is a ladder of single words

PIPE = Sheet()
"""For whatever is no terminal: nothing is cut, nothing is wrapped."""
