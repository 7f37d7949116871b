"""Audio tags: the words of direction that stand in a text and are performed instead of spoken.

A tag is English words (`whispers`, `short pause`); how it is marked is the model's own affair: `[whispers]`,
`<whispers>`, or `⟦whispers⟧` for the embedded voice. Only what is written here looks like a tag to a model: the same
marks in a book's own text are made harmless first (`escaped`). Data and its sources: `tags.toml`, `tag_verbs.toml`.
"""

import difflib
import functools
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Any, Literal, NamedTuple

from pipeline.errors import SettingsError
from pipeline.languages import primary_subtag

TagSyntax = Literal["square", "angle", "embedded", "none"]

LONGEST_CHARS = 80
"""Of one tag as a user writes it: longer ones are style, and belong there."""

_MARKS: Mapping[str, tuple[str, str]] = {"square": ("[", "]"), "angle": ("<", ">"), "embedded": ("⟦", "⟧")}

_PHRASE = "[A-Za-z][A-Za-z ,'-]*"
"""What stands between them; what is said in IPA may be in brackets too."""

_ESCAPES = {
    "square": str.maketrans({"[": "(", "]": ")"}),
    "angle": str.maketrans({"<": "‹", ">": "›", "|": "¦"}),
    "embedded": str.maketrans({"⟦": "〚", "⟧": "〛"}),
}
"""Parentheses are read (or not read) like brackets; angle models take |mhm| for a back-channel too."""

_TAGS = {
    syntax: re.compile(f"{re.escape(opened)}({_PHRASE}){re.escape(closed)}")
    for syntax, (opened, closed) in _MARKS.items()
}

_REMOVED = {
    syntax: re.compile(rf" ?{tag.pattern}(?=[,.;:!?…]|\s*\Z|[^\S\n]*\n)|{tag.pattern} ?")
    for syntax, tag in _TAGS.items()
}
"""A tag with the one space that came with it: after it, or before it where a mark or the line's end follows."""

_NO_TAG = re.compile(r"(?!)()")


class TagKind(StrEnum):
    """A style lasts; a sound and a pause are over when they have been."""

    STYLE = "style"
    SOUND = "sound"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Performance:
    """How the embedded voice comes near a tag, relative to what was asked for.

    `pitch` in steps of espeak-ng's 0 to 99, `rate` and `volume` as factors, `pause_ms` of silence before what follows.
    """

    kind: TagKind
    whispers: bool = False
    pitch: int = 0
    rate: float = 1.0
    volume: float = 1.0
    pause_ms: int = 0


class TagMark(NamedTuple):
    """A tag in a text: its characters `start` to `end` with the brackets, and its words."""

    start: int
    end: int
    words: str


class Tagged(NamedTuple):
    """A stretch of text, and the tag before it; "" for none."""

    tag: str
    text: str


def known_tags() -> frozenset[str]:
    """Every tag a model is known to perform, in small letters."""
    return frozenset(_performances())


def is_known(words: str) -> bool:
    return _single_spaced(words).lower() in _performances()


def nearest_tag(words: str) -> str:
    """The known tag that has `words` in it ("pause"), else the one that looks most like them; "" where none does."""
    wanted = _single_spaced(words).lower()
    holding = [tag for tag in sorted(_performances()) if wanted in tag.split()]
    return next(iter(holding or difflib.get_close_matches(wanted, sorted(_performances()), n=1, cutoff=0.65)), "")


def checked_tag(words: str, *, where: str, allows_phrases: bool = False) -> str:
    """A tag as a user wrote it, single-spaced and, where it is a known one, in small letters.

    Several with commas between are one. Raises `SettingsError` for what is no English phrase of at most 80 characters,
    and for one that is not known, with the nearest that is; `allows_phrases`: any phrase may be tried ("like dracula").
    """
    tag = _single_spaced(words).replace("’", "'")
    if any(char.isalpha() and not char.isascii() for char in tag):
        raise SettingsError(
            f"{words!r} is no audio tag: they are English, whatever the book's language",
            where=where,
            remedy="write it in English, as in 'whispers'",
        )
    if not re.fullmatch(_PHRASE, tag) or len(words.splitlines()) > 1:
        remedy = "letters, commas, spaces, apostrophes and hyphens, on one line, and no brackets"
        raise SettingsError(f"{words!r} is no audio tag", where=where, remedy=remedy)
    if len(tag) > LONGEST_CHARS:
        what = f"an audio tag of {len(tag)} characters; {LONGEST_CHARS} are the most: {words!r}"
        raise SettingsError(what, where=where, remedy="say it shorter, or make it a style")
    unknown = [part for part in _parts(tag) if not is_known(part)]
    if unknown and not allows_phrases:
        nearest = nearest_tag(unknown[0])
        remedy = f"did you mean {nearest!r}?" if nearest else "`run-pipeline voices` lists the tags"
        raise SettingsError(f"unknown audio tag {unknown[0]!r}", where=where, remedy=remedy)
    return merged([part if part in unknown else part.lower() for part in _parts(tag)])


