"""Reuse a take, or have it spoken, judged and stored. The order in which takes arrive never matters.

What to do about a chunk is read from the store alone (`chain`): use a take, ask for one (again), halve the chunk, ask
another model, or give it up.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from pipeline.errors import Passing, PipelineError, Rejected, RequestRefused, SpeechError
from pipeline.events import TakeReused
from pipeline.takes.attempt import take_of
from pipeline.takes.chain import Again, Spent, Use, step_of
from pipeline.takes.order import Order
from pipeline.takes.studio import Piece, Studio

_ELSEWHERE_POLL_S = 2.0
"""How often a chunk that another run is rendering is looked for again: a take needs tens of seconds."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another run is rendering it at this moment."""


Outcome = tuple[Piece, ...] | SpeechError | Elsewhere


class _RenderedElsewhere(Exception):
    """A lease is held by another run."""


async def render(order: Order, studio: Studio) -> Outcome:
    """What an order came to: the take or takes that speak it, or why this one chunk could not be had.

    Errors that concern the whole run (key, payment, budget, disk) are raised.
    """
    try:
        return tuple(await _pieces(order, studio))
    except _RenderedElsewhere:
        return Elsewhere()
    except SpeechError as error:
        if error.exit_code != SpeechError.exit_code:
            raise
        return error


async def _pieces(order: Order, studio: Studio) -> list[Piece]:
    """The takes of an order from the store, or bought under a lease."""
    leases = studio.archive.leases
    step = await asyncio.to_thread(_first_step, order, studio)
    if isinstance(step, Use):
        studio.emit(TakeReused(studio.book, step.take.key, step.take.seconds, step.take.is_suspect))
        return [Piece(order.key, step.take)]
    if not await asyncio.to_thread(leases.take, order.key):
        raise _RenderedElsewhere
    try:
        return await _bought(order, studio)
    finally:
        leases.release(order.key)


async def _bought(order: Order, studio: Studio) -> list[Piece]:
    """Take after take, until one is good or the order has had its chances."""
    step = await asyncio.to_thread(_step, order, studio)  # another run may have been quicker than the lease
    chances = studio.acceptance.retakes + 1 if isinstance(step, Spent) else 0
    while True:
        match step:
            case Use(take):
                return [Piece(order.key, take)]
            case Again(request):
                await take_of(order, request, studio)
            case Spent(reason, again):
                pieces = await _otherwise(order, studio, is_last=chances == 0)
                if pieces:
                    return pieces
                if chances == 0:
                    raise Rejected(f"{reason} (after {again.take} takes)")
                chances -= 1
                await take_of(order, again, studio)
        step = await asyncio.to_thread(_step, order, studio)


async def _otherwise(order: Order, studio: Studio, *, is_last: bool) -> list[Piece]:
    """The order in halves or, where it cannot be halved, from the fallback: bought only once nothing else is left."""
    halves = studio.halves(order) if studio.acceptance.split else ()
    if halves:
        return await _all_of(halves, studio)
    other = studio.fallback(order)
    if other is None or other[0].key == order.key:  # the fallback is the model that failed
        return []
    fallback_order, fallback_studio = other
    if not is_last and not isinstance(await asyncio.to_thread(_step, fallback_order, fallback_studio), Use):
        return []
    return [Piece(order.key, piece.take) for piece in await _pieces(fallback_order, fallback_studio)]


async def _all_of(orders: Sequence[Order], studio: Studio) -> list[Piece]:
    """Every one of several orders; where some fail the others are had all the same, and then the first failure is."""
    pieces: list[Piece] = []
    failures: list[SpeechError] = []
    for order in orders:
        try:
            pieces += await _pieces(order, studio)
        except (Rejected, RequestRefused, Passing) as error:
            failures.append(error)
    if failures:
        raise failures[0]
    return pieces


def _first_step(order: Order, studio: Studio) -> Use | Again | Spent:
    """The step, and where that is a good take of an earlier run, who judges hears of it."""
    step = _step(order, studio)
    if isinstance(step, Use) and not step.take.is_suspect:
        studio.recall(order.request, studio.language, lambda: studio.archive.store.figures(step.take))
    return step


def _step(order: Order, studio: Studio) -> Use | Again | Spent:
    chosen = studio.choices.chosen(order.key, order.request)
    return step_of(
        order.request, studio.archive.store.look_up, studio.acceptance, framing=studio.booth.framing, chosen=chosen
    )


async def render_all(
    orders: Iterable[Order],
    studio: Studio,
    *,
    workers: int,
    stop: asyncio.Event,
    on_outcome: Callable[[Order, tuple[Piece, ...] | SpeechError], Awaitable[None]],
) -> None:
    """Render orders as they stand, `workers` at a time, until done or `stop` is set.

    When one raises, nothing new is begun, what is in flight is let arrive (it is paid for), and then it is raised. What
    another run is rendering is left for the end, and waited for.
    """
    await _Round(orders, studio, stop, on_outcome).over(workers)


class _Round:
    """The orders of a book on their way through the workers."""

    def __init__(
        self,
        orders: Iterable[Order],
        studio: Studio,
        stop: asyncio.Event,
        on_outcome: Callable[[Order, tuple[Piece, ...] | SpeechError], Awaitable[None]],
    ) -> None:
        self._waiting = iter(orders)
        self._elsewhere: deque[Order] = deque()
        self._studio = studio
        self._stop = stop
        self._on_outcome = on_outcome
        self._failures: list[PipelineError] = []

    async def over(self, workers: int) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(workers):
                    group.create_task(self._work())
        except BaseExceptionGroup as unexpected:  # a bug: the others were cancelled, the first says what it was
            raise unexpected.exceptions[0] from None
        if self._failures:
            raise self._failures[0]

    async def _work(self) -> None:
        while not (self._stop.is_set() or self._failures):
            order = await self._next()
            if order is None:
                return
            try:
                outcome = await render(order, self._studio)
                if isinstance(outcome, Elsewhere):
                    self._elsewhere.append(order)
                else:
                    await self._on_outcome(order, outcome)
            except PipelineError as error:
                self._failures.append(error)

    async def _next(self) -> Order | None:
        order = next(self._waiting, None)
        if order is not None or not self._elsewhere:
            return order
        order = self._elsewhere.popleft()
        try:
            await self._studio.booth.chance.sleep(_ELSEWHERE_POLL_S)
        except PipelineError as error:  # told to stop while waiting
            self._failures.append(error)
            return None
        return order
