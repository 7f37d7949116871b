"""Books of plain values, and how they are cut by default."""

from collections.abc import Iterable
from itertools import pairwise

from pipeline.book import Block, Book, Chapter, Kind, Metadata
from pipeline.config import settings_of
from pipeline.script import Chunk, Limits, Script, ScriptSettings, script_of
from pipeline.scripting import limits_of
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, load_profiles

WIDE = Limits(max_chars=2_000, max_input_tokens=8_192, max_seconds=512)


def default_script_settings() -> ScriptSettings:
    return settings_of([]).script


def paid_limits() -> Limits:
    return limits_of(load_profiles({})[DEFAULT_PAID_MODEL])


def book_of(*chapters: Iterable[Block]) -> Book:
    made = tuple(Chapter(f"Chapter {n}", tuple(blocks)) for n, blocks in enumerate(chapters, start=1))
    return Book(Metadata(title="A book", language="en"), made)


def paragraphs(*texts: str) -> list[Block]:
    return [Block(Kind.PARAGRAPH, text) for text in texts]


def cut(
    blocks: Iterable[Block],
    *,
    target_seconds: float = 45,
    max_chars: int = 2_000,
    limits: Limits = WIDE,
    language: str = "en",
) -> list[Chunk]:
    """One chapter's chunks."""
    settings = ScriptSettings(target_seconds=target_seconds, max_chars=max_chars)
    return list(script_of(book_of(blocks), settings, limits, language=language).chunks())


def spoken(script: Script | Iterable[Chunk]) -> str:
    """What is said, without white space."""
    chunks = script.chunks() if isinstance(script, Script) else script
    return "".join("".join(chunk.text.split()) for chunk in chunks)


def cuts_without_space(chunks: list[Chunk], blocks: list[Block]) -> list[tuple[str, str]]:
    """For each cut inside a block where no white space stood: the text of the block before it and after it."""
    cuts = []
    for left, right in pairwise(chunks):
        last, first = left.lines[-1], right.lines[0]
        if (last.block, last.end) == (first.block, first.start):
            text = blocks[last.block].text
            cuts.append((text[: last.end], text[first.start :]))
    return cuts
