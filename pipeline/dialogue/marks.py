"""Where quotation marks open and close, by the convention that a book itself shows. Pure, linear in the text."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

_SPACE = " \t\n\u00a0\u202f\u2009"
_BEFORE_OPENING = _SPACE + "([{—–―-…/¿¡"
_SURE_CLOSING = ",.?!…;:—–-"
_ELISIONS = frozenset("em tis twas til till cause bout n ere twere twill twould".split())  # noqa: SIM905  a word list


@dataclass(frozen=True, slots=True)
class Pair:
    """The characters that open and close speech in one convention; one that does both is told by its neighbours."""

    opens: str
    closes: str
    is_apostrophe: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile("[" + re.escape("".join(sorted(set(self.opens + self.closes)))) + "]")


DOUBLE = Pair('“"＂', '”"＂')
RAISED = Pair("”", "”")
SINGLE = Pair("‘'", "’'", is_apostrophe=True)
LOW = Pair("„", '“”"')
GUILLEMETS = Pair("«", "»")
INWARD = Pair("»", '«"')
CORNER = Pair("「『", "」』")
PAIRS = (DOUBLE, SINGLE, LOW, GUILLEMETS, INWARD, CORNER, RAISED)

_USUAL = {
    "de": (LOW, INWARD),
    "fr": (GUILLEMETS,),
    "ru": (GUILLEMETS,),
    "es": (GUILLEMETS,),
    "it": (GUILLEMETS,),
    "pt": (GUILLEMETS,),
    "ja": (CORNER,),
    "zh": (CORNER,),
    "sv": (RAISED,),
    "fi": (RAISED,),
}
_DASH = re.compile(r"\s*(?:[—–―]|--+|-(?=\s))")
_DASH_LANGUAGES = frozenset("fr es ru uk bg pl cs pt it tr el ro hu sv fi".split())  # noqa: SIM905  a word list
_DASH_SHARE = 0.15
"""Of the passages that begin with a mark of speech, so many must have a dash; some lists begin with one too."""


@dataclass(frozen=True, slots=True)
class Convention:
    """How a book marks speech: the pair, whether also by a dash at the start of a passage."""

    pair: Pair
    has_dashes: bool = False


def convention_of(texts: Iterable[str], *, language: str) -> Convention:
    """The convention that opens most of a book's passages; what is usual in the language decides near draws."""
    starts = dict.fromkeys(PAIRS, 0.0)
    dashes = 0
    for text in texts:
        for pair in _opened(text):
            starts[pair] += 0.1
        head = text.lstrip()[:1]
        for pair in PAIRS:
            starts[pair] += bool(head) and head in pair.opens and pair in _opened(text)
        dashes += _DASH.match(text) is not None
    usual = _USUAL.get(language, (DOUBLE,))
    pair = max(PAIRS, key=lambda pair: starts[pair] + 0.5 * (pair in usual))
    share = dashes / max(1.0, dashes + starts[pair])
    needed = _DASH_SHARE if language in _DASH_LANGUAGES else 0.5
    return Convention(pair, dashes > (0 if language in _DASH_LANGUAGES else 2) and share >= needed)


def _opened(text: str) -> set[Pair]:
    """The pairs of which a mark seems to open in the text: one that stands where an opening one would."""
    found = set()
    guillemet = re.search("[«»]", text)
    if guillemet is not None:
        found.add(GUILLEMETS if guillemet[0] == "«" else INWARD)
    for pair in (DOUBLE, SINGLE, LOW, CORNER, RAISED):
        if any(mark in text for mark in pair.opens) and any(
            _role(text, at, pair) is Role.OPENS for at in _places(text, pair.opens)
        ):
            found.add(pair)
    return found


def _places(text: str, marks: str) -> list[int]:
    """The first place of each of these marks: enough to see a convention, however many marks there are."""
    return [at for at in (text.find(mark) for mark in marks) if at >= 0]


class Role(Enum):
    OPENS = 1
    CLOSES = 2
    MAY_CLOSE = 3
    EITHER = 4
    NONE = 5


def _role(text: str, at: int, pair: Pair) -> Role:
    mark, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if pair.is_apostrophe and before.isalnum() and after.isalnum():
        return Role.NONE
    if mark in pair.opens and mark in pair.closes:
        return _role_by_neighbours(text, at, pair)
    if mark in pair.opens:
        return Role.OPENS if before.isalnum() is False or mark not in "“„‘" else Role.NONE
    if pair.is_apostrophe and (not before or before in _SPACE):
        return Role.NONE
    return Role.MAY_CLOSE if pair.is_apostrophe and before not in _SURE_CLOSING + '”"' else Role.CLOSES


