"""Whether a rendering may count as a take: from signal and text alone, so it is free, fast and the same every time."""

from pipeline.takes.acceptance.acting import Acting, acting_of
from pipeline.takes.acceptance.judgement import Judgement, Verdict, facts_of, judge, judgement_of
from pipeline.takes.acceptance.norm import VoiceNorm

__all__ = ["Acting", "Judgement", "Verdict", "VoiceNorm", "acting_of", "facts_of", "judge", "judgement_of"]
