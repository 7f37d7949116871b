"""The verdict on a take: what is wrong with it, in words, and how badly. Pure functions of its figures."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

import pipeline.takes.acceptance.limits as bounds
from pipeline.recording import Samples
from pipeline.takes.acceptance.acting import PLAIN, Acting
from pipeline.takes.acceptance.limits import Limit, prior_tempo
from pipeline.takes.acceptance.measures import BAND_NAMES, Figures, figures_of
from pipeline.takes.acceptance.norm import VoiceNorm


class Verdict(StrEnum):
    """`fail` is certain and worth a retake; `suspect` is doubtful: the best of what was bought is kept and listed."""

    PASS = "pass"  # noqa: S105  a verdict, no password
    SUSPECT = "suspect"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Judgement:
    """`badness` orders takes of one text: 0 where there is nothing to say against one, above 100 for a fail."""

    verdict: Verdict
    reasons: tuple[str, ...]
    figures: Figures
    badness: float


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong; `excess` is 1 at the limit and grows with it."""

    reason: str
    excess: float
    is_certain: bool


@dataclass(frozen=True, slots=True)
class Case:
    """What is judged: the figures of a take, its text's language, and what is known of the voice."""

    figures: Figures
    language: str
    norm: VoiceNorm

    @property
    def sounding_s(self) -> float:
        return self.figures["sounding_s"]

    @property
    def is_short(self) -> bool:
        """Too short for a long-term spectrum, a trend, a pitch of its own."""
        return self.sounding_s < bounds.CHANGE_FROM_S

    @property
    def asked_sounds_s(self) -> float:
        return bounds.ASKED_SOUND_S * self.figures.get("sounds", 0)


def is_varied(figures: Figures) -> bool:
    """Whether the take was to leave the voice's usual sound: then it neither tells what that is nor is held to it."""
    return bool(figures.get("varied"))


Check = Callable[[Case], Iterator[Finding]]


def judge(
    samples: Samples, text: str, *, language: str, norm: VoiceNorm | None = None, acting: Acting = PLAIN
) -> Judgement:
    """Whether `samples` are a good reading of `text`. Deterministic; a few milliseconds for a take of 45 s.

    `text` is the words alone, `acting` what its tags ask for.
    """
    figures = figures_of(samples, text, language=language, acting=acting)
    return judgement_of(figures, language=language, norm=norm)


def judgement_of(figures: Figures, *, language: str, norm: VoiceNorm | None = None) -> Judgement:
    """The same from figures measured before: a stored take can be judged again without its sound."""
    case = Case(figures, language, VoiceNorm() if norm is None or is_varied(figures) else norm)
    found = list(_absence(case))
    if not found and figures["spoken_chars"] and case.sounding_s:
        found = [finding for check in _CHECKS for finding in check(case)]
    is_failed = any(finding.is_certain for finding in found)
    verdict = Verdict.FAIL if is_failed else Verdict.SUSPECT if found else Verdict.PASS
    badness = sum(finding.excess for finding in found) + 100 * is_failed
    return Judgement(verdict, tuple(finding.reason for finding in found), figures, round(badness, 3))


def _absence(case: Case) -> Iterator[Finding]:
    """Nothing is there, where something was to be said."""
    figures = case.figures
    if figures["seconds"] < bounds.SHORTEST_S:
        yield Finding(f"the take is empty ({figures['seconds']:.3f} s)", 100, is_certain=True)
    elif figures["spoken_chars"] == 0:
        if case.sounding_s > bounds.NOTHING_TO_SAY_S:
            yield Finding(f"{case.sounding_s:.1f} s of sound where the text says nothing", 1, is_certain=False)
    elif figures["peak_dbfs"] < _SILENT_DBFS or case.sounding_s < bounds.LEAST_SOUNDING_S:
        yield Finding(f"the take is {figures['seconds']:.1f} s of silence", 100, is_certain=True)


_SILENT_DBFS = 20 * float(np.log10(bounds.SILENT_PEAK / 32768))


def _over(value: float, limit: Limit, reason: str) -> Iterator[Finding]:
    if value >= limit.suspect:
        is_certain = limit.fail is not None and value >= limit.fail
        yield Finding(reason, 1 + abs(value - limit.suspect) / max(abs(limit.suspect), 1e-9), is_certain)


def _under(value: float, limit: Limit, reason: str) -> Iterator[Finding]:
    mirrored = Limit(-limit.suspect, None if limit.fail is None else -limit.fail)
    yield from _over(-value, mirrored, reason)


