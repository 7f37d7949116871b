"""Our words beside those of two other readers: what one has and the other has not is named, or is a residue.

    python -m tests.corpus.readers ../shared/corpus

Needs calibre's `ebook-convert` and pandoc (`apt-get install calibre pandoc`). Words are compared in order, without case
and punctuation; a Han or kana character is a word. What we leave out stands in the book with its rule, so a word that
only they speak is explained if it stands there, and one that only we speak if it is ours by intent: a list's number, a
table's header. Exits non-zero if the unexplained share of a book's words, against calibre, is 0.1 % or more.
"""

import re
import subprocess
import sys
import tempfile
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from pipeline.book import Block, Book, count_chars
from pipeline.errors import BookError
from pipeline.ingest import read_book

MAX_UNEXPLAINED = 0.001
ADDED = "added by us"
JOINED = "joined otherwise"
_MAX_SECONDS = 120
_MAX_SHOWN = 20
_CONTEXT_WORDS = 5
_SHINGLES = (8, 4, 2)  # words in a row that occur once on each side hold the two texts together; long ones first
_MAX_GAP = 4_000_000  # pairs of words that difflib may compare in what is left between

_WORD = re.compile(
    r"[\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3005-\u3007\u3040-\u30ff\u3400-\u9fff]+"
)
_SILENT = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


class Piece(NamedTuple):
    """A stretch of a word that is spoken, or left out under a rule."""

    text: str
    rule: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word as the source has it: `text` whole, `pieces` what of it is spoken; `block` is the one it stands in."""

    text: str
    pieces: tuple[Piece, ...]
    block: int

    @property
    def is_spoken(self) -> bool:
        return any(not piece.rule for piece in self.pieces)


class Hunk(NamedTuple):
    """Ours from `start` to `end` stands where theirs has `other_start` to `other_end`."""

    start: int
    end: int
    other_start: int
    other_end: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """`explained` counts words by what explains them; `joined` are residues that differ in word boundaries alone."""

    ours: int
    theirs: int
    explained: Counter[str]
    residues: tuple[Hunk, ...]
    joined: frozenset[Hunk]
    only_ours: int
    only_theirs: int

    @property
    def unexplained(self) -> float:
        return (self.only_ours + self.only_theirs) / max(1, self.ours)


def main(folder: Path) -> int:
    """Compare every EPUB of the folder; the number of books with too much unexplained."""
    books = sorted(folder.rglob("*.epub"))
    print(
        f"{'book':30} {'ours':>7} {'calibre':>7} {'- ours':>6} {'- its':>6} {'unexpl.':>8}"
        f" {'pandoc':>7} {'- ours':>6} {'- its':>6} {'unexpl.':>8}  explained against calibre"
    )
    with tempfile.TemporaryDirectory(prefix="readers-") as scratch, ThreadPoolExecutor(2) as pool:
        compared = list(pool.map(lambda book: _compared(book, Path(scratch)), books))
    return sum(compared)


def _compared(path: Path, scratch: Path) -> bool:
    """Print a book's line and residues; whether too much of it is unexplained."""
    try:
        book = read_book(path)
    except BookError as error:
        print(f"{path.name:30} refused: {error}", flush=True)
        return False
    ours = spoken_and_left_out(book)
    try:
        by_calibre, by_pandoc = words_of(calibre_text(path, scratch)), words_of(pandoc_text(path))
    except subprocess.SubprocessError as error:
        print(f"{path.name:30} not read by the others: {error}", flush=True)
        return True
    first, second = compare(ours, by_calibre, book), compare(ours, by_pandoc, book)
    reasons = ", ".join(f"{rule} {words}" for rule, words in first.explained.most_common()) or "-"
    lines = [f"{path.name:30} {first.ours:7} {_columns(first)} {_columns(second)}  {reasons}"]
    lines += _shown(ours, by_calibre, first, second)
    lines += _shown_of_pandoc(ours, by_pandoc, second)
    print("\n".join(lines), flush=True)
    return first.unexplained >= MAX_UNEXPLAINED


def _columns(one: Comparison) -> str:
    return f"{one.theirs:7} {one.only_ours:6} {one.only_theirs:6} {one.unexplained:8.3%}"


def _shown(ours: Sequence[Word], theirs: Sequence[str], first: Comparison, second: Comparison) -> Iterator[str]:
    """The residues against calibre in their context, and on whose side pandoc is."""
    for hunk in first.residues[:_MAX_SHOWN]:
        differs = any(other.start <= hunk.end and hunk.start <= other.end for other in second.residues)
        pandoc = "pandoc otherwise" if differs else "pandoc as we"
        how = f"{JOINED}, " if hunk in first.joined else ""
        before = " ".join(word.text for word in ours[max(0, hunk.start - _CONTEXT_WORDS) : hunk.start])
        after = " ".join(word.text for word in ours[hunk.end : hunk.end + _CONTEXT_WORDS])
        mine = " ".join(word.text if word.is_spoken else f"({word.text})" for word in ours[hunk.start : hunk.end])
        its = " ".join(theirs[hunk.other_start : hunk.other_end])
        yield f"    {before} [ours: {mine[:200]} | calibre: {its[:200]}] {after}   ({how}{pandoc})"
    if len(first.residues) > _MAX_SHOWN:
        yield f"    … and {len(first.residues) - _MAX_SHOWN} more"


