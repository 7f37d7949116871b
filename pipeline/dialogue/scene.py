"""Who is there while a chapter is read, and so whom a pronoun means. Pure but for its own memory."""

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from pipeline.dialogue.people import Roster
from pipeline.dialogue.phrases import Mention, Sort, Stretch

_KNOWN = 0.7
_MOST_ACTORS = 8
_MOST_SEEN = 60
"""Nobody keeps more people in mind; more names than that are a list."""
_MEMORY = 10
"""Passages after which somebody who was not named again is no longer meant by a pronoun."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Somebody ("": nobody known) and how surely, 0 to 1."""

    speaker: str = ""
    confidence: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.speaker)


NOBODY = Verdict()


def _is_known(verdict: Verdict) -> bool:
    return bool(verdict.speaker) and verdict.confidence >= _KNOWN


@dataclass
class Scene:
    """What a listener remembers: who was named when, who acted last in this passage, who spoke last."""

    roster: Roster
    seen: dict[str, int] = field(default_factory=dict)
    actors: list[str] = field(default_factory=list)
    at: int = 0
    takes_turn: bool = False
    turns: deque[tuple[int, Verdict]] = field(default_factory=lambda: deque(maxlen=6))

    def enter(self, index: int) -> None:
        """A new passage begins."""
        self.at = index
        self.actors.clear()

    def clear(self) -> None:
        """The scene changes: whoever was there may have left."""
        self.seen.clear()
        self.turns.clear()
        self.actors.clear()

    def note(self, stretch: Stretch) -> None:
        """Remember whom some narration names; its last subject is whom it is about."""
        self._forget()
        tokens = stretch.tokens
        for _, name in self.roster.named_in(tokens):
            self.seen[name] = self.at
        for mention in stretch.subjects:
            name = self.roster.person(mention)
            if name in self.roster.aliases and mention.sort in (Sort.NAME, Sort.DESCRIBED):
                self.actors = [*(actor for actor in self.actors if actor != name), name][-_MOST_ACTORS:]
                self.seen[name] = self.at

    def _forget(self) -> None:
        """Keep the latest of too many."""
        if len(self.seen) > _MOST_SEEN:
            latest = sorted(self.seen.items(), key=lambda seen: (-seen[1], seen[0]))[: _MOST_SEEN // 2]
            self.seen = dict(latest)

    def see(self, name: str) -> None:
        """Somebody is spoken to, and so is there."""
        if name:
            self.seen[name] = self.at

    def spoke(self, verdict: Verdict) -> None:
        """Somebody said something in this passage."""
        if self.turns and self.turns[-1][0] == self.at:
            if verdict.confidence <= self.turns[-1][1].confidence:
                return
            self.turns.pop()
        self.turns.append((self.at, verdict))
        if verdict.speaker and verdict.confidence > 0.7:
            self.seen[verdict.speaker] = self.at

    def went_on(self) -> None:
        """Whoever spoke last still does, in this passage."""
        if self.turns:
            self.turns[-1] = (self.at, self.turns[-1][1])

    def last_speakers(self) -> list[str]:
        """Those of the turns before this passage, the last first."""
        return [verdict.speaker for index, verdict in reversed(self.turns) if index < self.at]

    def spoke_before(self, mention: Mention) -> Verdict:
        """Who spoke in the passage before, if a pronoun at its end may mean them: `… said Alice, and she went on:`"""
        if mention.sort is not Sort.PRONOUN or not self.turns or self.turns[-1][0] != self.at - 1:
            return NOBODY
        last = self.turns[-1][1]
        return last if self._fits(last.speaker, mention.gender) else NOBODY

    def partners(self) -> list[str]:
        """Who surely spoke in the turns before this passage, the last first."""
        names = (verdict.speaker for index, verdict in reversed(self.turns) if index < self.at and _is_known(verdict))
        return list(dict.fromkeys(names))

    def meant_by(self, gender: str, excluded: Collection[str], *, goes_on: bool = False) -> Verdict:
        """Whom a pronoun of this gender means."""
        before = self.last_speakers()
        acting = [name for name in reversed(self.actors) if self._fits(name, gender) and name not in excluded]
        if acting:
            return self._of_actors(acting, gender)
        since = self.turns[-1][0] if self.turns else -1
        newly = any(last > since and self._fits(name, gender) for name, last in self.seen.items())
        if goes_on and not newly and before and before[0] and self._fits(before[0], gender):
            return Verdict(before[0], 0.9)
        near = [
            name
            for name, last in sorted(self.seen.items(), key=lambda seen: (-seen[1], seen[0]))
            if self.at - last <= _MEMORY and name not in excluded and self._fits(name, gender)
        ]
        has_turned = self.takes_turn and since == self.at - 1 and bool(before) and not goes_on
        others = [name for name in near if not has_turned or name != before[0]]
        if not any(self.roster.gender(name) == gender for name in others):
            return self._choose(near, gender)
        return self._choose(others, gender)

    def _of_actors(self, acting: Sequence[str], gender: str) -> Verdict:
        """Of those who did something in this very passage, the last first."""
        sure = [name for name in acting if self.roster.gender(name) == gender]
        if len(acting) == 1:
            return Verdict(acting[0], 0.95 if sure else 0.86)
        return Verdict(sure[0], 0.88) if len(sure) == 1 else Verdict((sure or acting)[0], 0.72)

    def _choose(self, near: list[str], gender: str) -> Verdict:
        """Of those near, the last first. Whoever was named since the last turn is meant before its speakers."""
        sure = [name for name in near if self.roster.gender(name) == gender]
        if not near:
            return NOBODY
        if not sure:
            return Verdict(near[0], 0.7 if len(near) == 1 else 0.5)
        since = self.turns[-1][0] if self.turns else -1
        newly = [name for name in sure if self.seen[name] > since]
        if len(newly) == 1:
            return Verdict(newly[0], 0.92 if len(sure) == 1 else 0.84)
        if len(sure) == 1:
            return Verdict(sure[0], 0.93 if self.at - self.seen[sure[0]] <= 3 else 0.82)
        partners = [name for name in self.last_speakers()[:4] if name in sure]
        if len(set(partners)) == 1 and not newly and self.at - self.seen[partners[0]] <= 3:
            return Verdict(partners[0], 0.86)
        return Verdict(partners[0], 0.75) if partners and not newly else Verdict(sure[0], 0.6)

    def _fits(self, name: str, gender: str) -> bool:
        known = self.roster.gender(name)
        return name != "" and (known in ("", gender) and not self.is_narrator(name))

    def is_narrator(self, name: str) -> bool:
        return name.lower() in self.roster.words.narrator

    def _is_sure(self, name: str) -> bool:
        return name in self.roster.sure

    def relation(self, mention: Mention, excluded: Collection[str]) -> Verdict:
        """`his wife` beside Mr. Bennet is Mrs. Bennet, a mother the only Mrs. there; nobody else can be told."""
        wanted = _RELATIONS.get(mention.name.lower())
        if wanted is None or self.roster.words.language != "en":
            return NOBODY
        title, other, trust = wanted
        near = sorted(self.seen, key=lambda name: (name not in excluded, -self.seen[name], name))
        near = [*sorted(excluded), *(name for name in near if self.at - self.seen[name] <= _MEMORY)]
        if other:
            spouses = [title + name.removeprefix(other) for name in near if name.startswith(other)]
            found = [name for name in spouses if name in self.roster.aliases.values()][:1]
        else:
            found = sorted({name for name in near if name.startswith(title) and name not in excluded})
        return Verdict(found[0], trust) if len(found) == 1 else NOBODY


_RELATIONS = {
    "wife": ("Mrs. ", "Mr. ", 0.96),
    "lady": ("Mrs. ", "Mr. ", 0.96),
    "husband": ("Mr. ", "Mrs. ", 0.96),
    "mother": ("Mrs. ", "", 0.94),
    "father": ("Mr. ", "", 0.94),
}
"""The title of whom a word of kinship means, and of whom it is said where that is known from the title."""
