"""What the rest of a book will cost, as a range: by the price list first, by the book's own takes once there are some.

Two things are not known beforehand: how long the voice takes to say it, and what the service charges a second. Where
nothing better is there, the first spreads as the reading speeds that were measured did, and the second from the lowest
token rate any source names to the highest. Takes of this book in this voice narrow the first, prices from the service's
records the second. What a budget holds back (`Order.cost_usd`) stays the expected value, which is near the upper end.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.planning import Plan
from pipeline.script import Chunk
from pipeline.script.measure import speech_seconds
from pipeline.speech.profiles import ModelProfile
from pipeline.speech.prompt import text_sent
from pipeline.speech.settings import service_named, service_of
from pipeline.takes.ledger import Ledger
from pipeline.takes.order import Order
from pipeline.takes.resolve import Resolved
from pipeline.takes.store import TakeStore

_BYTES_PER_TOKEN = 4
"""English prose in the tokenizers of today; scripts with fewer bytes a token stay nearer to the bound of one."""

_ENOUGH = 5
"""Takes, or prices, of which the own rate is told: fewer may all be headings."""

_SURE = 2.0
"""Standard errors to each side: 19 times out of 20."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What a figure has to be multiplied by, at least and at most."""

    low: float
    high: float


READING_SPEED = Rate(15.0 / 15.6, 15.0 / 14.2)
"""Real over expected seconds. Lengths are expected at 15 characters a second; 15.6 and 14.2 were measured over minutes
of text, so they differ by text and voice and not by chance, and do not average out over a book."""


@dataclass(frozen=True, slots=True)
class Bill:
    """Expected USD for what is missing, and the range it will lie in. Retakes are not in it."""

    expected_usd: float = 0.0
    low_usd: float = 0.0
    high_usd: float = 0.0

    def __add__(self, other: "Bill") -> "Bill":
        return Bill(
            self.expected_usd + other.expected_usd, self.low_usd + other.low_usd, self.high_usd + other.high_usd
        )


def bill_of(plan: Plan, store: TakeStore, resolved: Resolved[Chunk]) -> Bill:
    """The bill for what no take in the store speaks."""
    missing = resolved.lacking
    lengths = [
        (part.take.seconds, speech_seconds(part.text.text))
        for found in resolved.chunks.values()
        for part in found.parts
    ]
    service = service_named(plan.profile, place=service_of(plan.reader.settings, plan.profile))
    prices = Ledger(store.root).prices(service) if plan.profile.is_paid and missing else []
    return priced(
        list(missing.values()),
        plan.profile,
        length=own_rate(lengths, ahead=len(missing)) or READING_SPEED,
        price=own_rate(prices, ahead=len(missing)),
    )


def priced(orders: Sequence[Order], profile: ModelProfile, *, length: Rate, price: Rate | None) -> Bill:
    """The bill for orders whose speech takes `length` times as long as expected, and costs `price` times as much.

    Without a `price` of its own a second costs what the profile says at its lowest and at its highest rate.
    """
    total = Bill()
    for order in orders:
        sent = text_sent(order.request, profile)
        tokens, chars = len(sent.encode()), len(sent)
        few = tokens if price else tokens // _BYTES_PER_TOKEN
        cheapest = profile.cost_usd if price else profile.least_cost_usd
        low = cheapest(input_tokens=few, chars=chars, audio_s=order.expected_s * length.low)
        high = profile.cost_usd(input_tokens=tokens, chars=chars, audio_s=order.expected_s * length.high)
        total += Bill(order.cost_usd, low * (price.low if price else 1.0), high * (price.high if price else 1.0))
    return total


def own_rate(pairs: Sequence[tuple[float, float]], *, ahead: int) -> Rate | None:
    """The rate that pairs of real and expected figures show for the sum of `ahead` more; None for too few to tell.

    The middle is the real sum over the expected one, so that long takes count for more than headings. The margin is
    that of a prediction: what is uncertain about the pairs known, and about as many as are to come (the ratio
    estimator of sampling theory, Cochran 1977, 6.4).
    """
    if len(pairs) < _ENOUGH or not ahead:
        return None
    expected = sum(figure for _, figure in pairs)
    middle = sum(figure for figure, _ in pairs) / expected
    variance = sum((real - middle * figure) ** 2 for real, figure in pairs) / (len(pairs) - 1)
    spread = math.sqrt(variance) / (expected / len(pairs))
    margin = _SURE * spread * math.sqrt(1 / len(pairs) + 1 / ahead)
    return Rate(max(0.0, middle - margin), middle + margin)
