"""What is known of voices beside their names."""

import tomllib
from functools import cache
from importlib import resources


@cache
def voice_characters() -> dict[str, str]:
    """The documented character of each voice that has one, in a word, in the order of the documentation."""
    return tomllib.loads(resources.files("pipeline.speech").joinpath("voices.toml").read_text("utf-8"))
