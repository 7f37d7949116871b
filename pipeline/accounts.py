"""What was made put into the words of the report: the one place that knows both sides."""

import dataclasses
from collections.abc import Sequence
from itertools import islice
from math import isfinite
from typing import TYPE_CHECKING

from pipeline.book import Anchor, Block, Book
from pipeline.planning import Plan
from pipeline.recording import PIPELINE_FORMAT, Clip, Mark
from pipeline.report.plan_data import CoverageData, VoiceUse
from pipeline.report.schema import (
    AccountData,
    ChapterReport,
    ChosenRetake,
    MissedRule,
    Remaining,
    SuspectChunk,
)
from pipeline.script import Chunk
from pipeline.script.additions import is_ours
from pipeline.speech.request import Key
from pipeline.takes.resolve import Resolved
from pipeline.takes.store import TakeStore
from pipeline.times import ChapterTimeline, ClipTime, SentenceTime, Timeline

if TYPE_CHECKING:  # a plan needs none of the audio libraries
    from pipeline.alignment import TimedSentence
    from pipeline.assemble.delivery import Delivery, Missed
    from pipeline.assemble.tracks import EncodedChapter
    from pipeline.session import Made
    from pipeline.takes.entries import Account


def voice_uses(plan: Plan) -> list[VoiceUse]:
    """Who speaks how much, in which voice."""
    return [VoiceUse(**dataclasses.asdict(part)) for part in plan.parts]


def coverage_data(book: Book) -> CoverageData:
    coverage = book.coverage
    return CoverageData(
        total_chars=coverage.total_chars,
        spoken_chars=coverage.spoken_chars,
        excluded_chars=dict(sorted(coverage.excluded_chars.items())),
    )


def suspects(plan: Plan, store: TakeStore, resolved: Resolved[Chunk]) -> list[SuspectChunk]:
    """The chunks, or parts of them, that suspect takes speak, in reading order."""
    return [
        SuspectChunk(
            chapter=chapter.title,
            key=planned.order.key,
            take=part.take.key,
            text=part.text.text,
            reasons=list(store.record(Key(part.take.key))["facts"].get("checks", {}).get("reasons", ())),
        )
        for chapter in plan.chapters
        for planned in chapter.chunks
        for part in resolved.chunks[planned.order.key].parts
        if part.take.is_suspect
    ]


def chosen_retakes(plan: Plan) -> list[ChosenRetake]:
    """The chunks that a chosen retake speaks, each once, in reading order."""
    places = {planned.order.key: (chapter, planned) for chapter in plan.chapters for planned in chapter.chunks}
    chosen = ((plan.choices.of_chunk(key), chapter, planned) for key, (chapter, planned) in places.items())
    return [
        ChosenRetake(
            chapter=chapter.title,
            key=planned.order.key,
            words=planned.chunk.text,
            number=choice.used.number,
            voice=choice.used.voice,
            said=choice.used.text,
            parameters=choice.used.parameters,
        )
        for choice, chapter, planned in chosen
        if choice is not None and choice.used is not None
    ]


def remaining(resolved: Resolved[Chunk]) -> Remaining:
    """What has still to be asked for."""
    orders = resolved.lacking.values()
    return Remaining(
        chunks=len(resolved.unspoken),
        seconds=sum(order.expected_s for order in orders),
        cost_usd=sum(order.cost_usd for order in orders),
    )


def account_data(account: "Account") -> AccountData:
    return AccountData(**dataclasses.asdict(account))


def chapter_reports(encoded: Sequence["EncodedChapter"], delivery: "Delivery") -> list[ChapterReport]:
    rate = PIPELINE_FORMAT.rate
    return [
        ChapterReport(
            number=done.track.chapter,
            title=done.track.title,
            start_s=mark.start_frame / rate,
            end_s=mark.end_frame / rate,
            chunks=len({clip.chunk for clip in done.track.clips}),
            reused=done.reused,
            loudness_lufs=_finite(max(proof.measured.lufs for proof in done.proofs.values())),
            true_peak_dbtp=_finite(max(proof.measured.true_peak.db for proof in done.proofs.values())),
            waveform=done.waveform,
            file=file.name,
            file_at_s=at_s,
        )
        for done, mark, (file, at_s) in zip(encoded, delivery.marks, delivery.places, strict=True)
    ]


def _finite(db: float) -> float | None:
    return round(db, 2) if isfinite(db) else None


def missed_data(missed: "Sequence[Missed]") -> list[MissedRule]:
    return [
        MissedRule(
            chapter=one.chapter,
            codec=one.codec,
            **one.row.model_dump(include={"rule", "value", "unit", "least", "most", "at_s"}),
        )
        for one in missed
    ]


def timeline(plan: Plan, made: "Made", marks: Sequence[Mark]) -> Timeline:
    """Where every chunk and sentence stands in the delivered book; a chunk that was halved has several clips.

    A chapter that is several files is several here, of the same number.
    """
    parts = {number: iter(chunks) for number, chunks in made.parts.items()}
    chapters = [
        ChapterTimeline(
            number=track.chapter,
            title=track.title,
            start_frame=mark.start_frame,
            end_frame=mark.end_frame,
            clips=[
                _clip_time(plan, track.chapter, clip, chunk, mark.start_frame)
                for clip, chunk in zip(track.clips, islice(parts[track.chapter], len(track.clips)), strict=True)
            ],
        )
        for track, mark in zip((done.track for done in made.encoded), marks, strict=True)
    ]
    return Timeline(rate=PIPELINE_FORMAT.rate, frames=marks[-1].end_frame, chapters=chapters)


def _clip_time(plan: Plan, chapter: int, clip: Clip, chunk: Chunk, offset: int) -> ClipTime:
    from pipeline.alignment import timed_sentences  # here, because a plan needs no numpy

    start, end = offset + clip.start_frame, offset + clip.end_frame
    chapters = plan.book.chapters
    blocks = chapters[chapter - 1].blocks if 0 < chapter <= len(chapters) else ()  # else credits of ours
    timed = timed_sentences(chunk, clip, language=plan.language)
    sentences = [_sentence_time(sentence, blocks, start) for sentence in timed]
    return ClipTime(
        chunk=clip.chunk,
        key=clip.key,
        start_frame=start,
        end_frame=end,
        sentences=sentences,
        speaker=chunk.speakers[0],
        speakers=list(chunk.speakers) if len(chunk.speakers) > 1 else [],
    )


def _sentence_time(sentence: "TimedSentence", blocks: Sequence[Block], offset: int) -> SentenceTime:
    line = sentence.line
    anchor = Anchor() if is_ours(line) else blocks[line.block].anchor
    return SentenceTime(
        text=line.text[sentence.start : sentence.end],
        file=anchor.file,
        element=anchor.element,
        block=line.block,
        start=line.start + sentence.start,
        end=line.start + sentence.end,
        start_frame=offset + sentence.start_frame,
        end_frame=offset + sentence.end_frame,
        speaker=line.speaker,
    )
