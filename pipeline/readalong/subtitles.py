"""Subtitles: WebVTT, which browsers and podcast players show, and SubRip (SRT), which every video player does."""

from collections.abc import Sequence

from pipeline.book import single_spaced
from pipeline.readalong.cues import Cue, cues_of
from pipeline.readalong.edition import Edition
from pipeline.speech.cast import NARRATOR
from pipeline.times import ChapterTimeline

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def webvtt(edition: Edition, chapters: Sequence[ChapterTimeline]) -> str:
    """https://www.w3.org/TR/webvtt1/ for a sound file that holds `chapters`."""
    cues = (
        f"{_clock(cue.start_ms)} --> {_clock(cue.end_ms)}\n{_voice_tag(cue)}"
        + "\n".join(cue.lines).translate(_ESCAPES)
        + "\n"
        for cue in cues_of(edition, chapters)
    )
    return "\n".join(["WEBVTT\n", *cues])


def _voice_tag(cue: Cue) -> str:
    """Who speaks, where it is one of the cast; it holds for the rest of the cue, which is all of it."""
    name = single_spaced(cue.speaker)
    return "" if name in ("", NARRATOR) else f"<v {name.translate(_ESCAPES)}>"


def subrip(edition: Edition, chapters: Sequence[ChapterTimeline]) -> str:
    """The same as SRT, which has numbers, a comma before the milliseconds, and no escapes."""
    cues = (
        f"{number}\n{_clock(cue.start_ms, ',')} --> {_clock(cue.end_ms, ',')}\n" + "\n".join(cue.lines) + "\n"
        for number, cue in enumerate(cues_of(edition, chapters), start=1)
    )
    return "\n".join(cues)


def _clock(ms: int, point: str = ".") -> str:
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}{point}{ms:03}"
