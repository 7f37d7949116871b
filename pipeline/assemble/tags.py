"""What players and library servers read about a book: tags, `metadata.json`, names that every file system takes."""

import re
import unicodedata
from dataclasses import dataclass

from pipeline.book import Metadata
from pipeline.languages import primary_subtag
from pipeline.recording import PIPELINE_FORMAT, Mark

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")

_LONGEST_NAME_BYTES = 120
"""Well under the 255 bytes of every file system, with room for a number and a suffix."""


@dataclass(frozen=True, slots=True)
class Credits:
    """The book and the voice that read it, as they are shown to listeners."""

    book: Metadata
    narrator: str
    comment: str

    @property
    def title(self) -> str:
        return self.book.title or "Untitled"

    @property
    def author(self) -> str:
        return ", ".join(self.book.creators) or "Unknown author"


def book_tags(credits: Credits) -> dict[str, str]:
    """Tags by the names FFmpeg's MP4 and MP3 muxers know; empty ones are left out."""
    tags = {
        "title": credits.title,
        "album": credits.title,
        "artist": credits.author,
        "album_artist": credits.author,
        "composer": credits.narrator,
        "genre": "Audiobook",
        "date": credits.book.date[:4],
        "description": credits.book.description[:255],
        "synopsis": credits.book.description,
        "comment": credits.comment,
    }
    return {name: value for name, value in tags.items() if value}


def audiobookshelf_metadata(credits: Credits, marks: tuple[Mark, ...]) -> dict[str, object]:
    """The `metadata.json` audiobookshelf reads, which overrides every other source there. Times in seconds."""
    rate = PIPELINE_FORMAT.rate
    return {
        "title": credits.title,
        "authors": list(credits.book.creators),
        "narrators": [credits.narrator],
        "genres": ["Audiobook"],
        "publishedYear": credits.book.date[:4] or None,
        "publisher": credits.book.publisher or None,
        "description": credits.book.description or None,
        "language": credits.book.language or None,
        "chapters": [
            {"id": i, "start": mark.start_frame / rate, "end": mark.end_frame / rate, "title": mark.title}
            for i, mark in enumerate(marks)
        ],
    }


def file_name(text: str) -> str:
    """`text` as a file name on any system: forbidden characters replaced, not hidden, not reserved, not too long."""
    name = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", text))
    name = " ".join(name.split()).strip(". ")
    name = name.encode()[:_LONGEST_NAME_BYTES].decode(errors="ignore").strip(". ")
    if not name or _RESERVED.fullmatch(name):
        name = f"_{name}"
    return name


def language_tag(language: str) -> str:
    """ISO 639-2 code for the audio track, for the languages whose code is not simply unknown."""
    codes = {
        "en": "eng", "de": "deu", "fr": "fra", "es": "spa", "it": "ita", "pt": "por", "nl": "nld", "ru": "rus",
        "ja": "jpn", "zh": "zho", "ko": "kor", "la": "lat", "pl": "pol", "sv": "swe", "da": "dan", "fi": "fin",
        "nb": "nor", "no": "nor", "cs": "ces", "el": "ell", "hu": "hun", "tr": "tur", "uk": "ukr", "ar": "ara",
    }  # fmt: skip  # one line a language would hide what this is
    return codes.get(primary_subtag(language), "und")
