"""Cuts the excerpts out of the books: one spoken block a line, a heading behind "# ", a scene break as "* * *".

    python -m tests.attribution.excerpts CORPUS

CORPUS is a folder with the books that the truth's tables name. Labels count lines, so they hold as long as the excerpts
stand as committed; this is how they came to be, and how a chapter would be added at the end of one.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from pipeline.book import Block, Chapter, Kind
from pipeline.ingest import read_book
from tests.attribution.labels import BREAK, HEADING, Truth, truths


def main(corpus: Path) -> None:
    for truth in truths():
        truth.excerpt.write_text("".join(f"{line}\n" for line in lines_of(truth, corpus)), "utf-8")


def lines_of(truth: Truth, corpus: Path) -> Iterator[str]:
    chapters = {_name(chapter): chapter for chapter in read_book(corpus / truth.source).chapters}
    for name in truth.chapters:
        yield from (_line(block) for block in chapters[name].blocks if not block.rule)


def _name(chapter: Chapter) -> str:
    """What stands before a subtitle: "CHAPTER VII" of "CHAPTER VII. A Mad Tea-Party"."""
    return chapter.title.split(".")[0]


def _line(block: Block) -> str:
    if block.kind is Kind.HEADING:
        return HEADING + block.text
    return block.text if block.kind is not Kind.SCENE_BREAK and block.text.strip() else BREAK


if __name__ == "__main__":
    main(Path(sys.argv[1]))
