"""The plan of a book: which chunks, which requests, what they will cost. A function of the book, the settings and the
choices that stand beside its deliveries.

Only `missing` looks at the take store, so that a plan can say what a run would spend.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from pipeline.assemble.tags import Credits, folder_of
from pipeline.book import Book
from pipeline.choosing import CHOICES_NAME, choices_in
from pipeline.config import BookJob, Settings, api_key
from pipeline.directing import directed
from pipeline.errors import BookError, PipelineError, SettingsError
from pipeline.events import Emit, Notice
from pipeline.ingest import read_book
from pipeline.reader import Reader, fallback_reader, reader_of
from pipeline.script import Chunk
from pipeline.script.halving import halved
from pipeline.scripting import notes_on_script, script_for
from pipeline.speech.profiles import DEFAULT_PAID_MODEL, ModelProfile, load_profiles
from pipeline.speech.prompt import framing_of
from pipeline.speech.request import Key
from pipeline.speech.settings import profile_for
from pipeline.takes.choices import Choices
from pipeline.takes.order import Order
from pipeline.takes.resolve import Resolved, Resolver
from pipeline.takes.store import TakeStore
from pipeline.voices import Part, named_voices, parts_of, voices_of


@dataclass(frozen=True, slots=True)
class PlannedChunk:
    """A chunk and the order that renders it; `number` counts from 1 in its chapter."""

    number: int
    chunk: Chunk
    order: Order


@dataclass(frozen=True, slots=True)
class PlannedChapter:
    number: int
    title: str
    chunks: tuple[PlannedChunk, ...]

    @property
    def expected_s(self) -> float:
        return sum(planned.order.expected_s for planned in self.chunks)


@dataclass(frozen=True)
class Plan:
    """What a run of one book would do. `choices` are the retakes of its chunks, and which of them speak."""

    job: BookJob
    book: Book
    profile: ModelProfile
    voice: str
    language: str
    chapters: tuple[PlannedChapter, ...]
    reader: Reader
    fallback: Reader | None = None
    choices: Choices = field(default_factory=Choices)

    @property
    def folder(self) -> Path:
        """Where it is delivered, and its choices are kept."""
        return folder_of(Path(self.job.settings.run.out).expanduser(), Credits(self.book.metadata, "", ""))

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to say of the book, and of what was chosen for it."""
        return (*self.book.notes, *self._notes_on_choices())

    def _notes_on_choices(self) -> Iterator[str]:
        """A choice of no chunk of this plan is told, and kept: it may be of another voice, or of words as they were."""
        own = {planned.order.key for planned in self._chunks()}
        used = [key for key, choice in self.choices.by_key.items() if choice.used is not None]
        speaking = sum(key in own for key in used)
        if speaking:
            yield f"chunks that a chosen retake speaks ({CHOICES_NAME}): {speaking}"
        if speaking < len(used) and self.job.chapters is None:
            yield f"choices of chunks that it does not have as planned, which are kept: {len(used) - speaking}"

    @property
    def title(self) -> str:
        return self.book.metadata.title or self.job.source.stem

    @cached_property
    def orders(self) -> tuple[Order, ...]:
        """Each different request once, in reading order: equal chunks share a take."""
        return tuple({planned.order.key: planned.order for planned in self._chunks()}.values())

    @property
    def chunk_count(self) -> int:
        return sum(len(chapter.chunks) for chapter in self.chapters)

    @property
    def expected_s(self) -> float:
        return sum(chapter.expected_s for chapter in self.chapters)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Who speaks how much of it, in which voice."""
        return parts_of(((planned.chunk, planned.order) for planned in self._chunks()), self.reader.asker)

    @property
    def credits(self) -> Credits:
        """Who wrote and who reads it, and in which language; the narrator is named as what it is, a synthetic voice."""
        model = self.profile.name.rsplit("/", 1)[-1]
        voices = voices_of(self.parts) or [self.voice]
        narrator = self.job.settings.delivery.narrator or f"{named_voices(self.parts) or self.voice} ({model})"
        comment = f"Synthetic narration by {model}, voice{'s' * (len(voices) > 1)} {', '.join(voices)}."
        book = replace(self.book.metadata, language=self.language)
        return Credits(book, narrator, comment, self.profile.watermark)

    def resolved(self, store: TakeStore) -> "Resolved[Chunk]":
        """For each order's key the takes in the store that speak it, and what has still to be asked for."""
        resolver = self.resolver(store)
        chunks = {planned.order.key: planned for planned in self._chunks()}
        return Resolved({key: resolver.resolve(planned.order, planned.chunk) for key, planned in chunks.items()})

    def missing(self, store: TakeStore) -> tuple[Order, ...]:
        """What has still to be asked for: the orders, or parts of them, that no take in the store speaks."""
        return tuple(self.resolved(store).lacking.values())

    def used(self, store: TakeStore) -> set[Key]:
        """Everything in the store that this book needs."""
        resolver = self.resolver(store)
        return {key for planned in self._chunks() for key in resolver.used(planned.order, planned.chunk)}

    def resolver(self, store: TakeStore) -> "Resolver[Chunk]":
        """Which takes speak which chunk, by the store alone."""
        return Resolver(
            store,
            self.job.settings.acceptance,
            framing=framing_of(self.profile),
            order_of=self.reader.order_of,
            halves=self.halves,
            fallback=None if self.fallback is None else self.fallback.order_of,
            choices=self.choices,
        )

    def halves(self, chunk: Chunk) -> tuple[Chunk, ...]:
        """A chunk in two, or nothing where it cannot be cut or is not to be."""
        if not self.job.settings.acceptance.split:
            return ()
        return halved(chunk, language=self.language) or ()

    def _chunks(self) -> Iterator[PlannedChunk]:
        for chapter in self.chapters:
            yield from chapter.chunks


