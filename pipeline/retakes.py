"""Which chunks are taken again, and how: found by a short key, asked for anew, each as a plan of its own to be heard.

What is asked for is a function of the book and its choices. So a retake that was cut off is found where it arrived: the
same command goes on with it, and asks for the next one only when the first has been written down.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.auditions import trial_settings
from pipeline.errors import UsageError
from pipeline.planning import Plan, PlannedChapter, PlannedChunk
from pipeline.recording import Boundary, Take
from pipeline.script import Chunk
from pipeline.speech.prompt import as_sent, framing_of
from pipeline.speech.request import Parameter, SpeechRequest, shortened
from pipeline.speech.settings import spelt_voice
from pipeline.takes.chain import Rejection, chain_of
from pipeline.takes.choices import NO_RETAKE, Choice, Choices, Retake, asked_for
from pipeline.takes.resolve import Resolved
from pipeline.takes.store import TakeStore

_LEAST_CHARS = 4

_WORDS_CHARS = 60
"""Of a chunk's text, to tell it by."""

_SHOWN_CANDIDATES = 8


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be different in a retake; empty where nothing is but the take's number."""

    voice: str = ""
    text: str = ""
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    @property
    def is_same_again(self) -> bool:
        return not (self.voice or self.text or self.parameters)


@dataclass(frozen=True, slots=True)
class Place:
    """A chunk of a book where it stands first, and the take, or takes of its parts, that speak it now."""

    chapter: PlannedChapter
    planned: PlannedChunk
    takes: tuple[Take, ...]

    @property
    def key(self) -> str:
        return self.planned.order.key

    @property
    def request(self) -> SpeechRequest:
        return self.planned.order.request

    @property
    def words(self) -> str:
        return beginning_of(self.planned.chunk.text)

    @property
    def is_suspect(self) -> bool:
        return any(take.is_suspect for take in self.takes)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A retake of a chunk; `choice` has it among its retakes, and uses still what is used now."""

    place: Place
    choice: Choice
    retake: Retake

    @property
    def request(self) -> SpeechRequest:
        return asked_for(self.place.request, self.retake)

    def after(self, kept: str) -> Choice:
        """What is written down once "new" or "old" is kept: that there was a retake, and whether it speaks."""
        return self.choice.using(self.retake.number) if kept == "new" else self.choice


def beginning_of(text: str) -> str:
    """The first words of a text, to tell it by."""
    words = " ".join(text.split())
    return words if len(words) <= _WORDS_CHARS else words[:_WORDS_CHARS].rsplit(" ", 1)[0] + " …"


def places_of(plan: Plan, resolved: Resolved[Chunk]) -> list[Place]:
    """Every different chunk of a book, in reading order."""
    places: dict[str, Place] = {}
    for chapter in plan.chapters:
        for planned in chapter.chunks:
            takes = tuple(part.take for part in resolved.chunks[planned.order.key].parts)
            places.setdefault(planned.order.key, Place(chapter, planned, takes))
    return list(places.values())


def place_named(plan: Plan, places: Sequence[Place], name: str) -> Place:
    """The chunk that is meant by the beginning of a key: its own, or that of a take or retake of it.

    Raises `UsageError` where there is none or several, and names these.
    """
    wanted = name.strip().lower().rstrip("…")
    if len(wanted) < _LEAST_CHARS:
        raise UsageError(f"{name!r} is too short for a chunk", remedy=f"give {_LEAST_CHARS} digits of its key or more")
    found = [place for place in places if any(key.startswith(wanted) for key in _keys_of(plan, place))]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(
            f"no chunk {name!r}",
            where=plan.title,
            remedy="`run-pipeline plan --text` shows their keys; give the flags the book was made with",
        )
    named = "; ".join(f"{shortened(place.key)} “{place.words}”" for place in found[:_SHOWN_CANDIDATES])
    raise UsageError(f"{name!r} may be {len(found)} chunks: {named}", where=plan.title, remedy="give more digits")


def _keys_of(plan: Plan, place: Place) -> Iterator[str]:
    yield place.key
    yield from (take.key for take in place.takes)
    yield from plan.choices.tried(place.key, place.request)


def candidates_for(plan: Plan, store: TakeStore, places: Sequence[Place], wish: Wish) -> list[Candidate]:
    """A retake of each of the chunks. Raises `UsageError` for what cannot be wished of them."""
    _check(plan, places, wish)
    voice = spelt_voice(wish.voice, plan.profile, where="--voice") if wish.voice else ""
    text = as_sent(wish.text.strip(), plan.profile)
    return [_candidate(plan, store, place, Wish(voice, text, wish.parameters)) for place in places]


def _candidate(plan: Plan, store: TakeStore, place: Place, wish: Wish) -> Candidate:
    words = {"chapter": place.chapter.title, "words": place.words}
    known = plan.choices.of_chunk(place.key) or Choice(key=place.key)
    choice = known.model_copy(update=words)
    retake = Retake(
        number=choice.following,
        voice=wish.voice,
        text=wish.text,
        parameters=dict(wish.parameters),
        framing=_framing(plan, store, place),
    )
    return Candidate(place, choice.with_retake(retake), retake)


def _framing(plan: Plan, store: TakeStore, place: Place) -> str:
    """The framing of the request or, where the content filter has refused a take of the chunk, the model's."""
    framing = framing_of(plan.profile)
    outcomes = (link.outcome for link in chain_of(place.request, store.look_up, framing=framing))
    was_filtered = any(isinstance(outcome, Rejection) and outcome.is_filter for outcome in outcomes)
    return framing if was_filtered else place.request.framing


