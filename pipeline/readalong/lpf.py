"""The W3C audiobook: a manifest (https://www.w3.org/TR/audiobooks/) in a zip with the sound (LPF)."""

import html
import json
import uuid
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipeline.readalong.archive import NewArchive
from pipeline.readalong.edition import ChapterSound, Edition

_CONTENTS = "index.html"


def write_lpf(path: Path, edition: Edition, sounds: Sequence[ChapterSound], *, cover: Path | None) -> None:
    """One file with a chapter's MP3 each, in reading order, their lengths and the contents as a page."""
    resources: list[dict[str, Any]] = []
    if cover:
        resources.append({"url": "cover.jpg", "encodingFormat": "image/jpeg", "rel": "cover", "name": "Cover"})
    with NewArchive(path) as archive:
        archive.add("publication.json", json.dumps(manifest(edition, sounds, resources), ensure_ascii=False, indent=1))
        archive.add(_CONTENTS, _contents(edition, sounds))
        if cover:
            archive.add_file("cover.jpg", cover)
        for sound in sounds:
            archive.add_file(f"audio/{sound.name}", sound.path)


def manifest(
    edition: Edition, sounds: Sequence[ChapterSound], resources: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    """`publication.json`: lengths are differences of the chapters' edges, so that they add up to the whole."""
    edges_ms = [edition.ms_of(chapter.start_frame) for chapter in edition.timeline.chapters]
    edges_ms.append(edition.ms_of(edition.timeline.frames))
    order = [
        {
            "type": "LinkedResource",
            "url": f"audio/{quote(sound.name)}",
            "encodingFormat": "audio/mpeg",
            "name": chapter.title,
            "duration": _duration(end - start),
        }
        for chapter, sound, (start, end) in zip(edition.timeline.chapters, sounds, pairwise(edges_ms), strict=True)
    ]
    contents = {"type": "LinkedResource", "url": _CONTENTS, "encodingFormat": "text/html", "rel": "contents"}
    data = {
        "@context": ["https://schema.org", "https://www.w3.org/ns/pub-context", {"language": edition.language}],
        "conformsTo": "https://www.w3.org/TR/audiobooks/",
        "type": "Audiobook",
        "id": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, edition.key)}",
        "name": edition.title,
        "author": list(edition.book.creators),
        "readBy": edition.narrator,
        "inLanguage": edition.language,
        "publisher": edition.book.publisher,
        "datePublished": edition.book.date,
        "description": edition.book.description,
        "accessMode": ["auditory"],
        "accessModeSufficient": [{"type": "ItemList", "itemListElement": ["auditory"]}],
        "duration": _duration(edges_ms[-1] - edges_ms[0]),
        "readingOrder": order,
        "resources": [*resources, contents],
    }
    return {name: value for name, value in data.items() if value}


def _duration(ms: int) -> str:
    """ISO 8601."""
    return f"PT{ms // 1000}.{ms % 1000:03}S"


def _contents(edition: Edition, sounds: Sequence[ChapterSound]) -> str:
    items = "\n".join(
        f'<li><a href="audio/{quote(sound.name)}">{html.escape(chapter.title)}</a></li>'
        for chapter, sound in zip(edition.timeline.chapters, sounds, strict=True)
    )
    title, language = html.escape(edition.title), html.escape(edition.language)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head><meta charset="utf-8"><title>{title}</title></head>\n'
        f'<body>\n<h1>{title}</h1>\n<nav role="doc-toc">\n<ol>\n{items}\n</ol>\n</nav>\n</body>\n</html>\n'
    )
