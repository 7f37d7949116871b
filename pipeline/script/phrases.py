"""What is said around a book, in its language: credits and the announcement of chapters. Data, in `credits.toml`."""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

UNKNOWN = "und"
"""The phrases of a language that has none of its own: without any words."""

_SAME = {"no": "nb", "nn": "nb", "cmn": "zh"}
"""Languages that others' phrases are good for."""


class Phrases(BaseModel):
    """One table of `credits.toml`, which says what each of these is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    opening_title: str
    closing_title: str
    opening: str
    closing: str
    chapter: str
    comma: str
    last_comma: str
    by_voice: str
    by_model: str
    by_name: str

    def listed(self, names: Sequence[str]) -> str:
        """`A`, `A and B`, `A, B and C`."""
        *first, last = names or ("",)
        return self.last_comma.join(filter(None, (self.comma.join(first), last)))


def phrases_of(language: str) -> Phrases:
    """Those of a language, given as a primary tag."""
    known = languages()
    return known.get(_SAME.get(language, language)) or known[UNKNOWN]


@cache
def languages() -> dict[str, Phrases]:
    """The phrases of every language there are some in, and those for all others."""
    text = files("pipeline.script").joinpath("credits.toml").read_text("utf-8")
    return {language: Phrases(**table) for language, table in tomllib.loads(text).items()}
