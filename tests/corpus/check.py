"""Reads and plans every book of a folder, makes three of them whole, and looks at what comes of it with a foreign eye.

    python -m tests.corpus.check ../shared/corpus

A book a line: chapters, chunks, characters spoken and excluded, seconds, peak memory. Exits non-zero if anything is
not as it must be: a character unaccounted for, a chapter missing, a chunk over a limit, a delivery that ffprobe reads
differently from the plan. Without ffprobe PyAV reads the deliveries instead.
"""

import json
import multiprocessing
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import av

from pipeline.book import Book, Kind, count_chars
from pipeline.config import BookJob, flag_layer, settings_of
from pipeline.errors import PipelineError
from pipeline.planning import Plan, chosen_profile, limits_of, plan_of
from pipeline.script import Line
from pipeline.script.measure import speech_seconds, token_bound

CHAPTERS = {
    "austen-pride.epub": 65,
    "camoes-lusiadas.epub": 13,
    "carroll-alice.epub": 16,
    "chekhov-dama.md": 4,
    "childrens-literature.epub": 22,
    "defoe-crusoe.epub": 24,
    "flaubert-bovary.epub": 36,
    "gabriel-ontboezemingen.epub": 57,
    "kafka-verwandlung.epub": 5,
    "paxson-latin-plays.epub": 17,
    "pushkin-captains-daughter.md": 14,
    "soseki-kusamakura.epub": 3,
    "wilde-earnest.epub": 10,
    "footnotes-epub-type.epub": 1,
    "fragments-toc.epub": 3,
    "no-toc-headings.epub": 3,
    "undefined-entities.epub": 1,
}
"""Entries of each book's own table of contents that have text, spoken or excluded, as the corpus README counts them."""

REFUSED = {"drm-aes.epub": "ProtectedBook"}

MADE = ("carroll-alice.epub", "kafka-verwandlung.epub", "chekhov-dama.md")
"""English, German and Russian; the first two have a cover."""

_TOLERANCE_S = 0.05


@dataclass(frozen=True)
class Row:
    """What planning one book came to. `wrong` is empty where all is well."""

    name: str
    chapters: int = 0
    chunks: int = 0
    spoken: int = 0
    excluded: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    peak_mb: float = 0.0
    wrong: tuple[str, ...] = ()

    def __str__(self) -> str:
        excluded = ", ".join(f"{rule} {chars}" for rule, chars in self.excluded.items()) or "-"
        return (
            f"{self.name:30} {self.chapters:8} {self.chunks:6} {self.spoken:9} {self.seconds:7.2f} {self.peak_mb:7.0f}"
            f"  {excluded}"
        )


_HEADER = f"{'book':30} {'chapters':>8} {'chunks':>6} {'spoken':>9} {'seconds':>7} {'peak MB':>7}  excluded by rule"


def main(folder: Path) -> int:
    """Check the folder; the number of things that are wrong."""
    wrong = planned(folder)
    with tempfile.TemporaryDirectory(prefix="corpus-") as scratch:
        for name in MADE:
            wrong += made(folder / name, Path(scratch)) if (folder / name).exists() else 0
    print("all is well" if not wrong else f"{wrong} things are wrong")
    return wrong


# -- every book: read, accounted for, planned


def planned(folder: Path) -> int:
    books = sorted(path for path in folder.rglob("*") if path.suffix in (".epub", ".md") and path.name != "README.md")
    if not books:
        print(f"no book in {folder}")
        return 1
    print(_HEADER)
    wrong = 0
    spawn = multiprocessing.get_context("spawn")  # a process a book: memory is measured from nothing
    with ProcessPoolExecutor(2, mp_context=spawn, max_tasks_per_child=1) as pool:
        for row in pool.map(looked_at, books):
            print(row, *(f"\n    WRONG: {what}" for what in row.wrong), flush=True)
            wrong += len(row.wrong)
    return wrong


