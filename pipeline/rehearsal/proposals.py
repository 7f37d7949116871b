"""What the rehearsal answers to a question about direction: what is found by the rules that need no model. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.dialogue import DEFAULT_CONFIDENCE, Passage, Quote, heard
from pipeline.speech.tags import tag_for_verb

_PIECE = re.compile(r"(?P<block>\d+)\.(?P<piece>\d+) (?P<text>.+)")
_QUOTED_WORDS = 3


@dataclass(slots=True)
class _Block:
    """A numbered paragraph, or (number "") a scene break, put together again from its pieces: (number, start, end)."""

    number: str = ""
    text: str = ""
    pieces: list[tuple[str, int, int]] = field(default_factory=list)

    def add(self, number: str, text: str) -> None:
        start = len(self.text) + bool(self.text)
        self.text = f"{self.text} {text}" if self.text else text
        self.pieces.append((number, start, len(self.text)))


def proposal_of(passage: str, *, language: str) -> dict[str, Any]:
    """Lines for every quotation whose speaker is found; no scenes."""
    blocks = _blocks(passage)
    found = heard([Passage(block.text, is_break=not block.number) for block in blocks], language=language)
    lines = [
        line
        for block, in_block in zip(blocks, found, strict=True)
        for quote in in_block.quotes
        if quote.speaker and quote.confidence >= DEFAULT_CONFIDENCE
        for line in _lines(block, quote, language)
    ]
    return {"lines": lines, "scenes": []}


def _blocks(passage: str) -> Sequence[_Block]:
    blocks: list[_Block] = []
    for written in passage.splitlines():
        match = _PIECE.fullmatch(written)
        if match is None:
            blocks += [_Block()] if written.strip() else []
            continue
        if not blocks or blocks[-1].number != match["block"]:
            blocks.append(_Block(match["block"]))
        blocks[-1].add(match["piece"], match["text"])
    return blocks


def _lines(block: _Block, quote: Quote, language: str) -> Iterator[dict[str, Any]]:
    """One line, for the pieces that lie in the quotation; none where that is no piece whole."""
    inside = [piece for piece in block.pieces if quote.start <= piece[1] and piece[2] <= quote.end]
    if not inside:
        return
    words = block.text[inside[0][1] : inside[-1][2]].split()
    first, last = (f"{block.number}.{piece[0]}" for piece in (inside[0], inside[-1]))
    tag = tag_for_verb(quote.verb, language) if quote.verb else ""
    yield {
        "from": first,
        "first": " ".join(words[:_QUOTED_WORDS]),
        "to": last,
        "last": " ".join(words[-_QUOTED_WORDS:]),
        "speaker": quote.speaker,
        "style": "",
        "tags": [{"at": first, "tag": tag}] if tag else [],
    }
