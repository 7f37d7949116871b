"""From a sentence back to the characters of the source, whatever was left out of it or put in."""

import pytest

from pipeline.book import Anchor, Block, Kind, Omission
from pipeline.readalong.anchoring import Extent, extents


def _block(text: str, *omissions: Omission, start: int = 0, end: int = 1_000) -> Block:
    return Block(Kind.PARAGRAPH, text, Anchor("a.xhtml", "", start, end), omissions=omissions)


def _found(block: Block, span: str, body: str) -> str | None:
    """The part of the body where a part of the block's text is found."""
    start = block.text.index(span)
    [extent] = extents(block, [(start, start + len(span))], body)
    return None if extent is None else body[extent.start : extent.end]


def test_a_block_that_is_its_source_counts_from_its_anchor() -> None:
    block = _block("One two. Three.", start=4, end=17)
    assert extents(block, [(0, 8), (9, 15)], "HeadOnetwo.Three.Tail") == [Extent(4, 11), Extent(11, 17)]


def test_a_note_left_out_inside_belongs_to_its_sentence_and_one_after_it_to_none() -> None:
    block = _block("One two. Three.", Omission(3, "1", "note-reference"), Omission(8, "22", "note-reference"))
    body = "One1two.22Three."
    assert _found(block, "One two.", body) == "One1two."
    assert _found(block, "Three.", body) == "Three."


def test_marks_put_in_for_the_ear_stand_nowhere() -> None:
    block = _block("1. Algernon: Did you hear?")
    assert _found(block, "Algernon: Did you hear?", "AlgernonDidyouhear?") == "AlgernonDidyouhear?"
    assert _found(block, "1.", "AlgernonDidyouhear?") is None


def test_a_name_and_a_stage_direction_that_are_not_heard_stand_before_what_is() -> None:
    label, stage = Omission(0, "Lane", "speaker-label"), Omission(9, "Bows to him.", "stage-direction")
    block = _block("Yes, sir. Ready, sir.", label, stage)
    body = "LaneYes,sir.Bowstohim.Ready,sir."
    assert _found(block, "Yes, sir.", body) == "Yes,sir."
    assert _found(block, "Ready, sir.", body) == "Ready,sir."


def test_cells_of_a_letter_with_a_comma_after_each() -> None:
    block = _block("Pag. 6, reg. 1, staat: f, d, e, lees: d, e, d.")
    body = "Pag.6reg.1staat:fdelees:ded."
    assert _found(block, "reg. 1, staat: f, d, e, lees: d, e, d.", body) == "reg.1staat:fdelees:ded."


def test_put_in_and_invisible_characters_in_one_place() -> None:
    marks = (Omission(16, "\u2060", "invisible"), Omission(17, "\u2060", "invisible"))
    block = _block("Gwendolen: Jack? … No, there is little music.", *marks)
    assert _found(block, "No, there is little music.", "GwendolenJack?\u2060\u2060…No,thereislittlemusic.") == (
        "No,thereislittlemusic."
    )


def test_readings_beside_characters_are_inside_the_sentence() -> None:
    block = _block("山路を登る。", Omission(2, "やまみち", "ruby-reading"))
    assert _found(block, "山路を登る。", "山路やまみちを登る。") == "山路やまみちを登る。"


@pytest.mark.parametrize("body", ["", "Quite another text, of another book."])
def test_a_source_that_is_not_the_books_has_no_place(body: str) -> None:
    assert extents(_block("Words, words."), [(0, 13)], body) == [None]
