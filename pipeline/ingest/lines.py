"""What a narrator's voice puts between the lines of one heading. Pure."""

import re
from collections.abc import Sequence
from itertools import pairwise

MAX_LABEL_WORDS = 2  # "Chapter IV" is a label; "You and I" is not
_FIGURE = re.compile(r"\d+|[IVXLC]+")


def line_marks(lines: Sequence[str]) -> list[str]:
    """The mark after each line: a colon where a label ends ("CHAPTER I", then "The Letter"), else nothing.

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
