"""The people of a book: who speaks in it at all, by which names, and who is a man, a woman or neither. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pipeline.dialogue.lines import Told
from pipeline.dialogue.phrases import Mention, Sort, Stretch, Token
from pipeline.dialogue.records import Heard, Passage
from pipeline.dialogue.words import Words

_SURE_SHARE = 0.7
"""Of the pronouns that follow a name, so many must agree on the gender."""
_TITLED_MEN = frozenset("mr mr. herr monsieur m m. señor signor senhor don sir lord meneer mijnheer".split())  # noqa: SIM905
_NARRATOR_SHARE = 0.03
_TITLED_WOMEN = frozenset(
    """mrs mrs. miss ms lady dame madame mademoiselle mme mlle frau fräulein señora señorita doña signora signorina
    donna senhora dona mevrouw juffrouw госпожа княгиня""".split()  # noqa: SIM905  a word list
)
_MAX_TRACE = 20


@dataclass(frozen=True)
class Roster:
    """Names that speak somewhere in the book; `aliases` lead to the one a person goes by."""

    words: Words
    aliases: Mapping[str, str] = field(default_factory=dict)
    genders: Mapping[str, str] = field(default_factory=dict)
    by_words: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    sure: frozenset[str] = frozenset()
    confirmed: frozenset[str] = frozenset()
    narrator: str = ""

    def person(self, mention: Mention) -> str:
        return self.aliases.get(mention.name, mention.name)

    def gender(self, name: str) -> str:
        return self.genders.get(name, "")

    @cached_property
    def last_words(self) -> Mapping[str, Sequence[int]]:
        """How many words the names have that end with a word, the longest first."""
        sizes: dict[str, set[int]] = defaultdict(set)
        for parts in self.by_words:
            sizes[parts[-1]].add(len(parts))
        return {word: sorted(found, reverse=True) for word, found in sizes.items()}

    def named_in(self, tokens: Sequence[Token]) -> Iterator[tuple[int, str]]:
        """People of the roster among these words, each with the index of the last word of its name."""
        for index, token in enumerate(tokens):
            for size in self.last_words.get(token.low, ()):
                first = index - size + 1
                name = self.by_words.get(tuple(part.low for part in tokens[max(first, 0) : index + 1]))
                if first >= 0 and name and (token.is_capital or first == 0 or self._is_article(tokens[first - 1])):
                    yield index, name
                    break

    def _is_article(self, token: Token) -> bool:
        return token.low in self.words.articles or not self.words.articles


def roster_of(told: Iterable[Told], words: Words) -> Roster:
    """Everybody who has a tag of speech somewhere, with what the pronouns after their names say of their gender."""
    passages = list(told)
    named: Counter[str] = Counter()
    narrators: Counter[str] = Counter()
    confirmed = set()
    for passage in passages:
        for line in passage.lines:
            mention = line.tag.mention if line.tag is not None else None
            if mention is not None and mention.sort is Sort.NARRATOR:
                narrators[mention.name] += 1
            if mention is not None and mention.sort in (Sort.NAME, Sort.DESCRIBED):
                named[mention.name] += 1
                if _is_epithet(mention, words):
                    continue
                if mention.is_known_kind or (line.tag is not None and line.tag.is_inverted):
                    confirmed.add(mention.name)
    aliases = same_person(name for name in named.elements() if name in confirmed)
    for name in list(aliases):  # a first name alone is not the lady of that name
        if (
            words.noun_gender(name.lower())
            and name.lower() in words.given_f | words.given_m
            and _is_titled(aliases[name], words)
        ):
            aliases[name] = name
    people = set(aliases.values())
    by_words = {_parts(alias): name for alias, name in aliases.items() if _parts(alias)}
    genders, sure = _genders(passages, Roster(words, aliases, {}, by_words), people)
    return Roster(words, aliases, genders, by_words, sure, frozenset(confirmed), _narrator(narrators, named.total()))


def _narrator(counts: Counter[str], others: int) -> str:
    """The word of one who tells the story and speaks in it often enough to be somebody."""
    name, count = max(counts.items(), key=lambda one: (one[1], one[0]), default=("", 0))
    return name if count >= max(3, _NARRATOR_SHARE * others) else ""


def _is_epithet(mention: Mention, words: Words) -> bool:
    """`the poor child`: somebody whom the reader knows by another name."""
    first, *rest = mention.name.split() or [""]
    return mention.sort is Sort.DESCRIBED and first.lower() in words.kind and all(word.islower() for word in rest)


def _is_titled(name: str, words: Words) -> bool:
    parts = _parts(name)
    return len(parts) == 2 and parts[0] in words.titles


def _parts(name: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[^\W_]+", name.lower()))


def _genders(passages: Iterable[Told], roster: Roster, people: set[str]) -> tuple[dict[str, str], frozenset[str]]:
    """What titles say, else what most pronouns say; and for whom that is sure."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for passage in passages:
        for stretch in passage.stretches:
            for name, gender in _traces(stretch, roster):
                votes[name][gender] += 1
    genders, sure = {}, set()
    said = _said_genders(roster)
    for name in people:
        told = said.get(name, "")
        gender, count = max(votes[name].items(), key=lambda vote: (vote[1], vote[0]), default=("", 0))
        if told or (count and count >= _SURE_SHARE * votes[name].total()):
            genders[name] = told or gender
        if told or (count > 1 and name in genders):
            sure.add(name)
    return genders, frozenset(sure)


