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
from pipeline.script.measure import speech_seconds, token_bound
from pipeline.script.pronunciation import Pronunciation, pronounced, pronunciations_of
from pipeline.script.spoken import Context, spoken_text
from pipeline.speech.profiles import ModelProfile, primary_subtag
from pipeline.speech.request import key_of
from pipeline.speech.settings import request_for, voice_for
from pipeline.takes.render import Order
from pipeline.takes.store import TakeStore


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

    def missing(self, store: TakeStore) -> tuple[Order, ...]:
        """The orders whose take is not in the store."""
        return tuple(order for order in self.orders if store.find(order.key) is None)

    def _chunks(self) -> Iterator[PlannedChunk]:
        for chapter in self.chapters:
            yield from chapter.chunks


def plan_of(job: BookJob, profile: ModelProfile) -> Plan:
    """Read, cut and price a book. Raises `BookError` or `SettingsError`; spends nothing and needs no key."""
    book = _with_usable_cover(read_book(job.source, job.settings.reading))
    settings = job.settings
    language = settings.speech.language or book.metadata.language
    if not profile.speaks(language):
        raise SettingsError(
            f"{profile.name} does not speak {language!r}",
            where=str(job.source),
            remedy="name the book's language with `--language`, or choose another model",
        )
    voice = voice_for(settings.speech, profile, language=language)
    rules = pronunciations_of(settings.pronunciations, language=language)
    say = speech_text_of(rules, profile, language=language)
    script = script_of(book, settings.script, limits_of(profile), language=language)
    reader = _Reader(profile, voice, language)
    chapters = tuple(
        PlannedChapter(chapter.number, chapter.title, tuple(_planned(chapter.chunks, job, reader, say)))
        for chapter in script.chapters
        if job.chapters is None or chapter.number in job.chapters
    )
    if not chapters:
        numbers = f"1-{len(book.chapters)}"
        raise EmptyBook("no chapter to speak", where=str(job.source), remedy=f"the book has chapters {numbers}")
    return Plan(job, book, profile, voice, language, chapters, rules)


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


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who reads the book, in which language."""

    profile: ModelProfile
    voice: str
    language: str


def _planned(
    chunks: tuple[Chunk, ...], job: BookJob, reader: _Reader, say: Callable[[Line], str]
) -> Iterator[PlannedChunk]:
    profile = reader.profile
    for number, chunk in enumerate(chunks, start=1):
        request = request_for(chunk.said(say), settings=job.settings.speech, profile=profile, voice=reader.voice)
        seconds = speech_seconds(chunk.text)
        cost = profile.cost_usd(input_tokens=token_bound(request.text), chars=len(request.text), audio_s=seconds)
        yield PlannedChunk(number, chunk, Order(key_of(request), request, seconds, cost, reader.language))
