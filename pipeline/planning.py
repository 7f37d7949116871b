"""The plan of a book: which chunks, which requests, what they will cost. A pure function of the book and the settings.

Only `missing` looks at the take store, so that a plan can say what a run would spend.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from pipeline.assemble.cover import jpeg_of
from pipeline.assemble.tags import Credits
from pipeline.book import Book
from pipeline.config import BookJob
from pipeline.errors import EmptyBook, SettingsError
from pipeline.ingest import read_book
from pipeline.script import Chunk, Limits, Line, script_of
from pipeline.script.halving import halved
from pipeline.script.measure import speech_seconds, token_bound
from pipeline.script.pronunciation import Pronunciation, pronounced, pronunciations_of
from pipeline.script.spoken import Context, spoken_text
from pipeline.speech.profiles import ModelProfile, primary_subtag
from pipeline.speech.request import Key, key_of
from pipeline.speech.settings import SpeechSettings, request_for, voice_for
from pipeline.takes.resolve import Resolution, Resolver
from pipeline.takes.store import TakeStore
from pipeline.takes.studio import Order, framing_of


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
    """What a run of one book would do."""

    job: BookJob
    book: Book
    profile: ModelProfile
    voice: str
    language: str
    chapters: tuple[PlannedChapter, ...]
    reader: "Reader"
    fallback: "Reader | None" = None
    pronunciations: tuple[Pronunciation, ...] = ()

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

    @property
    def credits(self) -> Credits:
        """Who wrote and who reads it; the narrator is named as what it is, a synthetic voice."""
        model = self.profile.name.rsplit("/", 1)[-1]
        narrator = self.job.settings.delivery.narrator or f"{self.voice} ({model})"
        return Credits(self.book.metadata, narrator, f"Synthetic narration by {model}, voice {self.voice}.")

    def resolved(self, store: TakeStore) -> dict[Key, "Resolution[Chunk]"]:
        """For each order's key the takes in the store that speak it, and what has still to be asked for."""
        resolver = self.resolver(store)
        chunks = {planned.order.key: planned for planned in self._chunks()}
        return {key: resolver.resolve(planned.order, planned.chunk) for key, planned in chunks.items()}

    def missing(self, store: TakeStore) -> tuple[Order, ...]:
        """What has still to be asked for: the orders, or parts of them, that no take in the store speaks."""
        lacking = (order for resolution in self.resolved(store).values() for order in resolution.lacking)
        return tuple({order.key: order for order in lacking}.values())

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
        )

    def halves(self, chunk: Chunk) -> tuple[Chunk, ...]:
        """A chunk in two, or nothing where it cannot be cut or is not to be."""
        if not self.job.settings.acceptance.split:
            return ()
        return halved(chunk, language=self.language) or ()

    def _chunks(self) -> Iterator[PlannedChunk]:
        for chapter in self.chapters:
            yield from chapter.chunks


@dataclass(frozen=True)
class Reader:
    """Who reads a book, and what is asked for a chunk of it."""

    profile: ModelProfile
    voice: str
    settings: SpeechSettings
    say: Callable[[Line], str]

    def order_of(self, chunk: Chunk) -> Order:
        text = chunk.said(self.say)
        request = request_for(text, settings=self.settings, profile=self.profile, voice=self.voice)
        seconds = speech_seconds(chunk.text)
        tokens = token_bound(request.text)
        cost = self.profile.cost_usd(input_tokens=tokens, chars=len(request.text), audio_s=seconds)
        return Order(key_of(request), request, seconds, cost)


def plan_of(job: BookJob, profile: ModelProfile, *, fallback: ModelProfile | None = None) -> Plan:
    """Read, cut and price a book. Raises `BookError` or `SettingsError`; spends nothing and needs no key."""
    book = _with_usable_cover(read_book(job.source, job.settings.reading))
    settings = job.settings
    language = settings.speech.language or book.metadata.language
    rules = pronunciations_of(settings.pronunciations, language=language)
    reader = _reader(job, profile, rules, language=language)
    script = script_of(book, settings.script, limits_of(profile), language=language)
    chapters = tuple(
        PlannedChapter(chapter.number, chapter.title, tuple(_planned(chapter.chunks, reader)))
        for chapter in script.chapters
        if job.chapters is None or chapter.number in job.chapters
    )
    if not chapters:
        numbers = f"1-{len(book.chapters)}"
        raise EmptyBook("no chapter to speak", where=str(job.source), remedy=f"the book has chapters {numbers}")
    second = None if fallback is None else _reader(_without_voice(job), fallback, rules, language=language)
    return Plan(job, book, profile, reader.voice, language, chapters, reader, second, rules)


def _reader(job: BookJob, profile: ModelProfile, rules: tuple[Pronunciation, ...], *, language: str) -> Reader:
    if not profile.speaks(language):
        raise SettingsError(
            f"{profile.name} does not speak {language!r}",
            where=str(job.source),
            remedy="name the book's language with `--language`, or choose another model",
        )
    voice = voice_for(job.settings.speech, profile, language=language)
    return Reader(profile, voice, job.settings.speech, speech_text_of(rules, profile, language=language))


def _without_voice(job: BookJob) -> BookJob:
    """The job for the fallback model, which has voices of its own and is found at its own address."""
    speech = job.settings.speech
    plain = {"voice": speech.fallback_voice, "base_url": "", "model_name": "", "service": ""}
    settings = job.settings.model_copy(update={"speech": speech.model_copy(update=plain)})
    return replace(job, settings=settings)


def _with_usable_cover(book: Book) -> Book:
    """The book without a cover that does not decode: found before the first chunk is spoken, not at the delivery."""
    if book.cover is None:
        return book
    try:
        jpeg_of(book.cover)
    except ValueError as error:
        return replace(book, cover=None, notes=(*book.notes, f"{error}; the book is made without one"))
    return book


def speech_text_of(rules: tuple[Pronunciation, ...], profile: ModelProfile, *, language: str) -> Callable[[Line], str]:
    """How a line of the book becomes the text a voice is given: typography first, then the user's pronunciations."""
    primary = primary_subtag(language)

    def say(line: Line) -> str:
        text = spoken_text(line.text, Context(line.kind, primary), needs=profile.normalise)
        return pronounced(text, rules, ipa_syntax=profile.ipa_syntax)

    return say


def limits_of(profile: ModelProfile) -> Limits:
    """What one request to the model may hold."""
    seconds = profile.max_output_tokens / profile.audio_tokens_per_s if profile.audio_tokens_per_s else 0.0
    return Limits(profile.max_chars, profile.max_input_tokens, seconds)


def _planned(chunks: tuple[Chunk, ...], reader: Reader) -> Iterator[PlannedChunk]:
    for number, chunk in enumerate(chunks, start=1):
        yield PlannedChunk(number, chunk, reader.order_of(chunk))
