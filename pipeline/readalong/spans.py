"""Sentences of a page wrapped into spans, so that a player can light them up. No text changes, no element is cut.

A sentence that crosses elements is wrapped whole where it can be: `<span>He said <em>no</em>.</span>`. Where it begins
or ends inside an element that has more text, or runs over cells or blocks, it is wrapped in several segments, each with
an id of its own, and its time is shared among these.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from lxml import etree

from pipeline.readalong.anchoring import Extent, without_space

XHTML = "http://www.w3.org/1999/xhtml"
_SPAN = f"{{{XHTML}}}span"

_PHRASING = frozenset(
    """a abbr acronym b bdi bdo big br cite code data del dfn em font i img ins kbd label map mark q s samp small span
    strike strong sub sup time tt u var wbr
    """.split()  # noqa: SIM905  a word list
)
_WHOLE = frozenset("audio button canvas iframe input object picture ruby select svg textarea math video".split())  # noqa: SIM905
"""Phrasing too, but a span may not go inside."""


_Content = str | etree._Element


class Segment(NamedTuple):
    """A piece of sentence number `sentence` that has a span: its id, and its characters that are not white space."""

    sentence: int
    id: str
    chars: int


class _Token(NamedTuple):
    """Text, or an element with all in it: which sentence it belongs to whole, and its characters."""

    sentence: int | None
    content: _Content
    chars: int


def wrap(body: etree._Element, sentences: Sequence[tuple[int, Extent]], *, prefix: str) -> list[Segment]:
    """Wrap sentences of a page's body, given with their numbers in the order of the text; the segments in that order.

    What overlaps the sentence before it, and what stands in a drawing or formula together with another, has none.
    """
    return _Wrapping(body, sentences, prefix).segments


class _Wrapping:
    def __init__(self, body: etree._Element, sentences: Sequence[tuple[int, Extent]], prefix: str) -> None:
        apart = list(_apart(sentences))
        self._numbers = [number for number, _ in apart]
        self._starts = [extent.start for _, extent in apart]
        self._ends = [extent.end for _, extent in apart]
        self._prefix = prefix
        self._chars: dict[etree._Element, int] = {}
        self.segments: list[Segment] = []
        self._count(body)
        self._inside(body, 0)

    def _count(self, element: etree._Element) -> int:
        """Note the characters of every element, which are those of the text inside but comments."""
        chars = 0 if _is_comment(element) else len(without_space(element.text or ""))
        for child in element:
            chars += self._count(child) + len(without_space(child.tail or ""))
        self._chars[element] = chars
        return chars

    def _inside(self, element: etree._Element, start: int) -> None:
        """Wrap what of an element, whose text begins at `start`, belongs to sentences; what is inside goes first."""
        if not self._touching(start, start + self._chars[element]):
            return
        made: list[_Content] = []
        for sentence, group in groupby(self._tokens(element, start), key=lambda token: token.sentence):
            made += self._wrapped(sentence, list(group))
        _refill(element, made)

    def _tokens(self, element: etree._Element, start: int) -> Iterator[_Token]:
        position = start
        for content in _contents(element):
            if isinstance(content, str):
                yield from self._pieces(content, position)
                position += len(without_space(content))
                continue
            chars = self._chars[content]
            sentence = self._owner(content, position)
            yield _Token(sentence, content, chars)
            if sentence is None and _name(content) not in _WHOLE and not _is_comment(content):
                self._inside(content, position)
            position += chars

    def _pieces(self, text: str, position: int) -> Iterator[_Token]:
        """Text cut where sentences begin and end."""
        places = [i for i, character in enumerate(text) if not character.isspace()]
        if not places:
            if text:
                yield _Token(self._open(position), text, 0)
            return
        passed, end_position = 0, position + len(places)
        for index in self._touching(position, end_position):
            start, end = self._starts[index], self._ends[index]
            begin = places[start - position] if start >= position else 0
            stop = places[end - position - 1] + 1 if end <= end_position else len(text)
            if passed < begin:
                yield _Token(None, text[passed:begin], 0)
            yield _Token(index, text[begin:stop], min(end, end_position) - max(start, position))
            passed = stop
        if passed < len(text):
            yield _Token(None, text[passed:], 0)

    def _owner(self, element: etree._Element, position: int) -> int | None:
        """The sentence an element lies in whole; of one that cannot be entered the first that touches it."""
        chars = self._chars[element]
        if not chars:
            return self._open(position)
        touching = self._touching(position, position + chars)
        if not touching or not _is_phrasing(element):
            return None
        first = touching[0]
        is_inside = self._starts[first] <= position and position + chars <= self._ends[first]
        return first if is_inside or _name(element) in _WHOLE else None

    def _touching(self, start: int, end: int) -> range:
        first = bisect_right(self._ends, start)
        last = first
        while last < len(self._starts) and self._starts[last] < end:
            last += 1
        return range(first, last)

    def _open(self, position: int) -> int | None:
        """The sentence that has begun before a place and goes on after it."""
        index = bisect_right(self._ends, position)
        return index if index < len(self._starts) and self._starts[index] < position else None

    def _wrapped(self, index: int | None, tokens: list[_Token]) -> Iterator[_Content]:
        with_text = [i for i, token in enumerate(tokens) if token.chars]
        if index is None or not with_text:
            yield from (token.content for token in tokens)
            return
        first, last = with_text[0], with_text[-1] + 1
        before, inside, after = _without_edges([token.content for token in tokens[first:last]])
        span = etree.Element(_SPAN, id=f"{self._prefix}{len(self.segments) + 1}")
        _refill(span, inside)
        chars = sum(token.chars for token in tokens)
        self.segments.append(Segment(self._numbers[index], span.get("id", ""), chars))
        yield from (*(token.content for token in tokens[:first]), before)
        yield span
        yield from (after, *(token.content for token in tokens[last:]))


def _apart(sentences: Sequence[tuple[int, Extent]]) -> Iterator[tuple[int, Extent]]:
    passed = 0
    for number, extent in sentences:
        if extent.start >= passed and extent.end > extent.start:
            yield number, extent
            passed = extent.end


def _contents(element: etree._Element) -> list[_Content]:
    contents: list[_Content] = [element.text or ""]
    for child in element:
        contents += [child, child.tail or ""]
    return contents


def _without_edges(contents: list[_Content]) -> tuple[str, list[_Content], str]:
    """White space at the beginning, the contents without it and that at the end."""
    before = after = ""
    if isinstance(contents[0], str):
        text = contents[0].lstrip()
        before, contents[0] = contents[0][: len(contents[0]) - len(text)], text
    if isinstance(contents[-1], str):
        text = contents[-1].rstrip()
        after, contents[-1] = contents[-1][len(text) :], text
    return before, contents, after


def _refill(element: etree._Element, contents: Sequence[_Content]) -> None:
    """Give an element these contents instead of its own."""
    for child in element:
        child.tail = None
    del element[:]
    element.text = None
    last: etree._Element | None = None
    for content in contents:
        if not isinstance(content, str):
            content.tail = None
            element.append(content)
            last = content
        elif last is None:
            element.text = (element.text or "") + content
        else:
            last.tail = (last.tail or "") + content


def _is_phrasing(element: etree._Element) -> bool:
    """Whether a span may hold an element: it is phrasing, and so is all in it."""
    if _name(element) in _WHOLE:
        return True
    return _name(element) in _PHRASING and all(_is_phrasing(child) for child in element if not _is_comment(child))


def _is_comment(element: etree._Element) -> bool:
    return not isinstance(element.tag, str)


def _name(element: etree._Element) -> str:
    return "" if _is_comment(element) else element.tag.rpartition("}")[2]
