"""Pauses between the parts of a book, and marks that meet."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.book import Block, Book, Kind
from pipeline.recording import Boundary
from pipeline.script import Script, script_of
from pipeline.script.parts import with_parts
from tests.fakes.books import WIDE, book_of, cut, default_script_settings, paragraphs


def read_with_parts(*chapters: list[Block], part_at: set[int]) -> tuple[Script, Script]:
    """The script of a book whose chapters `part_at` (counted from 1) begin a part, without and with its parts."""
    book = book_of(*chapters)
    marked = (replace(one, begins_part=number in part_at) for number, one in enumerate(book.chapters, start=1))
    book = Book(book.metadata, tuple(marked))
    script = script_of(book, default_script_settings(), WIDE, language="en")
    return script, with_parts(script, book)


def ends(script: Script) -> dict[int, Boundary]:
    return {chapter.number: chapter.chunks[-1].after for chapter in script.chapters}


LEFT_OUT = [Block(Kind.HEADING, "Part Two", rule="repeated-heading")]


def test_the_chapter_before_a_part_ends_with_it() -> None:
    _, script = read_with_parts(*[paragraphs("a", "b")] * 4, part_at={3})
    assert ends(script) == {1: "chapter", 2: "part", 3: "chapter", 4: "chapter"}


def test_a_part_whose_page_is_left_out_begins_with_what_is_read_next() -> None:
    _, script = read_with_parts(paragraphs("a"), LEFT_OUT, paragraphs("b"), paragraphs("c"), part_at={2})
    assert ends(script) == {1: "part", 3: "chapter", 4: "chapter"}


def test_the_first_part_and_one_of_which_nothing_is_read_are_no_matter() -> None:
    _, script = read_with_parts(paragraphs("a"), LEFT_OUT, part_at={1, 2})
    assert ends(script) == {1: "chapter"}


BLOCKS = st.lists(
    st.sampled_from(
        [Block(Kind.PARAGRAPH, "It rained."), Block(Kind.HEADING, "II"), Block(Kind.SCENE_BREAK, "* * *")],
    ),
    max_size=12,
)


@given(st.lists(BLOCKS, min_size=1, max_size=5), st.sets(st.integers(1, 5)))
def test_parts_change_no_chunk_but_in_what_follows_a_chapter(chapters: list[list[Block]], part_at: set[int]) -> None:
    without, script = read_with_parts(*chapters, part_at=part_at)
    assert [chunk.lines for chunk in script.chunks()] == [chunk.lines for chunk in without.chunks()]
    inner = [chunk.after for chapter in script.chapters for chunk in chapter.chunks[:-1]]
    assert inner == [chunk.after for chapter in without.chapters for chunk in chapter.chunks[:-1]]
    for before, following in pairwise(script.chapters):
        crossed = part_at & set(range(before.number + 1, following.number + 1))
        assert before.chunks[-1].after is (Boundary.PART if crossed else Boundary.CHAPTER)
    assert not script.chapters or script.chapters[-1].chunks[-1].after is Boundary.CHAPTER


@given(BLOCKS)
def test_marks_that_meet_count_once(blocks: list[Block]) -> None:
    """Each chunk has one thing after it: a scene break is more than a heading, a chapter's end more than either."""
    chunks = cut(blocks)
    spoken = [block for block in blocks if block.kind is not Kind.SCENE_BREAK]
    assert len([line for chunk in chunks for line in chunk.lines]) == len(spoken)
    for left, right in pairwise(chunks):
        between = blocks[left.lines[-1].block + 1 : right.lines[0].block]
        is_scene = any(block.kind is Kind.SCENE_BREAK for block in between)
        assert left.after is (Boundary.SCENE if is_scene else Boundary.HEADING)
    assert all(chunk.after is Boundary.CHAPTER for chunk in chunks[-1:])


@pytest.mark.parametrize("breaks", [0, 1, 3])
def test_a_scene_break_before_a_heading_or_a_chapters_end_adds_nothing_to_it(breaks: int) -> None:
    scenes = [Block(Kind.SCENE_BREAK, "* * *")] * breaks
    chunks = cut([*scenes, *paragraphs("One."), *scenes, Block(Kind.HEADING, "II"), *paragraphs("Two."), *scenes])
    between = Boundary.SCENE if breaks else Boundary.HEADING
    assert [chunk.after for chunk in chunks] == [between, Boundary.HEADING, Boundary.CHAPTER]