def _role_by_neighbours(text: str, at: int, pair: Pair) -> Role:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    opens = bool(after) and after not in _SPACE and (not before or before in _BEFORE_OPENING)
    closes = bool(before) and before not in _SPACE and (not after or not after.isalnum())
    if opens == closes:
        return Role.EITHER
    if pair.is_apostrophe and opens:
        word = re.compile(r"\w*").match(text, at + 1)
        return Role.NONE if word is not None and word[0].lower() in _ELISIONS else Role.OPENS
    if opens:
        return Role.OPENS
    return Role.MAY_CLOSE if pair.is_apostrophe and before not in _SURE_CLOSING + '"' else Role.CLOSES


@dataclass(frozen=True, slots=True)
class Span:
    """Characters said in one go. `carries`: it goes on with the speech of the passage before; `is_open`: no mark ends
    it."""

    start: int
    end: int
    carries: bool = False
    is_open: bool = False


def marked_spans(texts: Sequence[str], pair: Pair) -> list[list[Span]]:
    """What stands between the marks of each passage; a speech of several paragraphs has no mark at the end of each."""
    pattern = pair.pattern
    marks = [_marks(text, pair, pattern) for text in texts]
    follows = _first_roles_after(marks)
    found: list[list[Span]] = []
    is_open = False
    for index, (text, roles) in enumerate(zip(texts, marks, strict=True)):
        begins = bool(roles) and roles[0][1] is Role.OPENS and not text[: roles[0][0]].strip()
        if is_open and not roles and follows[index] is Role.CLOSES and text:
            found.append([Span(0, len(text), carries=True, is_open=True)])
            continue
        goes_on = is_open and bool(roles) and (begins or roles[0][1] is Role.CLOSES)
        will_go_on = index + 1 < len(texts) and (
            _begins(texts[index + 1], marks[index + 1]) or follows[index] is Role.CLOSES
        )
        spans = _spans(text, roles, goes_on=goes_on, will_go_on=will_go_on)
        found.append(spans)
        is_open = bool(spans) and spans[-1].is_open
    return found


Marks = list[tuple[int, Role]]


def _begins(text: str, roles: Marks) -> bool:
    return bool(roles) and roles[0][1] is Role.OPENS and not text[: roles[0][0]].strip()


def _first_roles_after(marks: Sequence[Marks]) -> list[Role]:
    """Of each passage the first mark of those after it."""
    roles, role = [], Role.NONE
    for passage in reversed(marks):
        roles.append(role)
        role = passage[0][1] if passage else role
    return roles[::-1]


def _marks(text: str, pair: Pair, pattern: re.Pattern[str]) -> Marks:
    """The marks that open or close; an apostrophe that may close does so only if nothing later does it for sure."""
    roles = [(match.start(), _role(text, match.start(), pair)) for match in pattern.finditer(text)]
    roles = [(at, role) for at, role in roles if role is not Role.NONE]
    kept: Marks = []
    later = Role.NONE
    for at, role in reversed(roles):
        if role is Role.MAY_CLOSE and later in (Role.CLOSES, Role.EITHER):
            continue
        later = Role.CLOSES if role is Role.MAY_CLOSE else role
        kept.append((at, later))
    return kept[::-1]


def _spans(text: str, roles: Marks, *, goes_on: bool, will_go_on: bool) -> list[Span]:
    nested = _walk(text, roles, goes_on=goes_on, nests=True)
    if nested and nested[-1].is_open and not will_go_on:
        return _walk(text, roles, goes_on=goes_on, nests=False)
    return nested


def _walk(text: str, roles: Marks, *, goes_on: bool, nests: bool) -> list[Span]:
    spans: list[Span] = []
    depth, start = 0, 0
    carries = goes_on
    if goes_on and roles and roles[0][1] is Role.CLOSES:
        depth = 1
    for at, role in roles:
        opens = role is Role.OPENS or (role is Role.EITHER and depth == 0)
        if opens and depth and not nests:
            spans.append(Span(start, _trimmed(text, at), carries))
            carries, start = False, at
        elif opens:
            start = at if depth == 0 else start
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                spans.append(Span(start, at + 1, carries))
                carries = False
    if depth:
        spans.append(Span(start, len(text), carries, is_open=True))
    return [span for span in spans if span.end > span.start]


def _trimmed(text: str, end: int) -> int:
    while end and text[end - 1] in _SPACE:
        end -= 1
    return end


def dash_length(text: str) -> int:
    """Characters of the dash that begins a speech, 0 where none does."""
    match = _DASH.match(text)
    return match.end() if match is not None else 0
