"""What is given and what is found: passages of a book, and who says which characters of them. Pure data."""

from dataclasses import dataclass

DEFAULT_CONFIDENCE = 0.85
"""Of quotes with this confidence or more, at least nineteen in twenty have the right speaker."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One block of the book, in reading order.

    `label`: the speaker as the page prints it at the start of `text`, where the page has a place for that (a play's
    speaker cell). `asides`: stage directions inside the text, as character ranges; a passage that is all aside is the
    narrator's. `is_break`: a heading or a scene break, at which a dialogue ends.
    """

    text: str
    label: str = ""
    asides: tuple[tuple[int, int], ...] = ()
    is_break: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """Characters `start` to `end` of a passage are said by `speaker` ("": nobody knows), quotation marks among them.

    `confidence`: the share of right speakers among quotes of that confidence, 0 to 1. `verb`: the verb of speech beside
    it, in small letters as it stands.
    """

    start: int
    end: int
    speaker: str
    confidence: float
    verb: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What is said in one passage; its first `label_chars` characters only name who says it."""

    quotes: tuple[Quote, ...] = ()
    label_chars: int = 0
    asides: tuple[tuple[int, int], ...] = ()
