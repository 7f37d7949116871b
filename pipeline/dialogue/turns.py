"""Who speaks in each line of a chapter of a novel: tags first, then the words around, then whose turn it is. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.dialogue.lines import Line, Told
from pipeline.dialogue.people import Roster, named_inside
from pipeline.dialogue.phrases import Mention, Sort
from pipeline.dialogue.scene import NOBODY, Scene, Verdict
from pipeline.dialogue.tags import Tag, beat_after, beat_before, tag_before, tag_in_japanese

_BEAT_BEFORE = 0.84
_BEAT_AFTER = 0.5
_BEAT_SPOKEN = 0.93
_CARRIED = 0.99
_INTRODUCED = 0.97
_TURN_SETTLED = 0.93
_TURN_OF_TWO = 0.84
_TURN_OF_MANY = 0.7
_ADDRESSED = 0.8
_OVER_NARRATION = 0.8
_GOING_ON = 0.8
_KNOWN = 0.8
_UNCONFIRMED = 0.7
_NEAR_WORDS = 8
"""What each way of knowing is worth: the share of right ones as counted on chapters with every speaker known."""


@dataclass
class Turn:
    """A passage in which somebody speaks. `left`, `right`: whose turn it would be by those before and after it."""

    index: int
    verdicts: list[Verdict]
    verbs: list[str]
    excluded: set[str] = field(default_factory=set)
    addressed: str = ""
    is_told: bool = False
    carries: bool = False
    gender: str = ""
    witness: str = ""
    last_index: int = 0
    continued: list["Turn"] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        return max(self.verdicts, key=lambda verdict: verdict.confidence, default=NOBODY)


def scenes_of(passages: Sequence[Told], breaks: Sequence[bool], roster: Roster) -> list[list[Turn]]:
    """The turns of one chapter between its breaks, with a verdict for each of their lines."""
    scene = Scene(roster)
    scenes: list[list[Turn]] = [[]]
    last: Turn | None = None
    for index, (passage, is_break) in enumerate(zip(passages, breaks, strict=True)):
        scene.enter(index)
        if is_break:
            scene.clear()
            scenes.append([])
        before = passages[index - 1] if index and not breaks[index - 1] else None
        turn = _turn(passage, before, scene, last)
        turn.last_index = index
        if turn.carries and last is not None:
            last.continued.append(turn)
            last.last_index = index
        elif passage.lines:
            scenes[-1].append(turn)
            last = turn
    for turns in scenes:
        _look_back(turns)
    return scenes


def carry(turns: Iterable[Turn]) -> Iterator[Turn]:
    """The turns with those passages that go on with them: a speech of several paragraphs is one person's."""
    for turn in turns:
        yield turn
        for following in turn.continued:
            _carry(turn, following)
            yield following


def _carry(last: Turn, turn: Turn) -> None:
    given = last.verdicts[-1]
    turn.verdicts[0] = Verdict(given.speaker, given.confidence * _CARRIED)


def _turn(passage: Told, before: Told | None, scene: Scene, last: Turn | None) -> Turn:
    """Reads one passage in its order: narration is remembered, lines are judged by their tags."""
    turn = Turn(scene.at, [], [])
    for line, stretch in zip(passage.lines, passage.stretches, strict=False):
        scene.note(stretch)
        scene.takes_turn = not turn.verdicts and passage.begins_with_speech
        excluded, addressed = named_inside(passage.quoted(line), scene.roster)
        turn.excluded |= excluded
        turn.addressed = addressed or turn.addressed
        scene.see(addressed)
        verdict = _by_tag(line.tag, excluded, scene) if line.tag is not None else NOBODY
        turn.verdicts.append(_same_again(line.tag, turn, scene) or verdict)
        turn.verbs.append(line.tag.verb if line.tag is not None else "")
    scene.note(passage.stretches[-1])
    if scene.roster.narrator and not turn.addressed and _is_to_narrator(passage, scene):
        turn.addressed = scene.roster.narrator
    if passage.lines:
        turn.carries = last is not None and last.last_index == scene.at - 1 and _is_carried(passage)
        _fill(turn, passage, before, scene, last)
        if turn.carries:
            scene.went_on()
        else:
            scene.spoke(turn.verdict)
    return turn


def _is_carried(passage: Told) -> bool:
    line = passage.lines[0]
    return line.span.carries and line.tag is None and line.of < 0