def _edges(case: Case) -> Iterator[Finding]:
    lead_s, trail_s = case.figures["lead_s"], case.figures["trail_s"]
    asked_s = bounds.ASKED_PAUSE_FACTOR * case.figures.get("asked_pause_s", 0)
    yield from _over(lead_s - asked_s, bounds.EDGE_SILENCE_S, f"begins with {lead_s:.1f} s of silence")
    yield from _over(trail_s - asked_s, bounds.EDGE_SILENCE_S, f"ends with {trail_s:.1f} s of silence")
    yield from _over(case.figures["end_db"], bounds.END_DB, "is cut: ends in the middle of a sound")


def _pauses(case: Case) -> Iterator[Finding]:
    figures = case.figures
    yield from _over(figures["pause_s"], bounds.PAUSE_S, f"is silent for {figures['pause_s']:.1f} s in mid-paragraph")
    usual_s = 1.5 * case.norm.longest_pause_s if case.norm.is_known else bounds.BREAK_S.suspect
    between = Limit(float(np.clip(usual_s, bounds.PAUSE_S.suspect, bounds.BREAK_S.suspect)), bounds.BREAK_S.fail)
    yield from _over(figures["break_s"], between, f"is silent for {figures['break_s']:.1f} s between paragraphs")
    if figures["seconds"] > bounds.SHARE_FROM_S:
        share = figures["silent_share"]
        yield from _over(share, bounds.SILENT_SHARE, f"is silent for {100 * share:.0f} % of its time")


def _loudness(case: Case) -> Iterator[Finding]:
    figures = case.figures
    yield from _over(figures["full_scale_share"], bounds.FULL_SCALE_SHARE, "is clipped")
    yield from _under(figures["level_dbfs"], bounds.QUIET_DBFS, f"is very quiet ({figures['level_dbfs']:.0f} dBFS)")
    if case.sounding_s > bounds.SLOPE_FROM_S and not is_varied(figures):
        slope_db = figures["slope_db"]
        yield from _under(slope_db, bounds.SLOPE_DB, f"fades by {-slope_db:.0f} dB")
        yield from _over(slope_db, Limit(bounds.RISE_DB), f"grows louder by {slope_db:.0f} dB")


def _noise(case: Case) -> Iterator[Finding]:
    figures = case.figures
    if case.sounding_s > bounds.FLATNESS_FROM_S:
        yield from _over(figures["flatness_db"], bounds.FLATNESS_DB, "is noise rather than speech")
    floor = bounds.FLOOR_DB if case.sounding_s > bounds.FLOOR_FROM_S else bounds.SHORT_FLOOR_DB
    yield from _over(figures["floor_db"], floor, f"has noise {-figures['floor_db']:.0f} dB under the voice")
    if case.sounding_s > bounds.FLOOR_FROM_S:
        yield from _over(
            figures["drone_db"], bounds.DRONE_DB, f"has a drone {-figures['drone_db']:.0f} dB under the voice"
        )


def _repetition(case: Case) -> Iterator[Finding]:
    figures = case.figures
    tempo = _tempo_of(case)
    refrain_s = bounds.REFRAIN_FACTOR * figures["refrain_chars"] * tempo.char_s
    echoed_s = bounds.REFRAIN_FACTOR * figures.get("echoed_chars", 0) * tempo.char_s
    repeated_s = figures["repeated_s"] - refrain_s
    yield from _over(repeated_s, bounds.REPEATED_S, f"says {repeated_s:.1f} s again that the text says once")
    stuck_s = figures["stuck_s"] - case.asked_sounds_s - echoed_s
    yield from _over(stuck_s, bounds.STUCK_S, f"is stuck on one sound for {figures['stuck_s']:.1f} s")
    if case.sounding_s >= tempo.seconds(figures["spoken_chars"]):  # less has no room for it: "Glibly." has like halves
        yield from _over(figures["halves"], bounds.HALVES, "says its text twice")


def _tempo_of(case: Case) -> bounds.Tempo:
    return case.norm.tempo if case.norm.is_known else prior_tempo(case.language)


def _length(case: Case) -> Iterator[Finding]:
    chars = case.figures["spoken_chars"]
    if case.sounding_s < chars / bounds.FASTEST_CHARS_PER_S:
        yield Finding(_too_short(case, _tempo_of(case).seconds(chars)), 10, is_certain=True)
    else:
        yield from _known_length(case) if case.norm.is_known else _unknown_length(case)


def _unknown_length(case: Case) -> Iterator[Finding]:
    """Against what any voice may take."""
    chars = case.figures["spoken_chars"]
    expected_s = prior_tempo(case.language).seconds(chars)
    doubt = case.figures["doubtful_chars"] / chars
    longest_s = expected_s * (1 + bounds.DOUBT_LONGER * doubt) * case.figures.get("slower", 1)
    shortest_s = expected_s * (1 - bounds.DOUBT_SHORTER * doubt) / case.figures.get("faster", 1)
    longer = (case.sounding_s - bounds.SLACK_S - case.asked_sounds_s) / longest_s
    shorter = (case.sounding_s + bounds.SLACK_S) / shortest_s
    yield from _over(longer, bounds.LONGER, _too_long(case, expected_s))
    yield from _under(shorter, bounds.SHORTER, _too_short(case, expected_s))


