"""What goes into one request."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from pipeline.book import Block, Chapter, Kind
from pipeline.recording import Boundary
from pipeline.script import Limits, ScriptSettings, script_of
from pipeline.script.chunks import boundary_between
from pipeline.script.measure import speech_seconds, token_bound
from tests.fakes.books import WIDE, book_of, cut, cuts_without_space, paragraphs, spoken

_WRAPPER_TOKENS = 1_024

_SCRIPTS = {
    "latin": ("en", st.text("abcdeéghilmnoprstuvw’-", min_size=1, max_size=11), " "),
    "cyrillic": ("ru", st.text("абвгдежзиклмнопрстуыя", min_size=1, max_size=11), " "),
    "han": ("zh", st.text("天地玄黄宇宙洪荒日月盈昃", min_size=1, max_size=30), ""),
    "thai": ("th", st.text("กขคงจชซดตนบปพมยรลวสหอ\u0e31\u0e34\u0e48า", min_size=1, max_size=60), ""),
    "emoji": (
        "en",
        st.sampled_from(["👩\u200d💻", "👨\u200d👩\u200d👧", "👍🏽", "❤\ufe0f", "smile", "é", "e\u0301"]),
        "",
    ),
}
_MARKS = {"han": "。！？，", "thai": "   "}
_SPOKEN_KINDS = [kind for kind in Kind if kind is not Kind.SCENE_BREAK]


@st.composite
def _texts(draw, script):
    """A block's text, single-spaced; long words in scripts without spaces come from joining them."""
    _, words, space = _SCRIPTS[script]
    marks = st.sampled_from(["", "", "", *_MARKS.get(script, ",.;:!?")])
    parts = draw(st.lists(st.tuples(words, marks), min_size=1, max_size=6))
    text = space.join(f"{word}{mark}" for word, mark in parts)
    text = space.join([text] * draw(st.sampled_from([1, 1, 2, 9, 30])))
    return " ".join(text.split())


@st.composite
def _blocks(draw):
    script = draw(st.sampled_from(sorted(_SCRIPTS)))
    texts = draw(st.lists(_texts(script), min_size=1, max_size=14))
    blocks = []
    for text in texts:
        assume(text)
        kind = draw(st.sampled_from([Kind.PARAGRAPH, Kind.PARAGRAPH, Kind.PARAGRAPH, *_SPOKEN_KINDS]))
        blocks += [Block(Kind.SCENE_BREAK, "* * *")] * draw(st.sampled_from([0, 0, 0, 0, 0, 1, 2]))
        blocks.append(Block(kind, text))
    return _SCRIPTS[script][0], blocks


_SIZES = {
    "target_seconds": st.sampled_from([5.0, 10.0, 45.0]),
    "max_chars": st.sampled_from([100, 400, 2_000]),
    "limits": st.sampled_from(
        [WIDE, Limits(150), Limits(2_000, max_input_tokens=_WRAPPER_TOKENS + 200), Limits(2_000, 0, 7.0)]
    ),
}


@given(_blocks(), st.fixed_dictionaries(_SIZES))
def test_the_chunks_together_are_what_is_spoken_and_none_is_over_a_limit(written, sizes):
    language, blocks = written
    chunks = cut(blocks, language=language, **sizes)
    assert spoken(chunks) == "".join("".join(b.text.split()) for b in blocks if b.kind is not Kind.SCENE_BREAK)
    limits = sizes["limits"]
    for chunk in chunks:
        assert chunk.text.strip() == chunk.text != ""
        assert len(chunk.text) <= min(sizes["max_chars"], limits.max_chars)
        assert speech_seconds(chunk.text) <= min(sizes["target_seconds"] * 1.75, limits.max_seconds or 1e9)
        if limits.max_input_tokens:
            assert token_bound(chunk.text) <= limits.max_input_tokens - _WRAPPER_TOKENS


@given(_blocks(), st.fixed_dictionaries(_SIZES))
def test_lines_point_back_at_their_blocks(written, sizes):
    language, blocks = written
    lines = [line for chunk in cut(blocks, language=language, **sizes) for line in chunk.lines]
    for line in lines:
        assert line.text == blocks[line.block].text[line.start : line.end]
        assert line.kind is blocks[line.block].kind
    for left, right in pairwise(lines):
        assert (left.block, left.end) <= (right.block, right.start if right.block == left.block else left.end)


