"""A book the size of War and Peace, read by us and by what everybody reads with; and how soon a plan is there.

    python -m tests.bench.reading [--runs 3]

Needs `pip install beautifulsoup4` (for this benchmark alone, no dependency of the project) and `apt-get install
pandoc`. Readers take turns, each in a process of its own; the best run counts. A Python reader's seconds are those of
reading, without its imports; pandoc's are its whole run, which starts in hundredths of a second. Exits non-zero if one
of the others is not three times as slow, if we hold more than 200 MB, or if planning a novel takes a second.
"""

import argparse
import importlib.metadata
import json
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from html import escape
from itertools import chain
from pathlib import Path

from tests.bench.books import SAMPLE
from tests.bench.processes import Watched, watched
from tests.ingest.epubs import Epub, nav, page

TARGET_RATIO = 3.0
TARGET_MB = 200.0
TARGET_PLAN_S = 1.0

_WAR_AND_PEACE_CHARS = 3_000_000
_WAR_AND_PEACE_CHAPTERS = 361
_NOVEL_WORDS = 100_000
_NOVEL_CHAPTERS = 40
_WORD = re.compile(r"[A-Za-z]{4,}")
_OURS = "run-pipeline"


# -- the books


def war_and_peace(folder: Path) -> Path:
    """3 MB of text in 361 chapters, a file each, as its EPUBs have it."""
    texts = _texts()
    size = _WAR_AND_PEACE_CHARS // _WAR_AND_PEACE_CHAPTERS
    chapters = [_filled(texts, size, measure=len) for _ in range(_WAR_AND_PEACE_CHAPTERS)]
    return _written(folder, "war-and-peace.epub", chapters)


def novel(folder: Path) -> Path:
    """100,000 words in 40 chapters."""
    texts = _texts()
    size = _NOVEL_WORDS // _NOVEL_CHAPTERS
    chapters = [_filled(texts, size, measure=lambda text: len(text.split())) for _ in range(_NOVEL_CHAPTERS)]
    return _written(folder, "novel.epub", chapters)


def _texts() -> Iterator[str]:
    """The sample's paragraphs for ever, every longer word another of its words of that length: none comes twice."""
    from pipeline.ingest import read_book

    paragraphs = [block.text for block in read_book(SAMPLE).blocks() if len(block.text) > 60 and not block.rule]
    by_length: dict[int, list[str]] = {}
    for word in sorted(set(_WORD.findall(" ".join(paragraphs)))):
        by_length.setdefault(len(word), []).append(word)
    source = random.Random(1869)
    while True:
        for text in paragraphs:
            yield _WORD.sub(lambda word: source.choice(by_length[len(word.group())]), text)


def _filled(texts: Iterator[str], size: int, *, measure: Callable[[str], int]) -> list[str]:
    taken: list[str] = []
    while size > 0:
        taken.append(next(texts))
        size -= measure(taken[-1])
    return taken


def _written(folder: Path, name: str, chapters: Sequence[Sequence[str]]) -> Path:
    pages = {f"chapter-{number}.xhtml": _page(number, texts) for number, texts in enumerate(chapters, 1)}
    links = [(f"Chapter {number}", file) for number, file in enumerate(pages, 1)]
    return Epub(pages, nav=nav(*links)).write(folder, name)


def _page(number: int, texts: Sequence[str]) -> str:
    """A chapter with the marks that real ones have: emphasis, a class on every paragraph, page breaks."""
    body = [f'<section epub:type="chapter" id="c{number}"><h2>Chapter {number}</h2>']
    for place, text in enumerate(texts):
        head, _, rest = escape(text).partition(" ")
        breaks = f'<span epub:type="pagebreak" id="p{number}-{place}" title="{place}"/>' if place % 8 == 7 else ""
        body.append(f'<p class="indent">{breaks}<i>{head}</i> {rest}</p>\n')
    return page("".join([*body, "</section>"]), title=f"Chapter {number}")


# -- the readers: each gives the characters of text it found, and runs in a process of its own


def _by_us(path: Path) -> Callable[[], int]:
    from pipeline.ingest import read_book

    return lambda: sum(len(block.text) for block in read_book(path).blocks() if not block.rule)


def _by_soup(path: Path, parser: str) -> Callable[[], int]:
    import ebooklib
    from bs4 import BeautifulSoup
    from ebooklib import epub

    def read() -> int:
        items = epub.read_epub(str(path)).get_items_of_type(ebooklib.ITEM_DOCUMENT)
        return sum(len(BeautifulSoup(item.get_content(), parser).get_text()) for item in items)

    return read


