"""What a run can show for what its report says: takes with their figures, where the money went, what was left out.

It stands in `report.json`, and `report.html` is drawn from it.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Verdict = Literal["pass", "suspect", "fail", "refused"]
Kind = Literal["failed", "suspect", "retaken"]


class TakeEvidence(_Data):
    """One take of a chunk, or of a part of it, and what was found."""

    key: str = Field(description="Key of its request; the take store has it under this name.")
    number: int = Field(description="0 for the first take, 1 for the one after it; of retakes 1 is the first.")
    is_retake: bool = Field(default=False, description="Somebody asked for it; else the checks called for it.")
    verdict: Verdict = Field(description="`refused`: the service did not speak it.")
    is_used: bool = Field(description="It is heard in the book.")
    reasons: list[str] = Field(default=[], description="What there is to say against it, in words.")
    seconds: float = Field(default=0.0, description="Its length as it came; 0 for no sound.")
    cost_usd: float = Field(default=0.0, description="By the service's records, else by its length.")
    badness: float = Field(default=0.0, description="0: nothing against it; above 100: a fail.")
    figures: dict[str, float] = Field(default={}, description="What was measured, by name.")
    file: str = Field(default="", description="An M4A of it beside the report; empty where there is none.")


class FlaggedChunk(_Data):
    """A chunk worth listening to: it failed, a suspect take speaks it, or it took more than one take."""

    id: str = Field(description="The beginning of `key`, by which `run-pipeline retake --chunk` knows it.")
    key: str = Field(description="Key of the chunk's first request.")
    kind: Kind
    chapter: int = Field(description="Number of its chapter.")
    title: str = Field(description="Title of its chapter.")
    number: int = Field(description="Place in its chapter, from 1.")
    text: str = Field(description="The book's words.")
    voices: list[str] = Field(description="Who speaks, as the model knows them.")
    start_s: float | None = Field(default=None, description="Where it begins in the book; none: not delivered.")
    reason: str = Field(default="", description="Why it failed; empty for one that did not.")
    takes: list[TakeEvidence] = Field(default=[], description="In the order they were asked for.")
    command: str = Field(description="What asks for another take of just this chunk.")


class SpokenChunk(_Data):
    """What a chunk took to say."""

    id: str = Field(description="The beginning of its key.")
    chapter: int
    number: int = Field(description="Place in its chapter, from 1.")
    start_s: float | None = Field(description="Where it begins in the book; none: not delivered.")
    seconds: float = Field(description="Length of its takes as they came.")
    chars: int = Field(description="Characters of the book's text in it.")
    takes: int = Field(description="Takes that were asked for, those of its halves among them.")
    is_suspect: bool


class Spending(_Data):
    """What the takes of a book have cost, in this run and before it. USD."""

    spoken_usd: float = Field(default=0.0, description="Takes that are heard.")
    retakes_usd: float = Field(default=0.0, description="Good or suspect takes another was preferred to.")
    rejected_usd: float = Field(default=0.0, description="Sounds that were no take.")
    doubtful_usd: float = Field(default=0.0, description="The most that answers which never came can have cost.")

    @property
    def total_usd(self) -> float:
        return self.spoken_usd + self.retakes_usd + self.rejected_usd + self.doubtful_usd


class Attempts(_Data):
    """How the HTTP exchanges of a book ended, in this run and before it; all 0 where no ledger tells."""

    stored: int = Field(default=0, description="A take came.")
    rejected: int = Field(default=0, description="A sound came that was no take.")
    refused: int = Field(default=0, description="The service said no, or not now.")
    doubtful: int = Field(default=0, description="No answer came.")


class ExcludedText(_Data):
    """What was left out under one rule."""

    rule: str
    chars: int = Field(description="Characters left out under it.")
    places: int = Field(description="How many stretches of text these were.")
    examples: list[str] = Field(description="The first few, shortened.")


class Evidence(_Data):
    """All of it for one book."""

    flagged: list[FlaggedChunk] = []
    spoken: list[SpokenChunk] = []
    spending: Spending = Spending()
    attempts: Attempts = Attempts()
    excluded: list[ExcludedText] = []