def _same_again(tag: Tag | None, turn: Turn, scene: Scene) -> Verdict | None:
    """`the Dodo replied. “…” he went on`: in one paragraph a pronoun means whoever has just spoken there."""
    last = turn.verdicts[-1] if turn.verdicts else NOBODY
    if tag is None or tag.mention.sort is not Sort.PRONOUN or last.confidence < _KNOWN:
        return None
    if scene.actors and scene.actors[-1] != last.speaker:
        return None
    gender = scene.roster.gender(last.speaker)
    if gender not in ("", "n", tag.mention.gender) or scene.is_narrator(last.speaker):
        return None
    return Verdict(last.speaker, last.confidence * 0.97)


def _by_tag(tag: Tag, excluded: set[str], scene: Scene) -> Verdict:
    mention = tag.mention
    if mention.sort is Sort.GROUP:
        return NOBODY
    if mention.sort is Sort.NARRATOR:
        return Verdict(mention.name, tag.trust if scene.roster.narrator else tag.trust * _UNCONFIRMED)
    if mention.sort is Sort.PRONOUN:
        meant = scene.meant_by(mention.gender, excluded, goes_on=tag.goes_on)
        return Verdict(meant.speaker, meant.confidence * tag.trust)
    if mention.sort is Sort.RELATION:
        meant = scene.relation(mention, excluded)
        return Verdict(meant.speaker, meant.confidence * tag.trust)
    if not mention.is_known_kind and mention.name not in scene.roster.confirmed:
        return Verdict(mention.name, tag.trust * _UNCONFIRMED)
    return Verdict(scene.roster.person(mention), tag.trust)


def _is_to_narrator(passage: Told, scene: Scene) -> bool:
    """`he said to me`: whoever tells the story is spoken to."""
    heard = {token.low for stretch in passage.stretches for token in stretch.tokens[:_NEAR_WORDS]}
    return bool(heard & scene.roster.words.to_narrator)


def _fill(turn: Turn, passage: Told, before: Told | None, scene: Scene, last: Turn | None) -> None:
    """Lines without a tag of their own: from the line they share one with, else from what is around the passage."""
    first = passage.lines[0]
    if turn.carries and last is not None:
        _carry(last, turn)
    elif first.tag is None and first.of < 0:
        turn.verdicts[0] = (
            _around(passage, before, scene) or _by_turn(turn, scene, last) or _by_reaction(passage, scene)
        )
    for index, line in enumerate(passage.lines):
        if line.tag is None and line.of >= 0:
            given = turn.verdicts[line.of]
            turn.verdicts[index] = Verdict(given.speaker, given.confidence * line.share)
        elif line.tag is None and index and _follows(passage, index):
            given = turn.verdicts[index - 1]
            turn.verdicts[index] = Verdict(given.speaker, given.confidence * 0.9)
    tag = first.tag
    turn.gender = tag.mention.gender if tag is not None and tag.mention.sort is Sort.PRONOUN else ""
    turn.is_told = any(line.tag is not None for line in passage.lines) or _is_introduced(passage, before)


def _follows(passage: Told, index: int) -> bool:
    return bool(passage.stretches[index].tokens)


def _around(passage: Told, before: Told | None, scene: Scene) -> Verdict | None:
    """From the paragraph that introduces the speech or begins it, or from what its speaker does beside it."""
    if passage.begins_with_speech and before is not None:
        tag = tag_before(before.stretches[-1])
        if tag is not None and before.stretches[-1].tail.rstrip()[-1:] in (":", "—", "-", ","):
            verdict = scene.spoke_before(tag.mention) or _by_tag(tag, set(), scene)
            return Verdict(verdict.speaker, verdict.confidence * _INTRODUCED)
    if _is_introduced(passage, before) and scene.last_speakers()[:1] and before is not None and before.lines:
        return Verdict(scene.last_speakers()[0], _GOING_ON)
    return _by_japanese(passage, scene) or _by_beat(passage, scene)


def _is_introduced(passage: Told, before: Told | None) -> bool:
    """Whether the passage before ends with a colon: what follows is no answer to it."""
    return passage.begins_with_speech and before is not None and before.stretches[-1].tail.rstrip()[-1:] == ":"


def _by_japanese(passage: Told, scene: Scene) -> Verdict | None:
    words = scene.roster.words
    name = "" if words.has_spaces else tag_in_japanese(passage.stretches[1].text, words)
    return Verdict(name, 0.9) if name else None


