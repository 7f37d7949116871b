"""Which pieces share a request, whatever a book throws at it."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.book import Block, Kind
from pipeline.recording import Boundary
from pipeline.script import ScriptSettings, script_of
from pipeline.script.direction import Cue, Directions, has_words
from pipeline.script.runs import runs_of
from tests.fakes.books import WIDE, book_of

SETTINGS = ScriptSettings(target_seconds=45, max_chars=2_000)

WORDS = st.lists(st.sampled_from(["yes", "no", "“Why?”", "it", "rained", "Alice", "…"]), min_size=1, max_size=8)
WHO = st.sampled_from(["narrator", "A", "B", "C"])
HOW = st.sampled_from(["", "", "", "sad"])
WHERE = st.sampled_from(["", "", "a bank"])
KINDS = st.sampled_from([*[Kind.PARAGRAPH] * 8, Kind.VERSE, Kind.HEADING, Kind.SCENE_BREAK])


@st.composite
def directed_blocks(draw):
    """Blocks, and cues that cut each of them anywhere."""
    blocks, cues = [], {}
    for index in range(draw(st.integers(1, 12))):
        text, kind = " ".join(draw(WORDS)), draw(KINDS)
        blocks.append(Block(kind, text, rule="page-number" if draw(st.integers(0, 9)) == 0 else None))
        ends = sorted({*draw(st.lists(st.integers(0, len(text)), max_size=4)), 0, len(text)})
        scene = draw(WHERE)
        cues[1, index] = tuple(Cue(a, b, draw(WHO), draw(HOW), scene) for a, b in pairwise(ends))
    return blocks, cues


def chunks_of(blocks, cues, *, max_speakers, settings=SETTINGS):
    directions = Directions(cues, (), max_speakers)
    return list(script_of(book_of(blocks), settings, WIDE, language="en", directions=directions).chunks())


@given(directed_blocks(), st.sampled_from([1, 2]), st.sampled_from([5, 45]))
def test_a_request_has_as_many_voices_as_it_may_and_each_is_directed_in_one_way(directed, max_speakers, seconds):
    blocks, cues = directed
    settings = ScriptSettings(target_seconds=seconds, max_chars=100)
    for chunk in chunks_of(blocks, cues, max_speakers=max_speakers, settings=settings):
        voicings = {line.voicing for line in chunk.lines}
        assert len(voicings) == len({voicing.voice for voicing in voicings}) <= max_speakers
        assert len({voicing.scene for voicing in voicings}) == 1


@given(directed_blocks(), st.sampled_from([1, 2]))
def test_every_word_is_said_once_in_its_order_by_whom_it_belongs_to(directed, max_speakers):
    blocks, cues = directed
    said = [
        (line.block, at, line.speaker)
        for chunk in chunks_of(blocks, cues, max_speakers=max_speakers)
        for line in chunk.lines
        for at in range(line.start, line.end)
        if not blocks[line.block].text[at].isspace()
    ]
    meant = [
        (index, at, cue.speaker)
        for index, block in enumerate(blocks)
        if not block.rule and block.kind is not Kind.SCENE_BREAK
        for cue in cues[1, index]
        for at in range(cue.start, cue.end)
        if not block.text[at].isspace()
    ]
    assert [(block, at) for block, at, _ in said] == [(block, at) for block, at, _ in meant]
    assert [each for each in said if _is_word(blocks, each)] == [each for each in meant if _is_word(blocks, each)]


def _is_word(blocks, said):
    """Marks alone are nobody's, and go with the words beside them."""
    block, at, _ = said
    return blocks[block].text[at].isalnum()


@given(directed_blocks(), st.sampled_from([1, 2]))
def test_marks_alone_are_no_request_where_there_are_words_beside_them(directed, max_speakers):
    blocks, cues = directed
    chunks = chunks_of(blocks, cues, max_speakers=max_speakers)
    for left, right in pairwise(chunks):
        if left.after in (Boundary.TURN, Boundary.SENTENCE, Boundary.PARAGRAPH) and has_words(left.text + right.text):
            is_other_kind = {blocks[chunk.lines[0].block].kind for chunk in (left, right)} != {Kind.PARAGRAPH}
            assert is_other_kind or (has_words(left.text) and has_words(right.text))


@given(directed_blocks())
def test_no_voice_is_parted_from_another_without_need(directed):
    """Of two runs that follow each other in a passage, some of the last pieces and the first may not be together."""
    blocks, cues = directed
    for max_speakers in (1, 2):
        runs = [run for run in runs_of(1, blocks, Directions(cues, (), max_speakers)) if run]
        for left, right in pairwise(runs):
            together = {piece.voicing for piece in (*left, *right)}
            kinds = {blocks[piece.block].kind is Kind.HEADING for piece in (*left, *right)}
            between = blocks[left[-1].block : right[0].block]
            is_passage = len(kinds) == 1 and not any(block.kind is Kind.SCENE_BREAK for block in between)
            if is_passage and len({voicing.scene for voicing in together}) == 1:
                assert len(together) > min(max_speakers, len({voicing.voice for voicing in together}))


def conversation(people: int, *, seed: int):
    """A long talk: paragraphs that one of the people says, or the narrator between."""
    chance, last, talk = random.Random(seed), "", []
    for number in range(240):
        last = chance.choice([name for name in ("narrator", *"ABCDE"[:people]) if name != last])
        words = " ".join(chance.choice(["rain", "bread", "sea", "lamp", "stone", "glass"]) for _ in range(6))
        talk.append((last, f"{words} {number}."))
    return talk


def texts(talk, *, max_speakers=2):
    blocks = [Block(Kind.PARAGRAPH, text) for _, text in talk]
    cues = {(1, i): (Cue(0, len(text), who),) for i, (who, text) in enumerate(talk)}
    return {chunk.text for chunk in chunks_of(blocks, cues, max_speakers=max_speakers)}


@pytest.mark.parametrize("people", [3, 5])
def test_one_more_speech_parts_the_people_around_it_in_another_way_and_nobody_else(people):
    talk = conversation(people, seed=people)
    before, bought = texts(talk), []
    for at in range(7, 240, 29):
        inserted = [*talk[:at], ("A", "Not at all, said he."), *talk[at:]]
        bought.append(len(texts(inserted) - before))
        changed = [*talk[:at], (talk[at][0], talk[at][1].replace(" ", " so ", 1)), *talk[at + 1 :]]
        assert len(texts(changed) - before) <= 3
    assert max(bought) <= 5
    assert sum(bought) / len(bought) <= 3


def test_two_voices_in_a_request_save_requests():
    talk = conversation(3, seed=1)
    assert len(texts(talk)) < 0.6 * len(texts(talk, max_speakers=1))
