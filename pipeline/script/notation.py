"""A line of a direction file, `**Name** (how): words with [tags]`: written and read. Pure.

It is Markdown, so what of the book's own words would be markup to a viewer, or direction to us, has a backslash before
it. White space is written as single spaces, whatever it was: the words alone are compared with the book's.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.book import single_spaced
from pipeline.errors import SettingsError
from pipeline.script.direction import Tag
from pipeline.speech.cast import NARRATOR
from pipeline.speech.tags import checked_tag

_GLUE = "[[+]]"
"""At the end of a line whose last word goes on in the next one, which another voice says."""

_SIGNS = str.maketrans({sign: f"\\{sign}" for sign in "\\*[]<`_"})
_STYLE_SIGNS = str.maketrans({"(": r"\(", ")": r"\)"})

_LINE_STARTS = re.compile(r"(?P<number>\d{1,9})(?=[.)](?:\s|$))|[#>+=~-]")
"""What makes a heading, a quotation, an item of a list or a rule of the line it begins."""

_CUE = re.compile(r"\*\*(?P<name>(?:\\.|[^*\\])+)\*\*\s*(?:\((?P<style>(?:\\.|[^()\\])*)\))?\s*[:：]\s*(?P<words>.*)")
_COLON_INSIDE = re.compile(r"\*\*(?P<name>(?:\\.|[^*\\:])+)[:：]\*\*\s*(?P<words>.*)")

_CODE = r"u\{(?P<code>[0-9A-Fa-f]{1,4})\}"
_ESCAPE = re.compile(rf"\\(?:{_CODE}|(?P<sign>.))")
_PART = re.compile(rf"(?P<escape>\\(?:{_CODE}|.))|\[\[|\[(?P<tag>(?:\\.|[^\[\]\\])*)\]|\[|[^\\\[]+|\\")


@dataclass(frozen=True, slots=True)
class Said:
    """What one voice says on a line: `text` without the `tags`, which are placed in it.

    `is_glued`: the word at its end goes on in the next line.
    """

    text: str
    speaker: str = NARRATOR
    style: str = ""
    tags: tuple[Tag, ...] = ()
    is_glued: bool = False


def escaped(text: str) -> str:
    """`text` as it stands inside a line; control characters by their number."""
    text = text.translate(_SIGNS)
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(sign: str) -> str:
    if sign.isspace():
        return " "
    return f"\\u{{{ord(sign):x}}}" if unicodedata.category(sign) in ("Cc", "Cs") else sign


def unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match["code"], 16)) if match["code"] else match["sign"], text)


def said_line(said: Said) -> str:
    """The line that `read_line` reads as `said`, but for the kind of its white space."""
    words = _with_tags(said.text, said.tags)
    if said.speaker == NARRATOR and not said.style:
        line = _LINE_STARTS.sub(_without_meaning, words, count=1) if _LINE_STARTS.match(words) else words
    else:
        how = f" ({escaped(said.style).translate(_STYLE_SIGNS)})" if said.style else ""
        line = f"**{escaped(said.speaker)}**{how}: {words}"
    return line + _GLUE * said.is_glued


def _without_meaning(start: re.Match[str]) -> str:
    return f"{start['number']}\\" if start["number"] else f"\\{start.group()}"


def _with_tags(text: str, tags: Sequence[Tag]) -> str:
    """A tag is followed by a space, unless it stands in a word or right after it."""
    parts: list[str] = []
    start = 0
    for tag in tags:
        parts.append(escaped(text[start : tag.at]))
        is_after_word = text[:1] != "" and text[tag.at - 1 : tag.at].isalnum() and tag.at < len(text)
        is_last = tag.at == len(text)
        parts.append(" " * is_last + f"[{escaped(tag.words)}]" + " " * (not is_after_word and not is_last))
        start = tag.at
    return "".join(parts) + escaped(text[start:])


def read_line(line: str, *, where: str) -> Said:
    """A line without white space at its ends. Raises `SettingsError` for direction that cannot be understood."""
    is_glued = line.endswith(_GLUE)
    line = line.removesuffix(_GLUE)
    is_broken = (len(line) - len(line.rstrip("\\"))) % 2 == 1  # as some editors write the break of a line
    line = line[:-1].rstrip() if is_broken else line
    if not line.startswith("**"):
        return replace(_said(line, where), is_glued=is_glued)
    cue = _CUE.fullmatch(line) or _COLON_INSIDE.fullmatch(line)
    name = single_spaced(unescaped(cue["name"])) if cue else ""
    if cue is None or not name:
        remedy = r"write **Name** (how): words; an asterisk of the book's is \*"
        raise SettingsError(f"not a line of a speaker: {line[:60]!r}", where=where, remedy=remedy)
    said = _said(cue["words"], where)
    if not said.text:
        remedy = "a line is what one voice says: put the name before the words, on the same line"
        raise SettingsError(f"{name!r} says nothing", where=where, remedy=remedy)
    style = single_spaced(unescaped(cue.groupdict().get("style") or ""))
    speaker = NARRATOR if name.casefold() == NARRATOR else name
    return replace(said, speaker=speaker, style=style, is_glued=is_glued)


def _said(words: str, where: str) -> Said:
    """The text of a line without its tags, and these; the space that came with a tag goes with it."""
    text, tags, follows_tag = "", [], False
    for part in _PART.finditer(words):
        if part["tag"] is not None:
            tags.append(Tag(len(text), checked_tag(unescaped(part["tag"]), where=where)))
        elif part.group() in ("[", "[["):
            raise _stray(part.group(), words[part.start() :], where)
        else:
            piece = unescaped(part.group()) if part["escape"] else part.group()
            is_its_space = follows_tag and piece[:1] == " " and not text[-1:].isalnum()
            text += piece[1:] if is_its_space else piece
        follows_tag = part["tag"] is not None
    text = text.rstrip()
    return Said(text, tags=tuple(replace(tag, at=min(tag.at, len(text))) for tag in tags))


def _stray(opened: str, rest: str, where: str) -> SettingsError:
    if opened == "[[":
        remedy = r"a scene stands on a line of its own: [[scene: …]]; a bracket of the book's is \["
        return SettingsError(f"{rest[:40]!r} inside a line", where=where, remedy=remedy)
    remedy = r"close it as in [whispers]; a bracket of the book's is \["
    return SettingsError(f"a tag that is not closed: {rest[:40]!r}", where=where, remedy=remedy)
