"""What a director may say: only what quotes the book, and every piece for itself."""

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.director.answer import PLACE, SCENE, SHAPE, SPEAKER, STYLE, TAG, TWICE, WORDS, Checked, checked, cues_of
from pipeline.director.reply import Useless
from pipeline.director.words import words_of
from pipeline.script.direction import Cue, Tag, are_tiled
from tests.director.books import ALICE, RABBIT, TAGS, TEXTS, answer_of, line, small_window

WINDOW = small_window()


def answered(*lines: dict[str, Any], **more: Any) -> Checked:
    return checked(answer_of(*lines, **more), WINDOW, tags=TAGS)


def spoken(answer: Checked) -> list[tuple[str, str]]:
    return [
        (cue.speaker, WINDOW.blocks[index].text[cue.start : cue.end])
        for index, cues in answer.cues.items()
        for cue in cues
    ]


def test_lines_are_places_in_the_books_own_text() -> None:
    answer = answered(ALICE, RABBIT)
    assert spoken(answer) == [
        ("White Rabbit", "“Oh dear! Oh dear! I shall be too late!”"),
        ("Alice", "“Where are you going?”"),
    ]
    assert (answer.lines, answer.dropped, answer.doubtful) == (2, {}, frozenset())


def test_style_and_tags_stand_where_they_belong() -> None:
    tags = [{"at": "1.3", "tag": "Gasps"}, {"at": "1.1", "tag": "whispers"}]
    (cue,) = answered({**RABBIT, "style": "in a  hurry", "tags": tags}).cues[0]
    assert cue.style == "in a hurry"
    assert cue.tags == (Tag(0, "whispers"), Tag(TEXTS[0].index("I shall"), "gasps"))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"first": "Oh my! Oh"}, WORDS),
        ({"last": "be too late, Alice"}, WORDS),
        ({"first": ""}, WORDS),
        ({"last": "…"}, WORDS),
        ({"from": "1.2", "first": "I shall be"}, WORDS),
        ({"from": "9.1"}, PLACE),
        ({"to": "3.1"}, PLACE),
        ({"to": "1.9"}, PLACE),
        ({"from": "the first"}, PLACE),
        ({"from": "0.1", "to": "0.1"}, PLACE),
        ({"speaker": ""}, SPEAKER),
        ({"speaker": "**Alice**"}, SPEAKER),
        ({"speaker": "the one who had spoken just before that"}, SPEAKER),
        ({"speaker": "Alice\n# 2. A heading"}, SPEAKER),
        ({"speaker": None}, SHAPE),
        ({"style": 7}, SHAPE),
    ],
)
def test_what_does_not_fit_is_dropped_and_counted(changes: dict[str, Any], why: str) -> None:
    answer = answered({**RABBIT, **changes}, ALICE)
    assert [name for name, _ in spoken(answer)] == ["Alice"]
    assert answer.dropped == {why: 1}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"style": "x" * 200}, STYLE),
        ({"style": "sad) **Queen**: (glad"}, STYLE),
        ({"style": "sad\ud800"}, STYLE),
        ({"tags": [{"at": "1.1", "tag": "moonwalking"}]}, TAG),
        ({"tags": [{"at": "1.4", "tag": "gasps"}]}, TAG),
        ({"tags": [{"at": "2.1", "tag": "gasps"}]}, TAG),
        ({"tags": ["gasps"]}, TAG),
        ({"tags": "gasps"}, TAG),
    ],
)
def test_a_style_or_tag_that_is_none_costs_the_line_only_itself(changes: dict[str, Any], why: str) -> None:
    answer = answered({**RABBIT, **changes})
    assert answer.cues[0] == (Cue(0, 40, "White Rabbit"),)
    assert answer.dropped == {why: 1}


def test_nobody_speaks_over_another() -> None:
    answer = answered(RABBIT, line("1.2", "Oh dear! I", "dear! Oh dear", "Dormouse"))
    assert (answer.lines, answer.dropped) == (1, {TWICE: 1})


