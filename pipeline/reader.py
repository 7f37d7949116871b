"""Who reads a book, and what is asked for a chunk of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import Any

from pipeline.book import Book, Kind
from pipeline.config import BookJob
from pipeline.languages import primary_subtag
from pipeline.script import Chunk, Line
from pipeline.script.chunks import part_of, said, tagged_parts
from pipeline.script.measure import speech_seconds
from pipeline.script.numerals import heading_figures
from pipeline.script.pronouncer import Pronouncer, restored
from pipeline.script.pronunciation import lexicon_rules, pronunciations_of
from pipeline.script.spoken import Context, spoken_text
from pipeline.speech.asking import Asker, Speech
from pipeline.speech.cast import NARRATOR, Cast
from pipeline.speech.language import unspoken
from pipeline.speech.profiles import ModelProfile
from pipeline.speech.prompt import as_sent, text_sent
from pipeline.speech.request import key_of
from pipeline.speech.settings import SpeechSettings, spelt_voice, voice_for
from pipeline.speech.silences import silences_of
from pipeline.speech.tags import Tagged, settled, with_tags
from pipeline.takes.order import Order


@dataclass(frozen=True)
class Reader:
    """Says a book through one model, with one cast."""

    profile: ModelProfile
    asker: Asker
    pronouncer: Pronouncer
    say: Callable[[Line], str]

    @property
    def voice(self) -> str:
        """The narrator's."""
        return self.asker.voice_of(NARRATOR)

    @property
    def settings(self) -> SpeechSettings:
        return self.asker.settings

    def order_of(self, chunk: Chunk) -> Order:
        lines = _as_cast(chunk.lines, self.asker.cast)
        request = self.asker.request([self._speech(tuple(own)) for _, own in groupby(lines, _voicing)])
        seconds = speech_seconds(chunk.text) + silences_of(request).total_ms / 1_000
        cost_usd = self.profile.text_cost_usd(text_sent(request, self.profile), audio_s=seconds)
        return Order(key_of(request), request, seconds, cost_usd)

    def _speech(self, lines: tuple[Line, ...]) -> Speech:
        voicing = lines[0].voicing
        text = said(lines, self.say)
        if any(line.tags for line in lines):
            text = settled(text, self.profile.tag_syntax)  # the tag one line ends with may meet the next line's
        return Speech(text, voicing.speaker, voicing.style, voicing.scene, voicing.language)


def _as_cast(lines: tuple[Line, ...], cast: Cast) -> tuple[Line, ...]:
    """The lines by the parts of a cast: a fallback reads, with none, what was cut for two voices in one request.

    Those of several people come to be the narrator's, in the style that all of them have.
    """
    if all(cast.named(line.speaker) == line.speaker for line in lines):
        return lines
    styles = {line.voicing.style for line in lines}
    style = styles.pop() if len(styles) == 1 else ""
    return tuple(
        replace(line, voicing=replace(line.voicing, speaker=cast.named(line.speaker), style=style)) for line in lines
    )


def _voicing(line: Line) -> object:
    return line.voicing


def reader_of(job: BookJob, profile: ModelProfile, book: Book, *, language: str) -> Reader:
    """Who reads the book for a job. Raises `SettingsError` for a voice or language that the model has not."""
    if not profile.speaks(language):
        remedy = "name the book's language with `--language`, or choose another model"
        raise unspoken(profile, language, where=str(job.source), remedy=remedy)
    cast = job.settings.company
    speech = job.settings.speech
    if profile.engine != "espeak" and not speech.voice and (own := cast.role(NARRATOR).voice):
        speech = speech.model_copy(update={"voice": spelt_voice(own, profile, where=f"cast.{NARRATOR}.voice")})
    asker = Asker(speech, profile, voice_for(speech, profile, language=language), cast)
    pronouncer = pronouncer_of(book, job.settings.pronunciations, profile, language=language)
    figures = heading_figures(block.text for block in book.blocks() if block.kind is Kind.HEADING and not block.rule)
    say = speech_text_of(pronouncer, profile, Context(Kind.PARAGRAPH, primary_subtag(language), figures))
    return Reader(profile, asker, pronouncer, say)


def fallback_reader(job: BookJob, profile: ModelProfile, book: Book, *, language: str) -> Reader:
    """Who reads what the book's own model fails at: another model, which has voices of its own, at its own address."""
    speech = job.settings.speech
    plain = {"voice": speech.fallback_voice, "base_url": "", "model_name": "", "service": ""}
    alone = {"speech": speech.model_copy(update=plain), "cast": {}, "voice_by_language": {}}
    return reader_of(replace(job, settings=job.settings.model_copy(update=alone)), profile, book, language=language)


def pronouncer_of(book: Book, table: Mapping[str, Any], profile: ModelProfile, *, language: str) -> Pronouncer:
    """The user's rules, then the book's own; a model's tags are kept from a book's text by the same way."""
    rules = (
        *pronunciations_of(table, language=language),
        *lexicon_rules(book.lexicon, language=language, takes_ipa=bool(profile.ipa_syntax)),
    )
    return Pronouncer(rules, ipa_syntax=profile.ipa_syntax, escape=partial(as_sent, profile=profile))


def speech_text_of(pronouncer: Pronouncer, profile: ModelProfile, book: Context) -> Callable[[Line], str]:
    """How a line of the book becomes the text a voice is given: typography first, then the pronunciations.

    What a model would take for a tag is made harmless here, since only its own tags and what is said in IPA may look
    like one.
    """

    def plain(line: Line) -> str:
        spoken_in = primary_subtag(line.language) or book.language
        held = pronouncer.held(line.text, line.sounds, language=spoken_in)
        text = spoken_text(held.text, replace(book, kind=line.kind, language=spoken_in), needs=profile.normalise)
        return restored(pronouncer.said(text, language=spoken_in), held.said)

    def say(line: Line) -> str:
        if not line.tags:
            return plain(line)
        parts = (Tagged(tag, _with_edges(part, plain)) for tag, part in tagged_parts(line))
        return with_tags(list(parts), syntax=profile.tag_syntax)

    return say


def _with_edges(line: Line, plain: Callable[[Line], str]) -> str:
    """A part of a line as it is said, with the spaces it had at its ends: no rule is to see them, none is to go."""
    text = line.text.strip()
    if not text:
        return line.text
    before = line.text[: len(line.text) - len(line.text.lstrip())]
    after = line.text[len(line.text.rstrip()) :]
    return before + plain(part_of(line, len(before), len(before) + len(text))) + after