def _check(plan: Plan, places: Sequence[Place], wish: Wish) -> None:
    for place in places:
        where = f"chunk {shortened(place.key)} “{place.words}”"
        if not place.takes:
            raise UsageError("it is not spoken yet", where=where, remedy="make the book first, then retake what is off")
        if len(place.request.turns) > 1 and (wish.voice or wish.text):
            remedy = "retake it as it is, or give its lines in a direction file"
            raise UsageError("it is spoken in two voices: no --voice or --text", where=where, remedy=remedy)
    if wish.text and len(places) > 1:
        raise UsageError(f"--text is for one chunk, and these are {len(places)}", remedy="take them one by one")
    if plan.profile.max_chars and len(wish.text) > plan.profile.max_chars:
        raise UsageError(f"--text is longer than the {plan.profile.max_chars} characters of {plan.profile.name}")
    if plan.profile.engine == "espeak" and wish.is_same_again:
        raise UsageError(
            "the embedded voice says the same words in the same way every time",
            remedy='have something changed: `--voice en-us+f3`, `--text "…"` or `--with rate_wpm=150`',
        )
    unknown = sorted(set(wish.parameters) - set(plan.profile.parameters))
    if unknown:
        takes = ", ".join(plan.profile.parameters) or "none"
        what = f"{plan.profile.name} takes no {', '.join(unknown)}"
        raise UsageError(what, where="--with", remedy=f"it takes {takes}")


def with_retakes(plan: Plan, candidates: Sequence[Candidate]) -> Plan:
    """The chunks that are taken again, each spoken by its retake: what is to be bought, and to be heard."""
    choices = plan.choices
    for one in candidates:
        choices = choices.with_choice(one.choice.using(one.retake.number))
    places = [one.place for one in candidates]
    chapters = tuple(_alone(place, number) for number, place in enumerate(places, start=1))
    return _on_trial(plan, chapters, choices)


def heard_alone(plan: Plan, candidate: Candidate, number: int) -> Plan:
    """One of the chunks as one of its retakes speaks it, or the take of the program's own."""
    choices = plan.choices.with_choice(candidate.choice.using(number))
    return _on_trial(plan, (_alone(candidate.place, 1),), choices)


def _on_trial(plan: Plan, chapters: tuple[PlannedChapter, ...], choices: Choices) -> Plan:
    job = replace(plan.job, settings=trial_settings(plan.job.settings))
    return replace(plan, job=job, chapters=chapters, choices=choices)


def _alone(place: Place, number: int) -> PlannedChapter:
    chunk = replace(place.planned.chunk, after=Boundary.CHAPTER)
    return PlannedChapter(number, place.chapter.title, (PlannedChunk(1, chunk, place.planned.order),))


def changed(plan: Plan, choices: Choices) -> list[str]:
    """The keys of the chunks that others speak by these choices than by those of the plan."""
    both = {**plan.choices.by_key, **choices.by_key}
    before, after = plan.choices.by_key, choices.by_key
    return [key for key in both if _used(before.get(key)) != _used(after.get(key))]


def _used(choice: Choice | None) -> int:
    return NO_RETAKE if choice is None else choice.use


def chosen_again(plan: Plan, place: Place, number: int | None) -> Choice:
    """The choice of a chunk with another of its takes; with None that which spoke before. Raises `UsageError`."""
    choice = plan.choices.of_chunk(place.key)
    where = f"chunk {shortened(place.key)} “{place.words}”"
    if choice is None:
        raise UsageError("it was never taken again", where=where, remedy="`--list` shows the chunks that were")
    if number is None:
        return choice.undone
    if number != NO_RETAKE and choice.numbered(number) is None:
        numbers = ", ".join(str(one.number) for one in choice.retake)
        raise UsageError(f"it has no retake {number}", where=where, remedy=f"choose 0 for its own take, or {numbers}")
    return choice.using(number)


def speaking_line(choice: Choice) -> str:
    """Which take speaks a chunk, in a line."""
    used = choice.used
    who = "its own take" if used is None else f"retake {used.number}" + (f" ({used.says})" if used.says else "")
    return f"{shortened(choice.key)} in {choice.chapter}, “{choice.words}”: {who} speaks it"


def choice_lines(choice: Choice, *, is_here: bool) -> Iterator[str]:
    """A chunk that was taken again, and its takes, a star before the one that speaks."""
    elsewhere = "" if is_here else " (no chunk of the book as it is planned now)"
    yield f"{shortened(choice.key)}  {choice.chapter}  “{choice.words}”{elsewhere}"
    yield f"  {'*' if choice.used is None else ' '} 0  its own take"
    for one in choice.retake:
        yield f"  {'*' if one.number == choice.use else ' '} {one.number}  {one.says or 'the same once more'}"
