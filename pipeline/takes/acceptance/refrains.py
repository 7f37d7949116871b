"""What the text itself says twice: a refrain is no fault."""

import re
from itertools import groupby

from pipeline.takes.acceptance.spoken_form import SpokenForm

_GRAM_CHARS = 14
"""Letters of three words or so: under a second of sound."""


def repeated_chars(text: str, form: SpokenForm) -> float:
    """Spoken characters of `text` that stand in a run of letters which occurs more than once in it."""
    letters = "".join(char for char in text.lower() if char.isalnum())
    if not letters:
        return 0.0
    weight = form.chars / len(letters)
    gram = max(3, round(_GRAM_CHARS / weight))
    first: dict[str, int] = {}
    is_repeated = bytearray(len(letters))
    for start in range(len(letters) - gram + 1):
        piece = letters[start : start + gram]
        earlier = first.setdefault(piece, start)
        if earlier != start:
            is_repeated[start : start + gram] = is_repeated[earlier : earlier + gram] = b"\1" * gram
    return sum(is_repeated) * weight


def echoed_chars(text: str) -> float:
    """Letters of the longest stretch of `text` that is one word thrice or more in a row: "No, no, no"."""
    words = re.findall(r"\w+", text.lower())
    runs = (list(run) for _, run in groupby(words))
    return max((sum(len(word) + 1 for word in run) for run in runs if len(run) > 2), default=0)


def repeats_a_word(text: str) -> bool:
    """ "No, no!": a short line that is itself something twice."""
    words = re.findall(r"\w+", text.lower())
    return len(set(words)) < len(words)
