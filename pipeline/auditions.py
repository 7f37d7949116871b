"""What is spoken on trial: for each voice, or each of the cast, a plan whose only chapter is a telling passage.

The requests are asked for in the same way as a book's, and so their takes are ordinary ones: kept, and paid for once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from pipeline.book import Book, Chapter
from pipeline.config import Settings
from pipeline.errors import EmptyBook, UsageError
from pipeline.planning import Plan, PlannedChapter, PlannedChunk
from pipeline.reader import Reader
from pipeline.script import Chunk, script_of
from pipeline.script.chunks import ScriptChapter
from pipeline.script.direction import Directions, is_plain
from pipeline.script.passage import Passage, passage_of
from pipeline.script.telling import own_passage, telling_passage
from pipeline.scripting import limits_of
from pipeline.speech.cast import NARRATOR, Cast
from pipeline.takes.choices import Choices
from pipeline.voices import parts_of

_DELIVERED = {"target": "personal", "formats": ("wav",), "read_along": ()}
"""How a trial is delivered: every voice as loud as the next, whatever store the book is for."""

_SOUND = {"head_ms": 200, "pause_chapter_ms": 300}
"""What a chapter has around it keeps who compares waiting."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be said: about `seconds` of a chapter (None: of the book), or a `text` of one's own."""

    seconds: float
    chapter: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Audition:
    """A voice on trial (no `part`), or one of the cast in its voice. `number` counts from 1.

    `is_own`: the passage is what that part says in the book.
    """

    number: int
    voice: str
    passage: Passage
    plan: Plan
    part: str = ""
    is_own: bool = False

    @property
    def name(self) -> str:
        return self.part or self.voice


@dataclass(frozen=True, slots=True)
class Share:
    """What a voice would say of a book, and what that would cost."""

    seconds: float
    cost_usd: float


def of_voices(plan: Plan, voices: Sequence[str], wanted: Wanted) -> list[Audition]:
    """The same passage in each of the voices, as the narrator's."""
    passage = _common_passage(plan, wanted)
    return [
        Audition(number, voice, passage, _on_trial(plan, number, voice, _reader_with(plan.reader, voice), passage))
        for number, voice in enumerate(voices, start=1)
    ]


def of_cast(plan: Plan, wanted: Wanted) -> list[Audition]:
    """Each of the cast with speeches of its own, or where it has none with the passage the narrator reads."""
    cast = plan.reader.asker.cast
    if cast.is_alone:
        raise UsageError(
            "nobody but the narrator has a part",
            where=str(plan.job.source),
            remedy='write a cast (`run-pipeline cast` proposes one), or name voices with `--voices "…"`',
        )
    common = _common_passage(plan, wanted)
    names = dict.fromkeys([NARRATOR, *cast.roles])
    return [_of_part(plan, number, name, common, wanted) for number, name in enumerate(names, start=1)]


def _of_part(plan: Plan, number: int, name: str, common: Passage, wanted: Wanted) -> Audition:
    own = None
    if name != NARRATOR and not wanted.text:
        chapters = _chapters(plan, wanted.chapter)
        own = own_passage(chapters, name, seconds=wanted.seconds, language=plan.language)
    passage = own or common.by(name)
    voice = plan.reader.asker.voice_of(name)
    trial = replace(_on_trial(plan, number, name, plan.reader, passage), voice=voice)
    return Audition(number, voice, passage, trial, part=name, is_own=own is not None)


def share_of(plan: Plan, part: str, *, pace: float) -> Share:
    """What a part ("": one voice for everybody) says of a book, if that takes `pace` times as long as expected."""
    planned = ((each.chunk, each.order) for chapter in plan.chapters for each in chapter.chunks)
    theirs = [one for one in parts_of(planned, plan.reader.asker) if part in ("", one.speaker)]
    seconds, cost_usd = sum(one.seconds for one in theirs), sum(one.cost_usd for one in theirs)
    sound_usd = plan.profile.cost_usd(input_tokens=0, chars=0, audio_s=seconds)
    return Share(seconds * pace, cost_usd + sound_usd * (pace - 1))


def _common_passage(plan: Plan, wanted: Wanted) -> Passage:
    if wanted.text:
        passage = passage_of(wanted.text)
        if passage.said:
            return passage
        raise UsageError("nothing to say", where="--text", remedy="give it some words, or leave it out")
    chapters = _chapters(plan, wanted.chapter)
    found = telling_passage(chapters, seconds=wanted.seconds, language=plan.language)
    if found is None:
        raise EmptyBook("no passage to speak", where=str(plan.job.source), remedy="write one yourself with `--text`")
    return found


def _chapters(plan: Plan, number: int | None) -> list[ScriptChapter]:
    """The chapters as they were cut; or one of them. Raises `EmptyBook` if that is none that is spoken."""
    picked = [chapter for chapter in plan.chapters if number in (None, chapter.number)]
    if not picked:
        numbers = [chapter.number for chapter in plan.chapters if chapter.number > 0]
        raise EmptyBook(
            f"chapter {number} is not spoken",
            where=str(plan.job.source),
            remedy=f"it has chapters {min(numbers)} to {max(numbers)}; `run-pipeline plan` shows them",
        )
    return [ScriptChapter(one.number, one.title, tuple(each.chunk for each in one.chunks)) for one in picked]


def _reader_with(reader: Reader, voice: str) -> Reader:
    """The reader with another narrator, who has no cast beside: what the narrator is told stays."""
    asker = reader.asker
    role = asker.cast.role(NARRATOR)
    alone = role.model_copy(update={"embedded": role.embedded.model_copy(update={"voice": ""})})
    settings = asker.settings.model_copy(update={"voice": voice})
    return replace(reader, asker=replace(asker, settings=settings, voice=voice, cast=Cast({NARRATOR: alone}, {})))


def _on_trial(plan: Plan, number: int, name: str, reader: Reader, passage: Passage) -> Plan:
    """A plan of the passage alone. Who fails at it is not helped out: another voice would tell nothing of this one."""
    settings = trial_settings(plan.job.settings)
    chunks = _chunks(plan, passage)
    planned = tuple(PlannedChunk(i, chunk, reader.order_of(chunk)) for i, chunk in enumerate(chunks, start=1))
    chapter = PlannedChapter(number, name, planned)
    job = replace(plan.job, settings=settings)
    return replace(
        plan, job=job, voice=reader.voice, chapters=(chapter,), reader=reader, fallback=None, choices=Choices()
    )


def trial_settings(settings: Settings) -> Settings:
    """How what is to be compared by ear is delivered."""
    delivery, sound = settings.delivery.model_copy(update=_DELIVERED), settings.sound.model_copy(update=_SOUND)
    return settings.model_copy(update={"delivery": delivery, "sound": sound})


def _chunks(plan: Plan, passage: Passage) -> Iterator[Chunk]:
    """The passage as a book would be cut."""
    book = Book(plan.book.metadata, (Chapter("", tuple(one.block for one in passage.said)),))
    cues = {(1, i): (one.cue,) for i, one in enumerate(passage.said) if not is_plain([one.cue])}
    script = script_of(
        book,
        plan.job.settings.script,
        limits_of(plan.profile),
        language=plan.language,
        directions=Directions(cues),
    )
    return chain.from_iterable(chapter.chunks for chapter in script.chapters)
