"""What is asked of a model for lines of a book: each in the voice of who speaks, with the direction that is theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.errors import SettingsError
from pipeline.speech.cast import NARRATOR, Cast
from pipeline.speech.espeak import embedded_voice_for, resolved_voice
from pipeline.speech.profiles import ModelProfile
from pipeline.speech.request import Direction, Parameter, SpeechRequest, Turn, seeded
from pipeline.speech.settings import SpeechSettings, service_of, spelt_voice
from pipeline.speech.tags import TagSyntax, has_tags


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
                raise SettingsError(
                    f"{self.profile.name} does not speak {role.language!r}",
                    where=f'cast."{name}".language',
                    remedy="`run-pipeline voices` lists its languages",
                )
        for language in self.cast.by_language:
            self.voice_of(NARRATOR, language=language)

    @property
    def max_speakers(self) -> int:
        """Voices that go into one request: two where the model takes them and the user asks for it."""
        return min(2, self.profile.max_speakers) if self.settings.two_speakers else 1

    def request(self, speeches: Sequence[Speech]) -> SpeechRequest:
        """The request that asks for `speeches`: only what the profile accepts, seeded where it takes a seed."""
        first, turns = speeches[0], self._turns(speeches)
        request = SpeechRequest(
            engine=self.profile.engine,
            model=self.settings.model_name_of(self.profile),
            turns=turns,
            service=service_of(self.settings, self.profile),
            direction=self._direction(speeches),
            parameters=self._parameters(first.speaker, first.language),
            tag_syntax=self._tag_syntax_in(turns),
        )
        return seeded(request) if self.profile.sends_seed else request

    def voice_of(self, speaker: str, *, language: str = "") -> str:
        """The voice of a part as the model spells it. Raises `SettingsError` where it has none of that name."""
        if self.profile.engine == "espeak":
            return self._embedded(speaker, language)[0]
        if language in self.cast.by_language:
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
        if len(speeches) == 1:
            return (Turn(speeches[0].text, self.voice_of(speeches[0].speaker, language=speeches[0].language)),)
        return tuple(
            Turn(
                speech.text,
                self.voice_of(speech.speaker, language=speech.language),
                self._name_of(speech.speaker),
                self._told_of(speech),
            )
            for speech in speeches
        )

    def _tag_syntax_in(self, turns: tuple[Turn, ...]) -> TagSyntax | Literal[""]:
        """The model's own syntax where a text has tags, else ""; with IPA that looks like a tag nobody can tell."""
        syntax = self.profile.tag_syntax
        in_ipa = self.profile.ipa_syntax.replace("{ipa}", "a").replace("{text}", "a")
        is_tagged = any(has_tags(turn.text, syntax) for turn in turns) and not has_tags(in_ipa, syntax)
        return syntax if is_tagged else ""

    def _name_of(self, speaker: str) -> str:
        return self.cast.role(speaker).name or speaker

    def _told_of(self, speech: Speech) -> str:
        role = self.cast.role(speech.speaker)
        return _sentences(role.profile(speech.speaker), *role.notes, speech.style)

    def _direction(self, speeches: Sequence[Speech]) -> Direction:
        if self.profile.direction == "none":
            return Direction()
        first = speeches[0]
        if len(speeches) > 1:
            return Direction(scene=first.scene, style=self.settings.style)
        role = self.cast.role(first.speaker)
        style = _sentences(self.settings.style, *role.notes, first.style)
        return Direction(role.profile(first.speaker), first.scene, style)

    def _parameters(self, speaker: str, language: str) -> tuple[tuple[str, Parameter], ...]:
        given: dict[str, Parameter] = dict(self.settings.parameters)
        if self.profile.engine == "espeak":
            given.update(self._embedded(speaker, language)[1])
        accepted = {name: _plain(value) for name, value in given.items() if name in self.profile.parameters}
        return tuple(sorted(accepted.items()))


def _sentences(*parts: str) -> str:
    """Notes as one text; a single one stands as it was written."""
    given = [part for part in parts if part]
    if len(given) < 2:
        return "".join(given)
    return " ".join(part if part[-1] in ".!?…" else f"{part}." for part in given)


def _plain(value: Parameter) -> Parameter:
    """1.0 as 1: the same temperature must not be bought under two keys."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
