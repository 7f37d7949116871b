"""Lines of a block and cells of a row: whether they are verse, and what a voice puts between them. Pure."""

import re
from collections.abc import Sequence
from itertools import pairwise

MAX_VERSE_LINE_CHARS = 72  # longer lines are prose that somebody broke by hand
MIN_VERSE_LINES = 3  # two lines are an address or a heading more often than a couplet
MAX_LABEL_WORDS = 2  # "Chapter IV" is a label; "You and I" is not
MAX_SPEAKER_CHARS = 40
_CLOSING = ".:;,!?…。！？、"  # a cell that ends so needs no comma after it
_SENTENCE_END = re.compile(r"[.!?…。！？—][\"'”’»)\]]*$")
_FIGURE = re.compile(r"\d+|[IVXLC]+")


def line_marks(lines: Sequence[str]) -> list[str]:
    """The mark after each line of a heading: a colon where a label ends ("CHAPTER I", then "The Letter"), else nothing.

    A line is a label by its number or by being set in another case than the next one. A title broken for want of room
    goes on without a pause.
    """
    return [":" if _is_label(line, below) else "" for line, below in pairwise(lines)] + [""]


def _is_label(line: str, below: str) -> bool:
    if not line[-1].isalnum():
        return False
    words = line.split()
    is_numbered = len(words) <= MAX_LABEL_WORDS and bool(_FIGURE.fullmatch(words[-1]))
    return is_numbered or (line.isupper() and _is_mixed(below)) or (_is_mixed(line) and below.isupper())


def _is_mixed(line: str) -> bool:
    """In small letters and capitals: a line of one sign has no case to speak of."""
    return line != line.upper() and line != line.lower()


def are_verse(lines: Sequence[str]) -> bool:
    """Whether lines look like it: all short, and not mostly going on in small letters as prose broken by hand does."""
    if max(map(len, lines)) > MAX_VERSE_LINE_CHARS:
        return False
    going_on = sum(line[0].islower() for line in lines[1:])
    return 2 * going_on <= len(lines) - 1


def cell_marks(cells: Sequence[str], *, has_speaker: bool, has_headers: bool) -> list[str]:
    """The mark after each cell of a row: a colon where the first names who speaks, else commas."""
    if len(cells) == 2 and not has_headers and (has_speaker or _is_speech(*cells)):
        return [":", ""]
    return ["" if cell[-1] in _CLOSING else "," for cell in cells[:-1]] + [""]


def _is_speech(speaker: str, speech: str) -> bool:
    is_name = len(speaker) <= MAX_SPEAKER_CHARS and speaker[-1] not in _CLOSING and not speaker[-1].isdigit()
    return is_name and bool(_SENTENCE_END.search(speech))
