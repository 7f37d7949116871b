"""Languages as books and settings name them, and the tags (BCP 47) that are meant. Pure; the names stand in a table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources

_UNSAID = {"und": "", "mul": "", "zxx": ""}
"""The ISO 639-2 codes that say that nothing is said."""

_LIKENESS = 0.8
"""How alike a name must be to be meant: `germn` and `German` are, `elvish` and `English` are not."""


@dataclass(frozen=True, slots=True)
class _Language:
    tag: str
    codes: tuple[str, ...]
    names: tuple[str, ...]


def language_tag(name: str) -> str:
    """A language's tag where its name or another code of it was given, "" where nothing was; anything else as it is.

    The shortest code there is (BCP 47), today's for one that was retired, with the region or script that came with it.
    """
    given = name.strip()
    whole = _tags().get(given.casefold())
    if whole is not None:
        return whole
    primary, hyphen, rest = given.replace("_", "-").partition("-")
    tag = _tags().get(primary.casefold(), "") if len(primary) <= 3 else ""
    return tag + hyphen + rest if tag else given


def primary_subtag(language: str) -> str:
    """`en` of `en-GB`, also where that is written `en_GB`: voices and rules of speech know no regions."""
    return language.replace("_", "-").split("-")[0].lower()


def is_tag(language: str) -> bool:
    """Whether it has the form of a language's tag: two or three letters of it, whoever speaks that."""
    primary = primary_subtag(language)
    return 2 <= len(primary) <= 3 and primary.isascii() and primary.isalpha()


def nearest_language(name: str) -> str:
    """The language that was probably meant, as in "German (de)"; "" where none is near."""
    wanted = name.strip().casefold()
    spelt = {one.casefold(): language for language in _languages() for one in language.names}
    near = get_close_matches(wanted, spelt, n=1, cutoff=_LIKENESS)
    return f"{spelt[near[0]].names[0]} ({spelt[near[0]].tag})" if near else ""


@cache
def _tags() -> Mapping[str, str]:
    """Tag by folded name or code. What is a tag itself is not in it."""
    named = {one.casefold(): language.tag for language in _languages() for one in (*language.codes, *language.names)}
    return {**named, **_UNSAID}


@cache
def _languages() -> tuple[_Language, ...]:
    return tuple(_rows(resources.files("pipeline").joinpath("languages.tsv").read_text("utf-8")))


def _rows(table: str) -> Iterator[_Language]:
    for row in table.splitlines():
        if not row.startswith("#"):
            tag, codes, names = row.split("\t")
            yield _Language(tag, tuple(codes.split()), tuple(names.split("; ")))
