"""A request in pieces that espeak-ng says one after the other, each in one manner: direction for the embedded voice."""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.speech.request import Parameter, SpeechRequest
from pipeline.speech.tags import Performance, TagKind, TagSyntax, performances_of, tags_in

_USUAL: Mapping[str, int] = {"rate_wpm": 175, "pitch": 50, "volume": 100}
"""espeak-ng's own, from which a tag departs where the request names none."""

_LIMITS: Mapping[str, tuple[int, int]] = {"rate_wpm": (80, 450), "pitch": (0, 99), "volume": (0, 200)}
"""What the library takes."""

_PLAIN = Performance(TagKind.STYLE)

_PARAGRAPH = re.compile(r"\n\s*\n")

_CLOSED = re.compile(r"[.!?…,;:。！？、，；：।—–][\"'”’»«“‘)\]〛」』]*\s*\Z|\n\s*\Z")
"""Ends with a mark that has a pause of its own, or with a paragraph or line."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Words in one manner. `parameters` are espeak-ng's, by our names; `pause_ms` of silence come before the words.

    `is_open`: the sentence goes on in the next piece, so that no pause follows.
    """

    text: str
    voice: str
    parameters: tuple[tuple[str, Parameter], ...] = ()
    pause_ms: int = 0
    is_open: bool = False


def pieces_of(request: SpeechRequest) -> tuple[Piece, ...]:
    """At least one piece. One voice without tags is one piece, with the request's text and parameters as they are.

    Marks are tags only where the request says so: else they are a book's own, and spoken.
    """
    runs = list(_runs(request))
    if len(runs) == 1 and request.tag_syntax != "embedded":
        return (Piece(runs[0][1], runs[0][0], request.parameters),)
    base = {**_USUAL, **dict(request.parameters)}
    syntax: TagSyntax = request.tag_syntax or "none"
    return tuple(_joined(piece for run in runs for piece in _performed(*run, base, syntax=syntax)))


def _runs(request: SpeechRequest) -> Iterator[tuple[str, str]]:
    """Voice and text, as long as the voice stays the same; paragraphs of their own, as turns are."""
    voice, texts = request.turns[0].voice, list[str]()
    for turn in request.turns:
        if turn.voice != voice:
            yield voice, "\n\n".join([*texts, ""])
            voice, texts = turn.voice, []
        texts.append(turn.text)
    yield voice, "\n\n".join(texts)


def _performed(voice: str, text: str, base: Mapping[str, Parameter], *, syntax: TagSyntax) -> Iterator[Piece]:
    """A tag holds until the next one that is no mere sound or pause, or until the paragraph ends."""
    for pause_ms, style, words in _stretches(text, syntax):
        yield Piece(words, _whispering(voice) if style.whispers else voice, _directed(base, style), pause_ms)


def _stretches(text: str, syntax: TagSyntax) -> Iterator[tuple[int, Performance, str]]:
    """Silence, manner, words; joined, the words are the text without its tags. The last has none, so there is one."""
    style, at, pause_ms = _PLAIN, 0, 0
    for mark in tags_in(text, syntax):
        for words in _paragraphs(text[at : mark.start]):
            yield pause_ms, style, words
            pause_ms = 0
            style = _PLAIN if _PARAGRAPH.search(words) else style
        performed = list(performances_of(mark.words))
        pause_ms += sum(performance.pause_ms for performance in performed)
        styles = [performance for performance in performed if performance.kind is TagKind.STYLE]
        style = _blended(styles) if styles else style
        at = mark.end
    for words in _paragraphs(text[at:]):
        yield pause_ms, style, words
        pause_ms, style = 0, _PLAIN
    yield pause_ms, _PLAIN, ""


def _paragraphs(text: str) -> Iterator[str]:
    """The first paragraph with the break that ends it, and the rest, which is said plainly."""
    end = _PARAGRAPH.search(text)
    parts = (text[: end.end()], text[end.end() :]) if end else (text,)
    return (part for part in parts if part)


def _blended(styles: Iterable[Performance]) -> Performance:
    """Whispered and slow is both."""
    blend = _PLAIN
    for style in styles:
        blend = dataclasses.replace(
            blend,
            whispers=blend.whispers or style.whispers,
            pitch=blend.pitch + style.pitch,
            rate=blend.rate * style.rate,
            volume=blend.volume * style.volume,
        )
    return blend


def _directed(base: Mapping[str, Parameter], style: Performance) -> tuple[tuple[str, Parameter], ...]:
    wanted = {
        "rate_wpm": float(base["rate_wpm"]) * style.rate,
        "pitch": float(base["pitch"]) + style.pitch,
        "volume": float(base["volume"]) * style.volume,
    }
    return tuple((name, round(min(max(value, _LIMITS[name][0]), _LIMITS[name][1]))) for name, value in wanted.items())


def _whispering(voice: str) -> str:
    """The same language without pitch: `en+f3` as `en+whisperf`."""
    language, _, variant = voice.partition("+")
    return f"{language}+{'whisperf' if variant.startswith('f') else 'whisper'}"


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Neighbours of one manner are one piece, and what has no word is none: its marks go to the piece before, its
    silence to the one after.
    """
    waiting_ms, said, last = 0, list[Piece](), Piece("", "")
    for last in pieces:
        waiting_ms += last.pause_ms
        is_wordless = not any(char.isalnum() for char in last.text)
        if said and (is_wordless or (not waiting_ms and _manner(last) == _manner(said[-1]))):
            said[-1] = dataclasses.replace(said[-1], text=said[-1].text + last.text)
        elif not is_wordless:
            said.append(dataclasses.replace(last, pause_ms=waiting_ms))
            waiting_ms = 0
    if waiting_ms or not said:
        said.append(dataclasses.replace(last, text="", pause_ms=waiting_ms))
    for piece in said[:-1]:
        yield piece if _CLOSED.search(piece.text) else _opened(piece)
    yield said[-1]


def _manner(piece: Piece) -> tuple[str, tuple[tuple[str, Parameter], ...]]:
    return piece.voice, piece.parameters


def _opened(piece: Piece) -> Piece:
    """A comma without its pause: the voice stays up, where it would fall as at the end of a sentence."""
    return dataclasses.replace(piece, text=f"{piece.text.rstrip()},", is_open=True)
