"""Files beside the audio: what audiobookshelf reads, and playlists."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.assemble.tags import Credits
from pipeline.recording import PIPELINE_FORMAT, Mark

_FULL_DATE_CHARS = len("1999-05-01")


def audiobookshelf_metadata(credits: Credits, marks: Sequence[Mark]) -> dict[str, object]:
    """The `metadata.json` audiobookshelf reads, which overrides every other source there. Times in seconds."""
    rate, book = PIPELINE_FORMAT.rate, credits.book
    return {
        "tags": ["Synthetic narration"],
        "title": credits.title,
        "subtitle": book.subtitle or None,
        "authors": list(book.creators),
        "narrators": [credits.narrator],
        "series": [credits.volume] if credits.volume else [],
        "genres": list(book.subjects) or ["Audiobook"],
        "publishedYear": book.date[:4] or None,
        "publishedDate": book.date[:_FULL_DATE_CHARS] if len(book.date) >= _FULL_DATE_CHARS else None,
        "publisher": book.publisher or None,
        "description": credits.description or None,
        "isbn": book.isbn or None,
        "asin": book.asin or None,
        "language": book.language or None,
        "explicit": False,
        "abridged": False,
        "chapters": [
            {"id": i, "start": mark.start_frame / rate, "end": mark.end_frame / rate, "title": mark.title}
            for i, mark in enumerate(marks)
        ],
    }


def playlist(files: Sequence[Path], marks: Sequence[Mark], credits: Credits) -> str:
    """An extended M3U of files that stand beside it; `EXTINF` is in whole seconds."""
    lines = ["#EXTM3U", f"#PLAYLIST:{credits.title}"]
    for file, mark in zip(files, marks, strict=True):
        seconds = round((mark.end_frame - mark.start_frame) / PIPELINE_FORMAT.rate)
        lines += [f"#EXTINF:{seconds},{mark.title}", file.name]
    return "\n".join(lines) + "\n"
