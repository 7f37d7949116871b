"""Which take speaks a chunk, where a person chose. Pure.

A retake is a take that somebody asked for: the chunk's own request once more, or with another voice, other words for
the ear, other parameters. All that were made of a chunk stay; a choice says which of them speaks it, or that none does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline.speech.request import Key, Parameter, SpeechRequest, key_of, retaken

DELIBERATE = 1000
"""Retakes are numbered from here on, takes that failed checks call for from 1. So none of the one kind gets in among
the other: of a book without choices, or after one is undone, the same takes speak as if nothing had been tried.
"""

NO_RETAKE = 0
"""The number for none of the retakes: the take that the program would use by itself."""


class Retake(BaseModel):
    """What was asked for in place of a chunk's own request; what is empty is as it was there.

    `framing` is the request's own field of that name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = Field(ge=1)
    voice: str = ""
    text: str = ""
    parameters: dict[str, Parameter] = {}
    framing: str = ""

    @property
    def says(self) -> str:
        """What is different about it, in words; empty for the same once more."""
        told = [f"voice {self.voice}"] if self.voice else []
        told += [f"{name} {value}" for name, value in sorted(self.parameters.items())]
        return ", ".join(told + ([f"said “{self.text}”"] if self.text else []))


class Choice(BaseModel):
    """A chunk of which retakes were made, by the key of its order, and which of them speaks it.

    `use` is a retake's number or `NO_RETAKE`; `before` what it was before the last change, for an undo. `chapter` and
    `words` are where it stood and how it begins, for whoever reads the file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    chapter: str = ""
    words: str = ""
    use: int = NO_RETAKE
    before: int = NO_RETAKE
    retake: tuple[Retake, ...] = ()

    @model_validator(mode="after")
    def _names_what_is_there(self) -> Self:
        numbers = [one.number for one in self.retake]
        if len(set(numbers)) < len(numbers):
            raise ValueError("two retakes of one number")
        for name in ("use", "before"):
            if getattr(self, name) not in (NO_RETAKE, *numbers):
                raise ValueError(f"{name} names no retake of it")
        return self

    @property
    def following(self) -> int:
        """The number of the next retake."""
        return max((one.number for one in self.retake), default=NO_RETAKE) + 1

    @property
    def used(self) -> Retake | None:
        return self.numbered(self.use)

    def numbered(self, number: int) -> Retake | None:
        return next((one for one in self.retake if one.number == number), None)

    def using(self, number: int) -> "Choice":
        """With this retake as the one that speaks; what spoke before is remembered."""
        return self if number == self.use else self.model_copy(update={"use": number, "before": self.use})

    def with_retake(self, retake: Retake) -> "Choice":
        return self.model_copy(update={"retake": (*self.retake, retake)})

    @property
    def undone(self) -> "Choice":
        """With what spoke before the last change; done twice it is as it was."""
        return self.model_copy(update={"use": self.before, "before": self.use})


@dataclass(frozen=True)
class Choices:
    """The choices of a book, by the keys of its orders. Some may be of chunks that it has no more, or not now."""

    by_key: Mapping[str, Choice] = field(default_factory=dict)

    @classmethod
    def of(cls, choices: Iterable[Choice]) -> "Choices":
        return cls({choice.key: choice for choice in choices})

    def of_chunk(self, key: str) -> Choice | None:
        return self.by_key.get(key)

    def with_choice(self, choice: Choice) -> "Choices":
        """With this one in place of the one of the same chunk."""
        return Choices({**self.by_key, choice.key: choice})

    def chosen(self, key: str, request: SpeechRequest) -> SpeechRequest | None:
        """What is to be used for an order, before anything else; None where nobody chose."""
        choice = self.by_key.get(key)
        used = choice.used if choice else None
        return None if used is None else asked_for(request, used)

    def tried(self, key: str, request: SpeechRequest) -> tuple[Key, ...]:
        """The keys of all retakes of an order: they are kept as long as the choice is."""
        choice = self.by_key.get(key)
        return tuple(key_of(asked_for(request, one)) for one in choice.retake) if choice else ()


def asked_for(request: SpeechRequest, retake: Retake) -> SpeechRequest:
    """The request of a retake, from the chunk's own. Voice and text are those of its only turn."""
    turns = request.turns
    if retake.voice or retake.text:
        turns = tuple(replace(turn, voice=retake.voice or turn.voice, text=retake.text or turn.text) for turn in turns)
    syntax: Literal[""] = ""
    other = replace(
        request,
        turns=turns,
        parameters=tuple(sorted({**dict(request.parameters), **retake.parameters}.items())),
        tag_syntax=syntax if retake.text else request.tag_syntax,
    )
    return retaken(other, take=DELIBERATE + retake.number, framing=retake.framing)
