"""What a finished book is read along with: its delivery put into the words of `readalong`."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.assemble.names import file_name
from pipeline.planning import Plan
from pipeline.times import Timeline

if TYPE_CHECKING:
    from pipeline.session import Made

_CHAPTER_FILE = re.compile(r"\d{3,} - ")
"""How the name of a chapter's file begins."""


def write_alongside(plan: Plan, made: "Made", timeline: Timeline) -> None:
    """Write the files `delivery.read_along` names beside the delivery. Raises what `write_read_along` does."""
    from pipeline.readalong import ChapterSound, Delivered, Edition, write_read_along  # here: only a finished book's

    settings = plan.job.settings.delivery
    name = file_name(plan.credits.title)
    chapters = _chapter_files(made.delivery.audio, len(made.encoded))
    encoded = [done.files["mp3"] for done in made.encoded if "mp3" in done.files]
    delivered = Delivered(
        folder=made.delivery.folder,
        name=name,
        chapters=chapters,
        has_book=any(path.stem == name for path in made.delivery.audio),
        sounds=tuple(ChapterSound(path, f"{number:03}.mp3") for number, path in enumerate(encoded, start=1)),
        feed_url=settings.feed_url,
    )
    edition = Edition(plan.book.metadata, plan.credits.narrator, timeline)
    write_read_along(settings.read_along, edition, delivered, book=plan.book, source=plan.job.source)


def _chapter_files(audio: Sequence[Path], count: int) -> tuple[Path, ...]:
    """The delivery's files of a chapter each, MP3s where there are some; none if it has no such."""
    by_suffix: dict[str, list[Path]] = {}
    for path in audio:
        if _CHAPTER_FILE.match(path.name):
            by_suffix.setdefault(path.suffix, []).append(path)
    whole = {suffix: paths for suffix, paths in by_suffix.items() if len(paths) == count}
    return tuple(whole.get(".mp3") or next(iter(whole.values()), ()))
