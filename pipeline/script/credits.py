"""Opening and closing credits, chapters of their own around the book: templates, and what is known of it. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

from pipeline.book import Block, Kind, Metadata, single_spaced
from pipeline.recording import Boundary
from pipeline.script.additions import Cut
from pipeline.script.chunks import Script, ScriptChapter
from pipeline.script.phrases import Phrases

PLACEHOLDERS = (
    "title",
    "subtitle",
    "author",
    "narrator",
    "voice",
    "model",
    "series",
    "series_index",
    "publisher",
    "year",
)

OPENING_NUMBER = 0
"""The chapter number of the opening credits: those of the book stay 1 to n, and the closing credits are n + 1."""

_SECOND_STOP = re.compile(r"(?<=[.!?…。！？])[.。](?=[』》”\"]?$)")
_PREVIEW = re.compile(r"(?i)[-_ ](preview|latest|exp)$")
_KIND_OF_VOICE = re.compile(r"^[a-z]{1,3}_")


class CreditSettings(BaseModel):
    """The `[credits]` section: whether they are spoken, templates, and which chapters have their title announced.

    An empty template is the built-in one of the book's language.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    spoken: Literal["auto", "yes", "no"]
    opening: str
    closing: str
    announce: Literal["auto", "always", "never"]

    @field_validator("opening", "closing")
    @classmethod
    def _can_be_filled(cls, template: str) -> str:
        for name in _names(template):
            if name not in PLACEHOLDERS:
                raise ValueError(f"{{{name}}} is no placeholder; there are {', '.join(PLACEHOLDERS)}")
        return template


@dataclass(frozen=True, slots=True)
class Narrator:
    """Who reads: a model, its voice if that has a name, and the name that the user gives the two."""

    model: str
    voice: str = ""
    name: str = ""

    def said(self, phrases: Phrases) -> str:
        """As what it is, a synthetic voice."""
        template = phrases.by_name if self.name else phrases.by_voice if self.voice else phrases.by_model
        return template.format(name=self.name, voice=self.voice, model=self.model)


@dataclass(frozen=True, slots=True)
class Credit:
    """What is said before or after the book, a paragraph a line, and what a player calls it."""

    title: str
    lines: tuple[str, ...]


def credits_of(settings: CreditSettings, phrases: Phrases, values: Mapping[str, str]) -> tuple[Credit, Credit]:
    """The opening and the closing ones."""
    opening, closing = settings.opening or phrases.opening, settings.closing or phrases.closing
    return (
        Credit(phrases.opening_title, tuple(filled(opening, values))),
        Credit(phrases.closing_title, tuple(filled(closing, values))),
    )


def with_credits(script: Script, opening: Credit, closing: Credit, *, cut: Cut, count: int) -> Script:
    """The script between its credits; `count` chapters are in the book. A credit that came to nothing is not spoken."""
    before = _chapters(OPENING_NUMBER, opening, cut)
    return Script((*before, *script.chapters, *_chapters(count + 1, closing, cut)))


def values_of(book: Metadata, narrator: Narrator, phrases: Phrases) -> dict[str, str]:
    """What each placeholder stands for in this book; empty where the book does not say."""
    return {
        "title": book.title,
        "subtitle": book.subtitle,
        "author": phrases.listed(book.creators),
        "narrator": narrator.said(phrases),
        "voice": narrator.voice,
        "model": narrator.model,
        "series": book.series,
        "series_index": book.series_index,
        "publisher": book.publisher,
        "year": match.group() if (match := re.match(r"\d{4}", book.date)) else "",
    }


def filled(template: str, values: Mapping[str, str]) -> Iterator[str]:
    """The template's lines with their values; a line that has a placeholder without one is left out."""
    for line in map(single_spaced, template.strip().splitlines()):
        if line and all(values[name] for name in _names(line)):
            yield _SECOND_STOP.sub("", line.format(**values))


def spoken_model(name: str) -> str:
    """A model's name as one says it: `google/gemini-3.1-flash-tts-preview` is Gemini 3.1 Flash TTS."""
    words = re.split(r"[-_ ]+", _PREVIEW.sub("", name.rpartition("/")[2]))
    return " ".join(word.upper() if _is_initialism(word) else word[:1].upper() + word[1:] for word in words)


def spoken_voice(name: str) -> str:
    """A voice's name as one says it: Kokoro's `af_heart`, American and female, is Heart."""
    words = _KIND_OF_VOICE.sub("", name).replace("_", " ")
    return words[:1].upper() + words[1:]


def _chapters(number: int, credit: Credit, cut: Cut) -> Iterator[ScriptChapter]:
    if credit.lines:
        blocks = [Block(Kind.PARAGRAPH, line) for line in credit.lines]
        yield ScriptChapter(number, credit.title, cut(blocks, Boundary.CHAPTER))


def _names(template: str) -> list[str]:
    """The placeholders of a template. Raises `ValueError` where a brace is not closed, or more than a name is in it."""
    fields = [(name, form, turn) for _, name, form, turn in Formatter().parse(template) if name is not None]
    if any(form or turn for _, form, turn in fields):
        raise ValueError("a placeholder is a name in braces and nothing else")
    return [name for name, _, _ in fields]


def _is_initialism(word: str) -> bool:
    return word.isalpha() and len(word) > 1 and not re.search(r"[aeiouy]", word.lower())
