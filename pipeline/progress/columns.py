"""How wide text stands on a terminal: East Asian wide characters are two columns, combining marks none.

Unicode Standard Annex 11; where terminals differ (emoji made of several characters) the width is the larger one, so
that nothing is ever wider than it is taken for.
"""

import unicodedata

_EMOJI_FORM = "\ufe0f"
"""Makes the character before it an emoji, which many terminals then show in two columns."""

_JAMO_IN_SYLLABLE = range(0x1160, 0x1200)
"""Vowels and final consonants of Hangul, which join the consonant before them."""


def width_of(text: str) -> int:
    """Columns that `text` takes at most."""
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if character == _EMOJI_FORM:
        return 1
    if unicodedata.category(character) in ("Mn", "Me", "Cf", "Cc") or ord(character) in _JAMO_IN_SYLLABLE:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def printable(text: str, encoding: str = "utf-8") -> str:
    """`text` on one line, without what would steer a terminal, in characters that `encoding` has."""
    plain = "".join(" " if unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") else each for each in text)
    return plain.encode(encoding, "replace").decode(encoding)


def shortened(text: str, columns: int) -> str:
    """`text`, or as much of it as `columns` hold with an ellipsis; no mark is parted from its letter."""
    if width_of(text) <= columns:
        return text
    kept, used = "", 1
    for character in text:
        used += _columns(character)
        if used > columns:
            break
        kept += character
    return kept.rstrip() + "…" if columns > 0 else ""


def padded(text: str, columns: int) -> str:
    """`text` with spaces after it, up to `columns`."""
    return text + " " * max(0, columns - width_of(text))


def wrapped(text: str, columns: int) -> list[str]:
    """`text` in lines of at most `columns`, broken at spaces and, where a word is longer than a line, inside it."""
    indent = text[: len(text) - len(text.lstrip())]
    lines, line = [], indent
    for word in text.split():
        joined = f"{line} {word}" if line.strip() else f"{line}{word}"
        if width_of(joined) <= columns:
            line = joined
            continue
        lines += [line] if line.strip() else []
        *whole, line = _pieces(word, indent + "  ", columns)
        lines += whole
    return [*lines, line]


def _pieces(word: str, indent: str, columns: int) -> list[str]:
    """A word at the beginning of a line: in one piece, or in as many as it takes."""
    pieces = [indent]
    for character in word:
        if width_of(pieces[-1]) + _columns(character) > max(columns, len(indent) + 2):
            pieces.append(indent)
        pieces[-1] += character
    return pieces
