"""A request as the JSON body of `POST /audio/speech`, the way its model profile wants direction and turns."""

from typing import Any

from pipeline.speech.profiles import ModelProfile
from pipeline.speech.request import Direction, SpeechRequest, Turn
from pipeline.speech.tags import escaped

FRAMED = "transcript"
"""The framing that puts preamble and transcript marks around a text that has no direction: the documented way out of
false refusals by the content filter."""


def as_sent(text: str, profile: ModelProfile) -> str:
    """The book's text with everything the model would take for a tag made harmless."""
    return escaped(text, profile.tag_syntax)


def framing_of(profile: ModelProfile) -> str:
    """What a request is put between once the content filter has refused it; "" where the model knows no such marks."""
    return FRAMED if profile.direction == "input" else ""


def speech_body(request: SpeechRequest, profile: ModelProfile, *, model: str) -> dict[str, Any]:
    """The documented JSON fields and none the profile does not name: a strict server refuses unknown ones."""
    body: dict[str, Any] = {
        "model": model,
        "input": _input(request, profile),
        "voice": request.turns[0].voice,
        "response_format": profile.response_format,
        **{name: value for name, value in request.parameters if name in profile.parameters},
    }
    if request.seed is not None and profile.sends_seed:
        body["seed"] = request.seed
    style = _style_note(request.direction)
    if style and profile.direction == "instructions":
        body["instructions"] = style
    elif style and profile.direction == "speech_metadata":
        body["provider"] = {"options": {"google-ai-studio": {"speech_metadata": {"style": style}}}}
    return body


def _input(request: SpeechRequest, profile: ModelProfile) -> str | list[dict[str, str]]:
    if len(request.turns) > 1:
        return [_turn(turn) for turn in request.turns]
    text = request.turns[0].text
    is_framed = request.direction != Direction() or request.framing == FRAMED
    if not is_framed or profile.direction != "input":
        return text
    return _directed(request.direction, text)


def _turn(turn: Turn) -> dict[str, str]:
    fields = {"text": turn.text, "voice": turn.voice, "instructions": turn.style}
    return {name: value for name, value in fields.items() if value}


def _directed(direction: Direction, text: str) -> str:
    """Director's notes before a marked transcript: the order of Google's guide, whose marks keep notes unspoken."""
    parts = ["Synthesize the transcript below as speech. Speak the transcript only, exactly once."]
    if direction.profile:
        parts.append(f"# AUDIO PROFILE\n{direction.profile}")
    if direction.scene:
        parts.append(f"## THE SCENE\n{direction.scene}")
    if direction.style:
        parts.append(f"### DIRECTOR'S NOTES\n{direction.style}")
    return "\n\n".join([*parts, f"#### TRANSCRIPT\n{text}"])


def _style_note(direction: Direction) -> str:
    return " ".join(part for part in (direction.profile, direction.scene, direction.style) if part)
