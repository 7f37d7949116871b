"""The W3C audiobook: lengths add up, everything the manifest names is in the zip, the same book is the same bytes."""

import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path

from pipeline.readalong.lpf import manifest, write_lpf
from tests.readalong.editions import edition_of, sounds_of

_BOOK = edition_of({"One": ["A b."], "Two & more": ["C d.", "E f."], "Three": ["G."]})


def _seconds(duration: str) -> float:
    found = re.fullmatch(r"PT(\d+\.\d{3})S", duration)
    assert found
    return float(found[1])


def test_durations_add_up_to_the_milli_second_whatever_rounds(tmp_path: Path) -> None:
    chapters = [
        chapter.model_copy(update={"start_frame": 7_777 * i + 5, "end_frame": 7_777 * (i + 1) + 5})
        for i, chapter in enumerate(_BOOK.timeline.chapters)
    ]
    timeline = _BOOK.timeline.model_copy(update={"chapters": chapters, "frames": chapters[-1].end_frame})
    data = manifest(replace(_BOOK, timeline=timeline), sounds_of(_BOOK, tmp_path))
    parts = [_seconds(item["duration"]) for item in data["readingOrder"]]
    assert round(sum(parts), 3) == _seconds(data["duration"])


def test_the_manifest_names_what_the_zip_holds(tmp_path: Path) -> None:
    sounds = sounds_of(_BOOK, tmp_path)
    cover = tmp_path / "cover.jpg"
    cover.write_bytes(b"\xff\xd8\xff")
    write_lpf(tmp_path / "book.lpf", _BOOK, sounds, cover=cover)
    with zipfile.ZipFile(tmp_path / "book.lpf") as archive:
        data = json.loads(archive.read("publication.json"))
        named = {item["url"].replace("%20", " ").replace("%26", "&") for item in data["readingOrder"]}
        named |= {item["url"] for item in data["resources"]}
        assert named | {"publication.json"} == set(archive.namelist())
        assert archive.read("audio/001 - One.mp3") == sounds[0].path.read_bytes()
        assert 'role="doc-toc"' in archive.read("index.html").decode()
    assert data["conformsTo"] == "https://www.w3.org/TR/audiobooks/"
    assert (data["name"], data["readBy"], data["inLanguage"]) == ("Alice & “Co” <1>", "A Voice", "en-GB")
    assert [item["name"] for item in data["readingOrder"]] == ["One", "Two & more", "Three"]


def test_the_same_book_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.lpf", "b.lpf"):
        write_lpf(tmp_path / name, _BOOK, sounds_of(_BOOK, tmp_path), cover=None)
    assert (tmp_path / "a.lpf").read_bytes() == (tmp_path / "b.lpf").read_bytes()
