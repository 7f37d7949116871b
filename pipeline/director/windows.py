"""A book as a director is shown it: stretches of a chapter in whole blocks, each block in numbered pieces. Pure.

A piece ends where somebody else may begin: at a quotation mark, at a dash of a dialogue, at the end of a sentence. So
an answer says where by number, and need not repeat the text.
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.book import Block, Book, Kind
from pipeline.director.words import has_words
from pipeline.script.sentences import Span, sentence_spans

_BEFORE_CHARS, _AFTER_CHARS = 1_500, 600
"""Of context, in whole blocks: who spoke last matters more than who will."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A block of the chapter (`index` from 0) in its pieces, characters of its text. A scene break has none."""

    index: int
    text: str
    pieces: tuple[Span, ...] = ()

    def piece(self, number: int) -> str:
        """The piece of that number, from 1."""
        start, end = self.pieces[number - 1]
        return self.text[start:end]


@dataclass(frozen=True, slots=True)
class Window:
    """What one question is about. `before` and `after` are blocks around it, for understanding alone."""

    chapter: int
    title: str
    blocks: tuple[Shown, ...]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def numbered(self) -> tuple[Shown, ...]:
        """The blocks with words, which are counted from 1: what stands before the window changes no number."""
        return tuple(block for block in self.blocks if block.pieces)

    @property
    def text(self) -> str:
        return "\n".join((*self.before, *(block.text for block in self.blocks), *self.after))


def windows_of(book: Book, *, language: str, window_chars: int, picked: Collection[int] | None = None) -> list[Window]:
    """The windows of the book's chapters, or of those `picked`, in reading order; together they hold every block with
    words that is spoken, once.
    """
    found: list[Window] = []
    for number, chapter in enumerate(book.chapters, start=1):
        if picked is None or number in picked:
            shown = [_shown(index, block, language) for index, block in enumerate(chapter.blocks) if not block.rule]
            blocks = [block for block in shown if block is not None]
            found += _windows(number, chapter.title, blocks, window_chars)
    return found


def _shown(index: int, block: Block, language: str) -> Shown | None:
    if block.kind is Kind.SCENE_BREAK:
        return Shown(index, "")
    pieces = pieces_of(block.text, language=block.language or language)
    return Shown(index, block.text, pieces) if pieces else None


def _windows(number: int, title: str, blocks: Sequence[Shown], window_chars: int) -> Iterator[Window]:
    ends = [0, *_cuts(blocks, window_chars)]
    for start, end in pairwise(ends):
        window = Window(
            number,
            title,
            tuple(blocks[start:end]),
            before=_context(blocks[:start][::-1], _BEFORE_CHARS)[::-1],
            after=_context(blocks[end:], _AFTER_CHARS),
        )
        if window.numbered:
            yield window


def _cuts(blocks: Sequence[Shown], window_chars: int) -> Iterator[int]:
    """Where windows end. Before a scene break if there is one about there, else where the text itself decides: then a
    paragraph that is put in moves the cuts around it and leaves the others where they were.
    """
    shortest, longest = window_chars // 2, window_chars + window_chars // 2
    start = 0
    while start < len(blocks):
        chars, best, best_rank = 0, start + 1, (True, b"\xff" * 32)
        for at in range(start, len(blocks)):
            if chars > shortest and (rank := _rank(blocks[at])) < best_rank:
                best, best_rank = at, rank
            chars += len(blocks[at].text)
            if chars > longest and at > start:
                best = at if best_rank[1] == b"\xff" * 32 else best
                break
        else:
            best = len(blocks)
        yield best
        start = best


def _rank(block: Shown) -> tuple[bool, bytes]:
    return bool(block.pieces), hashlib.sha256(block.text.encode()).digest()


def _context(blocks: Sequence[Shown], max_chars: int) -> tuple[str, ...]:
    taken: list[str] = []
    for block in blocks:
        if sum(map(len, taken)) + len(block.text) > max_chars:
            break
        taken.append(block.text)
    return tuple(taken)


_EDGE = r"[\s(\[—–-]"
_MARKS = re.compile(
    r"(?P<open>[„‚「『])|(?P<close>[」』])|(?P<guillemet>[«»‹›])"
    rf"|(?P<either>(?:(?<=^)|(?<={_EDGE}))[\"“”'‘’](?=\S)|(?<=\S)[\"“”'‘’](?=$|[\s.,;:!?)\]…—–-]))"
)
_SPOKEN_DASH = re.compile(r"^\s*[–—―-]\s*\S")
_INNER_DASH = re.compile(r"(?<=\s)[–—―](?=\s)")


def pieces_of(text: str, *, language: str) -> tuple[Span, ...]:
    """`text` in pieces without the white space around, in order, which hold all the rest of it; each has a word."""
    bounds = {0, len(text), *_mark_bounds(text)}
    if _SPOKEN_DASH.match(text):
        bounds.update(match.start() for match in _INNER_DASH.finditer(text))
    for start, end in pairwise(sorted(bounds)):
        bounds.update(_sentences(text, start, end, language))
    return tuple(_with_words(text, sorted(bounds)))


def _sentences(text: str, start: int, end: int, language: str) -> Iterator[int]:
    """Where sentences begin, from the first letter on: a quotation mark before it would keep them together."""
    first = next((at for at in range(start, end) if text[at].isalnum()), end)
    yield from (first + begin for begin, _ in sentence_spans(text[first:end], language=language) if begin)


def _mark_bounds(text: str) -> Iterator[int]:
    """Before what opens a quotation, after what closes one. Guillemets open with whichever of the two comes first."""
    opener = ""
    for match in _MARKS.finditer(text):
        mark = match[0]
        if match["guillemet"]:
            opener = opener or mark
            is_open = mark == opener
        elif match["either"]:
            is_open = match.end() < len(text) and not text[match.end()].isspace() and _begins(text, match.start())
        else:
            is_open = bool(match["open"])
        yield match.start() if is_open else match.end()


def _begins(text: str, at: int) -> bool:
    return at == 0 or not (text[at - 1].isalnum() or text[at - 1] in ".,;:!?…")


def _with_words(text: str, bounds: Sequence[int]) -> Iterator[Span]:
    """The spans between bounds; one of marks alone goes with the one before it, the first with what follows."""
    held: Span | None = None
    for start, end in pairwise(bounds):
        if held is not None and not (has_words(text[held[0] : held[1]]) and has_words(text[start:end])):
            held = (held[0], end)
        else:
            if held is not None:
                yield _trimmed(text, held)
            held = (start, end)
    if held is not None and has_words(text[held[0] : held[1]]):
        yield _trimmed(text, held)


def _trimmed(text: str, span: Span) -> Span:
    piece = text[span[0] : span[1]]
    return span[0] + len(piece) - len(piece.lstrip()), span[0] + len(piece.rstrip())