def _shown_of_pandoc(ours: Sequence[Word], theirs: Sequence[str], one: Comparison) -> Iterator[str]:
    """The residues against pandoc: where it differs from us and calibre does not, they are its own."""
    for hunk in one.residues[:_MAX_SHOWN]:
        mine = " ".join(word.text for word in ours[hunk.start : hunk.end] if word.is_spoken)
        its = " ".join(theirs[hunk.other_start : hunk.other_end])
        before = " ".join(word.text for word in ours[max(0, hunk.start - _CONTEXT_WORDS) : hunk.start])
        yield f"    {before} [ours: {mine[:100]} | pandoc: {its[:100]}]"
    if len(one.residues) > _MAX_SHOWN:
        yield f"    … and {len(one.residues) - _MAX_SHOWN} more of pandoc"


# -- words


def words_of(text: str) -> list[str]:
    return _WORD.findall(_folded(text))


def spoken_and_left_out(book: Book) -> list[Word]:
    """Every word of the reading order as the source has it, with what of it is spoken."""
    return [word for number, block in enumerate(book.blocks()) for word in _words(block, number)]


def _words(block: Block, number: int) -> Iterator[Word]:
    pieces = [Piece(_folded(text), rule) for text, rule in _pieces(block)]
    ends: list[int] = []
    for piece in pieces:
        ends.append((ends[-1] if ends else 0) + len(piece.text))
    for match in _WORD.finditer("".join(piece.text for piece in pieces)):
        yield Word(match.group(), tuple(_cut(pieces, ends, match.start(), match.end())), number)


def _cut(pieces: Sequence[Piece], ends: Sequence[int], start: int, end: int) -> Iterator[Piece]:
    """The pieces between two positions of their joined text."""
    number = bisect_left(ends, start + 1)
    while number < len(pieces):
        piece, begins = pieces[number], ends[number] - len(pieces[number].text)
        if begins >= end:
            return
        text = piece.text[max(0, start - begins) : end - begins]
        if text:
            yield Piece(text, piece.rule)
        number += 1


def _pieces(block: Block) -> Iterator[tuple[str, str]]:
    position = 0
    for omission in sorted(block.omissions, key=lambda one: one.at):
        yield block.text[position : omission.at], block.rule
        yield omission.text, omission.rule
        position = omission.at
    yield block.text[position:], block.rule


def _folded(text: str) -> str:
    """Without case and characters that no one hears, accents composed as some readers do and some do not."""
    return unicodedata.normalize("NFC", _SILENT.sub("", text).casefold())


# -- the other readers


def calibre_text(path: Path, scratch: Path) -> str:
    """calibre's plain text. Raises SubprocessError where it fails or takes more than two minutes."""
    target = scratch / f"{path.stem}.txt"
    _ran("ebook-convert", str(path), str(target))
    return target.read_text("utf-8")


def pandoc_text(path: Path) -> str:
    """pandoc's plain text. Raises as `calibre_text` does."""
    return _ran("pandoc", "--from=epub", "--to=plain", "--wrap=none", str(path)).decode("utf-8")


def _ran(*command: str) -> bytes:
    return subprocess.run(command, check=True, capture_output=True, timeout=_MAX_SECONDS).stdout


# -- the comparison


def compare(ours: Sequence[Word], theirs: Sequence[str], book: Book) -> Comparison:
    """Every difference, either explained or a residue."""
    texts = [word.text for word in ours]
    added = [_added_chars(block) for block in book.blocks()]
    explained: Counter[str] = Counter()
    residues: list[Hunk] = []
    joined: set[Hunk] = set()
    only_ours = only_theirs = 0
    end = 0
    for hunk in differences(texts, theirs):
        explained.update(_rules(ours[end : hunk.start]))  # the same on both sides, but we do not speak it
        end = hunk.end
        mine, its = ours[hunk.start : hunk.end], theirs[hunk.other_start : hunk.other_end]
        reason = _reason(mine, its, added)
        if reason == JOINED:
            joined.add(hunk)
        if reason in ("", JOINED):
            residues.append(hunk)
            only_ours += sum(word.is_spoken for word in mine)
            only_theirs += _not_among(its, mine)
        elif its or reason == ADDED:
            explained[reason] += max(len(its), sum(word.is_spoken for word in mine))
    explained.update(_rules(ours[end:]))
    spoken = sum(word.is_spoken for word in ours)
    return Comparison(spoken, len(theirs), explained, tuple(residues), frozenset(joined), only_ours, only_theirs)