def _said_genders(roster: Roster) -> dict[str, str]:
    """What a title, a noun or a first name in any of somebody's names says."""
    found: dict[str, str] = {}
    for alias, name in sorted(roster.aliases.items()):
        parts = _parts(alias) or ("",)
        is_owned = "s" in parts[1:-1]  # the captain's wife is no captain
        gender = (not is_owned and roster.words.noun_gender(parts[0])) or roster.words.noun_gender(parts[-1])
        if gender:
            found.setdefault(name, gender)
    return found


def _traces(stretch: Stretch, roster: Roster) -> Iterator[tuple[str, str]]:
    """Of each name in narration the gender of the first pronoun after it, if no other name comes between."""
    tokens, words = stretch.tokens, roster.words
    current, since = "", 0
    named = dict(roster.named_in(tokens))
    for index, token in enumerate(tokens):
        if index in named:
            current, since = named[index], index
            title = words.noun_gender(tokens[index - 1].low) if index and tokens[index - 1].low in words.titles else ""
            if title:
                yield current, title
        elif current and index - since <= _MAX_TRACE:
            gender = words.trace_gender(token.low) or (words.verb_gender(token.low) if words.is_verb(token.low) else "")
            if gender:
                yield current, gender
                current = ""


def named_inside(quoted: str, roster: Roster) -> tuple[set[str], str]:
    """People named in a quote, who do not say it, and the one it is said to: a name between commas."""
    stretch = Stretch(quoted, roster.words)
    tokens = stretch.tokens
    named, addressed = set(), ""
    for index, name in roster.named_in(tokens):
        if index and tokens[index - 1].low in ("am", "bin", "suis", "soy", "sono", "sou", "ben"):
            continue
        named.add(name)
        first = index
        while first and tokens[first].gap in (" ", ". ") and tokens[first].is_capital and tokens[first - 1].is_capital:
            first -= 1
        while first and tokens[first - 1].low in roster.words.kind | roster.words.owners and tokens[first].gap == " ":
            first -= 1
        after = tokens[index + 1].gap if index + 1 < len(tokens) else stretch.tail
        before = tokens[first].gap.strip(' "“‘«»„')
        is_answer = index == len(tokens) - 1 and after[:1] == "."
        if not (is_answer and not first) and after[:1] in tuple(',.!?;—”"') and (before or not first):
            addressed = name
    return named, addressed


def same_person(names: Iterable[str]) -> dict[str, str]:
    """Of each name the one its person goes by: `Darcy` is `Mr. Darcy`, `Rabbit` the `White Rabbit`.

    A shorter name belongs to a longer one that ends or begins with it if there is no second such; a surname alone is
    the man's. `names` may repeat a name: of two for one person the more frequent stays, of two as frequent the longer.
    """
    counts = Counter(name for name in names if name)
    holders = _holders(counts)
    leads = {name: _longer(name, holders) for name in counts}
    groups: dict[str, list[str]] = defaultdict(list)
    for name in counts:
        groups[_end_of_chain(name, leads)].append(name)
    chosen = {}
    for members in groups.values():
        best = max(members, key=lambda name: (counts[name], len(name), name))
        chosen.update(dict.fromkeys(members, best))
    return chosen


def _holders(names: Iterable[str]) -> dict[tuple[str, ...], list[str]]:
    """Of one or two words at the start or the end of names those names, if all their words have capitals."""
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name in names:
        parts = tuple(name.split())
        if all(part[:1].isupper() for part in parts):
            for size in range(1, min(3, len(parts))):
                for ends in {parts[:size], parts[-size:]}:
                    found[ends].append(name)
    return found


def _longer(name: str, holders: Mapping[tuple[str, ...], Sequence[str]]) -> str:
    parts = tuple(name.split())
    longer = holders.get(parts, ())
    if len(parts) == 1:  # a surname alone is not the lady of that name
        longer = [other for other in longer if other.split()[0].lower() not in _TITLED_WOMEN]
    if len(longer) > 1:
        men = [other for other in longer if other.split()[0].lower() in _TITLED_MEN]
        is_surname = len(parts) == 1 and all(other.split()[-1] == parts[-1] for other in longer)
        longer = men if len(men) == 1 and is_surname else ()
    return longer[0] if len(longer) == 1 else ""


def _end_of_chain(name: str, leads: Mapping[str, str]) -> str:
    while leads.get(name):
        name = leads[name]
    return name


def people(
    chapters: Sequence[Sequence[Passage]], heard: Sequence[Sequence[Heard]], *, least: float = 0.0
) -> dict[str, tuple[int, int]]:
    """Who speaks in a book: quotes and words of each speaker, whoever says most first."""
    quotes: Counter[str] = Counter()
    spoken: Counter[str] = Counter()
    for passages, found in zip(chapters, heard, strict=True):
        for passage, one in zip(passages, found, strict=True):
            for quote in one.quotes:
                if quote.speaker and quote.confidence >= least:
                    quotes[quote.speaker] += 1
                    spoken[quote.speaker] += len(passage.text[quote.start : quote.end].split())
    return {name: (quotes[name], spoken[name]) for name in sorted(quotes, key=lambda name: (-spoken[name], name))}
