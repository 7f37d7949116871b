"""A chunk in two, where all of it at once could not be had. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from pipeline.recording import Boundary
from pipeline.script.chunks import Chunk, Line, boundary_of_lines, part_of
from pipeline.script.measure import speech_seconds
from pipeline.script.sentences import sentence_spans


class _Cut(NamedTuple):
    """A place to cut: before line number `line`, or `at` characters into it; `left_s` seconds of speech before it."""

    line: int
    at: int
    left_s: float


def halved(chunk: Chunk, *, language: str) -> tuple[Chunk, Chunk] | None:
    """The chunk cut at the end of the line or sentence nearest its middle; None where it is one sentence.

    A function of the chunk alone, so every run cuts it at the same place, and halves once bought are found again.
    """
    cuts = list(_cuts(chunk, language))
    if not cuts:
        return None
    total_s = sum(speech_seconds(line.text) for line in chunk.lines)
    cut = min(cuts, key=lambda cut: abs(cut.left_s - total_s / 2))
    line = chunk.lines[cut.line]
    if not cut.at:
        before, after = chunk.lines[: cut.line], chunk.lines[cut.line :]
        return Chunk(before, boundary_of_lines(before[-1], after[0])), Chunk(after, chunk.after)
    left, right = _part(line, 0, cut.at), _part(line, cut.at, len(line.text))
    before, after = chunk.lines[: cut.line], chunk.lines[cut.line + 1 :]
    return Chunk((*before, left), Boundary.SENTENCE), Chunk((right, *after), chunk.after)


def _cuts(chunk: Chunk, language: str) -> Iterator[_Cut]:
    passed_s = 0.0
    for number, line in enumerate(chunk.lines):
        if number:
            yield _Cut(number, 0, passed_s)
        for start, _ in sentence_spans(line.text, language=language)[1:]:
            yield _Cut(number, start, passed_s + speech_seconds(line.text[:start]))
        passed_s += speech_seconds(line.text)


def _part(line: Line, start: int, end: int) -> Line:
    """Characters `start` to `end` of a line, without the white space at the edges, and what belongs to them."""
    text = line.text[start:end]
    start += len(text) - len(text.lstrip())
    end = start + len(text.strip())
    is_end = end == len(line.text)
    tags = (tag for tag in line.tags if start <= tag.at < end or (is_end and tag.at == end))
    return replace(part_of(line, start, end), tags=tuple(replace(tag, at=tag.at - start) for tag in tags))
