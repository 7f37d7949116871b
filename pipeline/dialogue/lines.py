"""What is said in one passage of a novel, and what the words around say of who says it. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.dialogue.marks import Span
from pipeline.dialogue.phrases import Sort, Stretch
from pipeline.dialogue.tags import NEW_SENTENCE, Tag, tag_after, tag_before
from pipeline.dialogue.words import Words

_WORD = re.compile(r"[\w’'\-]+")
_INTRODUCING = frozenset(':,;.!?…—–-("”»«“)')
_ENDS = re.compile(r"[,.!?…;:—–\-]\W{0,3}$")


@dataclass(frozen=True, slots=True)
class Line:
    """A quote of a passage. `tag`: the one that is its own, `of`: the line of the passage that has the tag it shares
    (-1: none), `share`: how surely that is the same speaker's."""

    span: Span
    tag: Tag | None = None
    of: int = -1
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Told:
    """A passage: its lines, and the narration before, between and after them (one more than there are lines)."""

    text: str
    lines: tuple[Line, ...]
    stretches: tuple[Stretch, ...]

    def quoted(self, line: Line) -> str:
        return self.text[line.span.start : line.span.end]

    @property
    def begins_with_speech(self) -> bool:
        return bool(self.lines) and not self.stretches[0].text.strip()


def told(text: str, spans: Sequence[Span], words: Words) -> Told:
    """The lines of a passage; quoted words that nobody says are narration again."""
    stretches, tags = _read(text, spans, words)
    said = [span for index, span in enumerate(spans) if tags[index] or _is_said(text, spans, stretches, index)]
    if len(said) < len(spans):
        stretches, tags = _read(text, said, words)
    return Told(text, tuple(_shared(said, tags, stretches)), stretches)


def _read(text: str, spans: Sequence[Span], words: Words) -> tuple[tuple[Stretch, ...], list[Tag | None]]:
    stretches = tuple(Stretch(piece, words) for piece in _between(text, spans))
    return stretches, _tags(text, spans, stretches)


def _between(text: str, spans: Sequence[Span]) -> Iterator[str]:
    start = 0
    for span in spans:
        yield text[start : span.start]
        start = span.end
    yield text[start:]


def _is_said(text: str, spans: Sequence[Span], stretches: Sequence[Stretch], index: int) -> bool:
    """Whether a quote is speech: a title or a word in quotation marks stands inside a sentence without need."""
    span, before = spans[index], stretches[index]
    if span.carries or span.start <= len(text) - len(text.lstrip()):
        return True
    head, end = text[span.start : min(span.end, span.start + 80)], text[max(span.start, span.end - 4) : span.end]
    first = next((char for char in head if char.isalnum()), "")
    many = len(_WORD.findall(head)) > 2
    introduces = not before.tokens or before.tail.rstrip()[-1:] in _INTRODUCING
    if not introduces or not (many or _ENDS.search(end) is not None):
        return False
    return not first.islower() or (index > 0 and tag_after(before, is_new_sentence=False) is not None)


def _tags(text: str, spans: Sequence[Span], stretches: Sequence[Stretch]) -> list[Tag | None]:
    """The tag of each quote: the one that follows it, else the one before it unless that follows another quote."""
    after = [
        tag_after(stretch, is_new_sentence=_ends_sentence(text, span))
        for span, stretch in zip(spans, stretches[1:], strict=True)
    ]
    tags: list[Tag | None] = []
    for index, stretch in enumerate(stretches[: len(spans)]):
        before = tag_before(stretch)
        taken = after[index - 1] if index else None
        if taken is not None and before is not None and before.mention.first == taken.mention.first:
            before = None
        own = after[index]
        if own is not None and own.trust <= NEW_SENTENCE and (before is not None or (taken and _leads_on(stretch))):
            own = None
        tags.append(own or before)
    for index, (tag, following) in enumerate(pairwise(tags)):
        if tag is not None and following is None and tag.trust == NEW_SENTENCE and _leads_on(stretches[index + 1]):
            tags[index], tags[index + 1] = None, tag
    return tags


def _ends_sentence(text: str, span: Span) -> bool:
    return text[max(span.start, span.end - 2) : span.end].rstrip("”\"’'»«").endswith(".")


def _leads_on(stretch: Stretch) -> bool:
    return stretch.tail.rstrip().endswith((",", ":", ";", "—", "--"))


def _shared(spans: Sequence[Span], tags: Sequence[Tag | None], stretches: Sequence[Stretch]) -> Iterator[Line]:
    for index, span in enumerate(spans):
        tag = tags[index]
        if tag is not None:
            yield Line(span, tag)
            continue
        of, share = _giver(index, tags, stretches)
        yield Line(span, None, of, share)


def _giver(index: int, tags: Sequence[Tag | None], stretches: Sequence[Stretch]) -> tuple[int, float]:
    """The line of the same passage that has the same speaker, and how surely; one paragraph is mostly one person's."""
    share = 1.0
    for earlier in range(index - 1, max(-1, index - 4), -1):
        share *= _same_across(stretches[earlier + 1], has_tag=tags[earlier] is not None)
        if tags[earlier] is not None and share:
            return earlier, share
    share = 1.0
    for later in range(index + 1, min(len(tags), index + 4)):
        share *= _same_across(stretches[later], has_tag=False) * 0.97
        if tags[later] is not None and share:
            return later, share
    return -1, 0.0


def _same_across(stretch: Stretch, *, has_tag: bool) -> float:
    """The share of quotes on both sides of some narration that are the same person's; 0 where nothing is between."""
    if not stretch.tokens:
        return 0.0
    sentences = sum(stretch.sentence_starts)
    subjects = [mention for mention in stretch.subjects if mention.sort is not Sort.GROUP]
    if has_tag and sentences == 1:
        return 0.995 if len(subjects) < 3 else 0.97
    if has_tag:
        return 0.95 if sentences == 2 and len(subjects) < 3 else 0.88
    return 0.9 if sentences == 1 and len(subjects) < 2 else 0.82
