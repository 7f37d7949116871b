"""Cues: what is said by whom."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.script.direction import Cue, Tag, are_tiled, is_plain, tiled

TEXT = "“Sit down,” said the Mouse, “and listen!”"


@st.composite
def directed_texts(draw):
    text = draw(st.text("ab c“”", min_size=1, max_size=40)).strip() or "a"
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    cues = []
    for start, end in zip(places[::2], places[1::2], strict=False):
        if start < end:
            tags = tuple(Tag(at, "sad") for at in sorted(draw(st.lists(st.integers(start, end), max_size=2))))
            cues.append(Cue(start, end, draw(st.sampled_from(["narrator", "Alice", "Mouse"])), tags=tags))
    return text, cues


def test_what_no_cue_holds_is_the_narrators():
    found = tiled(TEXT, [Cue(0, 11, "Mouse"), Cue(28, len(TEXT), "Mouse")])
    assert [(cue.speaker, TEXT[cue.start : cue.end]) for cue in found] == [
        ("Mouse", "“Sit down,”"),
        ("narrator", "said the Mouse,"),
        ("Mouse", "“and listen!”"),
    ]


def test_neighbours_of_one_voice_are_one_cue_with_the_tags_of_both():
    found = tiled("Go away. Now!", [Cue(0, 8, "A", tags=(Tag(0, "sad"),)), Cue(8, 13, "A", tags=(Tag(8, "shouting"),))])
    assert found == (Cue(0, 13, "A", tags=(Tag(0, "sad"), Tag(9, "shouting"))),)  # before the word, not the space


def test_a_tag_after_the_last_word_stays_there():
    assert tiled("Go. ", [Cue(0, 4, "A", tags=(Tag(4, "laughs"),))]) == (Cue(0, 3, "A", tags=(Tag(3, "laughs"),)),)


def test_a_block_without_cues_says_nothing_of_its_own():
    assert is_plain(tiled(TEXT, []))
    assert not is_plain(tiled(TEXT, [Cue(0, 3, scene="A bank")]))


@given(directed_texts())
def test_tiles_hold_every_character_once_and_say_no_more_than_the_cues(directed):
    text, cues = directed
    found = tiled(text, cues)
    assert are_tiled(found)
    assert "".join(text[cue.start : cue.end] for cue in found).replace(" ", "") == text.replace(" ", "")
    whose = {at: cue.speaker for cue in cues for at in range(cue.start, cue.end)}
    for cue in found:
        spoken = {whose.get(at, "narrator") for at in range(cue.start, cue.end) if not text[at].isspace()}
        assert spoken == {cue.speaker}
    assert tiled(text, found) == found
