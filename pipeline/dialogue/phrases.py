"""Who is named in a stretch of narration: names, descriptions, pronouns, and which of them is a subject. Pure."""

import re
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from pipeline.dialogue.words import Words

_WORD = re.compile(r"[^\W_]+")
_ENDS_SENTENCE = re.compile(r"[.!?…](?:[\s\"”’»)\]]|$)")
_INSIDE_NAMES = frozenset("de von van der den du la le of da di del af zu".split())  # noqa: SIM905  a word list
_JOINED = frozenset({" ", "-", "'", "’", "\u00a0", ". ", ".", ".\u00a0", "----, ", "-- "})
_MAX_WORDS = 5
SHORTENED = frozenset(
    """mr mrs ms dr st rev prof lieut lt capt col gen sgt hon messrs gov sr sra srta mme mlle mm m mgr sig dott dra d hr
    fr fam dhr mevr""".split()  # noqa: SIM905  a word list
)
"""Titles that a point may end without ending a sentence."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word, where it stands, and what stands between it and the word before."""

    word: str
    low: str
    start: int
    end: int
    gap: str

    @property
    def is_capital(self) -> bool:
        return self.word[:1].isupper()


class Sort(Enum):
    """How somebody is named; `GROUP` is nobody in particular, `RELATION` somebody by way of somebody else."""

    NAME = "name"
    DESCRIBED = "described"
    PRONOUN = "pronoun"
    NARRATOR = "narrator"
    RELATION = "relation"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody named by the tokens `first` up to `after` of a stretch. `gender`: m, f, n or "" as the words tell."""

    name: str
    sort: Sort
    gender: str
    first: int
    after: int
    is_known_kind: bool = True


@dataclass(frozen=True)
class Stretch:
    """Narration between quotes, in words."""

    text: str
    words: Words

    @cached_property
    def tokens(self) -> list[Token]:
        tokens, before = [], 0
        for match in _WORD.finditer(self.text):
            word = match[0]
            tokens.append(Token(word, word.lower(), match.start(), match.end(), self.text[before : match.start()]))
            before = match.end()
        return tokens

    @cached_property
    def tail(self) -> str:
        """What follows the last word."""
        return self.text[self.tokens[-1].end :] if self.tokens else self.text

    @cached_property
    def sentence_starts(self) -> list[bool]:
        return [index == 0 or self.is_sentence_end(index) for index in range(len(self.tokens))]

    def is_sentence_end(self, index: int) -> bool:
        """Whether a sentence ends before token `index`: not with the point of a title or of an initial."""
        token, before = self.tokens[index], self.tokens[index - 1]
        if not _ENDS_SENTENCE.search(token.gap):
            return False
        return not (token.gap.startswith(".") and (before.low in SHORTENED or _is_initial(before)))

    @cached_property
    def subjects(self) -> list[Mention]:
        """Those named where a subject stands: at the start of a clause, after a conjunction or an adverb."""
        found: list[Mention] = []
        at = 0
        while at < len(self.tokens):
            mention = mention_at(self, at) if self._may_begin_subject(at) else None
            if mention is not None:
                found.append(mention)
            at = mention.after if mention is not None else at + 1
        return found

    def _may_begin_subject(self, at: int) -> bool:
        token = self.tokens[at]
        if self.sentence_starts[at] or any(mark in token.gap for mark in ",;:—–(") or "--" in token.gap:
            return True
        before = self.tokens[at - 1].low
        if before in self.words.joins:
            return True
        is_after_adverb = self.words.is_adverb(before) and before not in self.words.stops
        return is_after_adverb and not (at > 1 and self.tokens[at - 2].low in self.words.articles | self.words.owners)


def owner_ends(stretch: Stretch, at: int) -> bool:
    tokens = stretch.tokens
    if at < len(tokens) and tokens[at].low == "s" and tokens[at].gap in ("'", "’"):
        return True
    follows = stretch.text[tokens[at - 1].end : tokens[at - 1].end + 1] if at else ""
    return follows in ("’", "'") and tokens[at - 1].low.endswith("s")


def mention_at(stretch: Stretch, at: int) -> Mention | None:
    """Whoever is named by the words that begin with token `at`, if they name somebody."""
    tokens, words = stretch.tokens, stretch.words
    if at >= len(tokens):
        return None
    token = tokens[at]
    if token.low in words.narrator and (words.language != "en" or token.word == "I"):
        return Mention(token.word, Sort.NARRATOR, "", at, at + 1)
    gender = words.pronoun_gender(token.low)
    if gender:
        return Mention(token.low, Sort.PRONOUN, gender, at, at + 1)
    return _owned(stretch, _noun_at(stretch, at)) or _group(stretch, at)


def _noun_at(stretch: Stretch, at: int) -> Mention | None:
    token = stretch.tokens[at]
    if token.low in stretch.words.articles:
        return _described(stretch, at)
    return _related(stretch, at) if token.low in stretch.words.owners else _named(stretch, at)


def _owned(stretch: Stretch, owner: Mention | None) -> Mention | None:
    """`the Captain’s wife`: where somebody is named by whose they are, the owner is not meant."""
    tokens, words = stretch.tokens, stretch.words
    if owner is None or not owner_ends(stretch, owner.after):
        return owner
    first = owner.after + (owner.after < len(tokens) and tokens[owner.after].low == "s")
    after = _noun_end(stretch, first)
    parts = tokens[first:after]
    if not parts or not any(_stands_for_people(part.low, words) for part in parts):
        return None
    start = tokens[owner.after - 1].end - len(owner.name)
    name = stretch.text[max(start, 0) : parts[-1].end]
    gender = words.noun_gender(parts[-1].low)
    return Mention(name[:1].upper() + name[1:], Sort.DESCRIBED, gender, owner.first, after)


def _group(stretch: Stretch, at: int) -> Mention | None:
    token = stretch.tokens[at]
    if token.low in stretch.words.articles and at + 1 < len(stretch.tokens):
        at += 1
        token = stretch.tokens[at]
    return Mention("", Sort.GROUP, "", at, at + 1) if token.low in stretch.words.groups else None


def _described(stretch: Stretch, at: int) -> Mention | None:
    """`the Mock Turtle`, `an old Crab`: what stands between the article and the next word that ends a name."""
    after = _noun_end(stretch, at + 1)
    parts = stretch.tokens[at + 1 : after]
    if not parts:
        return None
    if any(part.low in stretch.words.groups for part in parts):
        return Mention("", Sort.GROUP, "", at, after)
    parts = _without_kindness(parts, stretch.words)
    return _mention(stretch, parts, at, Sort.DESCRIBED)


def _noun_end(stretch: Stretch, at: int) -> int:
    """Index after the words of a noun with its adjectives; after a capital only capitals belong to it."""
    words, tokens = stretch.words, stretch.tokens
    has_capital = False
    end = at
    while end < len(tokens) and end - at < _MAX_WORDS and (end == at or _joins(stretch, end)):
        token = tokens[end]
        is_plain = not token.is_capital
        if is_plain and (token.low in words.stops or words.is_verb(token.low) or _looks_adverb(token, words)):
            break
        if is_plain and has_capital and words.language != "de":
            break
        if token.low in words.articles or token.low in words.owners:
            break
        if end > at and is_plain and _is_person(tokens[end - 1], words) and not _is_person(token, words):
            break
        has_capital = has_capital or token.is_capital
        end += 1
    return end


def _is_person(token: Token, words: Words) -> bool:
    return not token.is_capital and token.low not in words.kind and token.low in words.men | words.women | words.people


def _looks_adverb(token: Token, words: Words) -> bool:
    return words.is_adverb(token.low) and token.low not in words.men | words.women | words.people


def _joins(stretch: Stretch, at: int) -> bool:
    gap = stretch.tokens[at].gap
    if gap not in _JOINED:
        return False
    if gap.startswith("."):
        before = stretch.tokens[at - 1]
        return before.low in SHORTENED or _is_initial(before)
    return not (gap in ("'", "’") and stretch.tokens[at].low == "s")


def _is_initial(token: Token) -> bool:
    return len(token.word) == 1 and token.is_capital and token.word != "I"


def _without_kindness(parts: list[Token], words: Words) -> list[Token]:
    """`poor Alice` is Alice; the old lady stays old. Where nouns have capitals, only these name anybody."""
    if words.language == "de" and any(part.is_capital for part in parts):
        return [part for part in parts if part.is_capital]
    while len(parts) > 1 and not parts[0].is_capital and parts[0].low in words.kind and parts[1].is_capital:
        parts = parts[1:]
    return parts


def _mention(stretch: Stretch, parts: list[Token], at: int, sort: Sort) -> Mention:
    words = stretch.words
    name = stretch.text[parts[0].start : parts[-1].end]
    name = name[:1].upper() + name[1:]
    gender = words.noun_gender(parts[0].low) or words.noun_gender(parts[-1].low)
    known = parts[-1].is_capital or any(_stands_for_people(part.low, words) for part in parts)
    return Mention(name, sort, gender, at, stretch.tokens.index(parts[-1], at) + 1, known)


def _stands_for_people(word: str, words: Words) -> bool:
    return word in words.men or word in words.women or word in words.people


def _related(stretch: Stretch, at: int) -> Mention | None:
    """`her mother`: somebody only if the noun stands for people. The narrator's own are as good as named."""
    after = _noun_end(stretch, at + 1)
    parts = stretch.tokens[at + 1 : after]
    owner = stretch.tokens[at]
    is_person = any(_stands_for_people(part.low, stretch.words) for part in parts)
    if not parts or not (is_person or (owner.low in _OWN and at and stretch.words.is_verb(stretch.tokens[at - 1].low))):
        return None
    if any(part.low in stretch.words.groups for part in parts):
        return Mention("", Sort.GROUP, "", at, after)
    mention = _mention(stretch, parts, at, Sort.RELATION)
    if owner.low in _OWN:
        name = f"{owner.low.capitalize()} {stretch.text[parts[0].start : parts[-1].end]}"
        return Mention(name, Sort.DESCRIBED, mention.gender, at, mention.after)
    return mention


