"""Lists of chapters as people write them: `1-3,7`. Pure."""

from pipeline.errors import SettingsError

_MOST_CHAPTERS = 100_000
"""No book has more; `1-999999999` must not fill the memory."""


def picked_chapters(chapters: str, origin: str) -> frozenset[int] | None:
    """`1-3,7` as numbers; nothing picks all."""
    if not chapters.strip():
        return None
    picked: set[int] = set()
    for part in chapters.split(","):
        first, _, last = part.strip().partition("-")
        try:
            picked.update(range(int(first), min(int(last or first), _MOST_CHAPTERS) + 1))
        except ValueError:
            raise SettingsError(f"not a list of chapters: {chapters!r}", where=origin, remedy="write 1-3,7") from None
    return frozenset(picked)
