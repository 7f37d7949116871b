"""A book as a podcast: its chapters as Podcasting 2.0 JSON, and a private feed with an episode for each chapter."""

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import quote

from lxml import etree

from pipeline.book import single_spaced
from pipeline.readalong.edition import ChapterSound, Edition
from pipeline.times import ChapterTimeline

_ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_ATOM = "http://www.w3.org/2005/Atom"
_PODCAST = "https://podcastindex.org/namespace/1.0"
_NAMESPACES = {"itunes": _ITUNES, "atom": _ATOM, "podcast": _PODCAST}

_FIRST_EPISODE = datetime(2000, 1, 1, tzinfo=UTC)
"""Players sort by date. A day a chapter from a fixed one: an edit changes the date of no chapter before it."""


def chapters_json(edition: Edition) -> str:
    """JSON chapters 1.2.0, https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/examples/chapters."""
    chapters = [
        {
            "startTime": edition.ms_of(chapter.start_frame) / 1000,
            "endTime": edition.ms_of(chapter.end_frame) / 1000,
            "title": single_spaced(chapter.title),
        }
        for chapter in edition.timeline.chapters
    ]
    data = {"version": "1.2.0", "title": edition.title, "author": edition.author, "chapters": chapters}
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def feed(edition: Edition, sounds: Sequence[ChapterSound], *, base_url: str, file_name: str, has_cover: bool) -> bytes:
    """An RSS feed for the delivery's folder as it is served at `base_url`, under the name `file_name` there.

    It asks directories not to list it; what makes it private is that nobody can guess its address. Where a chapter has
    a WebVTT file beside it, the episode names it as its transcript.
    """
    base = base_url.rstrip("/") + "/"
    rss = etree.Element("rss", {"version": "2.0"}, nsmap=_NAMESPACES)
    channel = etree.SubElement(rss, "channel")
    _add(channel, "title", edition.title)
    _add(channel, "link", base)
    _add(channel, f"{{{_ATOM}}}link", href=base + quote(file_name), rel="self", type="application/rss+xml")
    _add(channel, "description", edition.book.description or f"{edition.title}, read by {edition.narrator}")
    _add(channel, "language", edition.language)
    _add(channel, f"{{{_ITUNES}}}author", edition.author)
    _add(channel, f"{{{_ITUNES}}}type", "serial")
    _add(channel, f"{{{_ITUNES}}}block", "Yes")
    _add(channel, f"{{{_ITUNES}}}explicit", "false")
    _add(channel, f"{{{_ITUNES}}}category", text="Arts")
    _add(channel, f"{{{_PODCAST}}}medium", "audiobook")
    if has_cover:
        _add(channel, f"{{{_ITUNES}}}image", href=base + "cover.jpg")
    for number, (chapter, sound) in enumerate(zip(edition.timeline.chapters, sounds, strict=True), start=1):
        _add_episode(channel, edition, chapter, sound, base, number)
    return etree.tostring(rss, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _add_episode(
    channel: etree._Element, edition: Edition, chapter: ChapterTimeline, sound: ChapterSound, base: str, number: int
) -> None:
    item = etree.SubElement(channel, "item")
    _add(item, "title", single_spaced(chapter.title))
    _add(item, "guid", _identifier(edition, chapter), isPermaLink="false")
    _add(item, "pubDate", format_datetime(_FIRST_EPISODE + timedelta(days=number - 1)))
    size_bytes = str(sound.path.stat().st_size)
    _add(item, "enclosure", url=base + quote(sound.name), length=size_bytes, type="audio/mpeg")
    _add(item, f"{{{_ITUNES}}}duration", str(edition.ms_of(chapter.end_frame - chapter.start_frame) // 1000))
    _add(item, f"{{{_ITUNES}}}episode", str(number))
    _add(item, f"{{{_ITUNES}}}episodeType", "full")
    transcript = sound.path.with_suffix(".vtt")
    if transcript.exists():
        _add(item, f"{{{_PODCAST}}}transcript", url=base + quote(transcript.name), type="text/vtt")


def _identifier(edition: Edition, chapter: ChapterTimeline) -> str:
    """The same for the same chapter of the same book, whatever is edited in it; the parts of a chapter are counted."""
    of_chapter = [each.start_frame for each in edition.timeline.chapters if each.number == chapter.number]
    name = f"{edition.key}\n{chapter.number}\n{of_chapter.index(chapter.start_frame)}"
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def _add(parent: etree._Element, tag: str, content: str = "", **attributes: str) -> None:
    element = etree.SubElement(parent, tag, attributes)
    element.text = content or None