_OWN = frozenset("my mein meine mon ma mi mio mia meu minha mijn мой моя".split())  # noqa: SIM905  a word list


def _named(stretch: Stretch, at: int) -> Mention | None:
    """`Mr. Darcy`, `poor Alice`, `Mary Ann`; in languages without articles also a noun that stands for people."""
    words, tokens = stretch.words, stretch.tokens
    begin = at
    while begin + 1 < len(tokens) and tokens[begin].low in words.kind and tokens[begin + 1].is_capital:
        begin += 1
    first = tokens[begin]
    if not words.articles and not first.is_capital and _stands_for_people(first.low, words):
        return _mention(stretch, [first, *_capitals(stretch, begin + 1)], at, Sort.DESCRIBED)
    is_title = first.low in words.titles and begin + 1 < len(tokens) and tokens[begin + 1].is_capital
    if not first.is_capital and not (is_title and _joins(stretch, begin + 1)):
        return None
    if not is_title and (first.low in words.joins | words.stops | words.groups or words.is_adverb(first.low)):
        return None
    if first.low in words.near or words.is_verb(first.low) or (first.word.isupper() and len(first.word) > 1):
        return None
    parts = [first, *_capitals(stretch, begin + 1)]
    return _mention(stretch, parts, at, Sort.NAME)


def _capitals(stretch: Stretch, at: int) -> list[Token]:
    """The capital words that go on with a name, with the small ones that names have inside."""
    tokens = stretch.tokens
    end = at
    while end < len(tokens) and end - at < _MAX_WORDS and _joins(stretch, end):
        is_inside = tokens[end].low in _INSIDE_NAMES and end + 1 < len(tokens) and tokens[end + 1].is_capital
        if not tokens[end].is_capital and not (is_inside and _joins(stretch, end + 1)):
            break
        end += 1
    return tokens[at:end]
