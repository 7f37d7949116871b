"""What the take store and the ledger can show for a book's report: flagged chunks and their takes, pace, money.

It reads the whole book's records once, when the book is done; no sound is decoded for it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from pipeline.book import Block
from pipeline.invocation import retake_command
from pipeline.planning import Plan, PlannedChapter, PlannedChunk
from pipeline.recording import Samples
from pipeline.report.evidence import (
    Attempts,
    Evidence,
    ExcludedText,
    FlaggedChunk,
    Kind,
    Spending,
    SpokenChunk,
    TakeEvidence,
)
from pipeline.script import Chunk
from pipeline.speech.request import Key, shortened
from pipeline.takes.choices import DELIBERATE
from pipeline.takes.entries import Paid, State
from pipeline.takes.ledger import Ledger
from pipeline.takes.resolve import Resolution, Resolved, Resolver
from pipeline.takes.store import DamagedTake, TakeStore

MOST_PLAYERS = 60
"""Takes that are put beside a report as sounds, the worst first: of full length all of these take ten seconds."""

_EXAMPLES = 3
_EXAMPLE_CHARS = 140

Place = tuple[int, int]
"""A chunk's chapter number and its own."""


def evidence_of(
    plan: Plan, store: TakeStore, *, starts_s: Mapping[Place, float], failures: Mapping[str, str]
) -> Evidence:
    """All that is known of a book. `starts_s` is where its chunks begin, if it was delivered; `failures` why by key."""
    resolved = plan.resolved(store)
    chunks = list(_evident(plan, resolved, plan.resolver(store)))
    known = _Known.of(store, [key for one in chunks for key in one.keys])
    return Evidence(
        flagged=[_flagged(plan, one, known, starts_s, failures) for one in chunks if one.is_flagged(known, failures)],
        spoken=[_spoken(one, starts_s) for one in chunks if one.found.parts and not one.found.lacking],
        spending=_spending(chunks, known),
        attempts=_attempts(known.paid),
        excluded=_excluded(plan),
    )


def sounds_of(evidence: Evidence, store: TakeStore) -> "dict[str, Callable[[], Samples | None]]":
    """How each flagged take is heard, by the name of its file: the worst first, and no more than a page can hold."""
    ranked = sorted(
        (take for chunk in evidence.flagged for take in chunk.takes if take.seconds),
        key=lambda take: -take.badness,
    )
    return {
        shortened(take.key): partial(_samples, store, Key(take.key), is_rejected=take.verdict == "fail")
        for take in ranked[:MOST_PLAYERS]
    }


def with_files(evidence: Evidence, folder: str, files: Mapping[str, str]) -> Evidence:
    """The evidence with the files that were written of its takes, relative to the report."""

    def filed(take: TakeEvidence) -> TakeEvidence:
        name = files.get(shortened(take.key))
        return take if name is None else take.model_copy(update={"file": f"{folder}/{name}"})

    flagged = [chunk.model_copy(update={"takes": [filed(take) for take in chunk.takes]}) for chunk in evidence.flagged]
    return evidence.model_copy(update={"flagged": flagged})


def _samples(store: TakeStore, key: Key, *, is_rejected: bool) -> "Samples | None":
    if is_rejected:
        return store.rejected_samples(key)
    take = store.find(key)
    with suppress(DamagedTake):  # it is set aside, and the next run takes it again
        return None if take is None else store.samples(take)
    return None


@dataclass(frozen=True, slots=True)
class _Evident:
    """A chunk, what speaks it, and the keys of all that was asked for it, in that order."""

    chapter: PlannedChapter
    planned: PlannedChunk
    found: Resolution[Chunk]
    keys: tuple[Key, ...]

    @property
    def key(self) -> Key:
        return self.planned.order.key

    @property
    def place(self) -> Place:
        return self.chapter.number, self.planned.number

    @property
    def is_suspect(self) -> bool:
        return any(part.take.is_suspect for part in self.found.parts)

    def is_flagged(self, known: "_Known", failures: Mapping[str, str]) -> bool:
        """Failed, doubtful, or not spoken by the first take of it; one that was merely not asked for yet is not."""
        return self.key in failures or self.is_suspect or sum(key in known.records for key in self.keys) > 1


def _evident(plan: Plan, resolved: Resolved[Chunk], resolver: Resolver[Chunk]) -> Iterator[_Evident]:
    for chapter in plan.chapters:
        for planned in chapter.chunks:
            found = resolved.chunks[planned.order.key]
            tried = list(resolver.choices.tried(planned.order.key, planned.order.request))
            own = [planned.order.key]
            if own != [part.take.key for part in found.parts if not part.take.is_suspect]:
                own = [key for key in resolver.used(planned.order, planned.chunk) if key not in tried]
            yield _Evident(chapter, planned, found, tuple(dict.fromkeys(own + tried)))


