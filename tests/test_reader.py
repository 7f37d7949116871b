"""What a voice is given for lines with tags."""

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.book import Kind
from pipeline.config import BookJob, Layer, settings_of
from pipeline.reader import fallback_reader, reader_of
from pipeline.recording import Boundary
from pipeline.script import Chunk, Line
from pipeline.script.direction import Tag, Voicing
from pipeline.speech.profiles import load_profiles
from pipeline.speech.prompt import text_sent
from pipeline.speech.tags import tags_in, without_tags
from tests.fakes.books import book_of, paragraphs

PROFILES = load_profiles({})
SQUARE, ANGLE = "google/gemini-3.1-flash-tts-preview", "google/gemini-3.8-flash-tts"
EMBEDDED, PLAIN = "espeak-ng", "openai-compatible"
CAST = {"Mouse": {"voice": "Puck", "embedded": {"pitch": 80}}}


def reader(model, **table):
    settings = settings_of([Layer("a test", {"cast": CAST, **table})])
    book = book_of(paragraphs("x"))
    return reader_of(BookJob(Path("a.md"), settings), PROFILES[model], book, language="en")


def asked(model, *lines):
    return reader(model).order_of(Chunk(lines, Boundary.CHAPTER)).request


def line(text, *tags, kind=Kind.PARAGRAPH, speaker="narrator", block=0):
    placed = tuple(Tag(text.index(before), words) if before else Tag(len(text), words) for words, before in tags)
    return Line(text, block, 0, len(text), kind, Voicing(speaker), tags=placed)


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (SQUARE, "“[whispers] Sit (sic) down,” said Mr. Mouse. [short pause] Nobody <sat>. [sighs]"),
        (ANGLE, "“<whispers> Sit [sic] down,” said Mr. Mouse. <short pause> Nobody ‹sat›. <sigh>"),
        (EMBEDDED, "“⟦whispers⟧ Sit [sic] down,” said Mr Mouse. ⟦short pause⟧ Nobody <sat>. ⟦sighs⟧"),
        (PLAIN, "“Sit [sic] down,” said Mr. Mouse. Nobody <sat>."),
    ],
)
def test_tags_stand_in_the_models_own_brackets_and_the_books_brackets_are_none(model, text):
    said = line(
        "“Sit [sic] down,” said Mr. Mouse. Nobody <sat>.", ("whispers", "Sit"), ("short pause", "Nobody"), ("sighs", "")
    )
    assert asked(model, said).text == text


def test_the_tags_of_two_lines_that_meet_become_one():
    request = asked(SQUARE, line("No.", ("laughs", "")), line("Yes.", ("shouting", "Yes"), block=1))
    assert request.text == "No.\n\n[laughs, shouting] Yes."


def test_a_heading_is_read_as_a_whole_with_its_tags_before_it():
    request = asked(SQUARE, line("THE MOUSE", ("slow", "MOUSE"), kind=Kind.HEADING))
    assert request.text == "[slow] The Mouse."


def test_a_tag_is_part_of_the_key_and_of_no_others():
    plain, tagged = asked(SQUARE, line("No.")), asked(SQUARE, line("No.", ("sad", "No")))
    assert (plain.tag_syntax, tagged.tag_syntax) == ("", "square")
    assert dataclasses.replace(tagged, turns=plain.turns, tag_syntax="", seed=plain.seed) == plain


@given(
    st.text("ab [](){}<>⟦⟧|\\`*_^\n", max_size=60).filter(lambda text: any(map(str.isalnum, text))),
    st.lists(st.integers(0, 60), max_size=4),
    st.sampled_from([SQUARE, ANGLE, EMBEDDED, PLAIN]),
)
def test_whatever_the_text_its_tags_are_those_asked_for_and_its_words_the_books(text, places, model):
    tags = tuple(Tag(min(at, len(text)), "sad") for at in sorted(places))
    plain, tagged = (asked(model, Line(text, 0, 0, len(text), tags=some)).text for some in ((), tags))
    syntax = PROFILES[model].tag_syntax
    assert not list(tags_in(plain, syntax))
    assert {tag.words for tag in tags_in(tagged, syntax)} <= {"sad"}
    assert without_tags(tagged, syntax).split() == plain.split()


def test_an_order_costs_what_is_sent_and_direction_is_sent_each_time():
    chunk = Chunk((line("It rained."),), Boundary.CHAPTER)
    plain, directed = (
        reader(SQUARE, **table).order_of(chunk) for table in ({}, {"speech": {"style": "As at bedtime."}})
    )
    rate = PROFILES[SQUARE].usd_per_m_input / 1_000_000
    assert plain.cost_usd == pytest.approx(len("It rained.") * rate + plain.expected_s * 32 * 20e-6)
    prompt = text_sent(directed.request, PROFILES[SQUARE])
    assert "As at bedtime." in prompt
    assert directed.cost_usd - plain.cost_usd == pytest.approx((len(prompt) - len("It rained.")) * rate)
    assert directed.expected_s == plain.expected_s


@pytest.mark.parametrize("turns", ["list", "labelled"])
def test_a_dialogue_of_two_is_one_order_with_a_turn_for_each_that_speaks(turns):
    table = {"speech": {"two_speakers": True}, "models": {SQUARE: {"turns": turns}}}
    profile = load_profiles(table["models"])[SQUARE]
    settings = settings_of([Layer("a test", {"cast": CAST, **table})])
    made = reader_of(BookJob(Path("a.md"), settings), profile, book_of(paragraphs("x")), language="en")
    lines = (line("“Sit!”", speaker="Mouse"), line("it said."), line("Alice sat.", block=1))
    request = made.order_of(Chunk(lines, Boundary.CHAPTER)).request
    assert [(turn.speaker, turn.text) for turn in request.turns] == [
        ("Mouse", "“Sit!”"),
        ("narrator", "it said.\n\nAlice sat."),
    ]
    assert request.layout == ("labelled" if turns == "labelled" else "")


@pytest.mark.parametrize(("styles", "style"), [(("", ""), ""), (("low", "low"), "low"), (("low", "loud"), "")])
def test_a_fallback_with_one_voice_is_asked_in_one_turn_for_what_two_would_have_said(styles, style):
    lines = tuple(
        dataclasses.replace(line(text, speaker=who), voicing=Voicing(who, how))
        for text, who, how in (("“No,”", "Mouse", styles[0]), ("it said.", "narrator", styles[1]))
    )
    two = reader(SQUARE, speech={"two_speakers": True})
    assert len(two.order_of(Chunk(lines, Boundary.CHAPTER)).request.turns) == 2
    settings = settings_of([Layer("a test", {"cast": CAST})])
    job = BookJob(Path("a.md"), settings)
    alone = fallback_reader(job, PROFILES["gpt-4o-mini-tts"], book_of(paragraphs("x")), language="en")
    request = alone.order_of(Chunk(lines, Boundary.CHAPTER)).request
    assert [turn.text for turn in request.turns] == ["“No,” it said."]
    assert request.direction.style == style


def test_an_order_is_expected_to_take_the_pauses_it_asks_for():
    plain, waiting = line("Sit down."), line("Sit down.", ("long pause", "down"), ("short pause", ""))
    for model, more_s in ((SQUARE, 1.25), (PLAIN, 0.0)):
        before, after = (reader(model).order_of(Chunk((one,), Boundary.CHAPTER)).expected_s for one in (plain, waiting))
        assert after - before == pytest.approx(more_s)