def _rules(words: Sequence[Word]) -> Iterator[str]:
    return (word.pieces[0].rule for word in words if not word.is_spoken)


def _reason(mine: Sequence[Word], its: Sequence[str], added: Sequence[int]) -> str:
    """Why a hunk is as it is, or "": a rule of ours, ADDED, or JOINED, which explains nothing but is worth knowing."""
    pieces = [piece for word in mine for piece in word.pieces]
    rules = [piece.rule for piece in pieces if piece.rule]
    pattern = "".join(f"(?:{re.escape(piece.text)})?" if piece.rule else re.escape(piece.text) for piece in pieces)
    if re.fullmatch(pattern, "".join(its)):
        return rules[0] if rules else JOINED
    spoken = [word for word in mine if word.is_spoken]
    if not its and spoken:
        per_block = Counter({word.block: 0 for word in spoken})
        for word in spoken:
            per_block[word.block] += len(word.text)
        if all(chars <= added[block] for block, chars in per_block.items()):
            return ADDED
    return ""


def _added_chars(block: Block) -> int:
    """Characters of a block that are not the source's, at most: those its place in the source does not account for."""
    held = count_chars(block.text) + sum(count_chars(omission.text) for omission in block.omissions)
    return held - (block.anchor.end - block.anchor.start)


def _not_among(its: Sequence[str], mine: Sequence[Word]) -> int:
    """Words of theirs in a hunk that we do not know as left out."""
    left_out = Counter(word.text for word in mine if not word.is_spoken)
    return (Counter(its) - left_out).total()


# -- two texts side by side: words in a row that are unique on both sides, then difflib in the gaps between


def differences(ours: Sequence[str], theirs: Sequence[str]) -> Iterator[Hunk]:
    """Where two sequences differ, in order; whatever is between is equal."""
    position, other = 0, 0
    for start, other_start in (*_pairs(ours, theirs, _SHINGLES), (len(ours), len(theirs))):
        if (start, other_start) != (position, other):
            yield Hunk(position, start, other, other_start)
        position, other = start + 1, other_start + 1


def _pairs(ours: Sequence[str], theirs: Sequence[str], shingles: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Positions of equal words, rising on both sides."""
    head = _common(ours, theirs)
    yield from ((each, each) for each in range(head))
    ours, theirs = ours[head:], theirs[head:]
    tail = _common(ours[::-1], theirs[::-1])
    middle, other_middle = ours[: len(ours) - tail], theirs[: len(theirs) - tail]
    for start, other in _between(middle, other_middle, shingles):
        yield head + start, head + other
    yield from ((head + len(middle) + each, head + len(other_middle) + each) for each in range(tail))


def _between(ours: Sequence[str], theirs: Sequence[str], shingles: Sequence[int]) -> Iterator[tuple[int, int]]:
    if not ours or not theirs:
        return
    if not shingles:
        if len(ours) * len(theirs) <= _MAX_GAP:
            for start, other, length in SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks():
                yield from ((start + each, other + each) for each in range(length))
        return
    anchors = _rising(_unique_in_both(ours, theirs, shingles[0]))
    for (start, other), (end, other_end) in pairwise([(-1, -1), *anchors, (len(ours), len(theirs))]):
        if start >= 0:
            yield start, other
        gap, other_gap = ours[start + 1 : end], theirs[other + 1 : other_end]
        for inner, other_inner in _pairs(gap, other_gap, shingles[1:]):
            yield start + 1 + inner, other + 1 + other_inner


def _common(ours: Sequence[str], theirs: Sequence[str]) -> int:
    pairs = zip(ours, theirs, strict=False)
    return next((each for each, (one, other) in enumerate(pairs) if one != other), min(len(ours), len(theirs)))


def _unique_in_both(ours: Sequence[str], theirs: Sequence[str], length: int) -> list[tuple[int, int]]:
    mine, its = _places(ours, length), _places(theirs, length)
    return sorted((start, its[key]) for key, start in mine.items() if start >= 0 and its.get(key, -1) >= 0)


def _places(words: Sequence[str], length: int) -> dict[tuple[str, ...], int]:
    """Where each row of `length` words stands; -1 if more than once."""
    places: dict[tuple[str, ...], int] = {}
    for start in range(len(words) - length + 1):
        key = tuple(words[start : start + length])
        places[key] = -1 if key in places else start
    return places


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest choice of pairs that rises on the other side too (patience sorting)."""
    tops: list[int] = []
    at_top: list[int] = []
    before: list[int] = []
    for number, (_, other) in enumerate(pairs):
        pile = bisect_left(tops, other)
        before.append(at_top[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [other]
        at_top[pile : pile + 1] = [number]
    chain: list[tuple[int, int]] = []
    number = at_top[-1] if at_top else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


if __name__ == "__main__":
    sys.exit(1 if main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/corpus")) else 0)
