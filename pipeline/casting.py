"""A first cast for a book: who speaks in it, how much, and a voice for each that is unlike the others'. Pure."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest

from pipeline.book import Book
from pipeline.script.direction import Cues
from pipeline.script.measure import speech_seconds
from pipeline.speech.cast import NARRATOR, Cast, RoleSettings, folded_name
from pipeline.speech.profiles import ModelProfile
from pipeline.speech.voices import voice_characters

LEAST_LINES = 2
"""A person with fewer lines is proposed no part: an only line is as well the narrator's."""

MOST_PARTS = 12
"""More voices than listeners tell apart; whoever wants more of them asks for it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A person of the book: how many lines and seconds of speech are theirs, and the chapter of the first one.

    `voice` is the one proposed, or the one they have in the cast that is there already; "" where the model's voices are
    not known.
    """

    name: str
    lines: int
    seconds: float
    first_chapter: int
    voice: str = ""


@dataclass(frozen=True, slots=True)
class Company:
    """Who speaks in a book, the narrator first, then by length; `minor` are those without a part of their own."""

    narrator: Part
    parts: tuple[Part, ...]
    minor: tuple[Part, ...] = ()

    @property
    def seconds(self) -> float:
        return sum(part.seconds for part in (self.narrator, *self.parts, *self.minor))


@dataclass(slots=True)
class _Count:
    lines: int = 0
    seconds: float = 0.0
    chapters: list[int] = field(default_factory=list)


def company_of(book: Book, cues: Cues, cast: Cast, *, most: int = MOST_PARTS) -> Company:
    """Who speaks by `cues`, which name people as they were found; those that are cast already go by the cast's name."""
    counts: dict[str, _Count] = {}
    spellings: dict[str, str] = {}
    for number, chapter in enumerate(book.chapters, start=1):
        for index, block in enumerate(chapter.blocks):
            if block.rule:
                continue
            told = speech_seconds(block.text)
            for cue in cues.get((number, index), ()):
                name = _known_as(cue.speaker, cast, spellings)
                if name != NARRATOR:
                    seconds = speech_seconds(block.text[cue.start : cue.end])
                    told -= seconds
                    _add(counts, name, seconds, number)
            _add(counts, NARRATOR, told, number)
    everybody = [Part(name, count.lines, count.seconds, count.chapters[0]) for name, count in counts.items()]
    people = sorted((part for part in everybody if part.name != NARRATOR), key=lambda part: (-part.seconds, part.name))
    large = [part for part in people if part.lines >= LEAST_LINES or part.name in cast.roles][:most]
    narrator = next((part for part in everybody if part.name == NARRATOR), Part(NARRATOR, 0, 0, 1))
    return Company(narrator, tuple(large), tuple(part for part in people if part not in large))


def _known_as(speaker: str, cast: Cast, spellings: dict[str, str]) -> str:
    """The name of a part: as it is cast, else as it was spelt first; no cast has two that differ in case alone."""
    return cast.named(speaker) if cast.knows(speaker) else spellings.setdefault(folded_name(speaker), speaker)


def _add(counts: dict[str, _Count], name: str, seconds: float, chapter: int) -> None:
    count = counts.setdefault(name, _Count())
    count.lines += 1
    count.seconds += seconds
    count.chapters.append(chapter)


def with_voices(company: Company, profile: ModelProfile, cast: Cast, *, narrator: str) -> Company:
    """The company with a voice for each part: those it has, else the next of the model's that nobody has.

    Voices are taken in turns from groups of the same documented character, so that the largest parts differ most.
    """
    taken = {narrator.lower(), *(role.voice.lower() for role in cast.roles.values())}
    free = (voice for voice in spread(_voices(profile)) if voice.lower() not in taken)
    voiced = [_with_voice(part, cast.role(part.name).voice or next(free, "")) for part in company.parts]
    return Company(_with_voice(company.narrator, narrator), tuple(voiced), company.minor)


def _with_voice(part: Part, voice: str) -> Part:
    return Part(part.name, part.lines, part.seconds, part.first_chapter, voice)


