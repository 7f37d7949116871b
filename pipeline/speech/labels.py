"""A dialogue as one labelled transcript: `Joe: …`, `Jane: …`, as Google's own API takes two voices. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from pipeline.speech.request import Turn

_MOST_CHARS = 40
"""Of a label: a name, and no sentence."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """`voices` and `notes` by label, in the order of first words; every line of `transcript` begins with a label."""

    voices: Mapping[str, str]
    notes: Mapping[str, str]
    transcript: str

    @property
    def opening(self) -> str:
        """The line of Google's guide that says which names are labels."""
        names = " and ".join(self.voices)
        return f"TTS the following conversation between {names}:\nSpeak the transcript only, exactly once."


def labelled(turns: Sequence[Turn]) -> Labelled:
    """The turns under labels that name the voices and cannot be mistaken for words of the book.

    Each paragraph has its label again: else a line of the book that itself begins with a name would pass for one.
    """
    parts = list(dict.fromkeys((turn.speaker, turn.voice) for turn in turns))
    labels = dict(zip(parts, _labels([speaker for speaker, _ in parts], turns), strict=True))
    lines = [
        f"{labels[turn.speaker, turn.voice]}: {line.strip()}"
        for turn in turns
        for line in turn.text.split("\n")
        if line.strip()
    ]
    notes = {labels[turn.speaker, turn.voice]: turn.style for turn in reversed(turns)}
    return Labelled(
        {label: voice for (_, voice), label in labels.items()},
        {label: notes[label] for label in labels.values()},
        "\n".join(lines),
    )


def _labels(speakers: Sequence[str], turns: Sequence[Turn]) -> list[str]:
    """The speakers' own names where they are plain, differ, and are no label anywhere in the text; else numbers."""
    text = "\n".join(turn.text for turn in turns)
    names = [" ".join(re.findall(r"[\w'’-]+", speaker))[:_MOST_CHARS].strip() for speaker in speakers]
    if _are_free(names, text):
        return names
    numbered = ([f"Speaker {first + i}" for i in range(len(speakers))] for first in count(1, len(speakers)))
    return next(names for names in numbered if _are_free(names, text))


def _are_free(names: Sequence[str], text: str) -> bool:
    are_distinct = all(names) and len({name.casefold() for name in names}) == len(names)
    alternatives = "|".join(map(re.escape, names))
    return are_distinct and not re.search(rf"\b(?:{alternatives})\s*[:：]", text, re.IGNORECASE)
