"""Drawings keep inside their boxes, whatever they are of; a page of a huge book stays a page."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.report.book_page import page_of
from pipeline.report.drawing import HEIGHT, WIDTH, bars_for, flags_in, loudness_plot, outline, pace_of, takes_needed
from pipeline.report.evidence import Evidence, FlaggedChunk, Kind, SpokenChunk, TakeEvidence
from pipeline.report.schema import BookReport, ChapterReport

CHAPTERS, CHUNKS, CHUNK_S = 300, 5_000, 40.0


def chunk(number: int, *, seconds: float = CHUNK_S, chars: int = 600, takes: int = 1) -> SpokenChunk:
    return SpokenChunk(
        id=f"{number:012x}",
        chapter=1,
        number=number,
        start_s=number * CHUNK_S,
        seconds=seconds,
        chars=chars,
        takes=takes,
        is_suspect=False,
    )


def flagged(number: int, kind: Kind = "suspect", *, text: str = "words", badness: float = 1.0) -> FlaggedChunk:
    take = TakeEvidence(
        key="ab" * 32, number=0, verdict="suspect", is_used=True, seconds=CHUNK_S, badness=badness, file="report/a.m4a"
    )
    return FlaggedChunk(
        id=f"{number:012x}",
        key=f"{number:064x}",
        kind=kind,
        chapter=1,
        title="I",
        number=number,
        text=text,
        voices=["Kore"],
        start_s=number * CHUNK_S,
        takes=[take],
        command="run-pipeline retake kim.epub --chunk 1",
    )


def chapter(number: int, *, lufs: float | None = -18.0, length_s: float = 600.0) -> ChapterReport:
    start_s = (number - 1) * length_s
    return ChapterReport(
        number=number,
        title=f"Chapter {number}",
        start_s=start_s,
        end_s=start_s + length_s,
        chunks=16,
        reused=False,
        loudness_lufs=lufs,
        waveform="7f" * 360,
        file="Kim.m4b",
        file_at_s=start_s,
    )


@given(st.binary(min_size=1, max_size=400), st.integers(1, 360))
def test_an_outline_has_a_stroke_for_every_bar_inside_its_box(levels: bytes, bars: int) -> None:
    strokes = re.findall(r"M(\d+)\.5 (\d+)v(\d+)", outline(levels.hex(), bars=bars))
    assert [int(x) for x, _, _ in strokes] == list(range(min(bars, len(levels))))
    assert all(int(top) >= 0 and int(top) + int(height) <= 100 for _, top, height in strokes)


def test_a_chapter_without_an_outline_has_none() -> None:
    assert outline("", bars=60) == ""


@settings(max_examples=40)
@given(st.lists(st.floats(-60, -1), min_size=1, max_size=20), st.none() | st.floats(-30, -10))
def test_every_loudness_stands_on_its_plot(levels: list[float], target: float | None) -> None:
    chapters = [chapter(number, lufs=lufs) for number, lufs in enumerate(levels, start=1)]
    plot = loudness_plot(BookReport(source="b", seconds=600.0 * len(levels), chapters=chapters, target_lufs=target))
    assert plot is not None
    assert all(0 <= dot.x <= WIDTH and 0 <= dot.y <= HEIGHT for dot in plot.dots)
    assert (plot.line is None) == (target is None)
    assert 2 <= len(plot.rows) <= 9


def test_louder_is_higher_and_later_is_further_right() -> None:
    chapters = [chapter(1, lufs=-20.0), chapter(2, lufs=-18.0)]
    plot = loudness_plot(BookReport(source="b", seconds=1200, chapters=chapters))
    assert plot is not None
    assert (plot.dots[0].x < plot.dots[1].x, plot.dots[0].y > plot.dots[1].y) == (True, True)
    assert loudness_plot(BookReport(source="b", chapters=[chapter(1, lufs=None)])) is None


def test_the_pace_is_told_by_its_quarters() -> None:
    chunks = [chunk(number, chars=chars) for number, chars in enumerate((400, 600, 600, 600, 800))]
    evidence = Evidence(spoken=chunks, flagged=[flagged(0)])
    pace = pace_of(BookReport(source="b", seconds=200, evidence=evidence))
    assert pace is not None
    assert (pace.middle, pace.slow < 15 < pace.fast) == (15.0, True)
    assert len(pace.plot.dots) == 1
    assert pace.plot.path.count("M") == 4
    assert pace_of(BookReport(source="b")) is None


def test_a_flag_stands_where_its_chunk_is_heard() -> None:
    book = BookReport(source="b", seconds=1200, evidence=Evidence(flagged=[flagged(0), flagged(20, "retaken")]))
    [first] = flags_in(chapter(1), book)
    [second] = flags_in(chapter(2), book)
    assert (first.at, first.width, first.is_bad) == (0.0, 6.67, True)
    assert (second.at, second.is_bad) == (33.33, False)


def test_takes_are_counted_by_chunk() -> None:
    chunks = [chunk(0), chunk(1, takes=3), chunk(2)]
    assert takes_needed(BookReport(source="b", evidence=Evidence(spoken=chunks))) == {1: 2, 3: 1}


def test_a_page_of_300_chapters_and_5000_chunks_is_under_3_megabytes() -> None:
    evidence = Evidence(
        spoken=[chunk(number) for number in range(CHUNKS)],
        flagged=[flagged(number, text="ten chars " * 60) for number in range(CHUNKS)],
    )
    chapters = [chapter(number, length_s=CHUNKS * CHUNK_S / CHAPTERS) for number in range(1, CHAPTERS + 1)]
    book = BookReport(source="b", title="Long", seconds=CHUNKS * CHUNK_S, chapters=chapters, evidence=evidence)
    page = page_of(book, has_cover=False)
    assert len(page.encode()) < 3_000_000
    assert bars_for(CHAPTERS) == 120
    assert "And 4700 more" in page


def test_the_worst_comes_first() -> None:
    chunks = [flagged(1, "retaken"), flagged(2, badness=1), flagged(3, badness=9), flagged(4, "failed")]
    page = page_of(BookReport(source="b", title="B", evidence=Evidence(flagged=chunks)), has_cover=False)
    assert re.findall(r'id="c-0+(\d)"', page) == ["4", "3", "2", "1"]
