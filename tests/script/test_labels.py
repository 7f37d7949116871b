"""A play as it is heard: who says what, and which names and stage directions are left out under which rule."""

from dataclasses import replace

import pytest

from pipeline.book import Block, Book, Coverage, Kind, count_chars
from pipeline.config import settings_of
from pipeline.dialogue import DEFAULT_CONFIDENCE
from pipeline.script.attribution import attributed
from pipeline.script.direction import Cues, tiled
from pipeline.script.labels import LABEL, STAGE, labels_of, without_labels
from tests.fakes.books import book_of


def spoken_by(name: str, text: str, *asides: str, kind: Kind = Kind.TABLE_ROW) -> Block:
    ranges = tuple((text.index(words), text.index(words) + len(words)) for words in asides)
    return Block(kind, text, label=name, asides=ranges)


PLAY = (
    Block(Kind.STAGE_DIRECTION, "Enter Jack."),
    spoken_by("Lane", "Lane: Yes, sir. Bows."),
    spoken_by("Lane", "Lane: Yes, sir. Bows. Ready.", "Bows."),
    spoken_by("Jack", "Jack: Goes.", "Goes."),
    Block(Kind.PARAGRAPH, "The curtain falls."),
)


def play(*blocks: Block) -> Book:
    """A book in which the colons of rows are not of the source."""
    book = book_of(blocks)
    ours = sum(block.kind is Kind.TABLE_ROW for block in blocks)
    chars = sum(count_chars(block.text) for block in blocks) - ours
    return replace(book, coverage=Coverage(chars, chars))


def cues_of(book: Book) -> Cues:
    return attributed(book, language="en").cues(confidence=DEFAULT_CONFIDENCE)


def heard(book: Book, *parts: str, labels: str = "auto", stage: str = "speak") -> Book:
    settings = settings_of([]).direction.model_copy(update={"speaker_labels": labels, "stage_directions": stage})
    found = labels_of(book)
    return without_labels(book, cues_of(book), found, settings=settings, has_part=parts.__contains__)[0]


def texts(book: Book) -> list[str]:
    return [f"⟦{block.rule}⟧" if block.rule else block.text for block in book.blocks()]


ALL = [block.text for block in PLAY]


@pytest.mark.parametrize(
    ("parts", "settings", "expected"),
    [
        ((), {}, ALL),
        (("Lane",), {}, [ALL[0], "Yes, sir. Bows.", "Yes, sir. Bows. Ready.", *ALL[3:]]),
        (("Jack",), {}, ALL),  # who goes must be said
        (("Lane", "Jack"), {"labels": "speak"}, ALL),
        ((), {"labels": "skip"}, [ALL[0], "Yes, sir. Bows.", "Yes, sir. Bows. Ready.", "Goes.", ALL[4]]),
        (
            (),
            {"stage": "skip"},
            [f"⟦{STAGE}⟧", ALL[1], "Lane: Yes, sir. Ready.", f"⟦{STAGE}⟧", ALL[4]],
        ),
        (
            ("Lane", "Jack"),
            {"stage": "skip"},
            [f"⟦{STAGE}⟧", "Yes, sir. Bows.", "Yes, sir. Ready.", f"⟦{STAGE}⟧", ALL[4]],
        ),
    ],
)
def test_what_is_heard_is_a_matter_of_settings_and_cast(
    parts: tuple[str, ...], settings: dict[str, str], expected: list[str]
) -> None:
    book = heard(play(*PLAY), *parts, **settings)
    assert texts(book) == expected
    assert book.coverage.missing_chars == 0
    by_rule = {rule: chars for rule, chars in book.coverage.excluded_chars.items() if chars}
    shown = {LABEL: 0, STAGE: 0}
    for block in book.blocks():
        if block.rule:
            shown[block.rule] += count_chars(block.text) - (block.kind is Kind.TABLE_ROW)
        for omission in block.omissions:
            shown[omission.rule] += count_chars(omission.text)
    assert by_rule == {rule: chars for rule, chars in shown.items() if chars}


def said(*blocks: Block) -> list[list[tuple[str, str]]]:
    book = book_of(blocks)
    cues = cues_of(book)
    return [
        [(cue.speaker, block.text[cue.start : cue.end]) for cue in tiled(block.text, cues.get((1, index), ()))]
        for index, block in enumerate(blocks)
    ]


def test_names_and_stage_directions_are_the_narrators() -> None:
    assert said(spoken_by("Lane", "Lane: Yes. Bows. Ready.", "Bows.")) == [
        [("narrator", "Lane:"), ("Lane", "Yes."), ("narrator", "Bows."), ("Lane", "Ready.")]
    ]


def test_a_speech_goes_on_until_somebody_else_speaks_or_a_heading_stands() -> None:
    lines = [
        spoken_by("HAMLET", "HAMLET. O that this", kind=Kind.VERSE),
        Block(Kind.VERSE, "too too solid flesh"),
        Block(Kind.STAGE_DIRECTION, "He sits."),
        Block(Kind.VERSE, "would melt."),
        Block(Kind.HEADING, "Scene II"),
        Block(Kind.VERSE, "A song."),
    ]
    whose = ["Hamlet", "Hamlet", "narrator", "Hamlet", "narrator", "narrator"]
    assert [parts[-1][0] for parts in said(*lines)] == whose


def test_a_name_that_stands_alone_is_known_from_where_it_has_words_after_it() -> None:
    lines = [
        spoken_by("Mag", "Mag. Bene.", kind=Kind.PARAGRAPH),
        spoken_by("M. Mar", "M. Mar. Adsum.", kind=Kind.PARAGRAPH),
        Block(Kind.PARAGRAPH, "Mag."),
        Block(Kind.VERSE, "Quīntus Tullius."),
    ]
    assert [parts[-1][0] for parts in said(*lines)] == ["Mag", "M. Mar", "narrator", "Mag"]


@pytest.mark.parametrize(
    ("text", "aside", "speech"),
    [
        ("HAMLET (aside): A little more than kin.", "(aside)", "A little more than kin."),
        ("HAMLET. — To be.", "", "To be."),
        ("HAMLET.—To be.", "", "To be."),
        ("HAMLET: —to be.", "", "—to be."),
        ("HAMLET: …to be.", "", "…to be."),
    ],
)
def test_points_after_a_name_are_no_speech(text: str, aside: str, speech: str) -> None:
    block = spoken_by("HAMLET", text, *filter(None, [aside]), kind=Kind.PARAGRAPH)
    assert [words for speaker, words in said(block)[0] if speaker == "Hamlet"] == [speech]


def test_a_name_alone_on_its_line_is_left_out_whole() -> None:
    blocks = [spoken_by("HAMLET", "HAMLET.", kind=Kind.PARAGRAPH), *(Block(Kind.PARAGRAPH, "To be."),) * 2]
    assert texts(heard(play(*blocks), "HAMLET")) == [f"⟦{LABEL}⟧", "To be.", "To be."]
    assert [parts[0][0] for parts in said(*blocks)] == ["narrator", "Hamlet", "Hamlet"]
