"""What narration beside a quote says of who speaks it: `said Alice`, `Alice replied`, `he went on:`. Pure."""

import re
from dataclasses import dataclass

from pipeline.dialogue.phrases import Mention, Sort, Stretch, mention_at
from pipeline.dialogue.words import Words

_STOP = re.compile(r"[.;:?!…]|--|—")
NEW_SENTENCE = 0.8
"""What a tag is worth that begins a sentence of its own: it may belong to the next quote, or to none."""
_PARTICLES = frozenset({"out", "in", "on", "forth", "up", "fort", "hinzu"})
_MAX_BETWEEN = 5
_REACH = {":": 16, "—": 12, "-": 12, "–": 12, ",": 9}
"""How many words may stand between a verb and the quote it introduces, by the mark before the quote."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A verb of speech and its subject. `trust`: how surely these two belong to the quote, 0 to 1.

    `goes_on`: the verb says that the same person speaks on. `is_inverted`: it comes before its subject.
    """

    mention: Mention
    verb: str
    trust: float
    goes_on: bool = False
    is_inverted: bool = False


def tag_after(stretch: Stretch, *, is_new_sentence: bool) -> Tag | None:
    """The tag with which narration after a quote begins. `is_new_sentence`: the quote ended with a full stop."""
    tokens, words = stretch.tokens, stretch.words
    if not tokens or "\n" in tokens[0].gap:
        return None
    verb_at = _skip(stretch, 0, _MAX_BETWEEN)
    if verb_at < len(tokens) and _is_verb(stretch, verb_at):
        subject = _subject_after(stretch, verb_at)
        if subject is not None:
            return _tag(stretch, subject, verb_at, 0.985 if tokens[verb_at].low not in words.does else 0.96)
    subject = mention_at(stretch, 0)
    if subject is None:
        return None
    is_new_sentence = tokens[0].is_capital and (is_new_sentence or subject.sort not in (Sort.NAME, Sort.NARRATOR))
    verb_at = _skip(stretch, subject.after, _MAX_BETWEEN)
    if verb_at >= len(tokens) or not _is_verb(stretch, verb_at) or _is_stopped(stretch, subject.after, verb_at):
        return None
    trust = 0.975 if tokens[verb_at].low not in words.does else 0.95
    if is_new_sentence:
        if tokens[verb_at].low not in words.says:
            return None
        trust = NEW_SENTENCE
    return _tag(stretch, subject, verb_at, trust)


def _skip(stretch: Stretch, at: int, most: int) -> int:
    """Index of the first word from `at` that is neither adverb, auxiliary nor a clitic."""
    end = at
    tokens, words = stretch.tokens, stretch.words
    while end < len(tokens) and end - at < most:
        token = tokens[end]
        if token.is_capital or words.is_verb(token.low) or not words.is_adverb(token.low):
            break
        end += 1
    return end


def _is_verb(stretch: Stretch, at: int) -> bool:
    token = stretch.tokens[at]
    return stretch.words.is_verb(token.low) and not token.is_capital


def _is_stopped(stretch: Stretch, first: int, last: int) -> bool:
    """Whether a sentence or a large part of it ends before one of these tokens."""
    return any(_STOP.search(token.gap) for token in stretch.tokens[first : last + 1])


def _subject_after(stretch: Stretch, verb_at: int) -> Mention | None:
    """The subject that follows its verb: beside it or behind a few adverbs."""
    tokens, words = stretch.tokens, stretch.words
    at = verb_at + 1
    if at < len(tokens) and tokens[at].low in _PARTICLES:
        at += 1
    for index in range(at, min(at + _MAX_BETWEEN, len(tokens))):
        if _STOP.search(tokens[index].gap) or "," in tokens[index].gap:
            return None
        subject = mention_at(stretch, index)
        if subject is not None:
            return subject
        if not words.is_adverb(tokens[index].low):
            return None
    return None


def _tag(stretch: Stretch, subject: Mention, verb_at: int, trust: float) -> Tag:
    verb = stretch.tokens[verb_at].low
    return Tag(subject, verb, trust, verb in stretch.words.continues, is_inverted=verb_at < subject.first)


def tag_before(stretch: Stretch) -> Tag | None:
    """The tag with which narration before a quote ends."""
    tokens = stretch.tokens
    begin = sentence_begin(stretch)
    if begin is None:
        return None
    mark = _last_mark(stretch.tail)
    reach = _REACH.get(mark, 0 if mark or not tokens else _reach_without_mark(tokens[-1].low))
    for at in range(len(tokens) - 1, max(begin, len(tokens) - 1 - reach) - 1, -1):
        if _is_verb(stretch, at) and not _reports(stretch, at):
            return _tag_of_sentence(stretch, begin, at)
    return None


def _reach_without_mark(last: str) -> int:
    """`called out “…”`, `muttering to itself “…”`."""
    return 1 if last in _PARTICLES else 2 if last.endswith("self") else 0


