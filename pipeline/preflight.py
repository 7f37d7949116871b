"""Before the first paid request: does the key pay for it, is the model there and staying, is there room for the takes.

Two questions go to each service, not to each book, and a service that does not answer them stops nobody. Free engines
are not asked at all. What a service says is judged by pure functions, (`standing`), which `doctor` uses as well.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from pipeline.bill import Bill, bill_of
from pipeline.errors import Passing, PipelineError
from pipeline.events import Emit, Notice
from pipeline.facilities import Facilities, address_of
from pipeline.planning import Plan
from pipeline.reader import Reader
from pipeline.room import Rooms, needs_of
from pipeline.speech.profiles import load_profiles
from pipeline.standing import (
    Offers,
    Remarks,
    Wanted,
    cost_usd,
    credit_remarks,
    key_remarks,
    model_remarks,
    priced_as,
    voice_remarks,
)
from pipeline.takes.order import Order
from pipeline.takes.store import TakeStore

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Due:
    """A book of which something has still to be bought: what, and for how much."""

    plan: Plan
    missing: tuple[Order, ...]
    bill: Bill

    @property
    def readers(self) -> tuple[Reader, ...]:
        """Who may be asked to read it, and tells of itself."""
        readers = (self.plan.reader, *((self.plan.fallback,) if self.plan.fallback else ()))
        is_wanted = self.plan.job.settings.speech.preflight
        return tuple(reader for reader in readers if reader.profile.records and is_wanted)


async def refusals(
    plans: Sequence[Plan], facilities: Facilities, *, now: datetime, emit: Emit
) -> list[PipelineError | None]:
    """For each book why it must not be begun, or None; what else there is to say is emitted."""
    found: dict[int, Remarks] = {}
    dues: list[Due] = []
    for plan in plans:
        try:
            dues += await asyncio.to_thread(_due, plan)
        except PipelineError as error:  # a store that cannot be read is that book's matter
            found[id(plan)] = Remarks(refusal=error)
    for counter in dict.fromkeys(_counter_of(reader) for due in dues for reader in due.readers):
        at_counter = [due for due in dues if counter in map(_counter_of, due.readers)]
        for due, remarks in zip(at_counter, await _at_counter(counter, at_counter, facilities, now=now), strict=True):
            found[id(due.plan)] = found.get(id(due.plan), Remarks()) + remarks
    rooms = Rooms()
    for due in dues:
        found[id(due.plan)] = found.get(id(due.plan), Remarks()) + _room(due, rooms)
    for text in dict.fromkeys(text for remarks in found.values() for text in remarks.notices):
        emit(Notice(text))
    return [found[id(plan)].refusal if id(plan) in found else None for plan in plans]


async def reasons_against(
    plans: Sequence[Plan], facilities: Facilities, *, now: datetime, emit: Emit
) -> list[PipelineError | None]:
    """The same before single chunks are asked for; a run that is told to stop meanwhile is the reason against all."""
    try:
        return await facilities.stop.until_cut_off(refusals(plans, facilities, now=now, emit=emit))
    except PipelineError as stopped:
        return [stopped for _ in plans]


def _due(plan: Plan) -> list[Due]:
    """What is due for a book: nothing, if it costs nothing (any more)."""
    if not (plan.profile.is_paid or plan.profile.records):
        return []
    store = TakeStore(plan.job.settings.run.takes_folder)
    resolved = plan.resolved(store)
    missing = tuple(resolved.lacking.values())
    return [Due(plan, missing, bill_of(plan, store, resolved))] if missing else []


def _room(due: Due, rooms: Rooms) -> Remarks:
    try:
        rooms.take(list(needs_of(due.plan, due.missing)))
    except PipelineError as error:
        return Remarks(refusal=error)
    return Remarks()


def _counter_of(reader: Reader) -> tuple[str, ...]:
    """Where a key is shown: readers of several models may stand at the same."""
    engine, base_url, _model, key = address_of(reader)
    return (engine, base_url, key)


async def _at_counter(
    counter: tuple[str, ...], dues: Sequence[Due], facilities: Facilities, *, now: datetime
) -> list[Remarks]:
    """What one service says about the books that are to be read there."""
    first = next(reader for reader in dues[0].readers if _counter_of(reader) == counter)
    try:
        records = facilities.records(dues[0].plan.job.settings, first)
    except PipelineError as error:
        return [Remarks(refusal=error) for _ in dues]
    if records is None:
        return [Remarks() for _ in dues]
    (key, on_key), (offers, on_models) = await asyncio.gather(
        _answer(records.key(), "what is left on the key"), _answer(records.models(), "which models it has")
    )
    bought = [due for due in dues if _counter_of(due.plan.reader) == counter]
    credit = credit_remarks(key, [at_price_of(due, offers) for due in bought], budget_usd=facilities.purse.limit_usd)
    shared = on_key + on_models + key_remarks(key, now=now) + credit
    standing = [
        [reader_remarks(one, dues, offers, today=now.date()) for one in due.readers if _counter_of(one) == counter]
        for due in dues
    ]
    return [sum(remarks, shared) for remarks in standing]


async def _answer(question: Awaitable[T | None], about: str) -> tuple[T | None, Remarks]:
    try:
        return await question, Remarks()
    except Passing as error:
        return None, Remarks((f"the service did not say {about} ({error.what}); the run goes on",))
    except PipelineError as error:
        return None, Remarks(refusal=error)


def at_price_of(due: Due, offers: Offers | None) -> Bill:
    """The bill of a book, no more than its own budget; the lower end by the service's price list, if that is lower."""
    profile = due.plan.profile
    offer = (offers or {}).get(_name_of(due.plan.reader))
    theirs, ours = cost_usd(due.missing, priced_as(profile, offer)), cost_usd(due.missing, profile)
    low_usd = due.bill.low_usd * min(1.0, theirs / ours if ours else 1.0)
    limit_usd = due.plan.job.settings.pace.book_budget_usd or due.bill.high_usd
    return Bill(min(due.bill.expected_usd, limit_usd), min(low_usd, limit_usd), min(due.bill.high_usd, limit_usd))


def reader_remarks(reader: Reader, dues: Sequence[Due], offers: Offers | None, *, today: date) -> Remarks:
    """What the service's list says about a reader, who is priced for all the books of the same model together."""
    if offers is None:
        return Remarks()
    name = _name_of(reader)
    alike = [due for due in dues if name in map(_name_of, due.readers)]
    successor = load_profiles(alike[0].plan.job.settings.models).get(reader.profile.successor)
    missing = {order.key: order for due in alike for order in due.missing}
    remarks = model_remarks(Wanted(name, reader.profile, successor, tuple(missing.values())), offers, today=today)
    offer = offers.get(name)
    return remarks if offer is None else remarks + voice_remarks(reader.profile, reader.voice, offer)


def _name_of(reader: Reader) -> str:
    """What the service calls a reader's model."""
    return reader.settings.model_name_of(reader.profile)
