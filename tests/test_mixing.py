"""From takes to tracks: what a change encodes again, what is made in several files, what the whole book decides."""

import json
from pathlib import Path

import av
import pytest

from pipeline.assemble.targets import targets
from tests.test_run import make, report_of

LINES = ("The lamp went out at nine, and nobody lit it again.", "Ann looked up from the letter she was reading.")


def book(path: Path, chapters: list[tuple[str, tuple[str, ...]]]) -> Path:
    text = "\n\n".join(part for title, lines in chapters for part in (f"# {title}", *lines))
    path.write_text(f"---\ntitle: Mixed\nauthor: Nobody\nlanguage: en\n---\n\n{text}\n", "utf-8")
    return path


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def m4b_of(folder: Path) -> Path:
    [path] = (folder / "out").rglob("*.m4b")
    return path


def test_an_edit_encodes_its_chapter_again_and_leaves_the_other_packets_as_they_are(tmp_path: Path) -> None:
    chapters = [(f"Chapter {number}", (*LINES, f"This was evening number {number}.")) for number in range(1, 5)]
    report_of(make(book(tmp_path / "book.md", chapters), tmp_path))
    before = packets(m4b_of(tmp_path))
    chapters[2] = ("Chapter 3", (*LINES, "This was another evening altogether, and a longer one."))
    edited = report_of(make(book(tmp_path / "book.md", chapters), tmp_path))
    assert [chapter["reused"] for chapter in edited["chapters"]] == [True, True, False, True]
    starts = [round(chapter["start_s"] * 24_000) // 1_024 for chapter in edited["chapters"]]
    after = packets(m4b_of(tmp_path))
    longer = len(after) - len(before)
    third, fourth = starts[2] + 1, starts[3] + 1  # one packet of priming comes first
    assert after[:third] == before[:third]
    assert after[fourth:] == before[fourth - longer :]
    assert after[third:fourth] != before[third : fourth - longer]


def test_how_loud_a_short_chapter_is_depends_on_the_book_and_on_no_order(tmp_path: Path) -> None:
    """Made as the first, when nothing else was known, or as the last: the same bytes."""
    chapters = [("I", ("Hush!",)), ("II", LINES * 8), ("III", LINES * 6)]
    source = book(tmp_path / "book.md", chapters)
    report_of(make(source, tmp_path / "once"))
    for numbers in ("3", "2-3"):
        report_of(make(source, tmp_path / "bit by bit", "--chapters", numbers))
    report_of(make(source, tmp_path / "bit by bit"))
    assert m4b_of(tmp_path / "bit by bit").read_bytes() == m4b_of(tmp_path / "once").read_bytes()


def test_a_chapter_too_long_for_its_target_is_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    acx = targets()["acx"]
    monkeypatch.setitem(targets(), "acx", acx.model_copy(update={"longest_min": 0.5, "sample_min": 0.25}))
    source = book(tmp_path / "book.md", [("Title page", LINES[:1]), ("One", LINES * 12), ("Two", LINES)])
    report = report_of(make(source, tmp_path, "--set", "delivery.target=acx", "--format", "mp3"))
    titles = [chapter["title"] for chapter in report["chapters"]]
    assert titles == [
        "Opening credits",
        "Title page",
        *(f"One ({part}/4)" for part in range(1, 5)),
        "Two",
        "Closing credits",
    ]
    assert all(chapter["end_s"] - chapter["start_s"] <= 30 for chapter in report["chapters"])
    assert report["missed"] == []
    assert report["exit_code"] == 0
    assert Path(report["files"][-1]).name == "Retail Sample.mp3"
    with av.open(report["files"][-1]) as sample:
        assert sample.duration is not None
        assert 8 < sample.duration / av.time_base <= 15
    again = report_of(make(source, tmp_path, "--set", "delivery.target=acx", "--format", "mp3"))
    assert again["rendered"] == 0
    assert all(chapter["reused"] for chapter in again["chapters"])


def test_a_delivery_that_misses_its_target_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is delivered all the same, and the run does not end well."""
    acx = targets()["acx"]
    monkeypatch.setitem(targets(), "acx", acx.model_copy(update={"floor_db": -90.0}))
    source = book(tmp_path / "book.md", [("One", LINES * 2), ("Two", LINES)])
    ended = make(source, tmp_path, "--set", "delivery.target=acx", "--set", "credits.spoken=no", "--format", "mp3")
    assert ended.code == 8
    missed, _ = ended.data["books"][0]["missed"]
    assert (missed["chapter"], missed["rule"], missed["most"]) == ("One", "noise floor", -90.0)
    assert "misses acx: noise floor" in ended.err
    assert Path(ended.data["books"][0]["files"][0]).exists()
    assert "noise floor" in (Path(ended.data["books"][0]["folder"]) / "report.html").read_text("utf-8")


def test_a_pause_that_a_tag_asks_for_at_the_edge_of_a_take_is_heard_to_the_frame(tmp_path: Path) -> None:
    """Takes are trimmed, so it is put in beside the pause that stands there anyway: in the takes it would be lost."""
    plain = [("One", LINES), ("Two", LINES[:1])]
    tagged = [("One", (f"[long pause] {LINES[0]}", f"{LINES[1]} [medium pause]")), ("Two", (f"{LINES[0]} [sic]",))]
    silences = []
    for name, chapters in (("plain", plain), ("tagged", tagged)):
        source = book(tmp_path / f"{name}.md", chapters)
        options = ("--set", "direction.tags_in_text=true", "--set", "sound.keep_silence_ms=0")
        report_of(make(source, tmp_path / name, *options))
        [path] = (tmp_path / name).rglob("timeline.json")
        first = json.loads(path.read_text("utf-8"))["chapters"][0]
        heading, text = first["clips"]
        silences.append((text["start_frame"] - heading["end_frame"], first["end_frame"] - text["end_frame"]))
    (before, after), (longer_before, longer_after) = silences
    assert longer_before - before == 24_000
    assert abs(longer_after - after - 12_000) < 1_024  # a chapter ends with its packet
