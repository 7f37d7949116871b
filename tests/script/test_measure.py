"""Estimates before anybody has spoken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.script.measure import speech_seconds, token_bound

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(_TEXTS)
def test_the_token_bound_is_the_number_of_bytes(text):
    assert token_bound(text) == len(text.encode())


def test_the_token_bound_takes_special_tokens_for_text():
    assert token_bound("<|endoftext|>") == 13


@given(_TEXTS, _TEXTS)
def test_seconds_add_up(left, right):
    assert speech_seconds(left + right) == pytest.approx(speech_seconds(left) + speech_seconds(right))


@given(_TEXTS.filter(bool))
def test_everything_takes_time(text):
    assert 0.06 * len(text) < speech_seconds(text) < 0.22 * len(text)


@pytest.mark.parametrize(
    ("text", "shortest_s", "longest_s"),
    [
        # A natural narrator's pace: 150 to 190 words a minute, 4 to 6 syllables or 7 to 8.5 morae a second.
        ("It is a truth universally acknowledged, that a single man in possession of a good fortune must be", 5.7, 7.2),
        ("吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。", 4.0, 6.5),
        ("天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏", 4.0, 6.0),
        ("나는 고양이로소이다 이름은 아직 없다 어디서 났는지 도무지 모른다", 4.0, 6.5),
        ("𠀀𠀁𠀂𠀃", 0.7, 1.0),
    ],
    ids=["en", "ja", "zh", "ko", "beyond-the-first-plane"],
)
def test_seconds_are_those_of_a_narrator(text, shortest_s, longest_s):
    assert shortest_s < speech_seconds(text) < longest_s


def test_a_character_of_han_takes_longer_than_a_letter():
    han, hangul, kana, letter = map(speech_seconds, ("猫", "묘", "ね", "c"))
    assert han > hangul > kana > letter > 0