def looked_at(path: Path) -> Row:
    """Plan a book in the embedded voice and hold it to its promises."""
    started = time.perf_counter()
    job = BookJob(path, settings_of([flag_layer("--engine", "speech.engine", "espeak")]))
    try:
        plan = plan_of(job, chosen_profile(job.settings))
    except PipelineError as error:
        as_expected = type(error).__name__ == REFUSED.get(path.name)
        return Row(f"{path.name}: refused", wrong=() if as_expected else (str(error),))
    seconds = time.perf_counter() - started
    coverage = plan.book.coverage
    return Row(
        path.name,
        len(plan.chapters),
        plan.chunk_count,
        coverage.spoken_chars,
        dict(coverage.excluded_chars),
        seconds,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        (*_miscounted(path.name, plan), *_unaccounted(plan.book), *_unspoken(plan), *_over_limits(plan)),
    )


def _miscounted(name: str, plan: Plan) -> Iterator[str]:
    if name in REFUSED:
        yield "was read, and should have been refused"
    found = len(plan.book.chapters)
    if found != CHAPTERS.get(name, found):
        yield f"{found} chapters instead of {CHAPTERS[name]}"


def _unaccounted(book: Book) -> Iterator[str]:
    """Every character is spoken or excluded under a rule, and those said to be spoken stand in the blocks."""
    if book.coverage.missing_chars:
        yield f"{book.coverage.missing_chars} characters are neither spoken nor excluded"
    spoken = [block for block in book.blocks() if not block.rule]
    in_blocks = sum(count_chars(block.text) for block in spoken)
    ours = in_blocks - book.coverage.spoken_chars
    cell_ends = sum(block.text.count(mark) for block in spoken if block.kind is Kind.TABLE_ROW for mark in ".,:")
    numbers = sum(len(block.text.split()[0]) for block in spoken if block.kind is Kind.LIST_ITEM)
    if not 0 <= ours <= cell_ends + numbers:  # the reader itself sets marks between cells and numbers before items
        yield f"{book.coverage.spoken_chars} characters are said to be spoken, {in_blocks} stand in the blocks"


def _unspoken(plan: Plan) -> Iterator[str]:
    """Every character of every block is in exactly one line, in order."""
    for chapter in plan.chapters:
        lines = [line for planned in chapter.chunks for line in planned.chunk.lines]
        blocks = plan.book.chapters[chapter.number - 1].blocks
        if [line.block for line in lines] != sorted(line.block for line in lines):
            yield f"{chapter.title}: lines out of order"
        for number, block in enumerate(blocks):
            own = [line for line in lines if line.block == number]
            if block.kind is not Kind.SCENE_BREAK and not block.rule and not _tiles(block.text, own):
                yield f"{chapter.title}: block {number} is not spoken once and whole: {block.text[:40]!r}"


def _tiles(text: str, lines: Sequence[Line]) -> bool:
    """Whether lines cover a text from end to end with nothing but white space between them."""
    ends = [0, *(line.end for line in lines)]
    starts = [*(line.start for line in lines), len(text)]
    return all(end <= start and not text[end:start].strip() for end, start in zip(ends, starts, strict=True))


def _over_limits(plan: Plan) -> Iterator[str]:
    limits, settings = limits_of(plan.profile), plan.job.settings.script
    longest_s = max(2 * settings.target_seconds, limits.max_seconds)
    for chapter in plan.chapters:
        for chunk in (planned.chunk for planned in chapter.chunks):
            is_long = (
                len(chunk.text) > min(limits.max_chars, settings.max_chars) or speech_seconds(chunk.text) > longest_s
            )
            is_big = bool(limits.max_input_tokens) and token_bound(chunk.text) > limits.max_input_tokens
            if not chunk.text.strip() or is_long or is_big:
                yield f"{chapter.title}: a chunk of {len(chunk.text)} characters: {chunk.text[:40]!r}"


# -- three books: made, and read back by somebody else


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


if __name__ == "__main__":
    sys.exit(1 if main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/corpus")) else 0)
