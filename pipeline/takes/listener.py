"""Who judges the takes of a run: each by what is normal for its voice, as heard in the voice's own good takes."""

import threading
from collections.abc import Callable, Mapping

from pipeline.recording import Samples
from pipeline.speech.request import SpeechRequest
from pipeline.takes.acceptance import Judgement, Verdict, VoiceNorm, acting_of, judge

_Voice = tuple[str, ...]


class Listener:
    """Judges takes, and learns from the good ones how each voice sounds. Threads may share one."""

    def __init__(self) -> None:
        self._norms: dict[_Voice, VoiceNorm] = {}
        self._learning = threading.Lock()

    def judge(self, samples: Samples, request: SpeechRequest, language: str) -> Judgement:
        """Whether `samples` are a good reading of the request's words. From one that is acted nothing is learnt."""
        voice = _voice_of(request, language)
        norm, acting = self._norms.get(voice), acting_of(request)
        judgement = judge(samples, request.words, language=language, norm=norm, acting=acting)
        if judgement.verdict is Verdict.PASS and not acting.is_varied:
            with self._learning:
                self._norms[voice] = self._norms.get(voice, VoiceNorm()).learn(judgement.figures)
        return judgement

    def recall(self, request: SpeechRequest, language: str, figures: Callable[[], Mapping[str, float]]) -> None:
        """Learn from a take an earlier run judged good; `figures` reads its own, and only until the voice is known."""
        if acting_of(request).is_varied:
            return
        voice = _voice_of(request, language)
        with self._learning:
            norm = self._norms.get(voice, VoiceNorm())
            if not norm.is_known:
                self._norms[voice] = norm.learn(figures())


def _voice_of(request: SpeechRequest, language: str) -> _Voice:
    """Whose takes are alike: one model's voice in one language, directed in one way."""
    told = request.direction
    manner = (told.profile, told.role, told.style, told.pace, told.accent)
    voices = sorted({turn.voice for turn in request.turns})
    return (request.engine, request.service, request.model, language, *manner, *voices)