def tag_for_verb(verb: str, language: str) -> str:
    """The tag of speech that a verb introduces ("whispered": "whispers"), or "" where it does not clearly have one."""
    return _verbs(primary_subtag(language)).get(_single_spaced(verb).lower(), "")


def merged(tags: Sequence[str]) -> str:
    """Tags that would stand side by side as one ("whispers, trembling"), since a model may stumble over two."""
    return ", ".join(dict.fromkeys(part for tag in tags for part in _parts(tag)))


def written(words: str, syntax: TagSyntax) -> str:
    """A tag as a model of that syntax takes it; "" where it takes none."""
    if syntax == "none" or not words:
        return ""
    if syntax == "angle":
        words = merged([_angle_words().get(part, part) for part in _parts(words)])
    opened, closed = _MARKS[syntax]
    return f"{opened}{words}{closed}"


def escaped(text: str, syntax: TagSyntax) -> str:
    """A book's text with everything a model of that syntax would take for a tag made harmless; as long as before."""
    return text.translate(_ESCAPES.get(syntax, {}))


def with_tags(parts: Sequence[Tagged], *, syntax: TagSyntax) -> str:
    """The texts joined as they stand, each with its tag before it.

    A tag waits for the next text that has a word in it, and tags that wait together become one; so two never touch.
    Those left at the end stand behind the last word. Where there is no word at all, or the model takes no tags, there
    is no tag. The texts are as they are to be sent (`escaped`); `without_tags` gives them back character by character.
    """
    said, waiting = "", list[str]()
    for tag, text in parts:
        waiting += [tag] if tag else []
        mark = written(merged(waiting), syntax) if _has_words(text) else ""
        if mark:
            lead = len(text) - len(text.lstrip())
            text, waiting = f"{text[:lead]}{mark} {text[lead:]}", []
        said += text
    mark = written(merged(waiting), syntax)
    if not mark or not _has_words(said):
        return said
    end = len(said.rstrip())
    return f"{said[:end]} {mark}{said[end:]}"


def settled(text: str, syntax: TagSyntax) -> str:
    """A text put together from tagged ones, where the last tag of one may have met the first of the next: as
    `with_tags` writes it.
    """
    removed = _REMOVED.get(syntax)
    if removed is None:
        return text
    parts, at, tag = list[Tagged](), 0, ""
    for match in removed.finditer(text):
        parts.append(Tagged(tag, text[at : match.start()]))
        at, tag = match.end(), match[1] or match[2]
    return with_tags([*parts, Tagged(tag, text[at:])], syntax=syntax)


def without_tags(text: str, syntax: TagSyntax) -> str:
    """The words of a text as it is sent: without its tags, and without the spaces that came with them."""
    removed = _REMOVED.get(syntax)
    return removed.sub("", text) if removed else text


def tags_in(text: str, syntax: TagSyntax) -> Iterator[TagMark]:
    """The tags of a text in their order."""
    for match in _TAGS.get(syntax, _NO_TAG).finditer(text):
        yield TagMark(match.start(), match.end(), match[1])


def has_tags(text: str, syntax: TagSyntax) -> bool:
    return next(tags_in(text, syntax), None) is not None


def performances_of(words: str) -> Iterator[Performance]:
    """What the embedded voice makes of each word of a tag; of one nobody knows, a plain style."""
    for part in _parts(words):
        yield _performances().get(part.lower()) or _guessed(part.lower())


def kinds_of(words: str) -> frozenset[TagKind]:
    return frozenset(performance.kind for performance in performances_of(words))


def _guessed(phrase: str) -> Performance:
    """A free phrase: nothing is known of it but that a pause is one ("a very long pause")."""
    if not re.search(r"\bpauses?\b|\bsilence\b", phrase):
        return Performance(TagKind.STYLE)
    lengths = [word for word in ("short", "long") if re.search(rf"\b{word}\b", phrase)]
    return _performances()[f"{lengths[0] if lengths else 'medium'} pause"]


def _parts(words: str) -> list[str]:
    return [part for part in map(_single_spaced, words.split(",")) if part]


def _single_spaced(words: str) -> str:
    return " ".join(words.split())


def _has_words(text: str) -> bool:
    return any(char.isalnum() for char in text)


@functools.cache
def _data(name: str = "tags.toml") -> Mapping[str, Any]:
    return tomllib.loads(resources.files("pipeline.speech").joinpath(name).read_text("utf-8"))


@functools.cache
def _verbs(language: str) -> Mapping[str, str]:
    forms = _data("tag_verbs.toml").get(language, {})
    return {verb: tag for tag, verbs in forms.items() for verb in verbs}


@functools.cache
def _performances() -> Mapping[str, Performance]:
    found: dict[str, Performance] = {}
    for style in _data()["styles"].values():
        manner = {name: value for name, value in style.items() if name != "tags"}
        found |= dict.fromkeys(style["tags"], Performance(TagKind.STYLE, **manner))
    for kind, section in ((TagKind.SOUND, "sounds"), (TagKind.PAUSE, "pauses")):
        found |= {words: Performance(kind, pause_ms=ms) for words, ms in _data()[section].items()}
    return found


def _angle_words() -> Mapping[str, str]:
    words: Mapping[str, str] = _data()["angle"]
    return words
