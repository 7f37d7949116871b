"""A book's chapters on their way from takes to encoded tracks: each as soon as its takes are there."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self, TypeVar

from pipeline.assemble.order import ChapterOrder, Spoken
from pipeline.assemble.survey import Survey
from pipeline.assemble.tracks import EncodedChapter, Finish, TrackShelf
from pipeline.facilities import Facilities
from pipeline.planning import Plan, PlannedChapter
from pipeline.script import Chunk
from pipeline.speech.silences import silences_of
from pipeline.speech.tags import TagKind, kinds_of, tags_in
from pipeline.takes.order import Order
from pipeline.takes.resolve import Part, Resolver
from pipeline.takes.store import TakeStore

T = TypeVar("T")

_TELLING_S = 60.0
"""Seconds of speech a chapter needs for a sample of it to tell anything: stores ask for one to five minutes."""


@dataclass(slots=True)
class Mixing:
    """The chapters of one book. `parts` are, by chapter number, the texts of its clips; `sample` is its retail sample.

    How loud a short chapter is made depends on the whole book, which is known when the last survey is there. Until
    then a chapter is made as those so far would have it; `stale` are the ones to be made once more, few and short.
    """

    plan: Plan
    facilities: Facilities
    shelf: TrackShelf
    resolver: Resolver[Chunk]
    parts: dict[int, list[Chunk]] = field(default_factory=dict)
    sample: EncodedChapter | None = None
    _surveys: dict[int, list[Survey]] = field(default_factory=dict)
    _done: dict[int, list[EncodedChapter]] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, store: TakeStore, facilities: Facilities) -> Self:
        return cls(plan, facilities, shelf_of(plan, store), plan.resolver(store))

    @property
    def done(self) -> list[EncodedChapter]:
        """What has been made so far, in the order of the book; a chapter too long for its target is several."""
        return [portion for number in sorted(self._done) for portion in self._done[number]]

    def has(self, chapter: PlannedChapter) -> bool:
        return chapter.number in self._done

    def stale(self) -> list[PlannedChapter]:
        """The chapters that the whole book would have louder or quieter than they were made."""
        gains_db = self._gains_db()
        return [
            chapter
            for chapter in self.plan.chapters
            if gains_db[chapter.number] != [portion.gain_db for portion in self._done[chapter.number]]
        ]

    async def chapter(self, chapter: PlannedChapter) -> list[EncodedChapter] | Order:
        """The chapter surveyed, mixed and encoded; or the first order in it that nothing in the store speaks.

        Raises `DamagedTake` if a take does not verify, and `StoppedOnPurpose` or `Interrupted` if the run is to end.
        """
        parts = await asyncio.to_thread(_spoken_parts, chapter, self.resolver)
        if not isinstance(parts, list):
            return parts
        order = _chapter_order(chapter, parts)
        async with self.facilities.encoding:
            self.facilities.stop.check()
            portions = await self._run(lambda: self.shelf.portions(order))
            self._surveys[chapter.number] = await self._run(lambda: [self.shelf.survey(one) for one in portions])
            gains_db = self._gains_db()[chapter.number]
            done = await self._run(lambda: self._encoded(portions, chapter.number, gains_db))
            if chapter.number == self._sampled_number:
                self.sample = await self._run(lambda: self._sampled(order, gains_db[0]))
        self.parts[chapter.number] = [part.text for _, part in parts]
        self._done[chapter.number] = done
        return done

    def _encoded(
        self, portions: Sequence[ChapterOrder], number: int, gains_db: Sequence[float]
    ) -> list[EncodedChapter]:
        return [
            self.shelf.chapter(portion, survey, gain_db=gain_db)
            for portion, survey, gain_db in zip(portions, self._surveys[number], gains_db, strict=True)
        ]

    def _sampled(self, order: ChapterOrder, gain_db: float) -> EncodedChapter | None:
        sample = self.shelf.sample(order)
        return None if sample is None else self.shelf.chapter(sample, self.shelf.survey(sample), gain_db=gain_db)

    @property
    def _sampled_number(self) -> int:
        """The chapter a sample is cut from: the first that is one, where a title page or credits come before it."""
        long = (chapter.number for chapter in self.plan.chapters if chapter.expected_s >= _TELLING_S)
        return next((number for number in long if number > 0), self.plan.chapters[0].number)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.facilities.encoders, work)

    def _gains_db(self) -> dict[int, list[float]]:
        """By chapter number, as far as surveyed."""
        numbers = sorted(self._surveys)
        gains_db = iter(self.shelf.gains_db([survey for number in numbers for survey in self._surveys[number]]))
        return {number: [next(gains_db) for _ in self._surveys[number]] for number in numbers}


def shelf_of(plan: Plan, store: TakeStore) -> TrackShelf:
    """Where the encoded chapters of a book are kept, beside its takes."""
    sound, delivery = plan.job.settings.sound, plan.job.settings.delivery
    finish = Finish(sound, delivery.goal, delivery.encodings, delivery.packet_frames)
    return TrackShelf(store.root / "tracks", finish, samples=store.samples)


def used_by(plan: Plan, store: TakeStore) -> set[str]:
    """Everything in the store that a book needs: its takes, and its encoded chapters."""
    resolver = plan.resolver(store)
    found = ((chapter, _spoken_parts(chapter, resolver)) for chapter in plan.chapters)
    complete = [_chapter_order(chapter, parts) for chapter, parts in found if isinstance(parts, list)]
    return {*plan.used(store), *shelf_of(plan, store).kept(complete)}


def _spoken_parts(chapter: PlannedChapter, resolver: Resolver[Chunk]) -> list[tuple[int, Part[Chunk]]] | Order:
    """What speaks a chapter, each part with its chunk's number; or the first order that nothing in the store speaks."""
    parts: list[tuple[int, Part[Chunk]]] = []
    for planned in chapter.chunks:
        found = resolver.resolve(planned.order, planned.chunk)
        if found.lacking:
            return planned.order
        parts += [(planned.number, part) for part in found.parts]
    return parts


def _chapter_order(chapter: PlannedChapter, parts: Sequence[tuple[int, Part[Chunk]]]) -> ChapterOrder:
    """What is to be mixed: each part's take, and what follows it in the book."""
    spoken = tuple(_spoken(number, part) for number, part in parts)
    return ChapterOrder(chapter.number, chapter.title, spoken)


def _spoken(number: int, part: Part[Chunk]) -> Spoken:
    """A take loses the silence at its ends, so a pause that a tag asks for there is ours to put in."""
    request, silences = part.request, silences_of(part.request)
    return Spoken(
        number,
        part.take,
        part.text.after,
        silences.before_ms,
        silences.after_ms,
        voice=" and ".join(dict.fromkeys(turn.voice for turn in request.turns)),
        is_played=any(
            TagKind.STYLE in kinds_of(mark.words) for mark in tags_in(request.text, request.tag_syntax or "none")
        ),
    )
