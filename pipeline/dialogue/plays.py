"""Speech that is told by the name before it: plays, interviews, `Q:` and `A:`. Pure."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from pipeline.dialogue.phrases import SHORTENED
from pipeline.dialogue.records import Heard, Passage, Quote

_LABELLED = 0.99
_CONTINUED = 0.93
_GUESSED = 0.7
_LEAST_SHARE = 0.3
_LEAST_SHARE_SMALL = 0.45
"""Of the passages of a chapter so many must begin with a label, or it is no play; more where labels look like words."""
_LEAST_PEOPLE = 2
_LEAST_LABELS = 4
_NAME = r"(?:[^\W\d_a-zà-ÿ][\w’'\-]*|\d+(?:st|nd|rd|th)|[a-zà-ÿ]{1,3}(?=\s[^\W\d_a-zà-ÿ]))"
_LABEL = re.compile(rf"({_NAME}(?:\.?\s{_NAME}){{0,4}})(?:\s?[(\[][^()\[\]]{{1,200}}[)\]])?(\s?:|\.|\s[—–])(?=\s|$)")
_ROLE_LETTER = re.compile(r"\s[a-z]\.(?=\s|$)")
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_BEFORE_SPEECH = " \t\n\u00a0.:,;"
_TAIL = " \t\n\u00a0.:,;)—–"
_POINTS = re.compile(r"[.:,—–-]*(?:\s[—–-](?=\s))?\s*")
_ASKING = frozenset({"Q", "A", "F", "R", "P", "D"})
"""Letters that stand for asking and answering; no other single letter is a person."""


def recurring_labels(chapters: Iterable[Sequence[Passage]]) -> frozenset[str]:
    """The names that stand like labels at the start of passages twice in some chapter: `Note: …` mostly does not."""
    found: set[str] = set()
    for passages in chapters:
        texts = (passage.text for passage in passages if not passage.is_break)
        counts = Counter(label for text in texts for label, _ in _candidates(text))
        found.update(label for label, count in counts.items() if count > 1)
    return frozenset(found)


def _candidates(text: str) -> Iterator[tuple[str, int]]:
    """Each label with which a text might begin, the shortest first: `M`, `M. Cic`; and where its mark ends."""
    match = _LABEL.match(text[:300])
    if match is None:
        return
    whole = match[1]
    for point in re.finditer(r"\.(?=\s)", whole):
        yield whole[: point.start()], point.end()
    yield whole, match.end()


def labels_of(passages: Sequence[Passage], book: Collection[str]) -> frozenset[str]:
    """The labels of a chapter that is told by them, none for any other. `book`: those that recur in it."""
    spoken = [passage for passage in passages if not passage.is_break and passage.text.strip()]
    found: Counter[str] = Counter()
    for passage in spoken:
        label, _ = _label(passage.text, book)
        if label:
            found[label] += 1
    are_capitals = all(label.isupper() for label in found) or any(label in _ASKING for label in found)
    share = _LEAST_SHARE if are_capitals else _LEAST_SHARE_SMALL
    enough = found.total() >= max(_LEAST_LABELS, share * len(spoken))
    return frozenset(found) if enough and len(found) >= _LEAST_PEOPLE else frozenset()


def _label(text: str, known: Collection[str]) -> tuple[str, int]:
    """The label with which a text begins and the characters up to its end: one that recurs."""
    letter: tuple[str, int] = ("", 0)
    for label, end in _candidates(text):
        if label not in known or label.lower() in SHORTENED:
            continue
        if len(label) > 1:
            role = _ROLE_LETTER.match(text, end)
            return label, role.end() if role is not None else end
        letter = (label, end) if label in _ASKING else letter
    return letter


def _unknown_label(text: str) -> tuple[str, int]:
    """What looks like a label with words after it, though it stands nowhere else: nobody's speech goes on there."""
    for label, end in _candidates(text):
        if len(label) > 1 and text[end:].strip():
            return label, end
    return "", 0


def has_labels(passages: Sequence[Passage]) -> bool:
    """Whether the page itself says who speaks."""
    return any(passage.label for passage in passages)


def heard_in_play(passages: Sequence[Passage], labels: frozenset[str]) -> list[Heard]:
    """Each speech after its label, without stage directions; passages without a label go on with the last speech."""
    has_asides = any(passage.asides for passage in passages)
    known = labels | {passage.label for passage in passages if passage.label}  # a name alone has no label of its own
    found: list[Heard] = []
    speaker, confidence = "", 0.0
    for passage in passages:
        if passage.is_break:
            speaker = ""
            found.append(Heard(asides=passage.asides))
            continue
        label, chars = (passage.label, _given_end(passage)) if passage.label else _label(passage.text, known)
        confidence = _LABELLED if label else min(confidence, _CONTINUED)
        if not label and labels:
            label, chars = _unknown_label(passage.text)
            confidence = _GUESSED if label else confidence
        asides = passage.asides if has_asides else tuple(_asides(passage.text))
        speaker = _person(label) if label else speaker
        quotes = tuple(_speeches(passage.text, chars, asides, Quote(0, 0, speaker, confidence))) if speaker else ()
        found.append(Heard(quotes, chars if label else 0, asides))
    return found


def _given_end(passage: Passage) -> int:
    """Characters of a label that the page gives, with the mark and the space after it; 0 if it is not in the text."""
    text, label = passage.text, passage.label
    return past_points(text, len(label), len(text)) if text.startswith(label) else 0


def past_points(text: str, position: int, limit: int) -> int:
    """Where what parts a name from its speech ends; a dash that touches the speech is of that."""
    match = _POINTS.match(text, position, limit)
    return match.end() if match else position


def _asides(text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in _ASIDE.finditer(text))


def _person(label: str) -> str:
    """The label as a name: without its mark, and not in capitals throughout."""
    name = label.strip(_TAIL)
    name = re.sub(r"\s?[(\[].*$", "", name)
    return " ".join(_as_name(word) for word in name.split()) if name.isupper() and len(name) > 1 else name


def _as_name(word: str) -> str:
    return "-".join(part.capitalize() for part in word.split("-"))


def _speeches(text: str, start: int, asides: Sequence[tuple[int, int]], model: Quote) -> Iterator[Quote]:
    """What is left of a speech between its stage directions; points and spaces alone are nobody's."""
    at = start
    for first, last in (*sorted(asides), (len(text), len(text))):
        piece = text[at:first]
        begin, end = at + len(piece) - len(piece.lstrip(_BEFORE_SPEECH)), first - (len(piece) - len(piece.rstrip()))
        if any(map(str.isalnum, piece)):
            yield Quote(begin, end, model.speaker, model.confidence)
        at = max(at, last)
