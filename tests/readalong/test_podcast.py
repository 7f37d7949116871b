"""A book as a podcast: lengths are true, ids and dates are the same tomorrow."""

import json
from datetime import timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from pathlib import Path

from lxml import etree

from pipeline.readalong.podcast import chapters_json, feed
from tests.readalong.editions import edition_of, sounds_of

_ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
_PODCAST = "{https://podcastindex.org/namespace/1.0}"
_BOOK = edition_of({"One": ["A b."], "Two\n🦊 & <more>": ["C d.", "E f."], "Three": ["G."]})
_BASE = "https://example.org/secret/Alice"


def _channel(folder: Path) -> etree._Element:
    data = feed(_BOOK, sounds_of(_BOOK, folder), base_url=_BASE, file_name="Alice.rss", has_cover=True)
    [channel] = etree.fromstring(data)
    return channel


def test_chapters_tile_the_book() -> None:
    data = json.loads(chapters_json(_BOOK))
    assert data["version"] == "1.2.0"
    assert [chapter["title"] for chapter in data["chapters"]] == ["One", "Two 🦊 & <more>", "Three"]
    assert data["chapters"][0]["startTime"] == 0
    assert all(one["endTime"] == other["startTime"] for one, other in pairwise(data["chapters"]))
    assert data["chapters"][-1]["endTime"] == _BOOK.timeline.frames / 24_000


def test_each_chapter_is_an_episode_with_its_true_length(tmp_path: Path) -> None:
    items = _channel(tmp_path).findall("item")
    files = sorted(tmp_path.glob("*.mp3"))
    for number, (item, file) in enumerate(zip(items, files, strict=True), start=1):
        enclosure = item.find("enclosure")
        assert enclosure.attrib["length"] == str(file.stat().st_size)
        assert enclosure.attrib["url"].startswith(f"{_BASE}/00{number}%20-%20")
        assert enclosure.attrib["type"] == "audio/mpeg"
        assert item.findtext(f"{_ITUNES}episode") == str(number)


def test_episodes_are_serial_private_and_dated_in_order(tmp_path: Path) -> None:
    channel = _channel(tmp_path)
    assert channel.findtext(f"{_ITUNES}type") == "serial"
    assert channel.findtext(f"{_ITUNES}block") == "Yes"
    assert channel.find(f"{_ITUNES}image").attrib["href"] == f"{_BASE}/cover.jpg"
    dates = [parsedate_to_datetime(item.findtext("pubDate")) for item in channel.findall("item")]
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(dates))


def test_ids_are_each_ones_own_and_stay(tmp_path: Path) -> None:
    ids = [item.findtext("guid") for item in _channel(tmp_path).findall("item")]
    assert len(set(ids)) == 3
    assert ids == [item.findtext("guid") for item in _channel(tmp_path).findall("item")]


def test_a_transcript_is_named_where_it_is_there(tmp_path: Path) -> None:
    (tmp_path / "001 - One.vtt").write_text("WEBVTT\n", "utf-8")
    first, *others = _channel(tmp_path).findall("item")
    assert first.find(f"{_PODCAST}transcript").attrib == {"url": f"{_BASE}/001%20-%20One.vtt", "type": "text/vtt"}
    assert all(item.find(f"{_PODCAST}transcript") is None for item in others)
