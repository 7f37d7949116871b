"""How many quotations are given to the right speaker, on chapters labelled by hand.

    python -m tests.attribution.evaluate [--wrong]

A table for each book: precision and recall over the confidence that is asked for, the program's own marked with "*".
"said" are the quotations somebody says, "found" those of them that were seen as speech, "given" the quotes with a
speaker of at least that confidence, "named" those right under a name and not only a description of the same person.
Text that nobody says counts against precision where it is given a speaker. `--wrong` lists what is wrong at the
program's own.
"""

import sys
from collections.abc import Iterable, Iterator

from pipeline.dialogue import DEFAULT_CONFIDENCE, Passage, Quote, heard_in_book
from tests.attribution.labels import BREAK, HEADING, Truth, truths
from tests.attribution.scores import Answer, Score, answers, score, wrong

_CONFIDENCES = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_ROW = "{:<10}{:>7}{:>7}{:>7}{:>7}{:>11}{:>8}"


def main(*, is_wrong_listed: bool) -> None:
    for truth in truths():
        given = answered(truth)
        print("\n".join(_table(truth.name, given)))
        if is_wrong_listed:
            print("\n".join(_line(truth, answer) for answer in wrong(given, confidence=DEFAULT_CONFIDENCE)))
        print()


def answered(truth: Truth) -> list[Answer]:
    """What the program says of every quotation of one book."""
    return answers(truth.lines, truth.labels, quotes_of(truth))


def quotes_of(truth: Truth) -> list[tuple[Quote, ...]]:
    """Of each line; all chapters are heard together, as a book."""
    heard = heard_in_book(list(_chapters(truth.lines)), language=truth.language)
    return [passage.quotes for chapter in heard for passage in chapter]


def _chapters(lines: Iterable[str]) -> Iterator[list[Passage]]:
    """Cut at headings, each of which begins its chapter."""
    chapter: list[Passage] = []
    for line in lines:
        if line.startswith(HEADING) and chapter:
            yield chapter
            chapter = []
        chapter.append(_passage(line))
    yield chapter


def _passage(line: str) -> Passage:
    is_break = line == BREAK or line.startswith(HEADING)
    return Passage(text="" if line == BREAK else line.removeprefix(HEADING), is_break=is_break)


def _table(name: str, given: list[Answer]) -> Iterator[str]:
    said = [answer for answer in given if answer.label and answer.label.is_said]
    others = sum(answer.label is not None for answer in given) - len(said)
    found = sum(answer.is_found for answer in said)
    yield f"{name}: {len(said)} quotations said, {found} found; {others} quoted texts that nobody says"
    yield _ROW.format("confidence", "given", "right", "named", "wrong", "precision", "recall")
    yield from (_score(score(given, confidence=at)) for at in sorted({*_CONFIDENCES, DEFAULT_CONFIDENCE}))


def _score(at: Score) -> str:
    mark = "*" if at.confidence == DEFAULT_CONFIDENCE else ""
    counts = (at.given, at.right, at.named, at.given - at.right)
    return _ROW.format(f"{at.confidence:.2f}{mark}", *counts, f"{at.precision:.1%}", f"{at.recall:.1%}")


def _line(truth: Truth, answer: Answer) -> str:
    label = answer.label
    text = truth.lines[answer.line - 1]
    place = f"{truth.name}.txt:{answer.line}" + (f" quotation {label.ordinal}" if label else "")
    truly = label.speaker if label else "no quotation"
    words = text[label.start : label.end] if label else text
    return f"  {place}: {answer.speaker} ({answer.confidence:.2f}), truly {truly}: {words[:60]}"


if __name__ == "__main__":
    main(is_wrong_listed="--wrong" in sys.argv[1:])
