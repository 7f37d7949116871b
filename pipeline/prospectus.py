"""Plans put into the words of `plan`: what each book would take, and what all of them would."""

import dataclasses
from collections.abc import Iterator, Sequence

from pipeline.accounts import coverage_data, voice_uses
from pipeline.bill import bill_of
from pipeline.languages import primary_subtag
from pipeline.outlook import outlook_for
from pipeline.planning import Failed, Plan, PlannedChapter, PlannedChunk, paid_default, paid_default_cost_usd
from pipeline.report.plan_data import (
    BookPlan,
    ChapterPlan,
    DirectorPlan,
    ExcludedRule,
    OtherEngine,
    PlanFailure,
    PlanReport,
    PlanTotals,
    PronunciationUse,
    SkippedChapter,
)
from pipeline.report.rules import meaning_of
from pipeline.script import Chunk
from pipeline.script.pronunciation import Pronunciation
from pipeline.speech.profiles import EMBEDDED_MODEL
from pipeline.speech.request import Key
from pipeline.takes.order import Order
from pipeline.takes.resolve import Resolved
from pipeline.takes.store import TakeStore


def plan_report(plans: Sequence[Plan | Failed]) -> PlanReport:
    """What `plan --json` prints: every book priced against the store it keeps its takes in, and all together."""
    good = [plan for plan in plans if isinstance(plan, Plan)]
    failures = [
        PlanFailure(source=str(failed.job.source), error=str(failed.error), exit_code=failed.error.exit_code)
        for failed in plans
        if isinstance(failed, Failed)
    ]
    books = [book_plan(plan, TakeStore(plan.job.settings.run.takes_folder)) for plan in good]
    return PlanReport(
        exit_code=max((failure.exit_code for failure in failures), default=0),
        books=books,
        failures=failures,
        totals=_totals(good, books),
    )


def _totals(plans: Sequence[Plan], books: Sequence[BookPlan]) -> PlanTotals:
    """Budget and curfew are those that a run of all of these keeps to."""
    pace = [plan.job.settings.pace for plan in plans]
    return PlanTotals(
        books=len(books),
        chapters=sum(len(book.chapters) for book in books),
        chunks=sum(book.chunks for book in books),
        different_chunks=sum(book.different_chunks for book in books),
        missing_chunks=sum(book.missing_chunks for book in books),
        seconds=sum(book.seconds for book in books),
        missing_seconds=sum(book.missing_seconds for book in books),
        cost_usd=sum(book.cost_usd for book in books),
        cost_low_usd=sum(book.cost_low_usd for book in books),
        cost_high_usd=sum(book.cost_high_usd for book in books),
        budget_usd=max((one.budget_usd for one in pace), default=0.0) or None,
        stop_at=next((one.stop_at for one in pace if one.stop_at), ""),
    )


def book_plan(plan: Plan, store: TakeStore) -> BookPlan:
    """The plan as data, priced against what the store holds."""
    resolved = plan.resolved(store)
    due = _due(resolved)
    uncounted = set(resolved.chunks)
    chapters = [_chapter_plan(chapter, due, uncounted) for chapter in plan.chapters]
    metadata = plan.book.metadata
    bill = bill_of(plan, store, resolved)
    return BookPlan(
        source=str(plan.job.source),
        title=plan.title,
        creators=list(metadata.creators),
        language=plan.language,
        engine=plan.profile.engine,
        model=plan.profile.name,
        voice=plan.voice,
        is_paid=plan.profile.is_paid,
        chapters=chapters,
        skipped=list(_skipped(plan)),
        not_chosen=_not_chosen(plan),
        chunks=plan.chunk_count,
        different_chunks=len(plan.orders),
        missing_chunks=len(resolved.unspoken),
        seconds=plan.expected_s,
        missing_seconds=sum(order.expected_s for order in resolved.lacking.values()),
        cost_usd=bill.expected_usd,
        cost_low_usd=bill.low_usd,
        cost_high_usd=bill.high_usd,
        budget_usd=plan.job.settings.pace.book_budget_usd or None,
        coverage=coverage_data(plan.book),
        excluded=list(_excluded(plan)),
        voices=voice_uses(plan),
        pronunciations=list(_pronunciation_uses(plan)),
        director=_director_plan(plan),
        other=_other_engine(plan),
        notes=list(plan.notes),
    )


