"""What the rehearsal answers to a question about direction: by a few rules that any reader sees through. Pure.

Good enough to have lines, speakers and tags to work with; who really speaks is for a real model to say.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

_PIECE = re.compile(r"(?P<block>\d+)\.(?P<piece>\d+) (?P<text>.+)")
_OPENS, _CLOSES = "“„«»\"‘'「『–—", "”“»«\"’'」』"
_NAME = r"(?:[Tt]he )?(?P<name>[A-Z][\w’-]+(?: [A-Z][\w’-]+)*)"
_VERB = r"(?P<verb>said|asked|cried|replied|answered|whispered|shouted|exclaimed|murmured|thought)"
_SAYS = (re.compile(rf"\b{_VERB} {_NAME}"), re.compile(rf"{_NAME} {_VERB}\b"))
_TAGS = {"whispered": "whispers", "shouted": "shouting"}
_QUOTED_WORDS = 3


def proposal_of(passage: str) -> dict[str, Any]:
    """Lines for every quotation whose paragraph says who speaks; no scenes."""
    pieces = [match for match in map(_PIECE.fullmatch, passage.splitlines()) if match]
    lines = [line for _, block in groupby(pieces, key=lambda piece: piece["block"]) for line in _lines(list(block))]
    return {"lines": lines, "scenes": []}


def _lines(block: list[re.Match[str]]) -> Iterator[dict[str, Any]]:
    runs = list(_runs(block))
    spoken = [run for run in runs if run[0]["text"][0] in _OPENS]
    narrated = " ".join(piece["text"] for run in runs if run not in spoken for piece in run)
    said = next(filter(None, (says.search(narrated) for says in _SAYS)), None)
    for run in spoken if said else ():
        assert said is not None
        first, last = run[0], run[-1]
        tag = _TAGS.get(said["verb"])
        yield {
            "from": _number(first),
            "first": " ".join(first["text"].split()[:_QUOTED_WORDS]),
            "to": _number(last),
            "last": " ".join(last["text"].split()[-_QUOTED_WORDS:]),
            "speaker": said["name"],
            "style": "",
            "tags": [{"at": _number(first), "tag": tag}] if tag else [],
        }


def _runs(block: list[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """Pieces that belong together: from one that opens a quotation to the one that closes it, or all others alone."""
    run: list[re.Match[str]] = []
    for piece in block:
        run.append(piece)
        is_open = run[0]["text"][0] in _OPENS and piece["text"].rstrip(",.!?")[-1:] not in _CLOSES
        if not is_open:
            yield run
            run = []
    if run:
        yield run


def _number(piece: re.Match[str]) -> str:
    return f"{piece['block']}.{piece['piece']}"
