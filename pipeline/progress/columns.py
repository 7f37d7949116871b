"""What a run says, fitted to a terminal: in characters it has, in lines it is wide enough for. Pure."""

from pipeline.report import typeset


def printable(text: str, encoding: str = "utf-8") -> str:
    """`text` on one line, without what would steer a terminal, in characters that `encoding` has."""
    return typeset.plain(text).encode(encoding, "replace").decode(encoding)


_FURTHER_IN = 2
"""Columns by which the lines that go on stand further in than the first."""


def wrapped(text: str, columns: int) -> list[str]:
    """`text` in lines of at most `columns`, where these have room for its indent and for what stands further in."""
    words = text.lstrip()
    indent = " " * (len(text) - len(words))
    room = max(1, columns - len(indent) - _FURTHER_IN)
    first, *others = typeset.wrapped(words, room)
    return [indent + first, *(indent + " " * _FURTHER_IN + line for line in others)]