def _director_plan(plan: Plan) -> DirectorPlan | None:
    outlook = outlook_for(plan.job, language=plan.language)
    return None if outlook is None else DirectorPlan(**dataclasses.asdict(outlook))


def _other_engine(plan: Plan) -> OtherEngine:
    """What would speak it instead, if another engine were named."""
    if plan.profile.is_paid:
        return OtherEngine(engine="espeak", model=EMBEDDED_MODEL, cost_usd=0.0)
    paid = paid_default(plan)
    return OtherEngine(engine=paid.engine, model=paid.name, cost_usd=paid_default_cost_usd(plan))


def _excluded(plan: Plan) -> Iterator[ExcludedRule]:
    """What is left out, the rules first that take most."""
    chars = plan.book.coverage.excluded_chars
    for rule in sorted(chars, key=lambda rule: (-chars[rule], rule)):
        yield ExcludedRule(rule=rule, chars=chars[rule], meaning=meaning_of(rule))


def _not_chosen(plan: Plan) -> int:
    """Chapters of the book that are left for another run."""
    picked = plan.job.chapters
    numbers = range(1, len(plan.book.chapters) + 1)
    return 0 if picked is None else sum(number not in picked for number in numbers)


def _pronunciation_uses(plan: Plan) -> Iterator[PronunciationUse]:
    """A user's rules, touching something or not, then what of the book's own touches something."""
    users = [rule for rule in plan.reader.pronouncer.rules if not rule.is_books]
    touched: dict[Pronunciation | str, list[PlannedChunk]] = {rule: [] for rule in users}
    for chapter in plan.chapters:
        for planned in chapter.chunks:
            for rule in _rules_of(plan, planned.chunk):
                touched.setdefault(rule, []).append(planned)
    for rule, chunks in touched.items():
        yield PronunciationUse(
            words=rule if isinstance(rule, str) else rule.words,
            chunks=len(chunks),
            cost_usd=sum(planned.order.cost_usd for planned in chunks),
            from_book=rule not in users,
        )


def _rules_of(plan: Plan, chunk: Chunk) -> set[Pronunciation | str]:
    """The rules that touch a chunk; for the book's word on a single place, the words that stand there."""
    found: set[Pronunciation | str] = set()
    for line in chunk.lines:
        language = primary_subtag(line.language or plan.language)
        found.update(plan.reader.pronouncer.touching(line.text, language=language))
        carried = plan.reader.pronouncer.carried(line.text, line.sounds, language=language)
        found.update(line.text[sound.start : sound.end] for sound in carried)
    return found


def _skipped(plan: Plan) -> Iterator[SkippedChapter]:
    """Chapters of which nothing is spoken, where nobody chose among them."""
    planned = {chapter.number for chapter in plan.chapters}
    for number, chapter in enumerate(plan.book.chapters, start=1):
        if number not in planned and plan.job.chapters is None:
            rules = dict.fromkeys(block.rule for block in chapter.blocks if block.rule)
            yield SkippedChapter(number=number, title=chapter.title, rules=list(rules))


def _due(resolved: Resolved[Chunk]) -> dict[Key, list[Order]]:
    """For each chunk that lacks something what is bought for it: nothing that is bought for one before it already."""
    waiting = dict(resolved.lacking)
    return {
        key: [waiting.pop(order.key) for order in resolved.chunks[key].lacking if order.key in waiting]
        for key in resolved.unspoken
    }


def _chapter_plan(chapter: PlannedChapter, due: dict[Key, list[Order]], uncounted: set[Key]) -> ChapterPlan:
    """A request that stands in several chapters is counted in the first of them, as it is bought once: what a chapter
    counts is taken out of `due` and `uncounted`.
    """
    keys = dict.fromkeys(planned.order.key for planned in chapter.chunks)  # in their order: sums are to be the same
    own = {key: due.pop(key) for key in keys if key in due}
    different = sum(key in uncounted for key in keys)
    uncounted.difference_update(keys)
    return ChapterPlan(
        number=chapter.number,
        title=chapter.title,
        chunks=len(chapter.chunks),
        different_chunks=different,
        missing_chunks=len(own),
        seconds=chapter.expected_s,
        cost_usd=sum(order.cost_usd for orders in own.values() for order in orders),
    )
