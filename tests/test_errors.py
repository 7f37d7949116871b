"""The drawing at the top of `errors.py` is the tree."""

import inspect
import re

import pytest

from pipeline import errors
from pipeline.errors import PipelineError

_DRAWN = re.compile(r"^(?P<indent>[│├└─ ]*)(?P<name>[A-Z]\w+)(?: +(?P<code>\d+)(?=$| {2}))?")


def _drawn() -> dict[str, tuple[str | None, int | None]]:
    """Name → parent and exit code, as drawn; four characters of lines a level."""
    tree: dict[str, tuple[str | None, int | None]] = {}
    path: list[str] = []
    lines = (errors.__doc__ or "").splitlines()
    start = next(i for i, line in enumerate(lines) if line.strip() == "PipelineError")
    for line in lines[start:]:
        if found := _DRAWN.match(line):
            level = len(found["indent"]) // 4
            path[level:] = [found["name"]]
            tree[found["name"]] = (path[level - 1] if level else None, int(found["code"]) if found["code"] else None)
    return tree


DRAWN = _drawn()
CLASSES = {
    name: kind
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, PipelineError) and kind.__module__ == errors.__name__
}


def test_every_class_is_drawn_and_every_drawn_class_exists():
    assert set(DRAWN) == set(CLASSES)
    assert len(DRAWN) > 20


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_parent_and_exit_code_are_as_drawn(name):
    parent, code = DRAWN[name]
    kind = CLASSES[name]
    assert kind.__base__.__name__ == (parent or "Exception")
    while code is None and parent is not None:
        parent, code = DRAWN[parent]
    assert kind.exit_code == (1 if code is None else code)


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_says_what_where_and_what_to_do_in_one_line(name):
    error = CLASSES[name]("one\nthing\r\n\tand another", where="book.epub")
    said = str(error)
    assert said.splitlines() == [said]
    assert said.startswith("book.epub: one thing and another")
    assert said.endswith(f"→ {CLASSES[name].remedy}") or not CLASSES[name].remedy


def test_only_classes_that_are_raised_themselves_lack_a_remedy():
    bare = {name for name, kind in CLASSES.items() if not kind.remedy}
    assert bare == {"PipelineError", "BookError", "SpeechError", "Passing"}


def test_a_remedy_of_its_own_replaces_the_usual_one():
    assert str(errors.EngineMissing("no key", remedy="export it")) == "no key → export it"


def test_a_failed_book_helps_by_what_its_first_chunk_failed_by():
    cause = errors.TooLong("the service answered 413")
    error = errors.ChunksFailed("1 of 9 chunks failed", where="A book", cause=cause)
    assert error.with_entry == f"A book: 1 of 9 chunks failed → {errors.TooLong.remedy} [too-long]"
    assert errors.ChunksFailed("1 of 9").with_entry.endswith("only what is missing is rendered [chunks-failed]")
