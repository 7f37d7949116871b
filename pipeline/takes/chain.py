"""What to do next about one chunk: use a take, take it again, or let the whole of it go. Pure.

The takes of a chunk form a chain: take 0, then, where that failed, take 1 with another seed, and so on. The store holds
what came of each, so the decision is a function of the store alone, and a second run comes to the same end for nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.recording import Take
from pipeline.speech.request import SpeechRequest, retaken


class AcceptanceSettings(BaseModel):
    """The `[acceptance]` section.

    A failed take is taken again up to `retakes` times, a suspect one up to `suspect_retakes`. Then `policy` decides
    about suspects: `keep-suspects` keeps the best of what was bought and lists it, `strict` counts it as failed. What
    failed for good is halved at a sentence where `split` is on, until a cursed sentence stands alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    retakes: int = Field(ge=0, le=20)
    suspect_retakes: int = Field(ge=0, le=20)
    policy: Literal["keep-suspects", "strict"]
    split: bool


@dataclass(frozen=True, slots=True)
class Rejection:
    """A take that was none: why, and whether the service, or its content filter, refused even to speak it."""

    reason: str
    is_refused: bool = False
    is_filter: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """One take of a chain and what came of it."""

    request: SpeechRequest
    outcome: Take | Rejection


@dataclass(frozen=True, slots=True)
class Use:
    """The chunk is spoken by this take."""

    take: Take


@dataclass(frozen=True, slots=True)
class Again:
    """Nothing can be used yet: ask for this."""

    request: SpeechRequest


@dataclass(frozen=True, slots=True)
class Spent:
    """The chunk as a whole has had its chances; `again` is what would be asked for if it got more."""

    reason: str
    again: SpeechRequest


def chain_of(
    request: SpeechRequest, look_up: Callable[[SpeechRequest], Take | Rejection | None], *, framing: str
) -> tuple[Link, ...]:
    """The takes so far of a chunk whose first request is `request`, as `look_up` knows them, up to one that is good.

    Once the content filter has refused one, the following ones go out in `framing` ("" if the model has none).
    """
    links: list[Link] = []
    for candidate in _candidates(request, links, framing):
        outcome = look_up(candidate)
        if outcome is None:
            break
        links.append(Link(candidate, outcome))
        if isinstance(outcome, Take) and not outcome.is_suspect:
            break
    return tuple(links)


def next_step(
    request: SpeechRequest, links: Sequence[Link], settings: AcceptanceSettings, *, framing: str
) -> Use | Again | Spent:
    """What to do about a chunk whose takes so far are `links`."""
    takes = [link.outcome for link in links if isinstance(link.outcome, Take)]
    good = next((take for take in takes if not take.is_suspect), None)
    if good is not None:
        return Use(good)
    best = min(takes, key=lambda take: take.badness, default=None)
    is_settled = len(takes) > settings.suspect_retakes or _is_hopeless(links, framing)
    if best is not None and is_settled and settings.policy == "keep-suspects":
        return Use(best)
    following = _following(request, links, framing)
    if len(links) <= settings.retakes and not _is_hopeless(links, framing):
        return Again(following)
    if best is not None and settings.policy == "keep-suspects":
        return Use(best)
    return Spent(_last_reason(links), following)


def step_of(
    request: SpeechRequest,
    look_up: Callable[[SpeechRequest], Take | Rejection | None],
    settings: AcceptanceSettings,
    *,
    framing: str,
    chosen: SpeechRequest | None,
) -> Use | Again | Spent:
    """What to do about a chunk: use what was `chosen` for it or, where that failed or nobody chose, go by its chain."""
    outcome = None if chosen is None else look_up(chosen)
    if chosen is not None and outcome is None:
        return Again(chosen)
    if isinstance(outcome, Take):
        return Use(outcome)
    return next_step(request, chain_of(request, look_up, framing=framing), settings, framing=framing)


def _candidates(request: SpeechRequest, links: Sequence[Link], framing: str) -> Iterator[SpeechRequest]:
    while True:
        yield _following(request, links, framing)


def _following(request: SpeechRequest, links: Sequence[Link], framing: str) -> SpeechRequest:
    """The next take of a chain, framed once the filter has refused one."""
    was_filtered = any(isinstance(link.outcome, Rejection) and link.outcome.is_filter for link in links)
    return retaken(request, take=len(links), framing=framing if was_filtered else request.framing)


def _is_hopeless(links: Sequence[Link], framing: str) -> bool:
    """Whether the service said no for good: to a text it cannot take, or twice to the framed one."""
    refusals = [link for link in links if isinstance(link.outcome, Rejection) and link.outcome.is_refused]
    if any(isinstance(link.outcome, Rejection) and not link.outcome.is_filter for link in refusals):
        return True
    return sum(link.request.framing == framing for link in refusals) >= _FRAMED_CHANCES


_FRAMED_CHANCES = 2
"""Framed requests the filter may refuse; its false alarms often pass at the second asking (facts, 3.5)."""


def _last_reason(links: Sequence[Link]) -> str:
    reasons = [link.outcome.reason for link in links if isinstance(link.outcome, Rejection)]
    return reasons[-1] if reasons else "every take of it was suspect"
