"""Subtitles and lyrics: every word once, in order, on time, and no more on the screen than two lines hold."""

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.readalong.cues import CUE_LINES, LINE_COLUMNS, balanced_lines, cues_of
from pipeline.readalong.lrc import lyrics
from pipeline.readalong.subtitles import subrip, webvtt
from tests.readalong.editions import edition_of

_LONG = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, "
    "it was the epoch of belief, it was the epoch of incredulity."
)
_TWO = edition_of({"One": ["A b.", _LONG], "Two": ["Tom & Jerry <3 --> all."]})
_STAMP = re.compile(r"(\d\d):(\d\d):(\d\d)[.,](\d\d\d)")


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def test_a_sentence_is_a_cue_from_its_beginning_to_its_end() -> None:
    first = next(cues_of(_TWO, _TWO.timeline.chapters))
    assert (first.start_ms, first.end_ms, first.lines) == (500, 1_300, ("A b.",))


def test_a_long_sentence_is_shown_in_pieces_that_share_its_time() -> None:
    cues = list(cues_of(_TWO, _TWO.timeline.chapters))[1:-1]
    assert len(cues) > 1
    assert all(cue.end_ms == following.start_ms for cue, following in pairwise(cues))
    assert (cues[0].start_ms, cues[-1].end_ms) == (2_300, 2_300 + 200 * len(_LONG))
    assert " ".join(line for cue in cues for line in cue.lines) == _LONG
    assert all(len(cue.lines) <= CUE_LINES and max(map(len, cue.lines)) <= LINE_COLUMNS for cue in cues)


def test_a_file_of_one_chapter_begins_at_zero() -> None:
    [cue] = cues_of(_TWO, _TWO.timeline.chapters[1:])
    assert cue.start_ms == 500


def test_cues_of_overlapping_clips_do_not_overlap() -> None:
    [chapter] = edition_of({"One": ["Half a sen", "tence."]}).timeline.chapters
    early = chapter.clips[0].end_frame - 480  # a crossfade
    sentence = chapter.clips[1].sentences[0].model_copy(update={"start_frame": early})
    seam = chapter.clips[1].model_copy(update={"sentences": [sentence], "start_frame": early})
    crossed = chapter.model_copy(update={"clips": [chapter.clips[0], seam]})
    first, second = cues_of(_TWO, [crossed])
    assert first.end_ms == second.start_ms


@given(st.text(st.sampled_from("abc ,.。「」吾輩は"), min_size=1, max_size=300))
def test_lines_hold_the_text_and_fit(text: str) -> None:
    lines = balanced_lines(" ".join(text.split()))
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        is_one_word = not re.search(r"\s", line)
        assert _columns(line) <= LINE_COLUMNS or is_one_word


@pytest.mark.parametrize("text", ["吾輩は猫である。" * 12, "word " * 33])
def test_lines_are_even(text: str) -> None:
    widths = [_columns(line) for line in balanced_lines(text.strip())]
    assert max(widths) - min(widths) <= 10, "the last line is no widow"


def test_no_line_begins_with_what_closes() -> None:
    lines = balanced_lines("「名前はまだ無い。」" * 8)
    assert len(lines) > 2
    assert not any(line[0] in "。」" for line in lines)


def test_webvtt_has_no_markup_but_its_own() -> None:
    page = webvtt(_TWO, _TWO.timeline.chapters)
    assert page.startswith("WEBVTT\n\n00:00:00.500 --> 00:00:01.300\nA b.\n\n")
    assert "Tom &amp; Jerry &lt;3 --&gt; all." in page
    assert page.count("-->") == len(list(cues_of(_TWO, _TWO.timeline.chapters)))


def test_webvtt_says_who_speaks_where_it_is_one_of_the_cast() -> None:
    [chapter] = edition_of({"One": ["He said.", "“Hm.”", "“Oh!”"]}).timeline.chapters
    clips = [
        clip.model_copy(update={"sentences": [sentence.model_copy(update={"speaker": speaker})]})
        for clip, speaker in zip(chapter.clips, ("narrator", "Tom & <Co>", "Ann"), strict=True)
        for sentence in clip.sentences
    ]
    page = webvtt(_TWO, [chapter.model_copy(update={"clips": clips})])
    assert [block.split("\n", 1)[1].strip() for block in page.split("\n\n")[1:]] == [
        "He said.",
        "<v Tom &amp; &lt;Co&gt;>“Hm.”",
        "<v Ann>“Oh!”",
    ]


def test_srt_numbers_its_cues() -> None:
    page = subrip(_TWO, _TWO.timeline.chapters)
    assert page.startswith("1\n00:00:00,500 --> 00:00:01,300\nA b.\n\n2\n")
    numbers = [int(block.split("\n")[0]) for block in page.strip().split("\n\n")]
    assert numbers == list(range(1, len(numbers) + 1))
    stamps = [[int(part) for part in stamp] for stamp in _STAMP.findall(page)]
    assert stamps == sorted(stamps)


def test_lyrics_have_a_line_a_sentence() -> None:
    lines = lyrics(_TWO, _TWO.timeline.chapters[:1], title="One\nor so").splitlines()
    assert lines[:3] == ["[ti:One or so]", "[ar:Lewis Carroll]", "[al:Alice & “Co” <1>]"]
    assert lines[4:] == ["[00:00.50]A b.", f"[00:02.30]{_LONG}"]


def test_minutes_of_lyrics_go_past_the_hour() -> None:
    long = edition_of({"One": ["x" * 20_000, "Late."]})
    assert lyrics(long, long.timeline.chapters, title="One").splitlines()[-1] == "[66:41.50]Late."
