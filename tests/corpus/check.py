"""Reads and plans every book of a folder, makes three of them whole, and looks at what comes of it with a foreign eye.

    python -m tests.corpus.check ../shared/corpus [--read-only]

A book a line: chapters by us and by the book's own contents (counted by other code), those with something to speak,
chunks, words spoken and excluded by rule, faults repaired, seconds and peak memory of reading and planning. Exits
non-zero if anything is not as it must be: a character unaccounted for, a chapter missing, a chunk over a limit, a
delivery that ffprobe reads differently from the plan.
"""

import multiprocessing
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.book import Book, Kind, count_chars
from pipeline.config import BookJob, flag_layer, settings_of
from pipeline.errors import PipelineError
from pipeline.planning import Plan, chosen_profile, plan_of
from pipeline.script import Line
from pipeline.script.additions import is_ours
from pipeline.script.annotated import read, written
from pipeline.script.direction import tiled
from pipeline.script.labels import labels_of, without_labels
from pipeline.script.measure import speech_seconds, token_bound
from pipeline.scripting import limits_of
from tests.corpus.contents import entries_of
from tests.corpus.deliveries import made
from tests.corpus.readers import spoken_and_left_out
from tests.script.artificial import artificial_cues

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


@dataclass(frozen=True)
class Row:
    """What planning one book came to. `wrong` is empty where all is well."""

    name: str
    chapters: int = 0
    listed: int | None = None
    spoken_chapters: int = 0
    chunks: int = 0
    words: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    repairs: int = 0
    seconds: float = 0.0
    peak_mb: float = 0.0
    wrong: tuple[str, ...] = ()

    def __str__(self) -> str:
        excluded = ", ".join(f"{rule} {words}" for rule, words in self.excluded.most_common()) or "-"
        listed = "-" if self.listed is None else self.listed
        return (
            f"{self.name:29} {self.chapters:8} {listed:>6} {self.spoken_chapters:6} {self.chunks:6} {self.words:7}"
            f" {self.repairs:7} {self.seconds:7.2f} {self.peak_mb:7.0f}  {excluded}"
        )


_HEADER = (
    f"{'book':29} {'chapters':>8} {'listed':>6} {'spoken':>6} {'chunks':>6} {'words':>7} {'repairs':>7} {'seconds':>7}"
    f" {'peak MB':>7}  words excluded by rule"
)


def main(folder: Path, *, is_read_only: bool = False) -> int:
    """Check the folder; the number of things that are wrong."""
    wrong = planned(folder)
    with tempfile.TemporaryDirectory(prefix="corpus-") as scratch:
        for name in () if is_read_only else MADE:
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
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    listed = entries_of(path) if path.suffix == ".epub" else None
    words = spoken_and_left_out(plan.book)
    return Row(
        path.name,
        chapters=len(plan.book.chapters),
        listed=listed,
        spoken_chapters=len(plan.chapters),
        chunks=plan.chunk_count,
        words=sum(word.is_spoken for word in words),
        excluded=Counter(word.pieces[0].rule for word in words if not word.is_spoken),
        repairs=len(plan.book.notes),
        seconds=seconds,
        peak_mb=peak_mb,
        wrong=(
            *_miscounted(path.name, listed, plan),
            *_unaccounted(plan.book),
            *_unspoken(plan),
            *_over_limits(plan),
            *_misplaced(plan),
            *_misdirected(plan.book),
        ),
    )


def _miscounted(name: str, listed: int | None, plan: Plan) -> Iterator[str]:
    if name in REFUSED:
        yield "was read, and should have been refused"
    found = len(plan.book.chapters)
    if found != CHAPTERS.get(name, found):
        yield f"{found} chapters instead of {CHAPTERS[name]}"
    if listed is not None and found != listed:
        yield f"{found} chapters, but {listed} places in the book's contents"


def _unaccounted(book: Book) -> Iterator[str]:
    """Every character is spoken or excluded under a rule, and those said to be spoken stand in the blocks."""
    if book.coverage.missing_chars:
        yield f"{book.coverage.missing_chars} characters are neither spoken nor excluded"
    spoken = [block for block in book.blocks() if not block.rule]
    in_blocks = sum(count_chars(block.text) for block in spoken)
    ours = in_blocks - book.coverage.spoken_chars
    cell_ends = sum(block.text.count(mark) for block in spoken if block.kind is Kind.TABLE_ROW for mark in ".,:")
    numbers = sum(len(block.text.split()[0]) for block in spoken if block.kind is Kind.LIST_ITEM)
    lines = sum(block.text.count(":") for block in spoken if block.kind is Kind.HEADING)
    if not 0 <= ours <= cell_ends + numbers + lines:  # the reader sets marks between cells and lines, numbers to items
        yield f"{book.coverage.spoken_chars} characters are said to be spoken, {in_blocks} stand in the blocks"


def _misplaced(plan: Plan) -> Iterator[str]:
    """Names begin their text, stage directions lie in it, and without all of these every character is accounted for."""
    for block in plan.book.blocks():
        edges = [0, *(edge for aside in block.asides for edge in aside), len(block.text)]
        if not block.text.startswith(block.label) or edges != sorted(edges):
            yield f"name or stage directions are not where they should be: {block.text[:40]!r}"
    skipped = plan.job.settings.direction.model_copy(update={"speaker_labels": "skip", "stage_directions": "skip"})
    labels = labels_of(plan.book)
    heard, _ = without_labels(plan.book, {}, labels, settings=skipped, has_part=bool)
    yield from _unaccounted(heard)


def _unspoken(plan: Plan) -> Iterator[str]:
    """Every character of every block is in exactly one line, in order."""
    for chapter in plan.chapters:
        lines = [line for planned in chapter.chunks for line in planned.chunk.lines if not is_ours(line)]
        blocks = plan.book.chapters[chapter.number - 1].blocks
        if [line.block for line in lines] != sorted(line.block for line in lines):
            yield f"{chapter.title}: lines out of order"
        for number, block in enumerate(blocks):
            own = [line for line in lines if line.block == number]
            if block.kind is not Kind.SCENE_BREAK and not block.rule and not _tiles(block.text, own):
                yield f"{chapter.title}: block {number} is not spoken once and whole: {block.text[:40]!r}"


def _misdirected(book: Book) -> Iterator[str]:
    """A direction file that was written is read again as the same direction of the same words."""
    cues = artificial_cues(book, seed=1)
    taken = read(written(book, cues), book, where="a direction file")
    if taken.book != book:
        yield "the book is another after its direction file was read"
    for place in sorted({*cues, *taken.cues}):
        block = book.chapters[place[0] - 1].blocks[place[1]]
        if tiled(block.text, cues.get(place, ())) != tiled(block.text, taken.cues.get(place, ())):
            yield f"chapter {place[0]}: block {place[1]} is directed otherwise than it was written: {block.text[:40]!r}"


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


if __name__ == "__main__":
    folders = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    is_wrong = main(Path(*folders[:1] or ["../shared/corpus"]), is_read_only="--read-only" in sys.argv)
    sys.exit(1 if is_wrong else 0)