def _known_length(case: Case) -> Iterator[Finding]:
    """Against the voice's own pace, in units of its own scatter."""
    expected_s = case.norm.tempo.seconds(case.figures["spoken_chars"])
    sigmas = _sigmas(case)
    is_far = abs(sigmas) > bounds.KNOWN_FAIL_SIGMAS
    is_certain = is_far and abs(case.sounding_s / expected_s - 1) > bounds.KNOWN_FAIL_SHARE
    if abs(sigmas) > bounds.KNOWN_SUSPECT_SIGMAS:
        reason = _too_long(case, expected_s) if sigmas > 0 else _too_short(case, expected_s)
        yield Finding(reason, abs(sigmas) / bounds.KNOWN_SUSPECT_SIGMAS, is_certain)


def _sigmas(case: Case) -> float:
    """How far the take's length is off the voice's pace, in the voice's own scatter; 0 of a voice nobody knows."""
    if not case.norm.is_known:
        return 0.0
    chars = case.figures["spoken_chars"]
    expected_s = case.norm.tempo.seconds(chars)
    share = np.hypot(case.norm.sigma, bounds.DOUBT_SIGMA * case.figures["doubtful_chars"] / chars)
    return (case.sounding_s - expected_s) / float(np.hypot(share * expected_s, bounds.KNOWN_SIGMA_S))


def _preamble(case: Case) -> Iterator[Finding]:
    """Something is spoken before the text: a direction, most likely."""
    shift_s, fit = case.figures["lead_shift_s"], case.figures["lead_fit"]
    is_likely = fit >= bounds.LIKELY_PREAMBLE_FIT and _sigmas(case) >= bounds.LIKELY_PREAMBLE_SIGMAS
    if fit >= bounds.PREAMBLE_FIT.suspect or is_likely:
        yield Finding(f"says something for {shift_s:.1f} s before the text", 1 + fit, is_certain=False)


def _too_long(case: Case, expected_s: float) -> str:
    return f"is too long: {case.sounding_s:.1f} s of speech for a text of about {expected_s:.1f} s"


def _too_short(case: Case, expected_s: float) -> str:
    return f"is cut: {case.sounding_s:.1f} s of speech for a text of about {expected_s:.1f} s"


def _sameness(case: Case) -> Iterator[Finding]:
    """One voice from beginning to end."""
    figures = case.figures
    if is_varied(figures):
        return
    yield from _over(figures["voice_change_db"], bounds.VOICE_CHANGE_DB, "changes its sound on the way")
    yield from _over(figures["pitch_change_semitones"], bounds.PITCH_CHANGE_SEMITONES, "changes its pitch on the way")


def _familiarity(case: Case) -> Iterator[Finding]:
    """The voice as it is in its other takes."""
    if not case.norm.is_known:
        return
    figures, norm = case.figures, case.norm
    level_db = abs(figures["level_dbfs"] - norm.level_dbfs)
    most_db = bounds.SHORT_LEVEL_DB if case.is_short else bounds.LEVEL_DB
    yield from _over(level_db, Limit(most_db), f"is {level_db:.0f} dB off the voice's usual level")
    if figures["pitch_hz"] and norm.pitch_hz:
        semitones = abs(12 * float(np.log2(figures["pitch_hz"] / norm.pitch_hz)))
        most = bounds.SHORT_PITCH_SEMITONES if case.is_short else bounds.PITCH_SEMITONES
        yield from _over(semitones, Limit(most), f"is {semitones:.0f} semitones off the voice's usual pitch")
    if not case.is_short:
        bands = np.array([figures[name] for name in BAND_NAMES])
        spectrum_db = float(np.sqrt(((bands - norm.bands_db) ** 2).mean()))
        yield from _over(spectrum_db, Limit(bounds.SPECTRUM_DB), "does not sound like the voice in its other takes")


_CHECKS: tuple[Check, ...] = (
    _edges,
    _pauses,
    _loudness,
    _noise,
    _repetition,
    _length,
    _preamble,
    _sameness,
    _familiarity,
)


def facts_of(judgement: Judgement) -> dict[str, object]:
    """What stands in the take's JSON: the verdict, its reasons, the badness, and the figures."""
    return {
        "verdict": str(judgement.verdict),
        "reasons": list(judgement.reasons),
        "badness": judgement.badness,
        "figures": dict(judgement.figures),
    }
