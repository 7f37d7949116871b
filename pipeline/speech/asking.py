"""What is asked of a model for lines of a book: each in the voice of who speaks, with the direction that is theirs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pipeline.errors import SettingsError
from pipeline.speech.cast import NARRATOR, Cast
from pipeline.speech.espeak import embedded_voice_for, resolved_voice
from pipeline.speech.language import unspoken
from pipeline.speech.notes import sentences, style_note
from pipeline.speech.profiles import ModelProfile
from pipeline.speech.prompt import text_sent
from pipeline.speech.request import LABELLED, Direction, Parameter, SpeechRequest, Turn, seeded
from pipeline.speech.settings import SpeechSettings, service_of, spelt_voice
from pipeline.speech.tags import TagSyntax, has_tags, settled


@dataclass(frozen=True, slots=True)
class Speech:
    """Lines of one speaker in a row: `text` as it is to be sent; `language` where that has a voice of its own."""

    text: str
    speaker: str = NARRATOR
    style: str = ""
    scene: str = ""
    language: str = ""


@dataclass(frozen=True)
class Asker:
    """Asks one model with one cast. `voice` is the narrator's.

    A request holds what its own speakers are told and nothing of the others: a change to one part leaves the takes of
    all the rest as they are.
    """

    settings: SpeechSettings
    profile: ModelProfile
    voice: str
    cast: Cast

    def __post_init__(self) -> None:
        for name, role in self.cast.roles.items():
            self.voice_of(name)
            if not self.profile.speaks(role.language):
                remedy = "`run-pipeline voices` lists its languages"
                raise unspoken(self.profile, role.language, where=f'cast."{name}".language', remedy=remedy)
        for language in self.cast.by_language:
            self.voice_of(NARRATOR, language=language)

    @property
    def max_speakers(self) -> int:
        """Voices that go into one request: two where the model takes them and the user asks for it."""
        return self.profile.voices_at_once if self.settings.two_speakers else 1

    @property
    def notes(self) -> tuple[str, ...]:
        """What the settings ask for and the model does not take: it is left out, and said once."""
        name, takes = self.profile.name, ", ".join(self.profile.parameters) or "none"
        untaken = sorted(set(self.settings.parameters) - set(self.profile.parameters))
        parameters = f"{name} takes no {', '.join(untaken)}: not sent (speech.parameters it takes: {takes})"
        style = f"{name} takes no direction: speech.style is not sent"
        voices = f"{name} takes one voice a request: speech.two_speakers changes nothing"
        is_alone = self.settings.two_speakers and self.profile.voices_at_once == 1
        takes_none = self.profile.direction == "none"
        told = ", ".join(part for part, role in self.cast.roles.items() if role.is_directed)
        parts = f"{name} takes no direction: what the cast says of {told} is not sent, its voices are"
        said = (
            (parameters, bool(untaken)),
            (style, takes_none and bool(self.settings.style)),
            (parts, takes_none and bool(told)),
            (voices, is_alone),
        )
        return tuple(note for note, is_so in said if is_so)

    def request(self, speeches: Sequence[Speech]) -> SpeechRequest:
        """The request that asks for `speeches`: only what the profile accepts, seeded where it takes a seed.

        Raises `SettingsError` where the direction leaves no room for the text.
        """
        first, turns = speeches[0], self._turns(speeches)
        request = SpeechRequest(
            engine=self.profile.engine,
            model=self.settings.model_name_of(self.profile),
            turns=turns,
            service=service_of(self.settings, self.profile),
            direction=self._direction(speeches),
            parameters=self._parameters(first.speaker, first.language),
            layout=LABELLED if len(turns) > 1 and self.profile.turns == "labelled" else "",
            tag_syntax=self._tag_syntax_in([turn.text for turn in turns]),
        )
        self._check_room(request, first.speaker)
        return seeded(request) if self.profile.sends_seed else request

    def voice_of(self, speaker: str, *, language: str = "") -> str:
        """The voice of a part as the model spells it. Raises `SettingsError` where it has none of that name."""
        if self.profile.engine == "espeak":
            return self._embedded(speaker, language)[0]
        if speaker == NARRATOR and language in self.cast.by_language:
            return spelt_voice(self.cast.by_language[language], self.profile, where=f"voice_by_language.{language}")
        wanted = "" if speaker == NARRATOR else self.cast.role(speaker).voice
        return spelt_voice(wanted, self.profile, where=f'cast."{speaker}".voice') if wanted else self.voice

    def _embedded(self, speaker: str, language: str) -> tuple[str, dict[str, int]]:
        """A part's voice of the library and its parameters; a part of another language has that language's."""
        role = self.cast.role(speaker)
        own = language or role.language
        wanted = self.cast.by_language.get(language, "") or ("" if speaker == NARRATOR else role.voice)
        named = resolved_voice(wanted)  # else it is a paid model's
        base = named or (embedded_voice_for(own) if own else self.voice)
        voice, parameters = self.cast.embedded(speaker, base=base)
        return spelt_voice(voice, self.profile, where=f'cast."{speaker}".embedded.voice'), parameters

    def _turns(self, speeches: Sequence[Speech]) -> tuple[Turn, ...]:
        """One turn for one voice; of two voices each with its name and its notes, since they share the request."""
        voices = [self.voice_of(speech.speaker, language=speech.language) for speech in speeches]
        if self._is_alone(speeches):
            return (Turn(self._joined([speech.text for speech in speeches]), voices[0]),)
        return tuple(
            Turn(speech.text, voice, self._name_of(speech.speaker), style_note(self._part_of(speech)))
            for speech, voice in zip(speeches, voices, strict=True)
        )

    def _joined(self, texts: Sequence[str]) -> str:
        """Texts of one voice as one; the tag one ends with may meet the next one's."""
        joined = "\n\n".join(texts)
        return settled(joined, self._tag_syntax_in(texts) or "none") if len(texts) > 1 else joined

    def _is_alone(self, speeches: Sequence[Speech]) -> bool:
        """Whether one voice says it all: also where another language would have one of its own, and has not."""
        heard = {(one.speaker, self.voice_of(one.speaker, language=one.language)) for one in speeches}
        return len(heard) == 1

    def _tag_syntax_in(self, texts: Sequence[str]) -> TagSyntax | Literal[""]:
        """The model's own syntax where a text has tags, else ""; with IPA that looks like a tag nobody can tell."""
        syntax = self.profile.tag_syntax
        in_ipa = self.profile.ipa_syntax.replace("{ipa}", "a").replace("{text}", "a")
        is_tagged = any(has_tags(text, syntax) for text in texts) and not has_tags(in_ipa, syntax)
        return syntax if is_tagged else ""

    def _name_of(self, speaker: str) -> str:
        return self.cast.role(speaker).name or speaker

    def _direction(self, speeches: Sequence[Speech]) -> Direction:
        if self.profile.direction == "none":
            return Direction()
        first = speeches[0]
        if not self._is_alone(speeches):
            return Direction(scene=first.scene, style=self.settings.style)
        own = self._part_of(first)
        return replace(own, scene=first.scene, style=sentences(self.settings.style, own.style))

    def _part_of(self, speech: Speech) -> Direction:
        """What is told of who speaks, and of these lines."""
        role = self.cast.role(speech.speaker)
        return Direction(
            profile=role.character,
            style=sentences(role.style, speech.style),
            name=self._name_of(speech.speaker) if role.is_described else "",
            role=role.role,
            pace=role.pace,
            accent=role.accent,
        )

    def _check_room(self, request: SpeechRequest, speaker: str) -> None:
        """Direction goes out with every request, so what is too long of it would be refused every time, and paid."""
        sent, most = text_sent(request, self.profile), self.profile.max_input_tokens
        beside = len(sent) - len(request.text)
        if beside <= 0:
            return
        where = f'cast."{speaker}", speech.style or a scene'
        if most and len(sent.encode()) > most:
            raise SettingsError(
                f"text and direction may be {len(sent.encode())} tokens; {self.profile.name} takes {most} in a request",
                where=where,
                remedy="say the direction shorter, or lower script.max_chars",
            )
        if self.profile.max_direction_chars and beside > self.profile.max_direction_chars:
            raise SettingsError(
                f"{beside} characters of direction; {self.profile.name} takes {self.profile.max_direction_chars}",
                where=where,
                remedy="say it shorter",
            )

    def _parameters(self, speaker: str, language: str) -> tuple[tuple[str, Parameter], ...]:
        given: dict[str, Parameter] = dict(self.settings.parameters)
        if self.profile.engine == "espeak":
            given.update(self._embedded(speaker, language)[1])
        accepted = {name: _plain(value) for name, value in given.items() if name in self.profile.parameters}
        return tuple(sorted(accepted.items()))


def _plain(value: Parameter) -> Parameter:
    """1.0 as 1: the same temperature must not be bought under two keys."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