_PYTHON_READERS: dict[str, Callable[[Path], Callable[[], int]]] = {
    _OURS: _by_us,
    "ebooklib + BeautifulSoup, lxml": lambda path: _by_soup(path, "lxml"),
    "ebooklib + BeautifulSoup, html.parser": lambda path: _by_soup(path, "html.parser"),
}


def _read_once(name: str, path: Path) -> str:
    """Seconds and characters of one reading, as JSON."""
    read = _PYTHON_READERS[name](path)
    started = time.perf_counter()
    chars = read()
    return json.dumps({"seconds": time.perf_counter() - started, "chars": chars})


def _run(name: str, path: Path) -> tuple[float, int, Watched]:
    if name not in _PYTHON_READERS:
        seen = watched(["pandoc", "--from=epub", "--to=plain", str(path)])
        return seen.seconds, len(seen.out), seen
    seen = watched([sys.executable, "-m", "tests.bench.reading", "--once", name, str(path)])
    said = json.loads(seen.out)
    return said["seconds"], said["chars"], seen


# -- the table


def compare(folder: Path, runs: int) -> bool:
    """Print the readers side by side; whether we reach the targets."""
    book = war_and_peace(folder)
    names = [*_PYTHON_READERS, "pandoc -t plain"]
    seen: dict[str, list[tuple[float, int, Watched]]] = {name: [] for name in names}
    for name in chain.from_iterable([names] * runs):
        seen[name].append(_run(name, book))
    ours_s = min(seconds for seconds, _, _ in seen[_OURS])
    print(f"{book.name}: {book.stat().st_size:,} bytes, {_WAR_AND_PEACE_CHAPTERS} chapters, best of {runs}")
    print(f"{'reader':38} {'seconds':>8} {'process':>8} {'ratio':>6} {'peak MB':>8} {'characters':>11}")
    for name, results in seen.items():
        seconds, chars, _ = min(results, key=lambda result: result[0])
        process_s = min(each.seconds for _, _, each in results)
        peak_mb = max(each.main_mb for _, _, each in results)
        print(f"{name:38} {seconds:8.2f} {process_s:8.2f} {seconds / ours_s:6.1f} {peak_mb:8.0f} {chars:11,}")
    closest_ratio = min(min(each[0] for each in results) / ours_s for name, results in seen.items() if name != _OURS)
    peak_mb = max(each.main_mb for _, _, each in seen[_OURS])
    return closest_ratio >= TARGET_RATIO and peak_mb < TARGET_MB


def planned(folder: Path, runs: int) -> bool:
    """Print how long `plan` of a novel takes beside the start of the libraries it loads; whether it is soon enough."""
    book = novel(folder)
    plan = [sys.executable, "-m", "pipeline", "plan", str(book), "--takes", str(folder / "takes")]
    commands = {
        "python -c 'import av, pydantic, lxml'": [sys.executable, "-c", "import av, pydantic, lxml"],
        "plan --engine openrouter": [*plan, "--engine", "openrouter"],
        "plan --engine espeak": [*plan, "--engine", "espeak"],
    }
    best = dict.fromkeys(commands, float("inf"))
    for name, command in chain.from_iterable([list(commands.items())] * runs):
        best[name] = min(best[name], watched(command).seconds)
    start_s = next(iter(best.values()))
    print(f"\n{book.name}: {_NOVEL_WORDS:,} words, best of {runs}\n{'command':38} {'seconds':>8} {'to start-up':>12}")
    for name, seconds in best.items():
        print(f"{name:38} {seconds:8.2f} {seconds / start_s:12.1f}")
    return max(best.values()) < TARGET_PLAN_S


def main(runs: int) -> bool:
    """Both tables; whether every target is reached."""
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}" for name in ("ebooklib", "beautifulsoup4", "lxml")
    )
    print(f"Python {sys.version.split()[0]}, {versions}, {watched(['pandoc', '--version']).out.splitlines()[0]}")
    with tempfile.TemporaryDirectory(prefix="reading-") as scratch:
        reached = [compare(Path(scratch), runs), planned(Path(scratch), runs)]
    print("targets reached" if all(reached) else "targets missed")
    return all(reached)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.reading", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--once", nargs=2, metavar=("READER", "BOOK"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.once:
        print(_read_once(chosen.once[0], Path(chosen.once[1])))
        sys.exit(0)
    sys.exit(0 if main(chosen.runs) else 1)
