"""Who speaks a block of a play, and what in it is a stage direction: read with the text, which stays as it is."""

import pytest
from hypothesis import given, settings

from pipeline.book import Block, Kind
from pipeline.ingest.xhtml import read_xhtml
from tests.ingest.epubs import page
from tests.ingest.test_coverage import MARKUP

PERSONA = '<td epub:type="z3998:persona">{}</td>'
STAGE = '<i epub:type="z3998:stage-direction">{}</i>'


def blocks(body: str) -> tuple[Block, ...]:
    document, _ = read_xhtml(page(body).encode(), "a.xhtml")
    return document.blocks


def labels(body: str) -> list[str]:
    return [block.label for block in blocks(body)]


def asides(body: str) -> list[str]:
    return [block.text[start:end] for block in blocks(body) for start, end in block.asides]


def row(name: str, speech: str) -> str:
    return f"<tr>{PERSONA.format(name)}<td>{speech}</td></tr>"


def test_a_cell_that_says_it_is_a_persona_names_who_speaks() -> None:
    [block] = blocks(f"<table>{row('Lane', 'Yes, sir. ' + STAGE.format('Goes <b>out</b>.'))}</table>")
    assert (block.text, block.label) == ("Lane: Yes, sir. Goes out.", "Lane")
    assert [block.text[start:end] for start, end in block.asides] == ["Goes out."]


def test_a_stage_direction_that_is_all_of_a_block_is_its_kind() -> None:
    [block] = blocks(f"<table><tr><td/><td>{STAGE.format('Enter Jack.')}</td></tr></table>")
    assert (block.kind, block.label, block.asides) == (Kind.STAGE_DIRECTION, "", ())


def test_stage_directions_that_only_spaces_part_are_one_and_invisible_signs_do_not_move_them() -> None:
    first, *others = (STAGE.format(words) for words in ("Sits\u00ad.", "Rises.", "Aside."))
    speech = f"O\u2060h!\u200b {first}\n {' Well? '.join(others)}"
    assert asides(f"<table>{row('Jack', speech)}</table>") == ["Sits. Rises.", "Aside."]


TALK = "<p><b>HAMLET.</b> To be.</p><p><b>GHOST.</b> Mark me.</p>"


@pytest.mark.parametrize(
    "speech",
    [
        "<p><b>{name}.</b> Well.</p>",
        "<p><strong>{name}</strong>: Well.</p>",
        '<p><span class="smcap">{name}.</span> Well.</p>',
        "<p><i>{name}.</i>—Well.</p>",
        "<ul><li><p><b>{name}:</b> Well.</p></li></ul>",
        "<div><b>{name}</b><br/>Well.</div>",
    ],
)
def test_names_set_apart_are_labels_where_several_return(speech: str) -> None:
    talk = [speech.format(name=name) for name in ("HAMLET", "GHOST", "HAMLET", "SERVANT", "GHOST")]
    found = [(block.label, block.text.startswith(block.label)) for block in blocks("".join(talk))]
    assert found == [(name, True) for name in ("HAMLET", "GHOST", "HAMLET", "SERVANT", "GHOST")]


def test_a_name_that_says_it_is_one_needs_no_other() -> None:
    assert labels('<p><span class="speaker">Hamlet</span>: To be.</p>') == ["Hamlet"]
    assert labels('<p><b epub:type="z3998:persona">Hamlet</b>. To be.</p>') == ["Hamlet"]


def test_a_person_a_sentence_is_about_does_not_speak_it() -> None:
    assert labels('<p><b epub:type="z3998:persona">Hamlet</b> is at the window.</p>') == [""]


@pytest.mark.parametrize(
    "body",
    [
        "<p><b>Note:</b> Mind the gap.</p><p>A tale.</p><p><b>Note:</b> Mind the step.</p><p>It ends.</p>",
        "<p><b>Bread.</b> A loaf.</p><p><b>Butter.</b> Of milk.</p><p><b>Cheese.</b> Too.</p>",
        "<p><i>Nov.</i> 17. Rain.</p><p><i>Dec.</i> 1. Snow.</p><p><i>Nov.</i> 18. Rain.</p><p><i>Dec.</i> 2. Sun.</p>",
        "<p><b>What?</b> No.</p><p><b>Why?</b> So.</p><p><b>What?</b> No.</p><p><b>Why?</b> So.</p>",
        "<table><tr><td>Bread</td><td>A loaf.</td></tr><tr><td>Butter</td><td>Of milk.</td></tr></table>",
        TALK + TALK + "<p>And so on, in prose.</p>" * 20,
        "<h2><b>HAMLET.</b></h2><h2><b>GHOST.</b></h2><h2><b>HAMLET.</b></h2><h2><b>GHOST.</b></h2>",
    ],
    ids=["notes", "glossary", "diary", "questions", "table", "a quotation in prose", "headings"],
)
def test_what_only_looks_like_a_name_is_none(body: str) -> None:
    assert not any(labels(body))


def test_the_persons_of_a_play_do_not_speak_their_own_names() -> None:
    persons = "<ul><li><b>John Worthing, J.P.</b> of the Manor</li><li><b>Lane.</b> A servant.</li></ul>"
    assert labels(persons + TALK * 2) == ["", "", *["HAMLET", "GHOST"] * 2]


def test_a_name_for_lines_of_verse_stands_with_the_first() -> None:
    verse = '<p class="verse"><b>{}.</b> One line,<br/>and another.</p>'
    found = blocks(verse.format("HAMLET") + verse.format("GHOST") + verse.format("HAMLET") + verse.format("GHOST"))
    assert [block.label for block in found] == ["HAMLET", "", "GHOST", ""] * 2
    assert {block.kind for block in found} == {Kind.VERSE}


@settings(max_examples=200)
@given(MARKUP)
def test_names_begin_their_text_and_stage_directions_lie_in_it(body: str) -> None:
    for block in blocks(body):
        assert block.text.startswith(block.label)
        reached = 0
        for start, end in block.asides:
            assert reached <= start < end <= len(block.text)
            assert block.text[start:end] == block.text[start:end].strip()
            reached = end
