"""A request as the JSON body of `POST /audio/speech`, the way its model profile wants direction and turns."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipeline.speech.labels import labelled
from pipeline.speech.notes import PREAMBLE, prompt_of, sentences, style_note, unmarked
from pipeline.speech.profiles import ModelProfile
from pipeline.speech.request import LABELLED, Direction, SpeechRequest, Turn
from pipeline.speech.tags import escaped

FRAMED = "transcript"
"""The framing that puts preamble and transcript marks around a text that has no direction: the documented way out of
false refusals by the content filter."""

_GOOGLES = ("google-ai-studio", "google-vertex")
"""Who serves Gemini at OpenRouter. Only the block of the one that is asked is forwarded, and nobody can choose it for
speech: with one block alone, direction would be lost whenever the other answers."""


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
        **_words(request, profile),
        "voice": request.turns[0].voice,
        "response_format": profile.response_format,
        **{name: value for name, value in request.parameters if name in profile.parameters},
    }
    if request.seed is not None and profile.sends_seed:
        body["seed"] = request.seed
    return body


def text_sent(request: SpeechRequest, profile: ModelProfile) -> str:
    """All that the model is given to read, and charges for: `request.text` where nothing is directed."""
    words = _words(request, profile)
    said = words["input"]
    turns = [{"text": said}] if isinstance(said, str) else said
    options = words["provider"]["options"][_GOOGLES[0]] if "provider" in words else {}
    beside = (words.get("instructions", ""), options.get("speech_metadata", {}).get("style", ""))
    parts = (*(turn["text"] for turn in turns), *(turn.get("instructions", "") for turn in turns), *beside)
    return "\n\n".join(filter(None, parts))


def _words(request: SpeechRequest, profile: ModelProfile) -> dict[str, Any]:
    """The fields that hold text and direction, in the form of the request's turns."""
    if len(request.turns) == 1:
        return _alone(request, profile)
    return _in_one_transcript(request, profile) if request.layout == LABELLED else _in_turns(request, profile)


def _alone(request: SpeechRequest, profile: ModelProfile) -> dict[str, Any]:
    text = request.turns[0].text
    if profile.direction != "input":
        return {"input": text, **_beside(style_note(request.direction), profile)}
    is_wrapped = request.direction != Direction() or request.framing == FRAMED
    return {"input": prompt_of(request.direction, unmarked(text)) if is_wrapped else unmarked(text)}


def _in_turns(request: SpeechRequest, profile: ModelProfile) -> dict[str, Any]:
    """OpenRouter's own form: each turn with its voice and notes, what holds for all of them once."""
    whole = sentences(PREAMBLE if request.framing == FRAMED else "", style_note(request.direction))
    return {
        "input": [_turn(turn) for turn in _unmarked(request, profile)],
        **({"instructions": whole} if whole and profile.direction != "none" else {}),
    }


def _unmarked(request: SpeechRequest, profile: ModelProfile) -> Sequence[Turn]:
    if profile.direction != "input":
        return request.turns
    return [replace(turn, text=unmarked(turn.text)) for turn in request.turns]


def _turn(turn: Turn) -> dict[str, str]:
    fields = {"text": turn.text, "voice": turn.voice, "instructions": turn.style}
    return {name: value for name, value in fields.items() if value}


def _in_one_transcript(request: SpeechRequest, profile: ModelProfile) -> dict[str, Any]:
    """Google's own form: labels in the text, and beside it whose voice each of them has."""
    found = labelled(_unmarked(request, profile))
    configs = [_voice_config(label, voice) for label, voice in found.voices.items()]
    voices = {"speech_config": {"multi_speaker_voice_config": {"speaker_voice_configs": configs}}}
    if profile.direction == "input":
        said = prompt_of(request.direction, found.transcript, opening=found.opening, speakers=found.notes)
        return {"input": said, **_options(voices)}
    notes = [f"{label}: {note}" for label, note in found.notes.items() if note]
    whole = sentences(style_note(request.direction), *notes)
    return {"input": found.transcript, **_beside(whole, profile, options=voices)}


def _voice_config(label: str, voice: str) -> dict[str, Any]:
    return {"speaker": label, "voice_config": {"prebuilt_voice_config": {"voice_name": voice}}}


def _beside(note: str, profile: ModelProfile, *, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The fields for a note beside a text that the model takes verbatim."""
    given = dict(options or {})
    if note and profile.direction == "speech_metadata":
        given["speech_metadata"] = {"style": note}
    instructions = {"instructions": note} if note and profile.direction == "instructions" else {}
    return {**instructions, **(_options(given) if given else {})}


def _options(options: Mapping[str, Any]) -> dict[str, Any]:
    return {"provider": {"options": dict.fromkeys(_GOOGLES, options)}}
