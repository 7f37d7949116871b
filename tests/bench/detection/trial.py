"""One trial: clean takes and spoilt ones of a voice are judged, and what was found is counted."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

from pipeline.recording import PIPELINE_FORMAT, Samples
from pipeline.takes.acceptance import Judgement, Verdict, VoiceNorm, judge
from tests.bench.detection.faults import FAULTS, Scene
from tests.bench.detection.sources import Clip

SHORT_S = 3.0
"""Takes with less speech are counted apart."""


@dataclass
class Count:
    """Verdicts on takes of one kind."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)

    @property
    def takes(self) -> int:
        return self.verdicts.total()

    @property
    def found(self) -> int:
        return self.takes - self.verdicts[Verdict.PASS]

    @property
    def percent(self) -> float:
        return 100 * self.found / max(1, self.takes)


Kind = tuple[str, str, str, bool]
"""Fault, strength, source, and whether the take is short. A clean take's fault is ''."""


@dataclass
class Trial:
    """What was judged so far; `false_alarms` are clean takes that did not pass."""

    counts: dict[Kind, Count] = field(default_factory=dict)
    false_alarms: list[tuple[Clip, Judgement]] = field(default_factory=list)

    def clean(self, clips: Iterable[Clip], norm: VoiceNorm) -> None:
        for clip in clips:
            judgement = self._judged(clip, clip.samples, norm, ("", ""))
            if judgement.verdict is not Verdict.PASS:
                self.false_alarms.append((clip, judgement))

    def spoilt(self, clips: Sequence[Clip], others: Sequence[Clip], norm: VoiceNorm) -> None:
        """Every fault on every clip; `others` are another voice's clips of the same texts."""
        for number, (clip, other) in enumerate(zip(clips, others, strict=True)):
            long = max(clips, key=lambda candidate: len(candidate.samples) * (candidate.text != clip.text))
            for name, (fault, _) in FAULTS.items():
                chance = np.random.default_rng(crc32(f"{name}{clip.voice}{number}".encode()))
                samples = fault(Scene(clip, long.samples, other.samples, chance))
                self._judged(clip, samples, norm, name)

    def _judged(self, clip: Clip, samples: Samples, norm: VoiceNorm, name: tuple[str, str]) -> Judgement:
        judgement = judge(samples, clip.text, language=clip.voice.language, norm=norm)
        is_short = PIPELINE_FORMAT.seconds_of(len(clip.samples)) < SHORT_S
        self.counts.setdefault((*name, clip.voice.source, is_short), Count()).verdicts[judgement.verdict] += 1
        return judgement


def norm_of(clips: Iterable[Clip]) -> VoiceNorm:
    """What a run would have learnt from these takes, one after the other: from those that pass."""
    norm = VoiceNorm()
    for clip in clips:
        judgement = judge(clip.samples, clip.text, language=clip.voice.language, norm=norm)
        if judgement.verdict is Verdict.PASS:
            norm = norm.learn(judgement.figures)
    return norm
