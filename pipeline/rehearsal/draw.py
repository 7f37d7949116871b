"""Which attempt goes wrong: a pure function of the script, the request, and how often it was asked before.

Chance never depends on the order of arrival: two runs of sixteen workers meet the same faults. What the script ties to
a count of attempts or to the clock does, and is meant to.
"""

import hashlib
import re
from dataclasses import dataclass

from pipeline.rehearsal.faults import CHAT_KINDS, SOUND_KINDS, STANDING, Fault, FaultScript, Kind


@dataclass(frozen=True, slots=True)
class Asking:
    """What a draw may know of an attempt. `digest` is the hash of the whole request, `text` what is to be spoken.

    `is_marked`: the request says where the words begin that are to be spoken, which calms a content filter.
    `is_chat`: it is no request for speech, but a question about direction.
    """

    attempt: int
    digest: str = ""
    asked_before: int = 0
    at_s: float = 0.0
    model: str = ""
    text: str = ""
    is_marked: bool = False
    is_chat: bool = False


def drawn(script: FaultScript, asking: Asking) -> Fault | None:
    """The fault of this attempt, or None. The first that is certain wins over those that come by chance."""
    faults = [fault for fault in script.faults if fault.kind not in STANDING]
    certain = (fault for fault in faults if _is_certain(fault, asking, seed=script.seed))
    return next(certain, None) or _by_chance(faults, asking, seed=script.seed)


def standing(script: FaultScript, kind: Kind, asking: Asking) -> Fault | None:
    """The fault of a standing kind that holds at this attempt."""
    faults = (fault for fault in script.faults if fault.kind == kind)
    return next((fault for fault in faults if _is_certain(fault, asking, seed=script.seed)), None)


def holds(fault: Fault, asking: Asking) -> bool:
    """Everything that narrows when the fault can strike; positions and chance left aside."""
    return (
        fault.kind not in (SOUND_KINDS if asking.is_chat else CHAT_KINDS)
        and asking.attempt >= (fault.from_attempt or 0)
        and (fault.from_s or 0.0) <= asking.at_s
        and (fault.until_s is None or asking.at_s < fault.until_s)
        and fault.model in ("", asking.model)
        and not (fault.kind == "filter" and asking.is_marked)
        and (not fault.text or re.search(fault.text, asking.text) is not None)
    )


def _is_certain(fault: Fault, asking: Asking, *, seed: int) -> bool:
    if not fault.has_when or not holds(fault, asking):
        return False
    if fault.attempts and asking.attempt in fault.attempts:
        return True
    if fault.is_per_text and fault.probability is not None:
        return _uniform(f"{seed}:{fault.name}:{asking.text}") < fault.probability
    return not fault.attempts and fault.probability is None


def _by_chance(faults: list[Fault], asking: Asking, *, seed: int) -> Fault | None:
    """One draw for all: each fault has its own stretch of [0, 1), whether or not it holds now."""
    level = _uniform(f"{seed}:{asking.digest}:{asking.asked_before}")
    for fault in faults:
        width = fault.probability or 0.0 if fault.is_by_chance else 0.0
        if level < width:
            return fault if holds(fault, asking) else None
        level -= width
    return None


def _uniform(text: str) -> float:
    """A number in [0, 1) that belongs to `text`; 53 bits, as many as a float holds."""
    return (int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 11) / 2**53
