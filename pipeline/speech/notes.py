"""Direction as the words a model reads: a prompt in the order of Google's guide, or one note beside the text. Pure."""

import re
from collections.abc import Iterator, Mapping

from pipeline.speech.request import Direction

PREAMBLE = "Synthesize the transcript below as speech. Speak the transcript only, exactly once."
"""A vague prompt is refused, or read aloud with its notes; Google's Limitations ask for this word and for the mark."""

TRANSCRIPT = "#### TRANSCRIPT"

_OWN_MARKS = re.compile(
    r"^([ \t]*)#{1,6}[ \t]*(?=(?:AUDIO PROFILE|THE SCENE|DIRECTOR['’]S NOTES|SAMPLE CONTEXT|TRANSCRIPT)\b)",
    re.MULTILINE | re.IGNORECASE,
)
_LEADING_HASHES = re.compile(r"^[ \t]*#+[ \t]*", re.MULTILINE)


def prompt_of(
    direction: Direction, transcript: str, *, opening: str = PREAMBLE, speakers: Mapping[str, str] | None = None
) -> str:
    """Director's notes before a marked transcript, which ends the prompt as it is.

    `speakers` are the labels in the transcript with what each is told. A transcript is given no full stop it has not:
    what was cut inside a sentence must not sound as if that ended.
    """
    told = (_audio_profile(Direction(note, name=label)) for label, note in (speakers or {}).items() if note)
    return "\n\n".join([opening, *told, *_sections(direction), f"{TRANSCRIPT}\n{transcript}"])


def unmarked(text: str) -> str:
    """The book's text without the hashes of lines that look like marks of the prompt's; all words stay."""
    return _OWN_MARKS.sub(r"\1", text)


def style_note(direction: Direction) -> str:
    """The same for a model that takes the text verbatim and one note beside it."""
    said = (_titled(direction), direction.profile, direction.scene, direction.style, *_labelled_notes(direction))
    return sentences(*said)


def sentences(*parts: str) -> str:
    """Notes as one text; a single one stands as it was written."""
    given = [part for part in parts if part]
    if len(given) < 2:
        return "".join(given)
    return " ".join(part if part[-1] in ".!?…" else f"{part}." for part in given)


def _sections(direction: Direction) -> Iterator[str]:
    if direction.profile or direction.role:
        yield _audio_profile(direction)
    if direction.scene:
        yield f"## THE SCENE: {_one_line(direction.scene)}"
    notes = tuple(_labelled_notes(direction))
    style = _without_hashes(direction.style)
    if notes and style:
        style = f"Style: {style}"
    if style or notes:
        yield "\n".join(["### DIRECTOR'S NOTES", *filter(None, (style, *notes))])


def _audio_profile(direction: Direction) -> str:
    name, role = _one_line(direction.name), _one_line(direction.role).rstrip(".")
    lines = [f"# AUDIO PROFILE: {name}" if name else "# AUDIO PROFILE"]
    lines += [f'## "{role}"'] if role else []
    lines += [_without_hashes(direction.profile)] if direction.profile else []
    return "\n".join(lines)


def _labelled_notes(direction: Direction) -> Iterator[str]:
    if direction.pace:
        yield f"Pacing: {_one_line(direction.pace)}"
    if direction.accent:
        yield f"Accent: {_one_line(direction.accent)}"


def _titled(direction: Direction) -> str:
    return ", ".join(filter(None, (direction.name, direction.role.rstrip("."))))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _without_hashes(text: str) -> str:
    """A note of several lines, none of which can pass for a mark."""
    return _LEADING_HASHES.sub("", text).strip()
