"""Which takes speak a chunk, by the store alone: for plans, for reports, and to know what may be thrown away."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Generic, TypeVar

from pipeline.recording import Take
from pipeline.speech.request import Key, SpeechRequest, key_of
from pipeline.takes.chain import AcceptanceSettings, Again, Link, Spent, Use, chain_of, step_of
from pipeline.takes.choices import Choices
from pipeline.takes.order import Order
from pipeline.takes.store import TakeStore

Text = TypeVar("Text")
"""Whatever is cut in halves: chunks, which this package does not know."""


@dataclass(frozen=True, slots=True)
class Part(Generic[Text]):
    """A text, whole or a part of a chunk, what is asked for it, and the take that speaks it."""

    text: Text
    request: SpeechRequest
    take: Take


@dataclass(frozen=True, slots=True)
class Resolution(Generic[Text]):
    """A chunk's parts in order as far as they are there, and the orders for what is not."""

    parts: tuple[Part[Text], ...] = ()
    lacking: tuple[Order, ...] = ()

    def __add__(self, other: "Resolution[Text]") -> "Resolution[Text]":
        return Resolution(self.parts + other.parts, self.lacking + other.lacking)


@dataclass(frozen=True)
class Resolved(Generic[Text]):
    """What the store has of a book: of each chunk, by its order's key, in reading order."""

    chunks: Mapping[Key, Resolution[Text]]

    @cached_property
    def lacking(self) -> dict[Key, Order]:
        """What has still to be asked for, each request once."""
        return {order.key: order for found in self.chunks.values() for order in found.lacking}

    @cached_property
    def unspoken(self) -> tuple[Key, ...]:
        """The chunks that lack something; a halved one is one, however many of its parts are to be asked for."""
        return tuple(key for key, found in self.chunks.items() if found.lacking)


@dataclass(frozen=True)
class Resolver(Generic[Text]):
    """Looks chunks up in a store as a run would, without asking for anything."""

    store: TakeStore
    acceptance: AcceptanceSettings
    framing: str
    order_of: Callable[[Text], Order]
    halves: Callable[[Text], Sequence[Text]]
    fallback: Callable[[Text], Order] | None = field(default=None)
    choices: Choices = field(default_factory=Choices)

    def resolve(self, order: Order, text: Text) -> Resolution[Text]:
        """What the store has of `text`, for which `order` is asked."""
        match self._step(order):
            case Use(take):
                return Resolution((Part(text, order.request, take),))
            case Again(request):
                return Resolution((), (replace(order, key=key_of(request), request=request),))
            case Spent(_, again):
                halves = self.halves(text)
                if halves:
                    nothing: Resolution[Text] = Resolution()
                    return sum((self.resolve(self.order_of(half), half) for half in halves), nothing)
                other = self._from_fallback(text)
                if other is not None:
                    return Resolution((other,))
                return Resolution((), (replace(order, key=key_of(again), request=again),))

    def used(self, order: Order, text: Text) -> Iterator[Key]:
        """The keys of everything in the store that a run looks at for `text`: throw one away, and it is asked again.

        Retakes are among them, used or not: who chose may choose otherwise.
        """
        yield from self.choices.tried(order.key, order.request)
        yield from (key_of(link.request) for link in self._links(order))
        if isinstance(self._own_step(order), Spent):
            for half in self.halves(text):
                yield from self.used(self.order_of(half), half)
            if self.fallback is not None:
                yield from (key_of(link.request) for link in self._links(self.fallback(text)))

    def _links(self, order: Order) -> tuple[Link, ...]:
        return chain_of(order.request, self.store.look_up, framing=self.framing)

    def _step(self, order: Order) -> Use | Again | Spent:
        return self._step_with(order, self.choices.chosen(order.key, order.request))

    def _own_step(self, order: Order) -> Use | Again | Spent:
        """What to do if nobody had chosen."""
        return self._step_with(order, None)

    def _step_with(self, order: Order, chosen: SpeechRequest | None) -> Use | Again | Spent:
        look_up, framing = self.store.look_up, self.framing
        return step_of(order.request, look_up, self.acceptance, framing=framing, chosen=chosen)

    def _from_fallback(self, text: Text) -> Part[Text] | None:
        if self.fallback is None:
            return None
        order = self.fallback(text)
        step = self._step(order)
        return Part(text, order.request, step.take) if isinstance(step, Use) else None
