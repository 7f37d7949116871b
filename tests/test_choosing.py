"""The file of choices: what is written is read back, and what nobody could have meant is refused."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.choosing import CHOICES_NAME, choices_in, choices_of, text_of, write_choices
from pipeline.errors import SettingsError
from pipeline.takes.choices import Choice, Choices, Retake

KEY = "3f2a" * 16

words = st.text(st.characters(codec="utf-8"), max_size=20)
values = st.one_of(st.integers(-(10**9), 10**9), st.floats(allow_nan=False, allow_infinity=False), words)
retakes = st.builds(
    Retake,
    number=st.integers(1, 99),
    voice=words,
    text=words,
    parameters=st.dictionaries(words, values, max_size=2),
    framing=st.sampled_from(["", "transcript"]),
)


@st.composite
def choices(draw: st.DrawFn) -> Choice:
    made = tuple(draw(st.lists(retakes, max_size=3, unique_by=lambda retake: retake.number)))
    numbers = st.sampled_from([0, *(retake.number for retake in made)])
    key = draw(st.text("0123456789abcdef", min_size=64, max_size=64))
    said = {"chapter": draw(words), "words": draw(words)}
    return Choice(key=key, use=draw(numbers), before=draw(numbers), retake=made, **said)


@settings(max_examples=25)
@given(st.lists(choices(), max_size=2))
def test_what_is_written_is_read_back(made: list[Choice]) -> None:
    read = choices_of(tomllib.loads(text_of(Choices.of(made))), where="a test")
    assert read == Choices.of(made)


def test_it_stands_beside_the_deliveries(tmp_path: Path) -> None:
    made = Choices.of([Choice(key=KEY, words="“Who?”", use=1, retake=(Retake(number=1, text="Hoo?"),))])
    assert write_choices(made, tmp_path) == tmp_path / "choices.toml"
    assert choices_in(tmp_path) == made


def test_a_book_without_the_file_has_none(tmp_path: Path) -> None:
    assert choices_in(tmp_path) == Choices()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version = 1\n[[chunk]", "no valid TOML"),
        (f'[[chunk]]\nkey = "{KEY}"\nuse = 2\n', "use names no retake of it"),
        ('[[chunk]]\nkey = "3f2a"\n', "chunk.0.key: string should match"),
        (f'[[chunk]]\nkey = "{KEY}"\ntake = 2\n', "chunk.0.take: extra inputs"),
        ("version = 2\n", "of version 2 → use a newer run-pipeline"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_in_a_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / CHOICES_NAME).write_text(text)
    with pytest.raises(SettingsError) as refused:
        choices_in(tmp_path)
    assert said in str(refused.value)
    assert str(refused.value).startswith(str(tmp_path / CHOICES_NAME))
