"""One request as it arrived, what goes back, and the line that is written about both."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from pipeline.rehearsal.contract import Refusal, input_chars_of
from pipeline.rehearsal.faults import WHOLE_KINDS, Fault
from pipeline.rehearsal.journal import JournalLine
from pipeline.rehearsal.records import Generation
from pipeline.rehearsal.wire_faults import Journey, journey_of

Hold = Callable[[float], Awaitable[bool]]
"""Waits that many seconds of the service; true as soon as the client has left, or the server is closing."""


@dataclass(slots=True)
class Attempt:
    """One request as it arrived, and what is found out about it. `in_flight` counts it too."""

    seq: int
    at_s: float
    in_flight: int
    body: bytes
    digest: str
    fault: Fault | None = None
    model: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. Without a status nothing does: the client has left, or its connection is lost."""

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: Fault | None = None
    generation: Generation | None = None
    refusal: Refusal | None = None

    @property
    def is_good(self) -> bool:
        is_whole = self.fault is None or self.fault.kind in WHOLE_KINDS
        return self.status == 200 and self.refusal is None and is_whole

    @property
    def journey(self) -> Journey:
        return journey_of(len(self.body), self.fault)


def refused(refusal: Refusal, fault: Fault | None) -> Answer:
    headers = {"Content-Type": "application/json", **refusal.headers}
    body = json.dumps(refusal.body()).encode()
    return Answer(refusal.status, headers, body, fault=fault, refusal=refusal)


async def after_hanging(fault: Fault, hold: Hold) -> Answer:
    """A client with patience gets what the edge in front of the service says in the end."""
    if await hold(fault.hold_s):
        return Answer(None, fault=fault)
    return refused(Refusal(524), fault)


def line_of(attempt: Attempt, answer: Answer, *, ended_s: float) -> JournalLine:
    generation = answer.generation
    cost_usd = generation.cost_usd if generation else 0.0
    retry_after_s = answer.headers.get("Retry-After")
    return JournalLine(
        seq=attempt.seq,
        at_s=round(attempt.at_s, 6),
        ended_s=round(ended_s, 6),
        model=attempt.model,
        body_sha256=attempt.digest,
        text_sha256=hashlib.sha256(attempt.text.encode()).hexdigest() if attempt.text else "",
        input_chars=input_chars_of(attempt.body),
        fault=answer.fault.name if answer.fault else None,
        status=answer.status,
        retry_after_s=float(retry_after_s) if retry_after_s else None,
        bytes=0,
        audio_s=generation.audio_s if generation else 0.0,
        cost_usd=cost_usd,
        charged=cost_usd > 0,
        generation_id=generation.id if generation else "",
        in_flight=attempt.in_flight,
        complete=False,
        answered=False,
    )