@given(_blocks(), st.fixed_dictionaries(_SIZES))
def test_a_word_is_cut_only_if_it_is_itself_over_a_limit(written, sizes):
    language, blocks = written
    chunks = cut(blocks, language=language, **sizes)
    for left, right in cuts_without_space(chunks, blocks):
        if not left[-1].isalnum() or not right[0].isalnum():
            continue
        word = left.split()[-1] + right.split()[0]
        fits = len(word) <= min(sizes["max_chars"], sizes["limits"].max_chars)
        fits = fits and speech_seconds(word) <= min(sizes["target_seconds"] * 1.75, sizes["limits"].max_seconds or 1e9)
        bound = sizes["limits"].max_input_tokens - _WRAPPER_TOKENS
        assert not fits or (sizes["limits"].max_input_tokens and token_bound(word) > bound), word


@given(_blocks(), st.fixed_dictionaries(_SIZES))
def test_what_is_seen_as_one_character_stays_in_one_chunk(written, sizes):
    language, blocks = written
    for left, right in cuts_without_space(cut(blocks, language=language, **sizes), blocks):
        assert unicodedata.category(right[0])[0] != "M"
        assert "\u200d" not in (left[-1], right[0])


@given(_blocks(), st.fixed_dictionaries(_SIZES))
def test_what_stands_between_two_chunks_is_named_for_what_it_is(written, sizes):
    language, blocks = written
    chunks = cut(blocks, language=language, **sizes)
    for left, right in pairwise(chunks):
        assert left.after is _between(left.lines[-1], right.lines[0], blocks) or (
            left.after in {Boundary.SENTENCE, Boundary.SEAM} and left.lines[-1].block == right.lines[0].block
        )
    assert chunks[-1].after is Boundary.CHAPTER


def _between(left, right, blocks):
    if left.block == right.block:
        return None
    kinds = {block.kind for block in blocks[left.block + 1 : right.block]}
    if kinds:
        assert kinds == {Kind.SCENE_BREAK}
        return Boundary.SCENE
    if Kind.HEADING in (left.kind, right.kind):
        # two headings may be cut apart only where they are together over a limit: then as paragraphs
        return Boundary.PARAGRAPH if left.kind is right.kind else Boundary.HEADING
    is_stanza = left.kind is right.kind and left.kind in {Kind.VERSE, Kind.LIST_ITEM, Kind.TABLE_ROW, Kind.CODE}
    return Boundary.VERSE if is_stanza else Boundary.PARAGRAPH


@given(_blocks())
@example(("en", paragraphs("One. Two.", "Three.")))
def test_equal_books_are_cut_alike_wherever_the_chapter_stands(written):
    language, blocks = written
    settings = ScriptSettings(target_seconds=10, max_chars=400)
    once = script_of(book_of(blocks), settings, WIDE, language=language)
    moved_book = book_of(paragraphs("Before."), blocks, paragraphs("After."))
    moved = script_of(moved_book, settings, WIDE, language=language)
    assert moved.chapters[1].chunks == once.chapters[0].chunks
    assert script_of(book_of(blocks), settings, WIDE, language=language) == once


def test_a_short_chapter_is_its_heading_and_one_chunk():
    blocks = [Block(Kind.HEADING, "I"), Block(Kind.HEADING, "The Rabbit-Hole"), *paragraphs("One.", "Two.")]
    chunks = cut(blocks)
    assert [chunk.text for chunk in chunks] == ["I\n\nThe Rabbit-Hole", "One.\n\nTwo."]
    assert [chunk.after for chunk in chunks] == [Boundary.HEADING, Boundary.CHAPTER]


def test_a_scene_break_cuts_and_is_not_spoken():
    blocks = [*paragraphs("One."), Block(Kind.SCENE_BREAK, "* * *"), *paragraphs("Two."), Block(Kind.HEADING, "II")]
    chunks = cut(blocks)
    assert [chunk.text for chunk in chunks] == ["One.", "Two.", "II"]
    assert [chunk.after for chunk in chunks] == [Boundary.SCENE, Boundary.HEADING, Boundary.CHAPTER]


