"""One chunk before all others: a voice that cannot be used is found out for the price of a sentence, not of a book.

The chunk is one that has to be bought in any case, and its take is judged and kept like every other: a probe costs
nothing.
"""

from collections.abc import Iterable
from dataclasses import replace

from pipeline.takes.order import Order
from pipeline.takes.render import Outcome, render
from pipeline.takes.studio import Studio

_LEAST_S = 3.0
"""Seconds of speech that tell a voice: of a heading alone little can be judged."""


def probe_among(orders: Iterable[Order]) -> Order | None:
    """The cheapest order that is long enough to tell, else the longest; None of none."""
    candidates = list(orders)
    telling = [order for order in candidates if order.expected_s >= _LEAST_S]
    if telling:
        return min(telling, key=lambda order: order.expected_s)
    return max(candidates, key=lambda order: order.expected_s, default=None)


async def rendered_alone(order: Order, studio: Studio) -> Outcome:
    """What came of an order as a whole from this model: it is neither halved nor left to the fallback."""
    return await render(order, replace(studio, halves=lambda _: (), fallback=lambda _: None))
