"""Which lines may share a request."""

from pipeline.book import Block, Kind
from pipeline.recording import Boundary
from pipeline.script import ScriptSettings, script_of
from pipeline.script.direction import Cue, Directions, Tag
from pipeline.script.halving import halved
from tests.fakes.books import WIDE, book_of, paragraphs

SETTINGS = ScriptSettings(target_seconds=45, max_chars=2_000)
TALK = paragraphs("“Sit down,” said the Mouse.", "“Why?” asked Alice.", "“Ahem!” It coughed.")
MOUSE = {(1, 0): (Cue(0, 11, "Mouse"),), (1, 2): (Cue(0, 7, "Mouse"),)}
BOTH = {**MOUSE, (1, 1): (Cue(0, 6, "Alice"),)}


def chunks(cues, *, blocks=TALK, **more):
    directions = Directions(cues, **more)
    return list(script_of(book_of(blocks), SETTINGS, WIDE, language="en", directions=directions).chunks())


def told(cues, **more):
    return [(chunk.speakers, chunk.text, chunk.after) for chunk in chunks(cues, **more)]


def test_a_book_without_direction_is_one_run():
    assert [chunk.text for chunk in chunks({})] == ["\n\n".join(block.text for block in TALK)]


def test_each_voice_has_a_request_of_its_own():
    assert told(MOUSE) == [
        (("Mouse",), "“Sit down,”", Boundary.TURN),
        (("narrator",), "said the Mouse.\n\n“Why?” asked Alice.", Boundary.PARAGRAPH),
        (("Mouse",), "“Ahem!”", Boundary.TURN),
        (("narrator",), "It coughed.", Boundary.CHAPTER),
    ]


def test_two_voices_share_a_request_where_it_takes_two_and_the_third_begins_another():
    found = told(BOTH, max_speakers=2)
    assert [speakers for speakers, _, _ in found] == [
        ("Mouse", "narrator"),
        ("Alice", "narrator"),
        ("Mouse", "narrator"),
    ]
    assert found[0][1] == "“Sit down,” said the Mouse."


def test_a_mark_between_two_speeches_is_said_with_the_words_before_it_or_else_behind_it():
    blocks = paragraphs("“Oh” — “no!” … She wept.", "— “Yes.”")
    cues = {(1, 0): (Cue(0, 4, "A"), Cue(7, 12, "B"), Cue(13, 14, "B", "sad")), (1, 1): (Cue(2, 8, "B"),)}
    assert [(speakers, text) for speakers, text, _ in told(cues, blocks=blocks)] == [
        (("A",), "“Oh” —"),
        (("B",), "“no!” …"),
        (("narrator",), "She wept."),
        (("B",), "— “Yes.”"),
    ]


def test_a_speech_that_is_parted_by_a_mark_alone_is_one():
    cues = {(1, 0): (Cue(0, 4, "A"), Cue(7, 12, "A", tags=(Tag(7, "sighs"),)))}
    [chunk] = chunks(cues, blocks=paragraphs("“Oh” — “no!”"))
    [line] = chunk.lines
    assert (line.text, line.speaker, line.tags) == ("“Oh” — “no!”", "A", (Tag(7, "sighs"),))


def test_one_of_the_cast_answers_another_after_a_turn():
    blocks = paragraphs("“No!”", "“Yes!”", "He left.")
    cues = {(1, 0): (Cue(0, 5, "A"),), (1, 1): (Cue(0, 6, "B"),)}
    assert [after for _, _, after in told(cues, blocks=blocks)] == [
        Boundary.TURN,
        Boundary.PARAGRAPH,
        Boundary.CHAPTER,
    ]


def test_another_scene_or_style_begins_another_request():
    blocks = paragraphs("One.", "Two.", "Three.")
    cues = {(1, 1): (Cue(0, 4, scene="A bank"),), (1, 2): (Cue(0, 6, style="sad"),)}
    for voices in (1, 2):
        assert [text for _, text, _ in told(cues, blocks=blocks, max_speakers=voices)] == ["One.", "Two.", "Three."]


def test_text_of_a_language_with_a_voice_of_its_own_stands_alone():
    blocks = [Block(Kind.PARAGRAPH, "Hello."), Block(Kind.PARAGRAPH, "Bonjour.", language="fr-FR")]
    assert len(chunks({}, blocks=blocks)) == 1
    found = chunks({}, blocks=blocks, languages={"fr"})
    assert [chunk.lines[0].voicing.language for chunk in found] == ["", "fr"]


def test_tags_go_with_the_words_they_stand_before_wherever_those_are_cut():
    text = "It was late. " * 40 + "Then he wept."
    at = text.index("Then")
    cues = {(1, 0): (Cue(0, len(text), tags=(Tag(0, "slow"), Tag(at, "crying"), Tag(len(text), "sighs"))),)}
    blocks = paragraphs(text)
    settings = ScriptSettings(target_seconds=5, max_chars=2_000)
    lines = [
        line
        for chunk in script_of(book_of(blocks), settings, WIDE, language="en", directions=Directions(cues)).chunks()
        for line in chunk.lines
    ]
    placed = {tag.words: line.text[tag.at : tag.at + 4] for line in lines for tag in line.tags}
    assert placed == {"slow": "It w", "crying": "Then", "sighs": ""}
    [whole] = chunks(cues, blocks=paragraphs(text[: at + 13]))[-1:]
    left, right = halved(whole, language="en")
    assert [tag.words for part in (left, right) for line in part.lines for tag in line.tags] == [
        tag.words for line in whole.lines for tag in line.tags
    ]


def test_a_dialogue_in_one_request_is_halved_between_its_turns():
    [chunk] = chunks({(1, 0): (Cue(0, 5, "A"),)}, blocks=paragraphs("“No!” he said."), max_speakers=2)
    left, right = halved(chunk, language="en")
    assert (left.text, left.after, right.text) == ("“No!”", Boundary.TURN, "he said.")