@dataclass(frozen=True, slots=True)
class _Known:
    """By key the record of each take or of what came instead, and every attempt at them."""

    records: dict[Key, dict[str, Any]]
    rejected: frozenset[Key]
    paid: list[Paid]
    _actual_usd: dict[str, float]

    @classmethod
    def of(cls, store: TakeStore, keys: Iterable[Key]) -> "_Known":
        distinct = list(dict.fromkeys(keys))
        records: dict[Key, dict[str, Any]] = {}
        rejected = set()
        for key in distinct:
            with suppress(OSError, ValueError):
                records[key] = store.record(key)
                continue
            with suppress(OSError, ValueError):
                records[key] = store.rejected_record(key)
                rejected.add(key)
        paid = Ledger(store.root).attempts_for(distinct)
        actual_usd: dict[str, float] = defaultdict(float)
        for attempt in paid:
            if attempt.state in (State.STORED, State.REJECTED) and attempt.actual_usd is not None:
                actual_usd[attempt.key] += attempt.actual_usd
        return cls(records, frozenset(rejected), paid, dict(actual_usd))

    def cost_usd(self, key: Key) -> float:
        """By the service's records, by what it said with the take, or by its length."""
        record = self.records.get(key, {})
        said = self._actual_usd.get(key, record.get("cost_usd"))
        return float(record.get("facts", {}).get("estimated_cost_usd", 0.0) if said is None else said)

    def take(self, key: Key, *, is_used: bool) -> TakeEvidence:
        record = self.records[key]
        checks = record.get("facts", {}).get("checks", {})
        figures = {name: round(float(value), 4) for name, value in checks.get("figures", {}).items()}
        seconds = figures.get("seconds", record.get("frames", 0) / record.get("rate", 1))
        is_rejected = key in self.rejected
        number = int(record.get("request", {}).get("take", 0))
        return TakeEvidence(
            key=key,
            number=number - DELIBERATE if number > DELIBERATE else number,
            is_retake=number > DELIBERATE,
            verdict=_verdict(record, is_rejected=is_rejected),
            is_used=is_used,
            reasons=[*(checks.get("reasons") or ([str(record["reason"])] if is_rejected else []))],
            seconds=round(seconds, 3),
            cost_usd=round(self.cost_usd(key), 6),
            badness=float(checks.get("badness", 0.0)),
            figures=figures,
        )


def _verdict(record: Mapping[str, Any], *, is_rejected: bool) -> Any:
    if is_rejected:
        return "fail" if record.get("facts", {}).get("checks") else "refused"
    return "suspect" if record.get("is_suspect") else "pass"


def _flagged(
    plan: Plan, one: _Evident, known: _Known, starts_s: Mapping[Place, float], failures: Mapping[str, str]
) -> FlaggedChunk:
    used = {part.take.key for part in one.found.parts}
    kind: Kind = "failed" if one.key in failures else "suspect" if one.is_suspect else "retaken"
    return FlaggedChunk(
        id=shortened(one.key),
        key=one.key,
        kind=kind,
        chapter=one.chapter.number,
        title=one.chapter.title,
        number=one.planned.number,
        text=one.planned.chunk.text,
        voices=list(dict.fromkeys(turn.voice for turn in one.planned.order.request.turns)),
        start_s=starts_s.get(one.place),
        reason=failures.get(one.key, ""),
        takes=[known.take(key, is_used=key in used) for key in one.keys if key in known.records],
        command=retake_command(plan.job, shortened(one.key)),
    )


def _spoken(one: _Evident, starts_s: Mapping[Place, float]) -> SpokenChunk:
    return SpokenChunk(
        id=shortened(one.key),
        chapter=one.chapter.number,
        number=one.planned.number,
        start_s=starts_s.get(one.place),
        seconds=round(sum(part.take.seconds for part in one.found.parts), 3),
        chars=len(one.planned.chunk.text),
        takes=len(one.keys),
        is_suspect=one.is_suspect,
    )


def _spending(chunks: Sequence[_Evident], known: _Known) -> Spending:
    """Equal chunks share a take, which was paid once."""
    used: set[str] = {part.take.key for one in chunks for part in one.found.parts}
    sums: dict[str, float] = defaultdict(float)
    for key in known.records:
        sums["rejected" if key in known.rejected else "spoken" if key in used else "retakes"] += known.cost_usd(key)
    doubtful = sum(paid.actual_usd or paid.estimated_usd for paid in known.paid if paid.state is State.DOUBTFUL)
    return Spending(
        spoken_usd=round(sums["spoken"], 6),
        retakes_usd=round(sums["retakes"], 6),
        rejected_usd=round(sums["rejected"], 6),
        doubtful_usd=round(doubtful, 6),
    )


def _attempts(paid: Sequence[Paid]) -> Attempts:
    counts = Counter(attempt.state for attempt in paid)
    return Attempts(
        stored=counts[State.STORED],
        rejected=counts[State.REJECTED],
        refused=counts[State.REFUSED],
        doubtful=counts[State.DOUBTFUL],
    )


def _excluded(plan: Plan) -> list[ExcludedText]:
    """What was left out, the largest rule first. What an empty block held, a page break say, is counted elsewhere."""
    texts: dict[str, list[str]] = defaultdict(list)
    for chapter in plan.book.chapters:
        for block in chapter.blocks:
            for rule, text in _left_out(block):
                texts[rule].append(text)
    chars = plan.book.coverage.excluded_chars
    return [
        ExcludedText(
            rule=rule,
            chars=count,
            places=len(texts[rule]),
            examples=[_shortened(text) for text in dict.fromkeys(texts[rule]) if text.strip()][:_EXAMPLES],
        )
        for rule, count in sorted(chars.items(), key=lambda one: (-one[1], one[0]))
    ]


def _left_out(block: Block) -> Iterator[tuple[str, str]]:
    if block.rule:
        yield block.rule, block.text
    for omission in block.omissions:
        yield omission.rule, omission.text


def _shortened(text: str) -> str:
    single = " ".join(text.split())
    return single if len(single) <= _EXAMPLE_CHARS else single[: _EXAMPLE_CHARS - 1] + "…"
