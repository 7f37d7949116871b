"""What is counted for and against an attribution."""

from dataclasses import dataclass

import pytest

from tests.attribution.labels import Label
from tests.attribution.scores import Answer, answers, score, wrong


@dataclass(frozen=True)
class Said:
    start: int
    end: int
    speaker: str
    confidence: float = 0.9


LINES = ["“Yes,” said Ann; “no.”", "They wrote “maybe” down.", "“I sing", "La la”", "Ann left."]


def label(line: int, start: int, end: int, speaker: str) -> Label:
    return Label(line, 1, start, end, speaker, frozenset({speaker.casefold()}), frozenset({"mother"}))


LABELS = [label(1, 0, 6, "Ann"), label(1, 17, 22, "Ann"), label(2, 11, 18, "-"), label(3, 0, 7, "Bob")]
SECOND, FIRST = Said(17, 22, "Ann", 0.4), Said(0, 6, "The Ann")


def judged(*lines: list[Said]) -> list[Answer]:
    return answers(LINES, LABELS, [*lines, *[[]] * (len(LINES) - len(lines))])


def test_right_ones_count_for_both() -> None:
    given = judged([FIRST, SECOND], [], [Said(0, 7, "Bob")])
    at = score(given, confidence=0.0)
    assert (at.said, at.given, at.right, at.precision, at.recall) == (3, 3, 3, 1.0, 1.0)


def test_what_is_less_sure_than_asked_for_is_not_given() -> None:
    at = score(judged([FIRST, SECOND]), confidence=0.5)
    assert (at.given, at.right, at.precision) == (1, 1, 1.0)
    assert at.recall == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([[Said(0, 6, "Bob")]], id="another speaker"),
        pytest.param([[], [Said(11, 18, "Ann")]], id="text that nobody says"),
        pytest.param([[], [Said(11, 18, "-")]], id="a speaker called as nobody is labelled"),
        pytest.param([[], [], [], [], [Said(0, 9, "Ann")]], id="no quotation at all"),
    ],
)
def test_these_are_wrong(lines: list[list[Said]]) -> None:
    given = judged(*lines)
    at = score(given, confidence=0.5)
    assert (at.given, at.right, at.precision, at.recall) == (1, 0, 0.0, 0.0)
    assert len(list(wrong(given, confidence=0.5))) == 1


def test_a_description_is_right_and_no_name() -> None:
    at = score(judged([Said(0, 6, "her mother")]), confidence=0.5)
    assert (at.right, at.named) == (1, 0)


def test_less_than_half_is_not_found() -> None:
    first, *_ = judged([Said(4, 16, "Ann")])
    assert (first.is_found, first.speaker) == (False, "")


def test_the_quote_that_shares_most_answers() -> None:
    first, *_ = judged([Said(0, 2, "Bob"), Said(2, 6, "Ann")])
    assert (first.speaker, first.is_right) == ("Ann", True)


def test_an_unknown_speaker_is_found_and_not_given() -> None:
    given = judged([Said(0, 6, "")])
    assert given[0].is_found
    assert score(given, confidence=0.0).given == 0


def test_lines_of_a_poem_are_not_judged() -> None:
    assert score(judged([], [], [], [Said(0, 6, "Ann")]), confidence=0.0).given == 0
