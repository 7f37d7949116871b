"""Where in a prompt the words begin, and whose each line is where they are labelled. Pure."""

import re
from collections.abc import Collection, Iterator
from itertools import groupby

_MARK = re.compile(r"^####[ \t]*TRANSCRIPT[ \t]*:?[ \t]*$", re.MULTILINE)

_OPENING = re.compile(r"\ATTS the following conversation between[^\n]*\n(?:Speak the transcript only[^\n]*\n)?")
"""Google's own first line of a dialogue, where no mark stands before the words."""


class LabelMismatch(ValueError):
    """Lines that are nobody's, or a voice that has no line."""


def parted(text: str) -> tuple[str, str]:
    """What stands before the mark of the transcript and what after it; no notes where no transcript is marked."""
    mark = _MARK.search(text)
    return (text[: mark.start()].strip(), text[mark.end() :]) if mark else ("", text)


def dialogue(text: str, labels: Collection[str]) -> tuple[str, list[tuple[str, str]]]:
    """The notes of a labelled prompt, and its speeches by label. Raises `LabelMismatch`.

    Stricter than any model, which would speak a label it does not know: here that must not go unnoticed.
    """
    notes, said = parted(text)
    if not notes and (opening := _OPENING.match(said)):
        notes, said = opening[0].strip(), said[opening.end() :]
    lines = [_labelled(line, labels) for line in said.split("\n") if line.strip()]
    silent = set(labels) - {label for label, _ in lines}
    if silent:
        raise LabelMismatch(f"no line of the transcript is labelled {sorted(silent)[0]!r}")
    return notes, list(_joined(lines))


def _labelled(line: str, labels: Collection[str]) -> tuple[str, str]:
    for label in labels:
        if line.startswith(f"{label}:"):
            return label, line[len(label) + 1 :].strip()
    raise LabelMismatch(f"a line of the transcript has no label of speaker_voice_configs: {line[:40]!r}")


def _joined(lines: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for label, group in groupby(lines, lambda line: line[0]):
        yield label, "\n\n".join(words for _, words in group)
