"""A book made whole, and what ffprobe says of it beside the plan and the timeline. Without ffprobe PyAV reads it."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import av

_TOLERANCE_S = 0.05


def made(book: Path, scratch: Path) -> int:
    """Make the whole audiobook and compare what ffprobe says of it with the plan and the timeline."""
    started = time.perf_counter()
    folders = ("--takes", str(scratch / "takes"), "--out", str(scratch / "out"))
    report = _pipeline(str(book), *folders, "--engine", "espeak", "--json")["books"][0]
    seconds = time.perf_counter() - started
    plan = _pipeline("plan", str(book), *folders[:2], "--engine", "espeak", "--json")["books"][0]
    path = Path(report["files"][0])
    timeline = json.loads((path.parent / "timeline.json").read_text("utf-8"))
    wrong = list(_differences(probed(path), plan, timeline, has_cover=(path.parent / "cover.jpg").exists()))
    speed = report["seconds"] / seconds
    print(
        f"made {book.name}: {report['seconds'] / 60:.1f} min in {seconds:.1f} s, {speed:.0f} times as fast as it plays"
    )
    for what in wrong:
        print(f"    WRONG: {what}")
    return len(wrong)


def _pipeline(*arguments: str) -> Any:
    command = [sys.executable, "-m", "pipeline", *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return json.loads(done.stdout)


@dataclass(frozen=True)
class Probed:
    """What a reader makes of a file: marks in seconds with their titles, length, tags, whether a cover is attached."""

    marks: list[tuple[float, float, str]]
    seconds: float
    tags: dict[str, str]
    has_cover: bool


def probed(path: Path) -> Probed:
    """The file in ffprobe's eyes; in PyAV's where there is no ffprobe."""
    if shutil.which("ffprobe"):
        return _by_ffprobe(path)
    print("    (no ffprobe here: PyAV reads the delivery)")
    return _by_pyav(path)


def _by_ffprobe(path: Path) -> Probed:
    show = ("-show_chapters", "-show_format", "-show_streams")
    command = ["ffprobe", "-v", "error", "-of", "json", *show, str(path)]
    data = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)
    return Probed(
        [(float(each["start_time"]), float(each["end_time"]), each["tags"]["title"]) for each in data["chapters"]],
        float(next(stream for stream in data["streams"] if stream["codec_type"] == "audio")["duration"]),
        data["format"]["tags"],
        any(stream["disposition"]["attached_pic"] for stream in data["streams"]),
    )


def _by_pyav(path: Path) -> Probed:
    with av.open(str(path)) as container:
        marks = [
            (
                float(each["start"] * each["time_base"]),
                float(each["end"] * each["time_base"]),
                each["metadata"]["title"],
            )
            for each in container.chapters()
        ]
        stream = container.streams.audio[0]
        seconds = float((stream.duration or 0) * (stream.time_base or 0))
        return Probed(marks, seconds, dict(container.metadata), bool(container.streams.video))


def _differences(file: Probed, plan: Any, timeline: Any, *, has_cover: bool) -> Iterator[str]:
    titles = [chapter["title"] for chapter in plan["chapters"]]
    if [title for _, _, title in file.marks] != titles:
        yield f"the file's chapters are {[title for _, _, title in file.marks]}, the plan's {titles}"
    if file.marks[0][0] != 0 or abs(file.marks[-1][1] - file.seconds) > 0.001:
        yield f"the marks go from {file.marks[0][0]} to {file.marks[-1][1]} s, the sound from 0 to {file.seconds} s"
    if any(end != start for (_, end, _), (start, _, _) in pairwise(file.marks)):
        yield "the marks do not tile the file"
    frames = sum(chapter["end_frame"] - chapter["start_frame"] for chapter in timeline["chapters"])
    if abs(file.seconds - frames / timeline["rate"]) > _TOLERANCE_S:
        yield f"the sound is {file.seconds} s, the timeline {frames / timeline['rate']} s"
    if file.has_cover != has_cover:
        yield "the cover is missing" if has_cover else "there is a cover from nowhere"
    tags = {"title": plan["title"], "album": plan["title"], "genre": "Audiobook"}
    if plan["creators"]:
        tags["artist"] = ", ".join(plan["creators"])
    for name, value in tags.items():
        if file.tags.get(name) != value:
            yield f"tag {name} is {file.tags.get(name)!r}, not {value!r}"
