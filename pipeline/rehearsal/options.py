"""What of `provider.options` Google's block means: a style, and two voices by label. Unknown keys say nothing."""

from collections.abc import Mapping

from pydantic import BaseModel, Field

GOOGLES = ("google-ai-studio", "google-vertex")
"""The block of the one that answers is forwarded; here the first, then the other."""


class _Prebuilt(BaseModel):
    voice_name: str


class _VoiceConfig(BaseModel):
    prebuilt_voice_config: _Prebuilt


class _SpeakerVoice(BaseModel):
    speaker: str = Field(min_length=1)
    voice_config: _VoiceConfig


class _Speakers(BaseModel):
    speaker_voice_configs: list[_SpeakerVoice] = []


class _SpeechConfig(BaseModel):
    multi_speaker_voice_config: _Speakers = _Speakers()


class _SpeechMetadata(BaseModel):
    style: str = ""


class GoogleOptions(BaseModel):
    """One provider's block."""

    speech_metadata: _SpeechMetadata = _SpeechMetadata()
    speech_config: _SpeechConfig = _SpeechConfig()

    @property
    def style(self) -> str:
        return self.speech_metadata.style

    @property
    def voices(self) -> list[tuple[str, str]]:
        """Label and voice, in the order of the configuration."""
        configs = self.speech_config.multi_speaker_voice_config.speaker_voice_configs
        return [(one.speaker, one.voice_config.prebuilt_voice_config.voice_name) for one in configs]


class AskedProvider(BaseModel):
    """The `provider` field of a request."""

    options: Mapping[str, GoogleOptions] = {}

    @property
    def google(self) -> GoogleOptions:
        return next((self.options[slug] for slug in GOOGLES if slug in self.options), GoogleOptions())