def _last_mark(tail: str) -> str:
    return tail.rstrip(" \u00a0([")[-1:]


def sentence_begin(stretch: Stretch) -> int | None:
    """Index of the first word of the last sentence, if that has not ended yet."""
    tokens = stretch.tokens
    if not tokens or re.search(r"[.!?]\s*$", stretch.tail):
        return None
    at = len(tokens) - 1
    while at > 0 and not stretch.sentence_starts[at]:
        at -= 1
    return at


_REPORTING = frozenset("that daß dass que che dat что dass".split())  # noqa: SIM905  a word list


def _reports(stretch: Stretch, at: int) -> bool:
    """`said that …`: what follows is told, not said."""
    tokens = stretch.tokens
    return at + 1 < len(tokens) and tokens[at + 1].low in _REPORTING and not tokens[at + 1].gap.strip()


def _tag_of_sentence(stretch: Stretch, begin: int, verb_at: int) -> Tag | None:
    """With whoever is named right before the verb, else the nearest subject, else one right behind it."""
    beside = _beside(stretch, begin, verb_at)
    if beside is not None:
        return _tag(stretch, beside, verb_at, 0.96)
    subjects = [mention for mention in stretch.subjects if begin <= mention.first and mention.after <= verb_at]
    if not subjects and stretch.tokens[verb_at].low.endswith("ing"):
        return None  # what follows a participle is its object: `continuing the conversation`
    if not subjects:
        subject = _subject_after(stretch, verb_at)
        return _tag(stretch, subject, verb_at, 0.93) if subject is not None else None
    subject = subjects[-1]
    if _skip(stretch, subject.after, _MAX_BETWEEN) == verb_at and not _is_stopped(stretch, subject.after, verb_at):
        return _tag(stretch, subject, verb_at, 0.97)
    if subject.sort is Sort.GROUP and len(subjects) > 1 and _is_relative(stretch, subject):
        subject = subjects[-2]
    main = [mention for mention in subjects if not _is_subordinate(stretch, mention)]
    if subject not in main and main and not stretch.tokens[verb_at].low.endswith("ing"):
        subject = main[-1]
    trust = 0.94 if len(main) == 1 else 0.89
    return _tag(stretch, subject, verb_at, trust)


def _beside(stretch: Stretch, begin: int, verb_at: int) -> Mention | None:
    """Who is named by the very words before the verb, whatever they are in the sentence: `to hear the Rabbit say`."""
    for first in range(max(begin, verb_at - 5), verb_at):
        mention = mention_at(stretch, first)
        if mention is None or mention.after != verb_at or mention.sort is Sort.GROUP:
            continue
        if stretch.tokens[verb_at].gap.strip():
            return None
        if first == begin or stretch.tokens[first - 1].low not in _AFTER_WHICH_NOBODY_ACTS:
            return mention
    return None


_AFTER_WHICH_NOBODY_ACTS = frozenset("of to with at for by from on in de du à mit von zu с к у".split())  # noqa: SIM905


def _is_subordinate(stretch: Stretch, subject: Mention) -> bool:
    """`when Mary had finished, said`: whoever does something in a clause of that kind is not the one who speaks."""
    return subject.first > 0 and stretch.tokens[subject.first - 1].low in stretch.words.subordinates


def _is_relative(stretch: Stretch, subject: Mention) -> bool:
    """`the Mouse, who seemed …, called out`: the clause is about whom it follows."""
    return stretch.tokens[subject.first].low in _RELATIVES


_RELATIVES = frozenset("who which that qui que quien chi quem wie die der который которая welche".split())  # noqa: SIM905


def beat_before(stretch: Stretch) -> tuple[Mention, bool] | None:
    """Who does something in the last sentence before a quote that nothing introduces, and whether that is to speak:
    `Presently she began again.`"""
    tokens = stretch.tokens
    at = len(tokens) - 1
    while at > 0 and not stretch.sentence_starts[at]:
        at -= 1
    subjects = [mention for mention in stretch.subjects if mention.first >= at]
    if not subjects or subjects[0].first - at > 2:
        return None
    verb_at = _skip(stretch, subjects[-1].after, _MAX_BETWEEN)
    speaks = verb_at < len(tokens) and _is_verb(stretch, verb_at) and not _reports(stretch, verb_at)
    return (subjects[-1], True) if speaks and len(subjects) < 3 else (subjects[0], False)


def beat_after(stretch: Stretch) -> Mention | None:
    """Who does something in the first sentence after a quote."""
    subjects = stretch.subjects
    if not subjects or subjects[0].first or not stretch.tokens[0].is_capital:
        return None
    return subjects[0]


def tag_in_japanese(text: str, words: Words) -> str:
    """The topic or subject of `「…」と婆さんは云う`, "" where it is not said."""
    match = re.match(r"と[、\s]?([^、。「」はがもを]{1,8})[はがも]", text)
    if match is None or match[1] in words.groups or any(verb in match[1] for verb in words.says):
        return ""
    return match[1]
