"""A chunk in two, at the same place every time, until a sentence stands alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.book import Block, Kind, Sound
from pipeline.recording import Boundary
from pipeline.script import Chunk
from pipeline.script.halving import halved
from tests.fakes.books import cut, paragraphs, spoken


def chunk_of(*blocks: Block) -> Chunk:
    """One chunk of all blocks, whatever the script would make of them."""
    chunks = cut(blocks, target_seconds=300)
    return Chunk(tuple(line for chunk in chunks for line in chunk.lines), chunks[-1].after)


def texts(chunk: Chunk, *, language: str = "en") -> list[str]:
    halves = halved(chunk, language=language)
    assert halves is not None
    return [half.text for half in halves]


def test_it_is_cut_at_the_sentence_nearest_the_middle():
    chunk = chunk_of(*paragraphs("One came. Two went away again. Three stayed with us. Four slept."))
    assert texts(chunk) == ["One came. Two went away again.", "Three stayed with us. Four slept."]


def test_it_is_cut_between_lines_where_the_middle_is_there():
    chunk = chunk_of(*paragraphs("One came and then two went.", "Three stayed. Four slept."))
    left, right = halved(chunk, language="en")
    assert (left.text, right.text) == ("One came and then two went.", "Three stayed. Four slept.")
    assert (left.after, right.after) == (Boundary.PARAGRAPH, chunk.after)


def test_a_cut_in_a_line_is_a_sentence_apart():
    left, right = halved(chunk_of(*paragraphs("One came. Two went.")), language="en")
    assert (left.after, right.after) == (Boundary.SENTENCE, Boundary.CHAPTER)


@pytest.mark.parametrize(
    ("kinds", "between"),
    [
        ((Kind.HEADING, Kind.PARAGRAPH), Boundary.HEADING),
        ((Kind.VERSE, Kind.VERSE), Boundary.VERSE),
        ((Kind.VERSE, Kind.PARAGRAPH), Boundary.PARAGRAPH),
    ],
)
def test_the_pause_between_the_halves_is_the_one_that_stood_there(kinds, between):
    chunk = chunk_of(*(Block(kind, text) for kind, text in zip(kinds, ("One came", "Two went"), strict=True)))
    left, _ = halved(chunk, language="en")
    assert left.after is between


def test_a_sound_goes_with_its_words_into_the_half_that_has_them():
    text = "One came with lead. Two went and took the lead."
    sounds = tuple(Sound(at, at + 4, "lɛd") for at in (14, 42))
    halves = halved(chunk_of(Block(Kind.PARAGRAPH, text, sounds=sounds)), language="en")
    said = [[line.text[one.start : one.end] for line in half.lines for one in line.sounds] for half in halves]
    assert said == [["lead"], ["lead"]]


@pytest.mark.parametrize("text", ["One came.", "He said: “Come!”, and went.", "no end at all"])
def test_a_sentence_is_not_cut(text):
    assert halved(chunk_of(*paragraphs(text)), language="en") is None


_SENTENCES = st.lists(
    st.sampled_from(
        ["Да.", "He came!", "Why, then, did she go?", "“No,” he said.", "It was Mr. Smith (again).", "No end"]
    ),
    min_size=1,
    max_size=6,
).map(" ".join)
_BLOCKS = st.lists(
    st.builds(Block, st.sampled_from([Kind.PARAGRAPH, Kind.VERSE, Kind.HEADING]), _SENTENCES), min_size=1, max_size=5
)


def leaves(chunk: Chunk) -> list[Chunk]:
    halves = halved(chunk, language="en")
    return [chunk] if halves is None else [leaf for half in halves for leaf in leaves(half)]


@given(_BLOCKS)
def test_halves_say_what_the_chunk_said(blocks):
    for chunk in cut(blocks):
        halves = halved(chunk, language="en")
        if halves is None:
            continue
        assert all(half.text.strip() for half in halves)
        assert spoken(halves) == spoken([chunk])
        assert halves == halved(chunk, language="en")
        lines = [line for half in halves for line in half.lines]
        for line in lines:
            assert blocks[line.block].text[line.start : line.end] == line.text
        assert {(line.kind, line.speaker) for line in lines} == {(line.kind, line.speaker) for line in chunk.lines}


@given(_BLOCKS)
def test_halved_again_and_again_it_comes_down_to_sentences(blocks):
    for chunk in cut(blocks):
        parts = leaves(chunk)
        assert spoken(parts) == spoken([chunk])
        assert all(len(part.lines) == 1 for part in parts)
        assert parts[-1].after is chunk.after