def _voices(profile: ModelProfile) -> Sequence[str]:
    """The model's voices; those of its makers' documentation where it takes any name."""
    if profile.voices or profile.engine != "openrouter":
        return profile.voices
    return list(voice_characters())


def spread(voices: Sequence[str]) -> list[str]:
    """The voices in such an order that neighbours differ in character: one of each, then another of each."""
    groups: dict[str, list[str]] = {}
    for voice in voices:
        groups.setdefault(voice_characters().get(voice, voice), []).append(voice)
    return [voice for row in zip_longest(*groups.values()) for voice in row if voice is not None]


def cast_file(company: Company, *, title: str, source: str, cast: Cast) -> str:
    """The company as a cast file to edit: a table for each part, and a line for everybody who has none."""
    parts = chain.from_iterable(_table(part, company, cast) for part in (company.narrator, *company.parts))
    return "\n".join([*_preface(title, source), *parts, *_minor(company.minor)]) + "\n"


def _preface(title: str, source: str) -> Iterator[str]:
    yield f"# Who speaks in {json.dumps(title, ensure_ascii=False)}, as found in its text, with voices as a proposal."
    yield "# Edit it, then make the book with it:"
    yield f"#   run-pipeline make {json.dumps(source, ensure_ascii=False)} --cast THIS-FILE"
    yield "# Take a table out, and the narrator speaks those lines. Several books may share the file."


def _table(part: Part, company: Company, cast: Cast) -> Iterator[str]:
    role = cast.role(part.name)
    table = part.name if part.name == NARRATOR else _text(part.name)
    character = voice_characters().get(part.voice, "")
    yield ""
    yield _commented(f"[cast.{table}]", _share(part, company))
    yield _commented(f"voice = {_text(part.voice)}", character)
    for key in ("character", "style"):
        words = getattr(role, key)
        yield _commented(f"{key} = {_text(words)}", "" if words else _HINTS[key])
    yield from _others(role)
    if part.name != NARRATOR or role.aliases:
        yield f"aliases = {json.dumps(list(role.aliases), ensure_ascii=False)}"


def _others(role: RoleSettings) -> Iterator[str]:
    """What else the cast that is there says of a part."""
    for key in ("name", "role", "pace", "accent", "language"):
        if words := getattr(role, key):
            yield f"{key} = {_text(words)}"
    if embedded := role.embedded.model_dump(exclude_defaults=True):
        yield f"embedded = {{ {', '.join(f'{name} = {_text(value)}' for name, value in embedded.items())} }}"


def _commented(setting: str, comment: str) -> str:
    return f"{setting:28}  # {comment}" if comment else setting


_HINTS = {"character": "who this is, in a sentence or two", "style": "how the lines are spoken"}


def _share(part: Part, company: Company) -> str:
    percent = 100 * part.seconds / (company.seconds or 1.0)
    lines = "" if part.name == NARRATOR else f"{part.lines} lines, "
    since = "" if part.name == NARRATOR else f", first in chapter {part.first_chapter}"
    return f"{lines}{part.seconds / 60:.1f} min ({percent:.1f} %){since}"


def company_lines(company: Company, *, unsure: int) -> Iterator[str]:
    """Who speaks, as a table for a terminal."""
    width = max(len(part.name) for part in (company.narrator, *company.parts))
    for part in (company.narrator, *company.parts):
        character = voice_characters().get(part.voice, "")
        voice = f"{part.voice} ({character})" if character else part.voice
        yield f"{part.name:{width}}  {_share(part, company):45}  {voice}".rstrip()
    if company.minor:
        yield f"{len(company.minor)} more speak less, and stay with the narrator"
    if unsure:
        yield f"{unsure:,} quotations stay with the narrator: it is not sure enough who says them"


def _minor(minor: Sequence[Part]) -> Iterator[str]:
    if minor:
        yield ""
        yield "# Who speaks less, and is read by the narrator: " + ", ".join(
            f"{part.name} ({part.lines})" for part in minor
        )


def _text(value: str | int) -> str:
    """A value as TOML, which is as strict as JSON about its strings and about one sign more."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
