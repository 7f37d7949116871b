"""Text left out of a block: everything else stands where it stood, and every character is accounted for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.book import Block, Kind, Omission, Sound, count_chars, single_spaced
from pipeline.script.direction import Cue, Tag
from pipeline.script.omissions import Cut, Shortened

TEXTS = st.text("ab ,.(“—é", min_size=1, max_size=60).map(single_spaced).filter(bool)


@st.composite
def shortened(draw: st.DrawFn) -> Shortened:
    """A block with omissions in it already, some of its text cut."""
    text = draw(TEXTS)
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=3)))
    edges = sorted(draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=6)))
    cuts = tuple(Cut(start, end, "r") for start, end in zip(edges[::2], edges[1::2], strict=False))  # in pairs
    block = Block(Kind.PARAGRAPH, text, omissions=tuple(Omission(at, f"<{at}>", "note") for at in places))
    return Shortened(block, cuts)


@given(shortened())
def test_what_stays_is_the_text_without_the_cuts(shorter: Shortened) -> None:
    text, block = shorter.before.text, shorter.block
    stays = [sign for i, sign in enumerate(text) if not any(cut.start <= i < cut.end for cut in shorter.cuts)]
    if block.rule:
        assert (block.rule, block.text, "".join(stays).split()) == ("r", text, [])
    else:
        assert "".join(block.text.split()) == "".join("".join(stays).split())
        assert block.text == single_spaced(block.text)


@given(shortened())
def test_the_source_is_text_and_omissions_in_order(shorter: Shortened) -> None:
    block = shorter.block
    if not block.rule:
        assert _whole(block) == _whole(shorter.before)
        left_out = sum(count_chars(omission.text) for omission in block.omissions if omission.rule == "r")
        assert shorter.chars["r"] == left_out == count_chars(shorter.before.text) - count_chars(block.text)


def _whole(block: Block) -> str:
    """The text with what was left out of it in its place, without white space."""
    parts, read = [], 0
    for omission in block.omissions:
        assert omission.at >= read
        parts += [block.text[read : omission.at], omission.text]
        read = omission.at
    return "".join("".join([*parts, block.text[read:]]).split())


@given(shortened(), st.data())
def test_cues_and_sounds_keep_their_words(shorter: Shortened, data: st.DataObject) -> None:
    text = shorter.before.text
    edges = sorted(data.draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=2)))
    cue = Cue(*edges, "A", tags=(Tag(edges[0], "whispers"),))
    found = [] if shorter.block.rule else list(shorter.cues([cue]))
    stays = [
        text[i] for i in range(*edges) if not text[i].isspace() and all(not a <= i < b for a, b, *_ in shorter.cuts)
    ]
    assert "".join("".join(shorter.block.text[one.start : one.end].split()) for one in found) == "".join(stays)
    assert all(one.start <= tag.at <= one.end for one in found for tag in one.tags)


@pytest.mark.parametrize(
    ("text", "aside", "left"),
    [
        ("Yes, sir. Bows. No.", "Bows.", "Yes, sir. No."),
        ("Yes (bows), sir.", "(bows)", "Yes, sir."),
        ("Yes. (Bows)No.", "(Bows)", "Yes. No."),
        ("“(Bows) No.”", "(Bows)", "“No.”"),
        ("Yes(bows)no", "(bows)", "Yes no"),
        ("Bows. No.", "Bows.", "No."),
    ],
)
def test_words_and_points_come_to_stand_as_they_would_be_written(text: str, aside: str, left: str) -> None:
    start = text.index(aside)
    assert Shortened(Block(Kind.PARAGRAPH, text), (Cut(start, start + len(aside), "r"),)).block.text == left


def test_a_sound_stays_with_its_word_or_goes_with_it() -> None:
    block = Block(Kind.PARAGRAPH, "Lane: (reads) I read.", sounds=(Sound(7, 12, "riːdz"), Sound(16, 20, "rɛd")))
    shorter = Shortened(block, (Cut(0, 6, "label", ours=1), Cut(6, 13, "stage"))).block
    assert [(shorter.text[sound.start : sound.end], sound.ipa) for sound in shorter.sounds] == [("read", "rɛd")]


def test_what_was_left_out_inside_a_cut_keeps_its_place_in_the_source() -> None:
    block = Block(Kind.PARAGRAPH, "Well. Takes tea. No.", omissions=(Omission(11, "[1]", "note"),))
    found = Shortened(block, (Cut(6, 16, "stage"),)).block.omissions
    assert [(one.at, one.text) for one in found] == [(6, "Takes"), (6, "[1]"), (6, "tea.")]
