"""The words that tell who speaks, by language. Data, in `words.toml`, which says what each list is."""

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from pipeline.languages import language_tag, primary_subtag

_SCRIPTS_WITHOUT_SPACES = frozenset({"ja", "zh"})


@dataclass(frozen=True, slots=True)
class Words:
    """One language's lists, in small letters; a language without data has empty ones and finds only what marks say."""

    language: str = ""
    says: frozenset[str] = frozenset()
    does: frozenset[str] = frozenset()
    thinks: frozenset[str] = frozenset()
    continues: frozenset[str] = frozenset()
    he: frozenset[str] = frozenset()
    she: frozenset[str] = frozenset()
    it: frozenset[str] = frozenset()
    his: frozenset[str] = frozenset()
    hers: frozenset[str] = frozenset()
    its: frozenset[str] = frozenset()
    narrator: frozenset[str] = frozenset()
    to_narrator: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    articles: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()
    men: frozenset[str] = frozenset()
    women: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()
    kind: frozenset[str] = frozenset()
    stops: frozenset[str] = frozenset()
    joins: frozenset[str] = frozenset()
    subordinates: frozenset[str] = frozenset()
    adverbs: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()
    given_f: frozenset[str] = frozenset()
    given_m: frozenset[str] = frozenset()
    adverb_endings: tuple[str, ...] = ()
    feminine: tuple[str, ...] = ()
    masculine: tuple[str, ...] = ()

    @property
    def has_spaces(self) -> bool:
        return self.language not in _SCRIPTS_WITHOUT_SPACES

    def is_verb(self, word: str) -> bool:
        return word in self.says or word in self.does or word in self.thinks

    def is_adverb(self, word: str) -> bool:
        """Whether it may stand between a subject and its verb."""
        return word in self.adverbs or (len(word) > 4 and word.endswith(self.adverb_endings or ("\0",)))

    def pronoun_gender(self, word: str) -> str:
        """`m`, `f` or `n` of a pronoun as a subject, "" for any other word."""
        return "m" if word in self.he else "f" if word in self.she else "n" if word in self.it else ""

    def trace_gender(self, word: str) -> str:
        """The same for any form of it: what `her bonnet` says of whom was named before."""
        return "m" if word in self.his else "f" if word in self.hers else "n" if word in self.its else ""

    def noun_gender(self, word: str) -> str:
        """Of a title, a noun or a first name that stands for women or men, "" for any other."""
        if word in self.men or word in self.given_m:
            return "m"
        return "f" if word in self.women or word in self.given_f else ""

    def verb_gender(self, word: str) -> str:
        """What the ending of a verb in the past says of its subject, where a language does that."""
        if self.feminine and word.endswith(self.feminine):
            return "f"
        return "m" if self.masculine and word.endswith(self.masculine) else ""


def words_of(language: str) -> Words:
    """Those of a book's language, given as any tag or name."""
    return _tables().get(primary_subtag(language_tag(language)), Words(language=primary_subtag(language)))


@cache
def _tables() -> dict[str, Words]:
    text = files("pipeline.dialogue").joinpath("words.toml").read_text("utf-8")
    return {language: _words(language, table) for language, table in tomllib.loads(text).items()}


def _words(language: str, table: dict[str, str]) -> Words:
    listed = {name: value.lower().split() for name, value in table.items()}
    endings = {name: tuple(listed.pop(name, ())) for name in ("adverb_endings", "feminine", "masculine")}
    sets = {name: frozenset(words) for name, words in listed.items()}
    return replace(Words(language=language), **endings, **sets)  # type: ignore[arg-type]  # names are checked by replace
