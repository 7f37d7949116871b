"""What a fault makes of a proposal: each a small function from the proposal to what is said instead. Pure."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

from pipeline.rehearsal.chat import Said, written
from pipeline.rehearsal.faults import Fault

Proposal = dict[str, Any]

_NO_TAG = "moonwalking"


def misled(proposal: Proposal, fault: Fault | None) -> Said:
    """What is said under this fault: the proposal, where it is not about that."""
    mislead = MISLEADINGS.get(fault.kind) if fault else None
    return mislead(proposal, fault) if mislead and fault else Said(written(proposal))


def _changed_words(proposal: Proposal, fault: Fault) -> Said:
    """Another word than the book's in the quotations of the first `share` of the lines: a model that mends its text."""
    changed = copy.deepcopy(proposal)
    for number, line in enumerate(_share(changed, fault)):
        quotation = ("first", "last")[number % 2]
        words = line[quotation].split()
        words[number % len(words)] = "indeed"
        line[quotation] = " ".join(words)
    return Said(written(changed))


def _unknown_tags(proposal: Proposal, fault: Fault) -> Said:
    """A tag no model knows, in the first `share` of the lines."""
    tagged = copy.deepcopy(proposal)
    for line in _share(tagged, fault):
        line["tags"] = [*line.get("tags", []), {"at": line["from"], "tag": _NO_TAG}]
    return Said(written(tagged))


def _broken_json(proposal: Proposal, _fault: Fault) -> Said:
    """Talk before it, and a bracket short."""
    return Said(f"Here is the direction you asked for:\n{written(proposal)[:-1]}")


def _refusal(_proposal: Proposal, fault: Fault) -> Said:
    return Said("", refusal=fault.message or "I cannot help with this passage.")


def _cut_short(proposal: Proposal, fault: Fault) -> Said:
    """The tokens are used up after `share` of it."""
    whole = written(proposal)
    return Said(whole[: int(fault.share * len(whole))], finish_reason="length")


def _share(proposal: Proposal, fault: Fault) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = proposal["lines"]
    return lines[: round(fault.share * len(lines))]


MISLEADINGS: Mapping[str, Callable[[Proposal, Fault], Said]] = {
    "changed-words": _changed_words,
    "unknown-tags": _unknown_tags,
    "broken-json": _broken_json,
    "refusal": _refusal,
    "cut-short": _cut_short,
}
