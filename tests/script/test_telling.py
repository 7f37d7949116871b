"""Passages that tell what a voice makes of a book: where from, how long, the same every time."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.book import Block, Kind, Sound
from pipeline.script import ScriptSettings, script_of
from pipeline.script.chunks import ScriptChapter
from pipeline.script.direction import Cue, Cues, Directions, Tag
from pipeline.script.measure import speech_seconds
from pipeline.script.passage import Passage, passage_of
from pipeline.script.sentences import sentence_spans
from pipeline.script.telling import MOST, own_passage, telling_passage
from tests.fakes.books import WIDE, book_of, paragraphs

DULL = "The road went on over the hill and through the wood, and nobody had walked on it for a year. "
TALK = "“Who has been here?” asked the old man, and he put down his lamp on the stones of the wall. "
REPLY = "“Nobody,” said the girl. She looked at the road. “Not a soul, and nobody will come tonight!”"


def chapters_of(*chapters: list[Block], cues: Cues | None = None) -> list[ScriptChapter]:
    directions = Directions(cues or {})
    script = script_of(book_of(*chapters), ScriptSettings(target_seconds=45, max_chars=2_000), WIDE, language="en",
                       directions=directions)  # fmt: skip
    return list(script.chapters)


def told(chapters: list[ScriptChapter], seconds: float = 20.0) -> Passage:
    passage = telling_passage(chapters, seconds=seconds, language="en")
    assert passage is not None
    return passage


def test_it_holds_narration_and_speech_in_whole_blocks() -> None:
    prose = paragraphs(*[(DULL * 2).strip()] * 4, DULL.strip(), TALK.strip(), REPLY, *[(DULL * 2).strip()] * 4)
    passage = told(chapters_of(prose))
    assert TALK.strip() in passage.paragraphs
    assert REPLY in passage.paragraphs
    assert 0.6 * 20 <= passage.seconds <= MOST * 20
    assert set(passage.paragraphs) <= {block.text for block in prose}


def test_title_page_and_headings_are_passed_over() -> None:
    front = paragraphs("“To the reader,” said the printer. “Be kind!” And he printed it, and that was all there was.")
    heading = Block(Kind.HEADING, "“Who is there?” asked the Heading")
    passage = told(chapters_of(front, [heading, *paragraphs(*[DULL * 3] * 5, TALK, REPLY, *[DULL * 3] * 5)]), 10)
    assert passage.chapter == "Chapter 2"
    assert heading.text not in passage.paragraphs


def test_a_later_chapter_serves_where_the_first_ones_have_no_speech() -> None:
    dull = paragraphs(*[DULL * 3] * 6)
    passage = told(chapters_of(dull, dull, dull, [*dull, *paragraphs(TALK, REPLY), *dull]))
    assert passage.chapter == "Chapter 4"


def test_long_paragraphs_are_cut_between_sentences() -> None:
    long = (DULL * 10 + TALK + REPLY + " " + DULL * 10).strip()
    passage = told(chapters_of(paragraphs(long)))
    [text] = passage.paragraphs
    assert passage.seconds <= MOST * 20
    sentences = {long[start:end] for start, end in sentence_spans(long, language="en")}
    assert {text[start:end] for start, end in sentence_spans(text, language="en")} <= sentences
    assert "Nobody" in text


@pytest.mark.parametrize(
    "speech",
    [
        "»Wer da?« fragte er.",
        "«Qui est là?» dit-il.",
        "– Кто там? – сказал он.",
        "「誰だ」と老人が聞いた。",
        '"Who?" he said.',
    ],
)
def test_other_marks_of_speech_count_as_well(speech: str) -> None:
    blocks = paragraphs(*[DULL * 3] * 3, DULL, speech * 4, DULL, *[DULL * 3] * 3)
    assert speech in "".join(told(chapters_of(blocks)).paragraphs)


def test_another_scene_is_another_passage() -> None:
    blocks = [*paragraphs(DULL * 2, TALK), Block(Kind.SCENE_BREAK, ""), *paragraphs(REPLY, DULL * 2)]
    passage = told(chapters_of(blocks), 20)
    assert not {TALK.strip(), REPLY} <= set(passage.paragraphs)


def test_a_list_is_taken_where_there_is_no_prose() -> None:
    items = [Block(Kind.LIST_ITEM, DULL.strip())] * 3
    assert told(chapters_of(items)).paragraphs[0] == DULL.strip()
    assert telling_passage(chapters_of([Block(Kind.HEADING, "Only this")]), seconds=20, language="en") is None


def test_scene_and_tags_stay_with_their_words_and_speakers_do_not() -> None:
    blocks = paragraphs(DULL.strip(), TALK.strip(), REPLY)
    at = TALK.index("asked")
    theirs = Cue(0, at - 1, "Old Man", "hoarse", "a wall")
    cues = {(1, 1): (theirs, Cue(at, len(TALK) - 1, scene="a wall", tags=(Tag(at, "sighs"),)))}
    passage = told(chapters_of(blocks, cues=cues))
    [said] = [one for one in passage.said if one.text == TALK.strip()]
    assert (said.cue.speaker, said.cue.style, said.cue.scene) == ("narrator", "", "a wall")
    assert said.cue.tags == (Tag(at, "sighs"),)
    assert passage.by("Alice").said[0].cue.speaker == "Alice"


def test_pronunciations_of_the_page_move_with_their_words() -> None:
    whole = told(chapters_of(paragraphs(TALK + REPLY))).said[0]
    sounded = replace(whole, block=replace(whole.block, sounds=(Sound(20, 25, "x"),)))
    assert sounded.part(10, 40).block.sounds == (Sound(10, 15, "x"),)


def speeches(*texts: str, style: str = "") -> list[ScriptChapter]:
    """A chapter in which Ann says each of the texts, with narration between them."""
    blocks = [block for text in texts for block in paragraphs(text, DULL.strip())]
    cues = {(1, 2 * i): (Cue(0, len(text), "Ann", style),) for i, text in enumerate(texts)}
    return chapters_of(blocks, cues=cues)


def own(chapters: list[ScriptChapter], seconds: float = 10.0) -> Passage:
    passage = own_passage(chapters, "Ann", seconds=seconds, language="en")
    assert passage is not None
    return passage


def test_a_part_says_its_longest_speech() -> None:
    longest = "“I shall go to the wood and ask the owl. He was kind in spring, and he knows the way to the sea.”"
    passage = own(speeches("“No.”", longest, "“Why?”"))
    assert passage.paragraphs == (longest,)
    assert passage.said[0].cue.speaker == "Ann"
    assert passage.chapter == "Chapter 1"


def test_short_speeches_are_put_together_in_their_order() -> None:
    passage = own(speeches("“No, not I.”", "“Why should I do that for him?”", "“I went home.”", "“Go!”"))
    assert passage.paragraphs == ("“No, not I.”", "“Why should I do that for him?”", "“I went home.”", "“Go!”")


def test_too_long_a_speech_ends_with_a_sentence() -> None:
    passage = own(speeches(f"“{DULL * 10}”"))
    assert passage.seconds <= MOST * 10
    assert passage.paragraphs[0].endswith("year.")


def test_the_style_of_a_speech_stays() -> None:
    assert own(speeches("“I went home.”", style="whispered")).said[0].cue.style == "whispered"


def test_who_says_nothing_has_no_passage() -> None:
    assert own_passage(speeches("“No.”"), "Bob", seconds=10, language="en") is None


def test_words_of_ones_own() -> None:
    assert passage_of(" One  word.\nAnd more.\n\n \nTwo. ").paragraphs == ("One word. And more.", "Two.")
    assert passage_of(" \n ").said == ()


WORDS = st.lists(
    st.sampled_from(["lamp", "“No!”", "said", "road.", "Why?", "a", "—", "Mr.", "»ja«"]), min_size=1, max_size=90
)
BLOCKS = st.lists(
    st.builds(Block, st.sampled_from([Kind.PARAGRAPH, Kind.PARAGRAPH, Kind.VERSE, Kind.HEADING]), WORDS.map(" ".join)),
    min_size=1,
    max_size=12,
)


@given(st.lists(BLOCKS, min_size=1, max_size=4), st.floats(3, 60))
def test_limits_hold_whatever_the_book(chapters: list[list[Block]], seconds: float) -> None:
    script = chapters_of(*chapters)
    passage = telling_passage(script, seconds=seconds, language="en")
    texts = [block.text for blocks in chapters for block in blocks if block.kind is not Kind.HEADING]
    assert (passage is None) == (not texts)
    if passage is None:
        return
    assert passage == telling_passage(script, seconds=seconds, language="en")
    for one in passage.said:
        assert any(one.text in text for text in texts)
        assert (one.cue.start, one.cue.end) == (0, len(one.text))
    sentences = sum(len(sentence_spans(text, language="en")) for text in passage.paragraphs)
    assert passage.seconds <= MOST * seconds or sentences == 1
    assert passage.seconds == pytest.approx(sum(map(speech_seconds, passage.paragraphs)))
