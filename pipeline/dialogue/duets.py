"""A dialogue of two without narration between: who speaks where is one question for all of it. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.dialogue.scene import NOBODY, Verdict
from pipeline.dialogue.turns import Turn

_KNOWN = 0.92
"""A turn bears witness if it is told so surely: by a name rather than a pronoun."""
_OPEN = 0.85
_DOUBT = 0.75
_TRUST = (0.0, 0.0, 0.9, 0.94, 0.96)
"""The share of right ones by how many turns bear witness, all for the same order and none against it."""
_COMPANY = 0.06
"""What is taken off that where somebody else speaks right before or after."""
_FADING = 0.99
"""For each turn between one and the nearest that bears witness."""


@dataclass(frozen=True, slots=True)
class Duet:
    """Turns one after another in which only `first` and `second` are known to speak; `first` where it begins."""

    turns: Sequence[Turn]
    first: str
    second: str
    has_company: bool

    def speaker(self, at: int) -> str:
        return self.second if at % 2 else self.first

    def other(self, at: int) -> str:
        return self.first if at % 2 else self.second


def settle(turns: Sequence[Turn], genders: Mapping[str, str]) -> None:
    """Gives the turns of every dialogue of two their speakers, where all that is known fits one order."""
    for turn in turns:
        verdict = turn.verdict
        turn.witness = verdict.speaker if turn.is_told and verdict.confidence >= _KNOWN else ""
    for run in _runs(turns):
        for duet in _duets(run):
            _settle(duet, genders)


def _runs(turns: Sequence[Turn]) -> Iterator[list[Turn]]:
    """Turns with no passage between them."""
    run: list[Turn] = []
    for turn in turns:
        if run and turn.index != run[-1].last_index + 1:
            yield run
            run = []
        run.append(turn)
    yield run


def _duets(run: Sequence[Turn]) -> Iterator[Duet]:
    """The longest stretches of a run in which no third speaker is known, each from where two of them are."""
    start, names = 0, list[str]()
    for at, turn in enumerate(run):
        name = turn.witness
        if name and name not in names:
            if len(names) == 2:
                yield from _duet(run, start, at, names)
                start = _since(run, start, at)
                names = list(dict.fromkeys(filter(None, (turn.witness for turn in run[start : at + 1]))))
            else:
                names.append(name)
    yield from _duet(run, start, len(run), names)


def _since(run: Sequence[Turn], start: int, at: int) -> int:
    """Where the stretch with the newcomer at `at` begins: after the last turn of whoever of two is longer silent."""
    last = ""
    for index in range(at - 1, start - 1, -1):
        witness = run[index].witness
        if witness and last and witness != last:
            return index + 1
        last = last or witness
    return start


def _duet(run: Sequence[Turn], start: int, end: int, names: Sequence[str]) -> Iterator[Duet]:
    turns = run[start:end]
    spoken_to = Counter(turn.addressed for turn in turns if turn.addressed)
    pair = list(dict.fromkeys([*names, *(name for name, _ in spoken_to.most_common())]))[:2]
    if len(pair) == 2 and len(names) in (1, 2):
        company = start > 0 or end < len(run) or len(set(spoken_to) - set(pair)) > 0
        yield Duet(turns, pair[0], pair[1], company)
        yield Duet(turns, pair[1], pair[0], company)


def _settle(duet: Duet, genders: Mapping[str, str]) -> None:
    votes = [_vote(turn, duet, at, genders) for at, turn in enumerate(duet.turns)]
    witnesses = int(sum(votes))
    if witnesses < 2 or any(vote < 0 for vote in votes) or not any(vote == 1 for vote in votes):
        return
    trust = _TRUST[min(witnesses, len(_TRUST) - 1)] - duet.has_company * _COMPANY
    nearest = _distances(votes)
    for at, turn in enumerate(duet.turns):
        _give(turn, Verdict(duet.speaker(at), trust * _FADING ** nearest[at]), genders)


def _vote(turn: Turn, duet: Duet, at: int, genders: Mapping[str, str]) -> float:
    """1 where a turn bears witness for the order of a duet, half that by a pronoun or a name it calls, -1 where against
    it, 0 where it says nothing.
    """
    speaker = duet.speaker(at)
    if turn.witness:
        return 1.0 if turn.witness == speaker else -1.0
    told = turn.verdict if turn.is_told else NOBODY
    is_another = told.confidence >= _DOUBT and told.speaker != speaker
    is_wrong_gender = turn.gender != "" and genders.get(speaker, turn.gender) != turn.gender
    if speaker in turn.excluded or is_another or is_wrong_gender:
        return -1.0
    is_likely = told.confidence >= _DOUBT or turn.addressed == duet.other(at)
    return 0.5 if is_likely else 0.0


def _distances(votes: Sequence[float]) -> list[int]:
    """How many turns each is from the nearest that bears witness."""
    far = len(votes)
    distances = [far] * far
    for order in (range(far), range(far - 1, -1, -1)):
        since = far
        for at in order:
            since = 0 if votes[at] > 0 else since + 1
            distances[at] = min(distances[at], since)
    return distances


def _give(turn: Turn, verdict: Verdict, genders: Mapping[str, str]) -> None:
    """To a turn that nothing tells of, and to one told by a pronoun that may mean this speaker."""
    if len(turn.verdicts) == 1 and not turn.is_told:
        mine = turn.verdicts[0]
        if mine.speaker != verdict.speaker or mine.confidence < verdict.confidence:
            turn.verdicts[0] = verdict
    elif turn.gender and genders.get(verdict.speaker, turn.gender) == turn.gender:
        turn.verdicts = [_better(mine, verdict) for mine in turn.verdicts]


def _better(mine: Verdict, verdict: Verdict) -> Verdict:
    is_open = mine.confidence < _OPEN and mine.confidence < verdict.confidence
    return verdict if is_open else mine