def test_scenes_hold_for_their_blocks() -> None:
    scenes = (
        {"from": 1, "to": 2, "scene": "A river bank, hot and drowsy."},
        {"from": 2, "to": 9, "scene": "Nowhere."},
        {"from": 3, "to": 3, "scene": "[[scene: within]]"},
    )
    answer = answered(RABBIT, scenes=scenes)
    assert answer.dropped == {PLACE: 1, SCENE: 1}
    cues = cues_of(WINDOW, answer, {})
    assert {place: {cue.scene for cue in own} for place, own in cues.items()} == {
        (1, 0): {"A river bank, hot and drowsy."},
        (1, 1): {"A river bank, hot and drowsy."},
    }
    assert cues[1, 0][0].speaker == "White Rabbit"


def test_the_rules_fill_in_where_something_was_dropped() -> None:
    second = Cue(TEXTS[2].index("“It isn’t"), len(TEXTS[2]), "Alice")
    found = {(1, 2): (Cue(0, 22, "Queen"), second), (1, 1): (Cue(0, 5, "Duchess"),)}
    bad = line("3.3", "It was not", "you know", "Alice")
    assert cues_of(WINDOW, answered(ALICE, bad), found) == {(1, 2): (Cue(0, 22, "Alice"), second)}
    assert cues_of(WINDOW, answered(ALICE), found) == {(1, 2): (Cue(0, 22, "Alice"),)}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "no JSON"),
        ("Sure! {", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "not what was asked"),
        ('{"lines": 3}', "not what was asked"),
        ('{"scenes": []}', "not what was asked"),
    ],
)
def test_what_is_no_answer_is_of_no_use(content: str, why: str) -> None:
    with pytest.raises(Useless, match=why):
        checked(content, WINDOW, tags=TAGS)


def test_a_fence_around_it_is_taken_off() -> None:
    assert checked(f"```json\n{answer_of(ALICE)}\n```", WINDOW, tags=TAGS).lines == 1


OTHER = st.text(st.sampled_from("abcdeé'’-OhIst 先"), max_size=8)


@given(
    st.sampled_from([RABBIT, ALICE, line("3.3", "It isn't tea-time", "yet, you know")]),
    st.sampled_from(["first", "last"]),
    st.data(),
)
def test_a_changed_word_is_never_taken(whole: dict[str, Any], quotation: str, data: st.DataObject) -> None:
    words = whole[quotation].split()
    at = data.draw(st.integers(0, len(words) - 1))
    how = data.draw(st.sampled_from(["another", "a letter more", "a letter less", "another case"]))
    word = words[at].strip('"!?,.')
    place = data.draw(st.integers(0, len(word) - 1))
    changed = {
        "another": data.draw(OTHER),
        "a letter more": word[:place] + data.draw(st.sampled_from("aez’先")) + word[place:],
        "a letter less": word[:place] + word[place + 1 :],
        "another case": word.swapcase(),
    }[how]
    assume(words_of(changed) != words_of(word) and words_of(changed))
    answer = answered({**whole, quotation: " ".join([*words[:at], changed, *words[at + 1 :]])})
    assert (answer.lines, answer.dropped) == (0, {WORDS: 1})


POOL: list[Any] = [None, True, 3, "", "1.1", "1.3", "3.3", "Oh dear", "Alice", "x" * 300, [], {}, ["1.1"]]
TAGGED = [{"at": "1.1", "tag": "gasps"}, {"at": "3.3", "tag": "gasps"}, {"at": 3, "tag": None}]
ODD = st.sampled_from([*POOL, TAGGED])
ENTRIES = st.lists(
    ODD | st.builds(lambda name, value: {**RABBIT, name: value}, st.sampled_from([*RABBIT]), ODD), max_size=3
)
SCENES = ODD | st.lists(st.fixed_dictionaries({"from": ODD, "to": ODD, "scene": ODD}), max_size=2)


@given(ENTRIES, SCENES)
def test_whatever_is_said_what_is_taken_fits_the_book(lines: list[Any], scenes: Any) -> None:
    try:
        answer = checked(json.dumps({"lines": lines, "scenes": scenes}), WINDOW, tags=TAGS)
    except Useless:
        assert not isinstance(scenes, list)
        return
    for (_, index), own in cues_of(WINDOW, answer, {}).items():
        assert are_tiled(own)
        assert own[-1].end <= len(TEXTS[index])
