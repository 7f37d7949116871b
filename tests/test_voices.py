"""Who speaks how much, and how that is named."""

import pytest

from pipeline.voices import Part, named_voices


def parts(*voices: str) -> list[Part]:
    return [Part(f"speaker {number}", voice, 1, 1.0, 0.0) for number, voice in enumerate(voices)]


@pytest.mark.parametrize(
    ("voices", "named"),
    [
        ((), ""),
        (("Kore",), "Kore"),
        (("Kore", "Leda"), "Kore and Leda"),
        (("Kore", "Leda", "Kore"), "Kore and Leda"),
        (("Kore", "Leda", "Puck", "Orus"), "Kore, Leda, Puck and Orus"),
        (("Kore", "Leda", "Puck", "Orus", "Zephyr"), "Kore, Leda, Puck and 2 others"),
    ],
)
def test_a_few_voices_are_named_and_more_are_counted(voices: tuple[str, ...], named: str) -> None:
    assert named_voices(parts(*voices)) == named
