"""What a report can show, of a night with faults: every doubtful take is there, is heard, and has its price."""

import json
from pathlib import Path
from typing import Any

import av
import pytest

from pipeline.assemble.names import IGNORE_NAME
from pipeline.report.schema import BookReport
from tests.browser.shelves import CURSED, DOUBTFUL, made_shelf


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shelf")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENROUTER_API_KEY", "sk-or-v1-not-to-be-seen")
        ended = made_shelf(folder)
    assert ended.code == 4, ended.err
    return folder / "out"


@pytest.fixture(scope="module")
def tiny(shelf: Path) -> Path:
    return shelf / "Ann Author" / "A Tiny Book"


def report_in(folder: Path) -> BookReport:
    return BookReport.model_validate_json((folder / "report.json").read_bytes())


def test_a_suspect_chunk_shows_all_its_takes_and_which_one_is_heard(tiny: Path) -> None:
    [chunk] = [one for one in report_in(tiny).evidence.flagged if one.kind == "suspect"]
    assert DOUBTFUL in chunk.text
    assert [(take.number, take.verdict) for take in chunk.takes] == [(0, "suspect"), (1, "suspect")]
    assert sum(take.is_used for take in chunk.takes) == 1
    assert all(take.reasons and take.cost_usd > 0 and take.figures["trail_s"] > 2 for take in chunk.takes)


def test_a_chunk_whose_first_take_was_none_is_told_as_taken_again(tiny: Path) -> None:
    [chunk] = [one for one in report_in(tiny).evidence.flagged if one.kind == "retaken"]
    assert [(take.verdict, take.is_used) for take in chunk.takes] == [("fail", False), ("pass", True)]
    assert chunk.takes[0].cost_usd > 0, "a sound that is no take is paid for"
    assert chunk.command.startswith("run-pipeline retake ")
    assert f"--chunk {chunk.id}" in chunk.command


def test_each_flagged_take_with_a_sound_has_a_file_of_its_length(tiny: Path) -> None:
    takes = [take for chunk in report_in(tiny).evidence.flagged for take in chunk.takes]
    assert len(takes) == 4
    for take in takes:
        with av.open(str(tiny / take.file)) as sound:
            assert (sound.duration or 0) / 1_000_000 == pytest.approx(take.seconds, abs=0.1)
    assert {path.name for path in (tiny / "report").iterdir()} == {
        IGNORE_NAME,
        *(Path(take.file).name for take in takes),
    }


def test_chunks_stand_where_the_timeline_has_them(tiny: Path) -> None:
    timeline: dict[str, Any] = json.loads((tiny / "timeline.json").read_bytes())
    starts = {
        (chapter["number"], clip["chunk"]): clip["start_frame"] / timeline["rate"]
        for chapter in timeline["chapters"]
        for clip in chapter["clips"]
    }
    spoken = report_in(tiny).evidence.spoken
    assert {(one.chapter, one.number): one.start_s for one in spoken} == starts


def test_the_money_adds_up_to_what_the_records_say(tiny: Path) -> None:
    evidence = report_in(tiny).evidence
    takes = [take for chunk in evidence.flagged for take in chunk.takes]
    assert evidence.spending.rejected_usd == pytest.approx(takes[0].cost_usd)
    assert evidence.spending.retakes_usd == pytest.approx(
        sum(t.cost_usd for t in takes if not t.is_used) - takes[0].cost_usd
    )
    assert evidence.attempts.stored == len(evidence.spoken) + 1
    assert evidence.attempts.rejected == 1


def test_every_chapter_has_its_outline_and_a_file_that_plays_it(tiny: Path) -> None:
    chapters = report_in(tiny).chapters
    assert all(max(bytes.fromhex(chapter.waveform)) > 40 for chapter in chapters)
    assert {chapter.file for chapter in chapters} == {"A Tiny Book.m4b"}
    assert [chapter.file_at_s for chapter in chapters] == [chapter.start_s for chapter in chapters]


def test_a_failed_chunk_says_why_in_the_report_of_its_book(shelf: Path) -> None:
    [folder] = (shelf / "Bo Binder").iterdir()
    [chunk] = report_in(folder).evidence.flagged
    assert (chunk.kind, CURSED in chunk.text, chunk.start_s) == ("failed", True, None)
    assert "400" in chunk.reason
    assert [take.verdict for take in chunk.takes] == ["refused"]


def test_the_shelf_has_both_books_and_links_what_is_there(shelf: Path) -> None:
    page = (shelf / "shelf.html").read_text("utf-8")
    for said in (
        "A Tiny Book",
        "The Owl &amp; &lt;Co&gt;",
        "not delivered",
        "Ann%20Author/A%20Tiny%20Book/report.html",
    ):
        assert said in page
    assert page.count("<img") == 1


def test_no_page_and_no_report_holds_the_key(shelf: Path) -> None:
    for path in (*shelf.rglob("*.html"), *shelf.rglob("*.json")):
        assert "not-to-be-seen" not in path.read_text("utf-8")
