"""What the rules mean under which text is left out, for people. Data, in `rules.toml`."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


def meaning_of(rule: str) -> str:
    """What a rule leaves out, in a few words: its own, else its family's and its name; "" for one that is not known."""
    meanings = known_meanings()
    if rule in meanings:
        return meanings[rule]
    family, _, name = rule.partition(":")
    of_family = meanings.get(family, "")
    return f"{of_family}: {name.replace('-', ' ')}" if of_family and name else of_family


@cache
def known_meanings() -> Mapping[str, str]:
    """The meanings by rule."""
    return tomllib.loads(files("pipeline.report").joinpath("rules.toml").read_text("utf-8"))
