"""Where two texts differ, by words."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.script.wording import Difference, change_between, differences, wording_of

ROWS = st.lists(st.sampled_from("abcdefg"), max_size=30)


@given(ROWS, ROWS)
def test_the_differences_make_the_new_text_of_the_old_one(old: list[str], new: list[str]) -> None:
    made, at = [], 0
    found = list(differences(old, new))
    for start, end, new_start, new_end in found:
        made += [*old[at:start], *new[new_start:new_end]]
        at = end
    assert made + old[at:] == new
    assert all(left.end < right.start and left.new_end < right.new_start for left, right in pairwise(found))
    assert all(old[one.start : one.end] != new[one.new_start : one.new_end] for one in found)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("can not", "cannot"),
        ("well-known", "wellknown"),
        ("don’t", "don't"),
        ("1000", "1 000"),
        ("हिन्दी", "हि न्दी"),
        ("Wait!", "Wait"),
        ("a\u00adb", "ab"),
        ("e\u0301", "é"),
        ("ﬁne", "fine"),
    ],
)
def test_these_are_not_the_same_words(one: str, other: str) -> None:
    assert wording_of(one).words != wording_of(other).words


@pytest.mark.parametrize(("one", "other"), [("“Oh,” he", "“Oh, ”\u00a0he"), ("a — b", "a—b"), (" a\u2028b", "a b\t")])
def test_white_space_alone_is_no_difference(one: str, other: str) -> None:
    assert wording_of(one).words == wording_of(other).words


def test_a_long_text_costs_no_more_than_its_length() -> None:
    """Compared word by word with each other these would take minutes."""
    old = [f"{number % 997} {number // 7}" for number in range(60_000)]
    new = ["first", *old[1:30_000], "put", "in", *old[30_000:-1], "last"]
    assert list(differences(old, new)) == [
        Difference(0, 1, 0, 1),
        Difference(30_000, 30_000, 30_000, 30_002),
        Difference(59_999, 60_000, 60_001, 60_002),
    ]
    assert list(differences(["a", "b"] * 20_000, ["b", "a", "c"] * 20_000)) == [Difference(0, 40_000, 0, 60_000)]


def test_a_change_is_shown_with_what_stands_around_it() -> None:
    old, new = wording_of("He could not see her."), wording_of("He could see\nnobody but her.")
    shown = [str(change_between(old, new, one, chapter=3, line=9)) for one in differences(old.words, new.words)]
    assert shown == [
        "chapter 3, line 9: …He could [not → nothing] see her.…",
        "chapter 3, line 9: …He could not see [nothing → nobody but] her.…",
    ]