@dataclass(frozen=True, slots=True)
class Failed:
    """A book that did not come as far as a plan, and why."""

    job: BookJob
    error: PipelineError


def plan_books(jobs: Sequence[BookJob]) -> list[Plan | Failed]:
    """Plan every book; one that cannot be read does not keep the others from being made."""
    return [_plan_or_failure(job) for job in jobs]


def _plan_or_failure(job: BookJob) -> Plan | Failed:
    try:
        return plan_of(job, chosen_profile(job.settings), fallback=fallback_profile(job.settings))
    except BookError as error:
        return Failed(job, error)


def chosen_profile(settings: Settings) -> ModelProfile:
    """The model profile of a job: as named, else by whether the key of the paid default is at hand."""
    profiles = load_profiles(settings.models)
    has_key = bool(api_key(profiles[DEFAULT_PAID_MODEL].api_key_env))
    return profile_for(settings.speech, profiles, has_paid_key=has_key)


def fallback_profile(settings: Settings) -> ModelProfile | None:
    """The model that is asked for what the chosen one fails at, if a job names one."""
    name = settings.speech.fallback_model
    profiles = load_profiles(settings.models)
    if name and name not in profiles:
        remedy = "`run-pipeline voices` lists them"
        raise SettingsError(f"unknown model {name!r}", where="speech.fallback_model", remedy=remedy)
    return profiles[name] if name else None


def announce_choice(plan: Plan, emit: Emit) -> None:
    """One line when nobody named an engine: which one, why, what the other would be and cost."""
    speech = plan.job.settings.speech
    if speech.engine or speech.model:
        return
    paid = load_profiles(plan.job.settings.models)[DEFAULT_PAID_MODEL]
    if plan.profile.name == paid.name:
        emit(Notice(f"{paid.api_key_env} is set, so {paid.name} speaks; `--engine espeak` would be a free draft"))
        return
    cost = sum(paid.text_cost_usd(order.request.text, audio_s=order.expected_s) for order in plan.orders)
    free = f"no {paid.api_key_env} is set, so the embedded voice speaks, for free"
    emit(Notice(f"{free}; {paid.name} would cost about ${cost:.2f} for {plan.title}"))


def plan_of(job: BookJob, profile: ModelProfile, *, fallback: ModelProfile | None = None) -> Plan:
    """Read, cut and price a book. Raises `BookError` or `SettingsError`; spends nothing and needs no key."""
    book = _with_ipa_note(_with_usable_cover(read_book(job.source, job.settings.reading)), profile)
    language = job.settings.speech.language or book.metadata.language
    reader = reader_of(job, profile, book, language=language)
    found = directed(book, job, reader.asker.cast, max_speakers=reader.asker.max_speakers)
    notes = (*found.book.notes, *found.notes, *reader.asker.notes, *notes_on_script(job, language=language))
    book = replace(found.book, notes=notes)
    script = script_for(job, book, profile, voice=reader.voice, language=language, directions=found.directions)
    chapters = tuple(
        PlannedChapter(chapter.number, chapter.title, tuple(_planned(chapter.chunks, reader)))
        for chapter in script.chapters
    )
    second = None if fallback is None else fallback_reader(job, fallback, book, language=language)
    plan = Plan(job, book, profile, reader.voice, language, chapters, reader, second)
    return replace(plan, choices=choices_in(plan.folder))


def _with_usable_cover(book: Book) -> Book:
    """The book without a cover that does not decode: found before the first chunk is spoken, not at the delivery."""
    if book.cover is None:
        return book
    from pipeline.assemble.cover import size_of  # here: most of what it loads is for sound

    try:
        size_of(book.cover.data)
    except ValueError as error:
        return replace(book, cover=None, notes=(*book.notes, f"{error}; the book is made without one"))
    return book


def _with_ipa_note(book: Book, profile: ModelProfile) -> Book:
    """The book with a word on pronunciations of its own that the model has no way to take."""
    in_ipa = sum(not lexeme.say for lexeme in book.lexicon) + sum(len(block.sounds) for block in book.blocks())
    if profile.ipa_syntax or not in_ipa:
        return book
    note = f"{profile.name} takes no IPA: {in_ipa} pronunciations that the book gives in it are not used"
    return replace(book, notes=(*book.notes, note))


def _planned(chunks: tuple[Chunk, ...], reader: Reader) -> Iterator[PlannedChunk]:
    for number, chunk in enumerate(chunks, start=1):
        yield PlannedChunk(number, chunk, reader.order_of(chunk))
