"""A small book for a director, its window, and answers to the question about it."""

import json
from typing import Any

from pipeline.book import Block, Book, Kind
from pipeline.director.windows import Window, windows_of
from tests.fakes.books import book_of, paragraphs

TAGS = frozenset({"whispers", "gasps", "laughs"})

TEXTS = (
    "“Oh dear! Oh dear! I shall be too late!” said the White Rabbit, and looked at its watch.",
    "Alice had never before seen a rabbit with a watch.",
    "“Where are you going?” whispered Alice. “It isn’t tea-time yet, you know.”",
)


def small_book() -> Book:
    scene = [Block(Kind.SCENE_BREAK, "* * *")]
    return book_of(paragraphs(*TEXTS), [*paragraphs("She slept."), *scene, *paragraphs("“Wake up!” said her sister.")])


def small_window() -> Window:
    return windows_of(small_book(), language="en", window_chars=2_000)[0]


def line(at: str, first: str, last: str, speaker: str = "Alice", **more: Any) -> dict[str, Any]:
    """A line from the piece `at` on, to itself or to `to`."""
    return {"from": at, "first": first, "to": at, "last": last, "speaker": speaker, "style": "", "tags": [], **more}


RABBIT = line("1.1", "Oh dear! Oh", "be too late", "White Rabbit", to="1.3")
ALICE = line("3.1", '"Where are you', "are you going?")


def answer_of(*lines: dict[str, Any], scenes: tuple[dict[str, Any], ...] = ()) -> str:
    return json.dumps({"lines": lines, "scenes": scenes})
