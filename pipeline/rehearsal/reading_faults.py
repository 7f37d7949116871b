"""What goes wrong in reading: the voice says other words than it was given, or another voice says them."""

import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from itertools import count, islice

from pipeline.rehearsal.contract import Asked, Utterance
from pipeline.rehearsal.faults import Fault
from pipeline.rehearsal.lines import lines_of, variant_of

Lines = tuple[Utterance, ...]

_STOCK_NOTES = "Synthesize the following transcript as natural speech, in a calm and steady voice"
"""What is read aloud before a request that brought no notes of its own."""

_CHARS_PER_S = 15
"""English read at a natural pace: 14 to 16 as measured on long answers."""

_FEWEST_WORDS = 4
"""A script without spaces has fewer; it is babbled letter by letter."""


def misread(asked: Asked, fault: Fault | None) -> Lines:
    """The lines as this fault has them read: as they stand where it is not about the words."""
    lines = lines_of(asked)
    misreading = MISREADINGS.get(fault.kind) if fault else None
    return misreading(lines, asked, fault) if misreading and fault else lines


def _preamble(lines: Lines, asked: Asked, fault: Fault) -> Lines:
    """The direction read aloud before the text: all of the request's notes, or so many `words` of them."""
    notes = re.sub(r"[#\s]+", " ", asked.notes).strip() or _STOCK_NOTES
    words = notes.split()
    wanted = fault.words or len(words)
    spoken = " ".join((words * -(-wanted // len(words)))[:wanted])
    return (Utterance(f"{spoken.rstrip('.')}.", lines[0].voice), *lines)


def _voice_swap(lines: Lines, _asked: Asked, fault: Fault) -> Lines:
    """Another voice from `at` on: every request starts fresh, and a text's tone may win over the voice asked for."""
    left = int(sum(len(line.text) for line in lines) * fault.at)
    swapped: list[Utterance] = []
    for line in lines:
        kept = _word_end(line.text, left) if left < len(line.text) else len(line.text)
        left = max(0, left - kept)
        parts = (Utterance(line.text[:kept], line.voice), Utterance(line.text[kept:], stranger_to(line.voice)))
        swapped += [part for part in parts if part.text]
    return tuple(swapped)


def _babble(lines: Lines, _asked: Asked, fault: Fault) -> Lines:
    """`seconds` of its own words in no order after the last: takes over-long by loops and trailing babble."""
    last = lines[-1]
    words = last.text.split()
    units, joint = (words, " ") if len(words) >= _FEWEST_WORDS else (list(last.text.replace(" ", "")), "")
    chars = int(fault.seconds * _CHARS_PER_S)
    spoken = joint.join(islice(_shuffled(units), chars if units else 0))[:chars]
    return (*lines, Utterance(spoken, last.voice)) if spoken else lines


MISREADINGS: Mapping[str, Callable[[Lines, Asked, Fault], Lines]] = {
    "preamble": _preamble,
    "voice-swap": _voice_swap,
    "babble": _babble,
}


def stranger_to(voice: str) -> str:
    """A name whose voice is of the other sex: nobody takes the one for the other."""
    names = (f"{voice}'s stranger {number}" for number in count())
    return next(name for name in names if variant_of(name)[0] != variant_of(voice)[0])


def _word_end(text: str, at: int) -> int:
    """The first end of a word at or after `at`, or the text's."""
    space = text.find(" ", at)
    return space if at and space >= 0 else (len(text) if at else 0)


def _shuffled(units: list[str]) -> Iterator[str]:
    """Endlessly, in an order that depends on the units alone and does not come round."""
    state = zlib.crc32("".join(units).encode())
    for number in count():
        state = zlib.crc32(number.to_bytes(4, "big"), state)
        yield units[state % len(units)]