def test_verse_keeps_its_lines_together():
    blocks = [Block(Kind.VERSE, "Tyger Tyger,"), Block(Kind.VERSE, "burning bright,"), *paragraphs("he said.")]
    assert [chunk.text for chunk in cut(blocks)] == ["Tyger Tyger,\nburning bright,\n\nhe said."]


def test_verse_that_is_too_long_is_cut_between_its_lines():
    blocks = [Block(Kind.VERSE, f"And number {n} came walking down the hill, and up again") for n in range(40)]
    chunks = cut(blocks, target_seconds=10)
    assert len(chunks) > 4
    assert {chunk.after for chunk in chunks[:-1]} == {Boundary.VERSE}


def test_a_long_paragraph_is_cut_between_sentences_before_clauses_before_words():
    sentence = "The cat sat, as cats will, upon the mat of the house and the moon rose over the old grey hill {}."
    sentences = [sentence.format(n) for n in range(30)]
    assert {chunk.after for chunk in cut(paragraphs(" ".join(sentences)), target_seconds=12)[:-1]} == {
        Boundary.SENTENCE
    }
    clauses = ", ".join(f"then came number {n} walking" for n in range(60))
    seams = cut(paragraphs(clauses), target_seconds=12)
    assert {chunk.after for chunk in seams[:-1]} == {Boundary.SEAM}
    assert all(chunk.text.endswith(("walking,", "walking")) for chunk in seams)
    words = cut(paragraphs(" ".join(f"word{n}" for n in range(300))), target_seconds=12)
    assert "".join(chunk.text + " " for chunk in words).split() == [f"word{n}" for n in range(300)]


def test_chunks_aim_at_the_target():
    blocks = paragraphs(*(f"{n} ducks said {'nothing, ' * (n % 7)}and went on, all {n * 7}." for n in range(600)))
    seconds = [speech_seconds(chunk.text) for chunk in cut(blocks, target_seconds=45)]
    assert 35 < sum(seconds) / len(seconds) < 60
    assert max(seconds) <= 45 * 1.75


def test_a_chapter_without_a_word_is_left_out_and_the_others_keep_their_numbers():
    book = book_of(paragraphs("One."), [Block(Kind.SCENE_BREAK, "***")], paragraphs("Three."))
    script = script_of(book, ScriptSettings(target_seconds=45, max_chars=2000), WIDE, language="en")
    assert [chapter.number for chapter in script.chapters] == [1, 3]
    assert isinstance(book.chapters[1], Chapter)


def test_a_block_at_the_limit_stays_whole_and_one_over_it_does_not():
    at_limit = " ".join(["abcd"] * 20) + "e"
    assert len(at_limit) == 100
    assert len(cut(paragraphs(at_limit), max_chars=100, target_seconds=5)) == 1
    assert len(cut(paragraphs(at_limit + "f"), max_chars=100, target_seconds=5)) == 2


@pytest.mark.parametrize("word", ["x" * 450, "天" * 450, "👩\u200d💻" * 150], ids=["latin", "han", "emoji"])
def test_a_single_word_over_the_limit_is_cut_as_a_last_resort(word):
    chunks = cut(paragraphs(f"before {word} after"), max_chars=100)
    assert spoken(chunks) == f"before{word}after"
    assert all(len(chunk.text) <= 100 for chunk in chunks)


@pytest.mark.parametrize(
    ("left", "right", "boundary"),
    [
        (Kind.HEADING, Kind.PARAGRAPH, Boundary.HEADING),
        (Kind.PARAGRAPH, Kind.HEADING, Boundary.HEADING),
        (Kind.HEADING, Kind.HEADING, Boundary.PARAGRAPH),
        (Kind.VERSE, Kind.VERSE, Boundary.VERSE),
        (Kind.VERSE, Kind.LIST_ITEM, Boundary.PARAGRAPH),
        (Kind.QUOTE, Kind.QUOTE, Boundary.PARAGRAPH),
    ],
)
def test_what_parts_two_blocks(left, right, boundary):
    assert boundary_between(left, right) is boundary
