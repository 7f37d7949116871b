"""Events as a list."""

from typing import TypeVar

from pipeline.events import Event

E = TypeVar("E")


class Recorded(list[Event]):
    """An `Emit` that keeps what it is told."""

    def __call__(self, event: Event) -> None:
        self.append(event)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self if isinstance(event, kind)]
