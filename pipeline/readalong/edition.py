"""The book as it is read along with: what every read-along file says of it, and the sound of its chapters."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.book import Metadata
from pipeline.times import Timeline


@dataclass(frozen=True, slots=True)
class Edition:
    """A finished book: who wrote and who reads it, and when everything is said."""

    book: Metadata
    narrator: str
    timeline: Timeline

    @property
    def title(self) -> str:
        return self.book.shown_title

    @property
    def author(self) -> str:
        return self.book.shown_author

    @property
    def language(self) -> str:
        """A language tag; `und`, the tag for an unknown one, where the book names none."""
        return self.book.language.replace("_", "-") or "und"

    @property
    def key(self) -> str:
        """What tells this book from others, whatever is edited in it."""
        return self.book.identifier or f"{self.author}\n{self.title}"

    def ms_of(self, frames: int) -> int:
        return round(frames * 1000 / self.timeline.rate)


@dataclass(frozen=True, slots=True)
class ChapterSound:
    """A chapter's MP3 and the name it has in the delivery, or is to have."""

    path: Path
    name: str
