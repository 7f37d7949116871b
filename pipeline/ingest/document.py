"""One file of the reading order, as it was read. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.book import Block, Coverage


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a note is referred to: the index of the block that refers, and the note's key."""

    block: int
    key: str


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the reading order, read. `ids` tells for each element id the index of the block it opens.

    `notes` tells for each block of a spoken note the note's key, `references` in reading order who refers to which.
    """

    file: str
    blocks: tuple[Block, ...] = ()
    ids: Mapping[str, int] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)
    title: str = ""
    notes: Mapping[int, str] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()