def _by_beat(passage: Told, scene: Scene) -> Verdict | None:
    beat = beat_before(passage.stretches[0])
    actor, trust = (beat[0], _BEAT_SPOKEN if beat[1] else _BEAT_BEFORE) if beat else (None, 0.0)
    return _actor(actor, trust, scene)


def _by_reaction(passage: Told, scene: Scene) -> Verdict:
    """`“…” Wickham shook his head.` is as often an answer to the quote as its speaker's doing."""
    actor = beat_after(passage.stretches[1]) if passage.begins_with_speech and len(passage.lines) == 1 else None
    return _actor(actor, _BEAT_AFTER, scene) or NOBODY


def _actor(actor: Mention | None, trust: float, scene: Scene) -> Verdict | None:
    if actor is None or actor.sort in (Sort.GROUP, Sort.RELATION):
        return None
    if actor.sort is Sort.PRONOUN:
        meant = scene.meant_by(actor.gender, set())
        return Verdict(meant.speaker, meant.confidence * trust)
    name = scene.roster.person(actor)
    known = name in scene.roster.aliases or actor.sort is Sort.NARRATOR
    return Verdict(name, trust) if known else None


def _by_turn(turn: Turn, scene: Scene, last: Turn | None) -> Verdict:
    """Whose turn it is after those before: the other's of two, or whoever was spoken to."""
    if last is None or not scene.turns:
        return NOBODY
    fading = _OVER_NARRATION ** (turn.index - last.last_index - 1)
    speaker = last.verdict.speaker
    others = [name for name in scene.partners() if name != speaker]
    if last.addressed and last.addressed not in turn.excluded and last.addressed != speaker:
        known = max(last.verdict.confidence, _ADDRESSED)
        return Verdict(last.addressed, known * fading * (_TURN_OF_TWO if last.addressed in others else _ADDRESSED))
    if not speaker or not others or others[0] in turn.excluded:
        return NOBODY
    return Verdict(others[0], last.verdict.confidence * fading * _worth(scene.last_speakers()[:3], others))


def _worth(speaking: Sequence[str], others: Sequence[str]) -> float:
    """How surely the other of two speaks next, by the speakers on one side, the nearest first."""
    if len(others) > 1:
        return _TURN_OF_MANY
    is_settled = len(speaking) == 3 and speaking[0] == speaking[2] and speaking[1] == others[0]
    return _TURN_SETTLED if is_settled else _TURN_OF_TWO


def _look_back(turns: list[Turn]) -> None:
    """Turns of a scene, judged again by those after them: two witnesses are better than one."""
    for at in range(len(turns) - 2, -1, -1):
        turn, following = turns[at], turns[at + 1]
        if turn.is_told or len(turn.verdicts) != 1 or following.index != turn.last_index + 1:
            continue
        right = _by_following(turns, at)
        left = turn.verdicts[0]
        if right.speaker and right.speaker == left.speaker:
            both = 1 - (1 - left.confidence) * (1 - right.confidence * 0.8)
            weakest = min(following.verdict.confidence, turns[at - 1].verdict.confidence) if at else left.confidence
            turn.verdicts[0] = Verdict(left.speaker, min(both, weakest * 0.99))
        elif right.speaker and left.speaker:
            best = max(left, right, key=lambda verdict: verdict.confidence)
            turn.verdicts[0] = Verdict(best.speaker, best.confidence * 0.6)
        elif right.speaker:
            turn.verdicts[0] = right


def _by_following(turns: Sequence[Turn], at: int) -> Verdict:
    following = turns[at + 1].verdict
    if following.confidence < _KNOWN:
        return NOBODY
    near = [turn.verdict for turn in (*turns[at + 2 : at + 6], *reversed(turns[max(0, at - 5) : at]))]
    others = list(
        dict.fromkeys(
            verdict.speaker
            for verdict in near
            if verdict.speaker and verdict.speaker != following.speaker and verdict.confidence >= _KNOWN
        )
    )
    if not others or others[0] in turns[at].excluded:
        return NOBODY
    after = [turn.verdict.speaker for turn in turns[at + 1 : at + 4]]
    return Verdict(others[0], following.confidence * _worth(after, others))


def lines_with_verdicts(turn: Turn, passage: Told) -> Iterator[tuple[Line, Verdict, str]]:
    """Each line of a turn's passage with who speaks it and the verb that says so."""
    return zip(passage.lines, turn.verdicts, turn.verbs, strict=True)
