"""Who speaks how much of a book, in which voice: for the plan, the report, and what listeners are told. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.script import Chunk
from pipeline.speech.asking import Asker
from pipeline.takes.order import Order

_NAMED = 3
"""Voices that are named as the narrator; players show a line."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one speaker says in one voice: chunks with words of theirs, expected seconds and USD of all of these."""

    speaker: str
    voice: str
    chunks: int
    seconds: float
    cost_usd: float


def parts_of(planned: Iterable[tuple[Chunk, Order]], asker: Asker) -> tuple[Part, ...]:
    """Who speaks, those who say most first. Where several share a request, its price is theirs by their letters."""
    parts: dict[tuple[str, str], Part] = {}
    for chunk, order in planned:
        chars: dict[tuple[str, str], int] = {}
        for line in chunk.lines:
            who = line.speaker, asker.voice_of(line.speaker, language=line.voicing.language)
            chars[who] = chars.get(who, 0) + len(line.text)
        whole = max(1, sum(chars.values()))
        for who, own in chars.items():
            before = parts.get(who, Part(*who, 0, 0.0, 0.0))
            seconds, cost_usd = order.expected_s * own / whole, order.cost_usd * own / whole
            parts[who] = Part(*who, before.chunks + 1, before.seconds + seconds, before.cost_usd + cost_usd)
    return tuple(sorted(parts.values(), key=lambda part: -part.seconds))


def named_voices(parts: Sequence[Part]) -> str:
    """The voices in a line, those heard most first: "Kore, Leda, Puck and 6 others"."""
    voices = voices_of(parts)
    if not voices:
        return ""
    more = len(voices) - _NAMED
    if more > 1:
        return f"{', '.join(voices[:_NAMED])} and {more} others"
    return " and ".join(filter(None, (", ".join(voices[:-1]), voices[-1])))


def voices_of(parts: Sequence[Part]) -> list[str]:
    """The voices, each once."""
    return list(dict.fromkeys(part.voice for part in parts))
