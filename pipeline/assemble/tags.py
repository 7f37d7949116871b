"""What players and library servers are told about a book, by names of our own; each format writes them its own way."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.assemble.names import cut_to_bytes, file_name
from pipeline.book import Metadata

ENCODER = "run-pipeline"

_SHORT_BYTES = 255
"""What iTunes shows of a description (`desc`), in bytes."""


@dataclass(frozen=True, slots=True)
class Credits:
    """The book and the voice that read it, as they are shown to listeners.

    `comment` says in a sentence that the narration is synthetic, `watermark` what inaudible mark it carries ("": none).
    """

    book: Metadata
    narrator: str
    comment: str
    watermark: str = ""

    @property
    def title(self) -> str:
        return self.book.shown_title

    @property
    def author(self) -> str:
        return self.book.shown_author

    @property
    def volume(self) -> str:
        """The series with the book's place in it, as audiobookshelf reads and writes it; "" for none."""
        return f"{self.book.series} #{self.book.series_index}" if self.book.series_index else self.book.series

    @property
    def provenance(self) -> str:
        """How the narration came to be, for the description: stores ask for it."""
        mark = f"The audio carries a {self.watermark} watermark." if self.watermark else ""
        return " ".join(filter(None, (self.comment, mark)))

    @property
    def description(self) -> str:
        """What the book says of itself, and how its narration came to be."""
        return "\n\n".join(filter(None, (self.book.description, self.provenance)))

    @property
    def short_description(self) -> str:
        """The same in what iTunes shows; the book's own words give way."""
        room = _SHORT_BYTES - len(self.provenance.encode()) - 1
        own = self.book.description
        if len(own.encode()) > room:
            own = cut_to_bytes(own, max(0, room - len("…".encode()))).rpartition(" ")[0] + "…"
        return cut_to_bytes(f"{own} {self.provenance}".strip(), _SHORT_BYTES)


def folder_of(out: Path, credits: Credits) -> Path:
    """`OUT/Author/Title`, or `OUT/Author/Series/Vol. 2 - Title`: the layout audiobookshelf reads."""
    author = out / file_name(credits.author)
    book = credits.book
    if not book.series:
        return author / file_name(credits.title)
    volume = f"Vol. {book.series_index} - " if book.series_index else ""
    return author / file_name(book.series) / file_name(volume + credits.title)


def book_tags(credits: Credits) -> dict[str, str]:
    """Everything that is known of the book, by name; what is not known is left out."""
    book = credits.book
    in_series = f"{book.series} {book.series_index} - ".replace("  ", " ") if book.series else ""
    tags = {
        "title": credits.title,
        "album": credits.title,
        "subtitle": book.subtitle,
        "artist": credits.author,
        "album_artist": credits.author,
        "composer": credits.narrator,
        "sort_title": book.title_sort,
        "sort_album": in_series + (book.title_sort or credits.title) if in_series else book.title_sort,
        "sort_artist": book.creator_sort,
        "sort_composer": credits.narrator,
        "genre": "Audiobook",
        "date": book.date[:4],
        "description": credits.short_description,
        "synopsis": credits.description,
        "comment": credits.comment,
        "publisher": book.publisher,
        "copyright": book.rights,
        "language": book.language,
        "grouping": credits.volume,
        "series": book.series,
        "series_part": book.series_index,
        "isbn": book.isbn,
        "asin": book.asin,
        "narration": "synthetic",
        "watermark": credits.watermark,
        "encoder": ENCODER,
    }
    return {name: value for name, value in tags.items() if value}


@dataclass(frozen=True, slots=True)
class ChapterTags:
    """A chapter that is a file of its own: its title, its number of all, and the book it is of."""

    title: str
    number: int
    count: int
    credits: Credits

    @property
    def by_name(self) -> dict[str, str]:
        own = {"title": self.title, "track": f"{self.number}/{self.count}"}
        return {**book_tags(self.credits), **own}
